//! What the tests share.

use std::sync::atomic::{AtomicU32, Ordering};

use kith_domain::{
    ConversationId, EntryId, Interval, Intervals, Seq, Timestamp, UserId,
    ports::{
        Search,
        search::{LeftOut, SearchBody, SearchDocument, SearchMark, SearchQuery},
    },
    search::{SearchOrder, SearchTerms, index_terms},
};
use kith_harness::OpenSearch as Server;
use kith_opensearch::{OpenSearch, OpenSearchSettings};

pub(crate) const HIKERS: ConversationId = ConversationId::new(70);

/// A prefix that nobody has used in this process.
pub(crate) fn fresh_prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("kith-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn open(server: &Server, prefix: &str) -> OpenSearch {
    let url = server.url().parse().expect("an address");
    let settings = OpenSearchSettings { url, credentials: None, prefix: prefix.to_owned(), shards: 2 };
    OpenSearch::new(&settings).expect("a client")
}

pub(crate) fn a_mark(pos: u64) -> SearchMark {
    SearchMark { epoch: "epoch".to_owned(), outbox_pos: Some(pos), rebuilt_to: None }
}

pub(crate) fn said(seq: Seq, text: &str) -> SearchDocument {
    let body = SearchBody {
        id: EntryId::new(seq),
        sender_id: UserId::new(1),
        server_time: Timestamp::from_millis(i64::try_from(seq).expect("a small seq")),
        terms: index_terms(text),
    };
    SearchDocument { conversation_id: HIKERS, seq, version: seq, body: Some(body) }
}

pub(crate) fn asking(text: &str) -> SearchQuery {
    SearchQuery {
        terms: SearchTerms::parse("q", text).expect("terms"),
        conversations: [(HIKERS, Intervals(vec![Interval { from: 1, to: None }]))].into(),
        sender_id: None,
        left_out: LeftOut::default(),
        from: None,
        to: None,
        order: SearchOrder::Newest,
        after: None,
        limit: 10_000,
    }
}

/// The ids of what is found.
pub(crate) async fn ids(search: &dyn Search, text: &str) -> Vec<u64> {
    let found = search.search(asking(text)).await.unwrap_or_else(|error| panic!("{error:?}"));
    found.iter().map(|candidate| candidate.place.id.get()).collect()
}
