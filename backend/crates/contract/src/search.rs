//! What [`kith_domain::ports::Search`] promises.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::Pin,
    sync::Arc,
};

use kith_domain::{
    ConversationId, EntryId, Interval, Intervals, Seq,
    ports::{
        Search,
        search::{LeftOut, SearchBody, SearchDocument, SearchMark, SearchPlace, SearchQuery},
    },
    search::{SearchOrder, SearchTerms, index_terms},
};

use crate::{
    Case,
    fixtures::{at, user},
};

/// Opens what an index left behind.
pub type Reopen = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Arc<dyn Search>>>>>;

/// An index, and how a later process opens it.
pub struct SearchAndProcess {
    /// The index.
    pub search: Arc<dyn Search>,
    /// Ends it and opens what it left behind.
    pub reopen: Reopen,
}

impl AsRef<Self> for SearchAndProcess {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// The suite.
pub const SEARCH: &[Case<SearchAndProcess>] = cases![
    what_was_put_is_found_at_once_and_later,
    the_mark_is_stored_with_the_documents,
    a_new_index_has_no_mark_and_resetting_empties_it,
    putting_twice_changes_nothing,
    the_highest_version_counts_whatever_the_order,
    all_terms_must_be_there,
    the_last_word_may_be_a_beginning,
    scripts_without_blanks_are_found_by_one_and_two_characters,
    candidates_lie_in_what_was_asked_for,
    the_newest_come_first_page_by_page,
    relevance_weighs_the_message_alone,
];

const HIKERS: ConversationId = ConversationId::new(70);
const FAMILY: ConversationId = ConversationId::new(71);
const WORK: ConversationId = ConversationId::new(72);

fn a_mark(pos: u64) -> SearchMark {
    SearchMark { epoch: "epoch".to_owned(), outbox_pos: Some(pos), rebuilt_to: None }
}

/// A message sent by user 1. Its id tells that it is `id` seconds old in the fixtures' time.
fn said(conversation: ConversationId, seq: Seq, id: u64, text: &str) -> SearchDocument {
    let body = SearchBody {
        id: EntryId::new(id),
        sender_id: user(1),
        server_time: at(i64::try_from(id).unwrap_or(0) * 1_000),
        terms: index_terms(text),
    };
    SearchDocument { conversation_id: conversation, seq, version: seq, body: Some(body) }
}

fn by(sender: u64, mut document: SearchDocument) -> SearchDocument {
    if let Some(body) = &mut document.body {
        body.sender_id = user(sender);
    }
    document
}

fn unsent(conversation: ConversationId, seq: Seq, version: Seq) -> SearchDocument {
    SearchDocument { conversation_id: conversation, seq, version, body: None }
}

/// Everything in the three conversations.
fn asking(text: &str) -> SearchQuery {
    let terms = match SearchTerms::parse("q", text) {
        Ok(terms) => terms,
        Err(refusal) => panic!("{text:?}: {refusal}"),
    };
    let everything = Intervals(vec![Interval { from: 1, to: None }]);
    SearchQuery {
        terms,
        conversations: [HIKERS, FAMILY, WORK].map(|id| (id, everything.clone())).into(),
        sender_id: None,
        left_out: LeftOut::default(),
        from: None,
        to: None,
        order: SearchOrder::Newest,
        after: None,
        limit: 100,
    }
}

async fn put(search: &dyn Search, documents: Vec<SearchDocument>) {
    if let Err(error) = search.put(documents, Some(a_mark(1))).await {
        panic!("not put: {error:?}");
    }
}

/// The ids of the candidates.
async fn ids(search: &dyn Search, query: SearchQuery) -> Vec<u64> {
    match search.search(query).await {
        Ok(found) => found.iter().map(|candidate| candidate.place.id.get()).collect(),
        Err(error) => panic!("not searched: {error:?}"),
    }
}

async fn mark(search: &dyn Search) -> Option<SearchMark> {
    match search.mark().await {
        Ok(mark) => mark,
        Err(error) => panic!("no answer: {error:?}"),
    }
}

async fn what_was_put_is_found_at_once_and_later(subject: &SearchAndProcess) {
    let search = &*subject.search;
    put(search, vec![said(HIKERS, 1, 10, "the night market")]).await;
    assert_eq!(ids(search, asking("market ")).await, [10]);
    put(search, vec![said(FAMILY, 1, 11, "market day")]).await;
    assert_eq!(ids(search, asking("market ")).await, [11, 10]);
    let later = (subject.reopen)().await;
    assert_eq!(ids(&*later, asking("market ")).await, [11, 10]);
}

async fn the_mark_is_stored_with_the_documents(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let marks = [
        a_mark(7),
        SearchMark { rebuilt_to: Some(EntryId::new(3)), ..a_mark(8) },
        // Nothing is read yet.
        SearchMark { rebuilt_to: Some(EntryId::new(0)), ..a_mark(9) },
        SearchMark { outbox_pos: None, ..a_mark(0) },
        SearchMark { epoch: "another".to_owned(), ..a_mark(u64::MAX) },
    ];
    for given in marks.clone() {
        search
            .put(Vec::new(), Some(given.clone()))
            .await
            .unwrap_or_else(|error| panic!("not put: {error:?}"));
        assert_eq!(mark(search).await, Some(given));
    }
    let unmarked = search.put(vec![said(HIKERS, 1, 10, "without a mark")], None).await;
    unmarked.unwrap_or_else(|error| panic!("not put: {error:?}"));
    assert_eq!(ids(search, asking("mark ")).await, [10]);
    assert_eq!(mark(search).await.as_ref(), marks.last(), "it stays as it is");
    let later = (subject.reopen)().await;
    assert_eq!(mark(&*later).await.as_ref(), marks.last());
}

async fn a_new_index_has_no_mark_and_resetting_empties_it(subject: &SearchAndProcess) {
    let search = &*subject.search;
    assert_eq!(mark(search).await, None);
    assert_eq!(ids(search, asking("market")).await, [0; 0]);
    put(search, vec![said(HIKERS, 1, 10, "market"), unsent(HIKERS, 2, 3)]).await;
    search.reset(a_mark(4)).await.unwrap_or_else(|error| panic!("not reset: {error:?}"));
    assert_eq!(mark(search).await, Some(a_mark(4)));
    assert_eq!(ids(search, asking("market")).await, [0; 0]);
    put(search, vec![said(HIKERS, 2, 11, "market")]).await;
    assert_eq!(ids(search, asking("market")).await, [11], "what was known of it is forgotten too");
}

async fn putting_twice_changes_nothing(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let documents = vec![said(HIKERS, 1, 10, "market"), said(HIKERS, 2, 11, "market")];
    put(search, [documents.clone(), documents.clone()].concat()).await;
    put(search, documents.clone()).await;
    assert_eq!(ids(search, asking("market")).await, [11, 10]);
    let later = (subject.reopen)().await;
    put(&*later, documents).await;
    assert_eq!(ids(&*later, asking("market")).await, [11, 10]);
}

async fn the_highest_version_counts_whatever_the_order(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let message = |seq| said(HIKERS, seq, 10 + seq, "secret");
    // Seqs 1–5: after the message, in one call with it both ways round, before it, and never.
    put(search, vec![message(1), message(2), unsent(HIKERS, 2, 22), unsent(HIKERS, 3, 23), message(3)]).await;
    put(search, vec![unsent(HIKERS, 4, 24), message(5)]).await;
    assert_eq!(ids(search, asking("secret")).await, [15, 11]);
    put(search, vec![message(4), unsent(HIKERS, 1, 21)]).await;
    assert_eq!(ids(search, asking("secret")).await, [15]);
    let later = (subject.reopen)().await;
    put(&*later, (1..=5).map(message).collect()).await;
    put(&*later, (1..=4).map(|seq| unsent(HIKERS, seq, 20 + seq)).collect()).await;
    assert_eq!(ids(&*later, asking("secret")).await, [15], "a replay brings nothing back");
}

async fn all_terms_must_be_there(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let texts = ["night market", "market at night", "night", "Café Märkt"];
    put(search, (1..).zip(texts).map(|(seq, text)| said(HIKERS, seq, seq, text)).collect()).await;
    for (text, expected) in [
        ("night ", &[3, 2, 1][..]),
        ("market ", &[2, 1]),
        ("night market ", &[2, 1]),
        ("NIGHT, Märket ", &[2, 1]),
        ("cafe markt ", &[4]),
        ("night nothing ", &[]),
        ("nothing ", &[]),
    ] {
        assert_eq!(ids(search, asking(text)).await, expected, "{text:?}");
    }
}

async fn the_last_word_may_be_a_beginning(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let texts = ["market", "marketing", "a mark", "remark", "Ma\u{308}rkte"];
    put(search, (1..).zip(texts).map(|(seq, text)| said(HIKERS, seq, seq, text)).collect()).await;
    for (text, expected) in [
        ("m", &[5, 3, 2, 1][..]),
        ("mark", &[5, 3, 2, 1]),
        ("mark ", &[3]),
        ("market", &[2, 1]),
        ("marketings", &[]),
        ("a mar", &[3]),
    ] {
        assert_eq!(ids(search, asking(text)).await, expected, "{text:?}");
    }
}

async fn scripts_without_blanks_are_found_by_one_and_two_characters(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let texts = ["我愛台灣的夜市", "夜裡的市場", "サクラが咲く", "한국어를 배워요", "買iPhone手機"];
    put(search, (1..).zip(texts).map(|(seq, text)| said(HIKERS, seq, seq, text)).collect()).await;
    for (text, expected) in [
        ("夜", &[2, 1][..]),
        ("夜市", &[1]),
        ("台灣的夜市", &[1]),
        ("台灣 夜市", &[1]),
        ("市場", &[2]),
        ("さくら", &[3]),
        ("ｻｸ", &[3]),
        ("咲", &[3]),
        ("한국", &[4]),
        ("배", &[4]),
        ("手機", &[5]),
        ("iphone", &[5]),
        ("東京", &[]),
    ] {
        assert_eq!(ids(search, asking(text)).await, expected, "{text:?}");
    }
}

async fn candidates_lie_in_what_was_asked_for(subject: &SearchAndProcess) {
    let search = &*subject.search;
    // Ids 1–9 in turn in three conversations (seqs 1–3 of each), by users 1–3 in turn.
    let documents = (0..9_u64).map(|n| {
        let conversation = [HIKERS, FAMILY, WORK][n as usize % 3];
        by(1 + n / 3, said(conversation, 1 + n / 3, 1 + n, "market"))
    });
    put(search, documents.collect()).await;
    let within = |spans: &[(ConversationId, Seq, Option<Seq>)]| {
        let mut conversations: HashMap<ConversationId, Intervals> = HashMap::new();
        for &(id, from, to) in spans {
            conversations.entry(id).or_default().0.push(Interval { from, to });
        }
        SearchQuery { conversations, ..asking("market") }
    };
    let senders = HashSet::from([user(2), user(3)]);
    let left_out = |conversations: &[ConversationId]| LeftOut {
        senders: senders.clone(),
        conversations: conversations.iter().copied().collect(),
    };
    let everything = || asking("market");
    for (what, query, expected) in [
        ("no conversation", within(&[]), &[][..]),
        ("another's", within(&[(ConversationId::new(99), 1, None)]), &[]),
        ("one", within(&[(FAMILY, 1, None)]), &[8, 5, 2]),
        ("two", within(&[(FAMILY, 1, None), (WORK, 1, None)]), &[9, 8, 6, 5, 3, 2]),
        ("from joining", within(&[(FAMILY, 2, None)]), &[8, 5]),
        ("until leaving", within(&[(FAMILY, 1, Some(2))]), &[5, 2]),
        ("twice a member", within(&[(FAMILY, 1, Some(1)), (FAMILY, 3, None)]), &[8, 2]),
        ("a sender", SearchQuery { sender_id: Some(user(2)), ..everything() }, &[6, 5, 4]),
        ("nobody", SearchQuery { sender_id: Some(user(9)), ..everything() }, &[]),
        (
            "without some",
            SearchQuery { left_out: left_out(&[HIKERS, WORK]), ..everything() },
            &[8, 5, 3, 2, 1],
        ),
        (
            "without some, nowhere",
            SearchQuery { left_out: left_out(&[]), ..within(&[(WORK, 1, None)]) },
            &[9, 6, 3],
        ),
        ("from", SearchQuery { from: Some(at(7_000)), ..everything() }, &[9, 8, 7]),
        ("to", SearchQuery { to: Some(at(2_999)), ..everything() }, &[2, 1]),
        ("both", SearchQuery { from: Some(at(3_000)), to: Some(at(5_000)), ..everything() }, &[5, 4, 3]),
    ] {
        assert_eq!(ids(search, query).await, expected, "{what}");
    }
}

async fn the_newest_come_first_page_by_page(subject: &SearchAndProcess) {
    let search = &*subject.search;
    // In several calls and out of order, so that they lie in several places.
    for part in [[5_u64, 1, 9], [2, 8, 4], [7, 3, 6]] {
        put(search, part.iter().map(|&id| said(HIKERS, id, id, "market")).collect()).await;
    }
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = ids(search, SearchQuery { after, limit: 4, ..asking("market") }).await;
        let Some(last) = page.last() else { break };
        after = Some(SearchPlace { weight: 0, id: EntryId::new(*last) });
        pages.push(page);
    }
    assert_eq!(pages, [vec![9, 8, 7, 6], vec![5, 4, 3, 2], vec![1]]);
    assert_eq!(ids(search, SearchQuery { limit: 0, ..asking("market") }).await, [0; 0]);
}

