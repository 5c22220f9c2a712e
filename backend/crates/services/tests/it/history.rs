//! What has left the ledger, on a real Cassandra: callers see no difference.

mod export;
mod long;

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use kith_cassandra::CassandraHistory;
use kith_domain::{
    Caller, ConversationId, Entry, EntryBody, Refusal, Seq,
    ports::{
        History, HistoryError, StoreError, StoreExt as _,
        retention::{KEPT, REMEMBERED_SECONDS},
    },
    view::SyncPositions,
};
use kith_services::EntriesQuery;
use kith_worker::Retention;
use prometheus_client::registry::Registry;

use self::long::{KEPT_SEQS, Long, WINDOW, client_id, content, said, seqs};
use crate::world::{DAY, HOUR, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn what_has_left_the_ledger_is_read_as_before() {
    let long = Long::new("as_before", 60).await;
    let last = 60 + KEPT_SEQS;
    let looks = [
        (EntriesQuery::Before(Seq::MAX), 50),
        (EntriesQuery::Before(70), 30),
        (EntriesQuery::Before(40), 7),
        (EntriesQuery::After(0), 100),
        (EntriesQuery::After(55), 10),
        (EntriesQuery::Around(61), 20),
        (EntriesQuery::Around(12), 10),
    ];
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (query, limit) in looks {
        before.push(long.page(&long.ben, query, limit).await);
    }
    let timeline = long.timeline(&long.ben).await;
    assert_eq!(seqs(&timeline), (1..=last).collect::<Vec<_>>());
    let hits = long.found(&long.ada, "number0021 message").await;
    assert_eq!(seqs(&hits), [21]);
    long.world.services.reads.mark(&long.ada, long.direct, 100).await.unwrap();
    let view = long.world.view(&long.ada, long.direct).await;
    assert_eq!(view.unread, 16, "Ben's");

    long.retention().step().await.unwrap();
    assert_eq!(long.archived_to().await, 60);
    for (query, limit) in looks {
        after.push(long.page(&long.ben, query, limit).await);
    }
    for ((query, _), (mut before, mut after)) in looks.into_iter().zip(before.into_iter().zip(after)) {
        for page in [&mut before, &mut after] {
            page.users.sort_by_key(|user| user.id);
        }
        assert_eq!(before, after, "{query:?}");
    }
    assert_eq!(long.timeline(&long.ben).await, timeline);
    assert_eq!(long.found(&long.ada, "number0021 message").await, hits);
    assert_eq!(long.world.view(&long.ada, long.direct).await, view);
    long.world.index_anew().await;
    assert_eq!(long.found(&long.ada, "number0021 message").await, hits, "an index made anew has it too");
    assert_eq!(seqs(&long.found(&long.ada, "number0099 message").await), [99]);

    // A reply to what has gone is sent, and shows what it answers.
    let reply =
        long.world.send_as(&long.ben, long.direct, "indeed", client_id(9_999), Some(23)).await.unwrap();
    let newest = long.page(&long.ada, EntriesQuery::Before(Seq::MAX), 5).await;
    assert_eq!(newest.items.last(), Some(&*reply.entry));
    assert!(newest.quoted.contains(&timeline[22]), "{:?}", newest.quoted);

    // A retry of what has gone gets the same answer, for 30 days.
    let what = said(33);
    let retry = || long.world.send_as(&long.ada, long.direct, &what, client_id(33), None);
    let again = retry().await.unwrap();
    assert_eq!((again.new, &*again.entry), (false, &timeline[32]));
    let other = long.world.send_as(&long.ada, long.direct, "other", client_id(33), None).await;
    assert_eq!(refusal(other), Refusal::IdReused);
    long.advance(REMEMBERED_SECONDS - DAY);
    long.world.index().await;
    let retention = long.retention();
    retention.step().await.unwrap();
    assert!(!retry().await.unwrap().new);
    long.advance(2 * DAY);
    retention.step().await.unwrap();
    assert!(retry().await.unwrap().new, "forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_away_is_told_of_the_gap() {
    let long = Long::new("away", 60).await;
    long.retention().step().await.unwrap();
    let last = 60 + KEPT_SEQS;
    for (position, first, complete) in [(40, 61, false), (59, 61, false), (60, 61, true), (100, 101, true)] {
        let positions = SyncPositions {
            conversations: HashMap::from([(long.direct, position)]),
            ..SyncPositions::default()
        };
        let answer = long.world.services.sync.sync(&long.ben, positions).await.unwrap();
        let [piece] = &answer.conversations[..] else { panic!("one conversation: {answer:?}") };
        assert_eq!(seqs(&piece.entries), (first..=last).collect::<Vec<_>>(), "from {position}");
        assert_eq!(piece.complete, complete, "from {position}");
        // What its first entries answer has gone with the rest, and is shown.
        assert_eq!(answer.quoted.iter().any(|entry| entry.seq == 55), first == 61, "70 answers 55");
    }
    let rest = long.page(&long.ben, EntriesQuery::After(40), 100).await;
    assert_eq!(seqs(&rest.items), (41..=140).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_left_the_ledger_can_be_unsent() {
    let long = Long::new("unsent", 40).await;
    long.retention().step().await.unwrap();
    let messages = &long.world.services.messages;
    let late = messages.unsend(&long.ada, long.direct, 21).await;
    assert_eq!(refusal(late), Refusal::UnsendExpired);
    // Within the hour, on a clock that was put back.
    long.advance(-8 * DAY);
    let foreign = messages.unsend(&long.ben, long.direct, 21).await;
    assert!(matches!(refusal(foreign), Refusal::Forbidden(_)));
    assert_eq!(refusal(messages.unsend(&long.ada, long.direct, 9_999).await), Refusal::NotFound);
    let unsend = messages.unsend(&long.ada, long.direct, 21).await.unwrap();
    assert!(matches!(unsend.body, EntryBody::Unsend { target_seq: 21 }));
    assert_eq!(messages.unsend(&long.ada, long.direct, 21).await.unwrap(), unsend);
    let is_erased = async || {
        let timeline = long.timeline(&long.ben).await;
        assert_eq!(content(&timeline[20]), None);
        assert!(timeline.iter().enumerate().all(|(index, entry)| entry.seq == index as Seq + 1));
        assert_eq!(long.found(&long.ben, "number0021").await, []);
        let again = long.world.send_as(&long.ada, long.direct, &said(21), client_id(21), None).await.unwrap();
        assert_eq!((again.new, content(&again.entry)), (false, None));
    };
    is_erased().await;
    let held = long.history.range(long.direct, 21..=21).await.unwrap();
    assert_eq!(content(&held[0]), None, "the history has erased it as well");

    // A history that knows nothing of an unsend is overruled by the ledger, until the unsend is there.
    let other = long.world.say(&long.ada, long.direct, "in time").await;
    assert!(other > unsend.seq);
    for _ in 0..KEPT {
        long.world.say(&long.ada, long.direct, "on and on").await;
    }
    long.world.index().await;
    long.advance(8 * DAY);
    long.retention().step().await.unwrap();
    assert_eq!(long.archived_to().await, other);
    is_erased().await;
    assert_eq!(messages.unsend(&long.ada, long.direct, 21).await.unwrap(), unsend, "found in the history");
}

/// A history that lost what an unsend erases: as if its second write had failed.
struct Halfway(Arc<CassandraHistory>);

#[async_trait]
impl History for Halfway {
    async fn put(&self, entries: &[Entry]) -> Result<(), HistoryError> {
        if entries.iter().any(|entry| matches!(entry.body, EntryBody::Unsend { .. })) {
            return Err(HistoryError::Unavailable(Arc::new(std::io::Error::other("cut off"))));
        }
        self.0.put(entries).await
    }
    async fn range(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError> {
        self.0.range(conversation, seqs).await
    }
    async fn covers(&self, entries: &[Entry]) -> Result<bool, HistoryError> {
        self.0.covers(entries).await
    }
    async fn check(&self) -> Result<(), HistoryError> {
        self.0.check().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsend_stays_in_the_ledger_until_the_history_has_erased() {
    let long = Long::new("halfway", 40).await;
    long.retention().step().await.unwrap();
    long.advance(-8 * DAY);
    // Committed, and the history not told: as by a node that died between the two.
    let (id, ada, entry_id) = (long.direct, long.ada.user_id, kith_domain::EntryId::new(1 << 60));
    let now = long.world.clock_now();
    let unsend = long
        .world
        .store()
        .write::<_, StoreError, _>(move |tx| {
            Box::pin(async move {
                tx.lock_conversation(id).await?;
                tx.erase_entry(id, 21).await?;
                tx.append_entry(kith_domain::ports::entries::NewEntry {
                    id: entry_id,
                    conversation_id: id,
                    sender_id: ada,
                    server_time: now,
                    body: EntryBody::Unsend { target_seq: 21 },
                })
                .await
            })
        })
        .await
        .unwrap();
    assert!(content(&long.history.range(id, 21..=21).await.unwrap()[0]).is_some(), "it was not told");
    let erased = async || {
        let page = long.page(&long.ben, EntriesQuery::Around(21), 9).await;
        let target = page.items.iter().find(|entry| entry.seq == 21).unwrap();
        assert_eq!(content(target), None);
        let quoting = long.page(&long.ben, EntriesQuery::Around(unsend.seq), 9).await;
        assert!(quoting.items.contains(&unsend));
        assert_eq!(long.found(&long.ben, "number0021").await, []);
    };
    erased().await;
    for _ in 0..KEPT {
        long.world.say(&long.ada, long.direct, "on and on").await;
    }
    long.world.index().await;
    long.advance(8 * DAY);
    let failed = long.retention_over(Arc::new(Halfway(long.history.clone()))).step().await;
    assert!(failed.is_err(), "{failed:?}");
    assert!(long.archived_to().await < unsend.seq, "the ledger must not forget it");
    erased().await;
    long.retention().step().await.unwrap();
    assert_eq!(long.archived_to().await, unsend.seq);
    assert_eq!(content(&long.history.range(id, 21..=21).await.unwrap()[0]), None);
    erased().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_history_has_just_so_leaves_the_ledger() {
    let long = Long::new("just_so", 60).await;
    let timeline = long.timeline(&long.ada).await;
    // Some are there already; what is missing is put.
    long.history.put(&timeline[..30]).await.unwrap();
    assert!(!long.history.covers(&timeline[..40]).await.unwrap());
    // A message is unsent there that is not here: the history of another state of this ledger.
    let foreign = Entry { seq: 5_000, body: EntryBody::Unsend { target_seq: 35 }, ..timeline[34].clone() };
    long.history.put(&[foreign]).await.unwrap();
    let [eve, zoe] = long.world.people(["eve", "zoe"]).await;
    let other = long.world.befriend(&eve, &zoe).await;
    for _ in 0..KEPT + 10 {
        long.world.say(&eve, other, "in another conversation").await;
    }
    long.world.index().await;
    long.advance(8 * DAY);
    let retention = long.retention();
    retention.step().await.unwrap();
    assert_eq!(long.archived_to().await, 0, "all of the batch stays");
    assert_eq!(long.timeline(&long.ada).await, timeline);
    let page = long.world.services.messages.entries(&zoe, other, EntriesQuery::After(0), 100).await.unwrap();
    assert_eq!(page.items.len(), 100);
    let moved =
        long.world.store().read::<_, StoreError, _>(move |tx| tx.find_conversation(other)).await.unwrap();
    assert!(moved.unwrap().archived_to >= 10, "one conversation holds up no other");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_has_not_read_stays() {
    let long = Long::new("awaited", 10).await;
    long.world.say(&long.ben, long.direct, "not indexed yet").await;
    // Of the same age, and not followed.
    let [eve, zoe] = long.world.people(["eve", "zoe"]).await;
    let other = long.world.befriend(&eve, &zoe).await;
    for _ in 0..KEPT + 10 {
        long.world.say(&eve, other, "waits").await;
    }
    long.advance(8 * DAY);
    let retention = long.retention();
    retention.step().await.unwrap();
    assert_eq!(long.archived_to().await, 11, "what was read may go");
    let archived_to = async || {
        let store = long.world.store();
        let found = store.read::<_, StoreError, _>(move |tx| tx.find_conversation(other)).await;
        found.unwrap().unwrap().archived_to
    };
    assert_eq!(archived_to().await, 0);
    long.world.index().await;
    long.advance(HOUR);
    retention.step().await.unwrap();
    assert!(archived_to().await > 0);
}

/// A history that has a message unsent after it was compared, and before the ledger lets go of it.
struct Meddling {
    history: Arc<CassandraHistory>,
    services: kith_services::Services,
    by: Caller,
    conversation: ConversationId,
    done: AtomicBool,
}

#[async_trait]
impl History for Meddling {
    async fn put(&self, entries: &[Entry]) -> Result<(), HistoryError> {
        self.history.put(entries).await
    }
    async fn range(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError> {
        self.history.range(conversation, seqs).await
    }
    async fn covers(&self, entries: &[Entry]) -> Result<bool, HistoryError> {
        let covered = self.history.covers(entries).await?;
        if covered && !self.done.swap(true, Ordering::SeqCst) {
            self.services.messages.unsend(&self.by, self.conversation, 21).await.unwrap();
        }
        Ok(covered)
    }
    async fn check(&self) -> Result<(), HistoryError> {
        self.history.check().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsend_while_its_message_leaves_is_not_lost() {
    let long = Long::new("raced", 40).await;
    // Young enough to be unsent, old enough to leave.
    long.advance(-8 * DAY);
    let meddling = Arc::new(Meddling {
        history: long.history.clone(),
        services: long.world.services.clone(),
        by: long.ada,
        conversation: long.direct,
        done: AtomicBool::new(false),
    });
    let retention = Retention::new(
        long.world.store(),
        meddling.clone(),
        Arc::new(Ahead(long.world.clock.clone())),
        WINDOW,
        &mut Registry::default(),
    );
    retention.step().await.unwrap();
    assert!(meddling.done.load(Ordering::SeqCst), "it was unsent meanwhile");
    assert_eq!(long.archived_to().await, 40, "and left all the same");
    let held = long.history.range(long.direct, 1..=40).await.unwrap();
    assert_eq!(content(&held[20]), None);
    assert_eq!(content(&long.timeline(&long.ben).await[20]), None);
}

/// A clock that is more than a week ahead.
#[derive(Debug)]
struct Ahead(Arc<kith_testing::ManualClock>);

impl kith_domain::Clock for Ahead {
    fn now(&self) -> kith_domain::Timestamp {
        self.0.now().plus_seconds(8 * DAY)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_leaves_nothing_in_the_history() {
    let long = Long::new("deleted", 60).await;
    long.retention().step().await.unwrap();
    long.world.services.deletions.request(&long.ada, None).await.unwrap();
    long.advance(15 * DAY);
    assert_eq!(long.world.services.deletions.erase_due().await.unwrap(), 1);
    let last = 60 + KEPT_SEQS;
    let timeline = long.timeline(&long.ben).await;
    for entry in timeline.iter().filter(|entry| matches!(entry.body, EntryBody::Message { .. })) {
        assert_eq!(content(entry).is_some(), entry.sender_id == long.ben.user_id, "{}", entry.seq);
    }
    let erased = timeline.iter().filter(|entry| matches!(entry.body, EntryBody::Unsend { .. })).count();
    let by_ada = |entry: &&Entry| {
        entry.sender_id == long.ada.user_id && matches!(entry.body, EntryBody::Message { .. })
    };
    assert_eq!(erased, timeline.iter().filter(by_ada).count(), "each once");
    assert!(timeline.len() as Seq > last);
    for entry in long.history.range(long.direct, 1..=60).await.unwrap() {
        assert!(content(&entry).is_none() || entry.sender_id == long.ben.user_id, "{}", entry.seq);
    }
}
