//! A conversation most of which may leave the ledger.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kith_cassandra::{CassandraHistory, CassandraSettings};
use kith_domain::{
    Caller, Content, ConversationId, Entry, EntryBody, Seq,
    ports::{History, StoreError, StoreExt as _, retention::KEPT},
    view::EntriesPage,
};
use kith_harness::Cassandra;
use kith_services::EntriesQuery;
use kith_worker::Retention;
use prometheus_client::registry::Registry;
use tokio::task::block_in_place;
use uuid::Uuid;

use crate::{
    search::asking,
    world::{DAY, World},
};

pub(super) const KEPT_SEQS: Seq = KEPT as Seq;
pub(super) const WINDOW: Duration = Duration::from_secs(7 * 86_400);
/// How long a server may take to be found, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A history of a test's own.
async fn history(keyspace: &str) -> Arc<CassandraHistory> {
    let cassandra = block_in_place(Cassandra::shared);
    let settings = CassandraSettings::new(vec![cassandra.address()], keyspace, 1).unwrap();
    let history = CassandraHistory::new(settings.in_datacenter("datacenter1".to_owned()));
    let deadline = Instant::now() + PATIENCE;
    let mut turns = tokio::time::interval(Duration::from_millis(100));
    loop {
        turns.tick().await;
        match history.check().await {
            Ok(()) => return Arc::new(history),
            Err(error) => assert!(Instant::now() < deadline, "no answer for {PATIENCE:?}: {error:?}"),
        }
    }
}

/// A conversation of two friends, longer than what stays in the ledger.
pub(super) struct Long {
    pub(super) world: World,
    pub(super) ada: Caller,
    pub(super) ben: Caller,
    pub(super) direct: ConversationId,
    pub(super) history: Arc<CassandraHistory>,
}

pub(super) fn client_id(seq: Seq) -> Uuid {
    Uuid::from_u128(u128::from(seq) | 0xabcd << 64)
}

pub(super) fn said(seq: Seq) -> String {
    format!("message number{seq:04}")
}

impl Long {
    /// `old` messages more than stay, all of them a week and a day ago. Ben answers every tenth with a reply.
    pub(super) async fn new(keyspace: &str, old: Seq) -> Self {
        let history = history(keyspace).await;
        let world = World::with_history(history.clone()).await;
        let [ada, ben] = world.people(["ada", "ben"]).await;
        let direct = world.befriend(&ada, &ben).await;
        let first = world.view(&ada, direct).await.last_seq + 1;
        for seq in first..=old + KEPT_SEQS {
            let by = if seq % 10 == 0 { &ben } else { &ada };
            let reply_to = (seq % 10 == 0 && seq > 20).then(|| seq - 15);
            world.send_as(by, direct, &said(seq), client_id(seq), reply_to).await.unwrap();
        }
        world.index().await;
        let long = Self { world, ada, ben, direct, history };
        long.advance(8 * DAY);
        long
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.world.advance(seconds);
    }

    pub(super) fn retention(&self) -> Retention {
        self.retention_over(self.history.clone())
    }

    pub(super) fn retention_over(&self, history: Arc<dyn History>) -> Retention {
        Retention::new(
            self.world.store(),
            history,
            self.world.clock.clone(),
            WINDOW,
            &mut Registry::default(),
        )
    }

    /// Up to where entries have left the ledger.
    pub(super) async fn archived_to(&self) -> Seq {
        let id = self.direct;
        let found =
            self.world.store().read::<_, StoreError, _>(move |tx| tx.find_conversation(id)).await.unwrap();
        found.unwrap().archived_to
    }

    pub(super) async fn page(&self, who: &Caller, query: EntriesQuery, limit: u32) -> EntriesPage {
        self.world.services.messages.entries(who, self.direct, query, limit).await.unwrap()
    }

    /// The whole timeline, page by page from the newest on.
    pub(super) async fn timeline(&self, who: &Caller) -> Vec<Entry> {
        let (mut entries, mut before) = (Vec::new(), Some(Seq::MAX));
        while let Some(seq) = before {
            let page = self.page(who, EntriesQuery::Before(seq), 50).await;
            entries.splice(..0, page.items);
            before = page.next;
        }
        entries
    }

    pub(super) async fn found(&self, who: &Caller, text: &str) -> Vec<Entry> {
        let page = self.world.services.search.messages(who, asking(text)).await.unwrap();
        page.items.into_iter().map(|message| message.entry).collect()
    }
}

pub(super) fn content(entry: &Entry) -> Option<&Content> {
    match &entry.body {
        EntryBody::Message { content, .. } => content.as_ref(),
        _ => None,
    }
}

pub(super) fn seqs(entries: &[Entry]) -> Vec<Seq> {
    entries.iter().map(|entry| entry.seq).collect()
}