async fn relevance_weighs_the_message_alone(subject: &SearchAndProcess) {
    let search = &*subject.search;
    let texts = [
        "market market market",
        "market",
        "we went to the market and then we went home again by the last train of the day",
        "marketing",
        "market",
        "nothing of the kind",
    ];
    put(search, (1..).zip(texts).map(|(seq, text)| said(HIKERS, seq, seq, text)).collect()).await;
    let query = || SearchQuery { order: SearchOrder::Relevance, ..asking("market") };
    let Ok(found) = search.search(query()).await else { panic!("not searched") };
    let order: Vec<u64> = found.iter().map(|candidate| candidate.place.id.get()).collect();
    assert_eq!(order, [1, 5, 2, 3, 4], "often, short, long, only begun; of equals the newest");
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let Ok(page) = search.search(SearchQuery { after, limit: 2, ..query() }).await else {
            panic!("not searched")
        };
        let Some(last) = page.last() else { break };
        after = Some(last.place);
        paged.extend(page);
    }
    assert_eq!(paged, found);
    // Whatever others say, weights stay: they tell nothing of it, and pages go on where they were.
    put(search, (1..200).map(|seq| said(WORK, seq, 1_000 + seq, "market of others")).collect()).await;
    let mut own = query();
    own.conversations.retain(|id, _| *id == HIKERS);
    let Ok(again) = search.search(own).await else { panic!("not searched") };
    assert_eq!(again, found);
}
