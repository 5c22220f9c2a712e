//! Has the ledger let go of old entries, once the history has them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kith_domain::{
    Clock, ConversationId, Entry, EntryBody, Timestamp,
    ports::{
        History, HistoryError, Store, StoreError, StoreExt as _,
        retention::{Aged, REMEMBERED_SECONDS},
    },
};
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

use crate::metric::{counter, register};

/// Conversations of one look.
const CONVERSATIONS: u32 = 1_000;
/// Entries that go together: others who write to their conversation wait for that.
const BATCH: u32 = 250;
/// Entries of one step.
const STEP: usize = 10_000;
/// How often all conversations are looked through. The window is days.
const ROUND_MILLIS: i64 = 600_000;
/// Entries that followers of the outbox wait for are younger than this before the first one: nodes' clocks differ a little,
/// and commits finish out of order.
const SLACK_SECONDS: i64 = 600;

/// Why old entries stay for now.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The ledger did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The history did not answer.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Lets the ledger go of entries that are older than its window and not among a conversation's newest.
///
/// They are read back from the history first, and must be there just as the ledger has them; what the history lacks is put
/// there before. What it has otherwise stays in the ledger. A worker that lost its lease does no harm: what goes is
/// compared once more in the transaction that removes it. It may be cut off anywhere.
pub struct Retention {
    store: Arc<dyn Store>,
    history: Arc<dyn History>,
    clock: Arc<dyn Clock>,
    window: Duration,
    round: Mutex<Round>,
    metrics: Metrics,
}

/// A look through all conversations.
#[derive(Debug, Default, Clone)]
struct Round {
    began: Option<Timestamp>,
    /// Whether all were looked at.
    ended: bool,
    looked_to: Option<ConversationId>,
    aged: VecDeque<ConversationId>,
    differing: i64,
}

/// What became of a batch.
enum Outcome {
    /// It has left the ledger; how many entries.
    Removed(usize),
    /// There is nothing more to let go of.
    Nothing,
    /// It changed meanwhile, and is looked at again.
    Changed,
    /// The history has something else.
    Differs,
}

struct Metrics {
    removed: Counter,
    put: Counter,
    differing: Gauge,
    rounds: Counter,
}

impl Metrics {
    fn new(registry: &mut Registry) -> Self {
        let removed = "Entries that have left the ledger for the history";
        let put = "Entries that the history lacked, put there from the ledger";
        let differing = "Conversations that stay in the ledger because the history has something else, as of the last round";
        let rounds = "Looks through all conversations for old entries";
        Self {
            removed: counter(registry, "kith_retention_removed", removed),
            put: counter(registry, "kith_retention_put", put),
            differing: register(registry, "kith_retention_differing", differing, Gauge::default()),
            rounds: counter(registry, "kith_retention_rounds", rounds),
        }
    }
}

impl Retention {
    /// A retention that keeps `window` in the ledger; registers `kith_retention_…`.
    pub fn new(
        store: Arc<dyn Store>,
        history: Arc<dyn History>,
        clock: Arc<dyn Clock>,
        window: Duration,
        registry: &mut Registry,
    ) -> Self {
        let metrics = Metrics::new(registry);
        Self { store, history, clock, window, round: Mutex::default(), metrics }
    }

    /// Lets go of some; the next step goes on from there. Begins a new round some minutes after the last one.
    ///
    /// # Errors
    /// The first failure. What went before it is gone, and the next step goes on.
    pub async fn step(&self) -> Result<(), RetentionError> {
        let now = self.clock.now();
        let mut round = self.round.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if round.ended {
            // A clock may also be put back.
            let due = round.began.is_none_or(|began| !(0..ROUND_MILLIS).contains(&now.millis_since(began)));
            if !due {
                return Ok(());
            }
            round = Round::default();
        }
        round.began.get_or_insert(now);
        let outcome = self.go_on(&mut round, now).await;
        *self.round.lock().unwrap_or_else(PoisonError::into_inner) = round;
        outcome
    }

    async fn go_on(&self, round: &mut Round, now: Timestamp) -> Result<(), RetentionError> {
        let before = self.line(now).await?;
        let mut removed = 0;
        while removed < STEP {
            let Some(&conversation) = round.aged.front() else {
                let after = round.looked_to;
                let Aged { conversations, last } = self
                    .store
                    .read::<_, StoreError, _>(move |tx| tx.list_aged(after, before, CONVERSATIONS))
                    .await?;
                if last.is_none() {
                    self.forget(now).await?;
                    round.ended = true;
                    self.metrics.differing.set(round.differing);
                    self.metrics.rounds.inc();
                    return Ok(());
                }
                round.looked_to = last;
                round.aged.extend(conversations);
                continue;
            };
            let outcome = self.let_go(conversation, before, now).await;
            if matches!(outcome, Err(RetentionError::History(HistoryError::Internal(_)))) {
                // It would be so the next time too: the others must not wait for it.
                round.differing += 1;
                round.aged.pop_front();
            }
            match outcome? {
                Outcome::Removed(count) => removed += count,
                Outcome::Nothing => drop(round.aged.pop_front()),
                // Counted, so that a step ends in any case.
                Outcome::Changed => removed += BATCH as usize,
                Outcome::Differs => {
                    round.differing += 1;
                    round.aged.pop_front();
                }
            }
        }
        Ok(())
    }

    /// What is older may go.
    async fn line(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let window = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX / 2);
        let old = now.plus_millis(-window);
        let awaited = self.store.read::<_, StoreError, _>(|tx| tx.first_awaited()).await?;
        Ok(awaited.map_or(old, |awaited| old.min(awaited.plus_seconds(-SLACK_SECONDS))))
    }

    /// Lets go of the oldest entries of a conversation.
    async fn let_go(
        &self,
        conversation: ConversationId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Outcome, RetentionError> {
        let entries: Vec<Entry> = self
            .store
            .read::<_, StoreError, _>(move |tx| tx.list_removable(conversation, before, BATCH))
            .await?;
        if entries.is_empty() {
            return Ok(Outcome::Nothing);
        }
        // An unsend that is there does not say that what it erases is erased: these were two writes. The ledger, which
        // readers go by until now, is about to forget it.
        let unsends: Vec<Entry> =
            entries.iter().filter(|entry| matches!(entry.body, EntryBody::Unsend { .. })).cloned().collect();
        if !unsends.is_empty() {
            self.history.put(&unsends).await?;
        }
        if !self.history.covers(&entries).await? {
            self.history.put(&entries).await?;
            self.metrics.put.inc_by(entries.len() as u64);
            if !self.history.covers(&entries).await? {
                tracing::warn!(
                    %conversation,
                    "entries stay in the ledger: the history has something else in their places"
                );
                return Ok(Outcome::Differs);
            }
        }
        let count = entries.len();
        let removed = self
            .store
            .write::<_, StoreError, _>(move |tx| {
                Box::pin(async move { tx.remove_entries(&entries, now).await })
            })
            .await?;
        if !removed {
            return Ok(Outcome::Changed);
        }
        self.metrics.removed.inc_by(count as u64);
        Ok(Outcome::Removed(count))
    }

    /// Forgets messages that nobody sends again any more.
    async fn forget(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = now.plus_seconds(-REMEMBERED_SECONDS);
        loop {
            let forgotten = self
                .store
                .write::<_, StoreError, _>(move |tx| tx.forget_removed(before, CONVERSATIONS))
                .await?;
            if forgotten < u64::from(CONVERSATIONS) {
                return Ok(());
            }
        }
    }
}
