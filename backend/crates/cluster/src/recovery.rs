//! Reads from the ledger what may not have arrived: after a hole in what a node sent, after a node has died with
//! something committed and not sent, and again and again while the broker is away.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kith_domain::{
    ConversationId, LiveEvent, Seq,
    ports::{Store, StoreError, StoreExt, outbox::OutboxRow},
};
use rangemap::RangeInclusiveSet;
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};

use crate::{audiences::Audiences, delivery::Inflow, metrics::Metrics, roster::Attendants};

/// How often it looks where the outbox stands.
const PERIOD: Duration = Duration::from_secs(1);
/// After a reading it rests so many times as long as that took: a busy node that misses much would otherwise do hardly
/// anything but read, be later for it, and miss more.
const REST: u32 = 4;
const LONGEST_REST: Duration = Duration::from_secs(15);
/// How far back it can go; what is older is in the next `heads` and `/sync`.
const MEMORY: Duration = Duration::from_secs(120);
/// Commits finish out of the order of their places in the outbox, by as much as this.
const SLACK: Duration = Duration::from_secs(5);
/// Rows and entries read at once.
const ROWS_AT_ONCE: u32 = 5_000;
const ENTRIES_AT_ONCE: usize = 500;

/// Counts the times that something was found missing, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Loss(u64);

/// The newest loss, known before anything that follows it is delivered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses(Arc<AtomicU64>);

impl Losses {
    pub(crate) fn newest(&self) -> Loss {
        Loss(self.0.load(Ordering::Acquire))
    }

    /// Notes one more.
    pub(crate) fn note(&self) -> Loss {
        Loss(self.0.fetch_add(1, Ordering::AcqRel) + 1)
    }
}

/// What is missing since when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Missing {
    since: Instant,
    loss: Loss,
}

/// Asks for a recovery; never waits.
#[derive(Debug, Clone)]
pub(crate) struct RecoveryHandle {
    losses: Losses,
    asks: mpsc::UnboundedSender<Missing>,
}

impl RecoveryHandle {
    pub(crate) fn new(losses: Losses) -> (Self, mpsc::UnboundedReceiver<Missing>) {
        let (asks, wanted) = mpsc::unbounded_channel();
        (Self { losses, asks }, wanted)
    }

    /// What was committed since `since` may be missing here.
    pub(crate) fn since(&self, since: Instant) {
        // At the end of the node nobody reads.
        let _ = self.asks.send(Missing { since, loss: self.losses.note() });
    }
}

/// What a recovery works with.
pub(crate) struct Recovery {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) audiences: Arc<Audiences>,
    pub(crate) attendants: Arc<Attendants>,
    pub(crate) delivery: mpsc::Sender<Inflow>,
    pub(crate) metrics: Metrics,
}

/// Why a reading ended early.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("nobody takes what was read")]
    Ended,
}

/// How far it is.
#[derive(Default)]
struct Progress {
    /// Where the outbox stood, second by second.
    marks: VecDeque<(Instant, u64)>,
    /// The places of the outbox that need not be looked at again.
    done: RangeInclusiveSet<u64>,
    wanted: Option<Missing>,
    /// Until when it rests.
    rests_until: Option<Instant>,
}

impl Progress {
    fn want(&mut self, missing: Missing) {
        let since = self.wanted.map_or(missing.since, |earlier| earlier.since.min(missing.since));
        self.wanted = Some(Missing { since, ..missing });
    }

    fn has_rested(&self) -> bool {
        self.rests_until.is_none_or(|until| Instant::now() >= until)
    }

    /// Where the outbox stood a while before `since`.
    fn mark_before(&self, since: Instant) -> Option<u64> {
        let before = self.marks.iter().rev().find(|(at, _)| *at + SLACK <= since);
        before.or(self.marks.front()).map(|(_, pos)| *pos)
    }

    fn mark(&mut self, now: Instant, head: u64) {
        self.marks.push_back((now, head));
        while self.marks.front().is_some_and(|(at, _)| now.duration_since(*at) > MEMORY) {
            self.marks.pop_front();
        }
        if let Some((_, first)) = self.marks.front() {
            self.done.remove(0..=*first);
        }
    }
}

impl Recovery {
    /// Runs until nobody can ask any more.
    pub(crate) async fn run(self, mut asked: mpsc::UnboundedReceiver<Missing>) {
        let mut progress = Progress::default();
        let mut turns = interval(PERIOD);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                missing = asked.recv() => match missing {
                    Some(missing) => {
                        progress.want(missing);
                        // Whoever waits for it has waited long enough.
                        if progress.has_rested() {
                            turns.reset_immediately();
                        }
                    }
                    None => return,
                },
                _ = turns.tick() => match self.turn(&mut progress).await {
                    Ok(()) => {}
                    Err(ReadError::Ended) => return,
                    Err(ReadError::Store(error)) => {
                        tracing::warn!(%error, "what did not arrive could not be read from the ledger yet");
                    }
                }
            }
        }
    }

    async fn turn(&self, progress: &mut Progress) -> Result<(), ReadError> {
        let now = Instant::now();
        let head =
            self.store.read::<_, StoreError, _>(|tx| Box::pin(async move { tx.outbox_head().await })).await?;
        if progress.has_rested()
            && let Some(missing) = progress.wanted
        {
            // A node that has only just begun has no mark: its sockets have asked for everything themselves.
            if let Some(start) = progress.mark_before(missing.since) {
                self.read_from(start, &mut progress.done).await?;
            }
            self.delivery.send(Inflow::Settled(missing.loss)).await.map_err(|_| ReadError::Ended)?;
            self.attendants.tell_missed();
            progress.rests_until = Some(Instant::now() + rest_after(now.elapsed()));
            progress.wanted = None;
        }
        progress.mark(now, head);
        Ok(())
    }

    async fn read_from(&self, start: u64, done: &mut RangeInclusiveSet<u64>) -> Result<(), ReadError> {
        let mut after = start;
        loop {
            let rows: Vec<OutboxRow> = self
                .store
                .read::<_, StoreError, _>(move |tx| {
                    Box::pin(async move { tx.peek_outbox(after, ROWS_AT_ONCE).await })
                })
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.pos;
            let new: Vec<OutboxRow> = rows.into_iter().filter(|row| !done.contains(&row.pos)).collect();
            let mut places: Vec<_> = new.iter().map(|row| (row.conversation_id, row.seq)).collect();
            places.sort_unstable();
            places.dedup();
            let untold = self.untold(places).await?;
            for some in self.of_concern(untold).await?.chunks(ENTRIES_AT_ONCE) {
                self.deliver(some.to_vec()).await?;
            }
            new.iter().for_each(|row| done.insert(row.pos..=row.pos));
        }
    }

    /// Those that the sockets of this node have not been told.
    async fn untold(
        &self,
        places: Vec<(ConversationId, Seq)>,
    ) -> Result<Vec<(ConversationId, Seq)>, ReadError> {
        let (reply, answer) = oneshot::channel();
        self.delivery.send(Inflow::Untold(places, reply)).await.map_err(|_| ReadError::Ended)?;
        answer.await.map_err(|_| ReadError::Ended)
    }

    /// Those of conversations in which somebody takes part who has a socket here, or did take part: who has gone is told so.
    /// What was known of the others may have changed by what is left out.
    async fn of_concern(
        &self,
        mut places: Vec<(ConversationId, Seq)>,
    ) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
        let mut conversations: Vec<ConversationId> = places.iter().map(|(id, _)| *id).collect();
        conversations.dedup();
        if conversations.is_empty() {
            return Ok(places);
        }
        let asked = conversations.clone();
        let members = self
            .store
            .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.all_member_ids(&asked).await }))
            .await?;
        let here: HashSet<ConversationId> = self.attendants.conversations_of(&members);
        places.retain(|(id, _)| here.contains(id));
        conversations.retain(|id| !here.contains(id));
        self.audiences.forget(&conversations);
        Ok(places)
    }

    async fn deliver(&self, places: Vec<(ConversationId, Seq)>) -> Result<(), ReadError> {
        let read = self
            .store
            .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.find_entries_at(&places).await }));
        let mut entries = read.await?;
        entries.sort_unstable_by_key(|entry| (entry.conversation_id, entry.seq));
        self.metrics.recovered.inc_by(entries.len() as u64);
        for entry in entries {
            let event = Inflow::Event(LiveEvent::Entry(Arc::new(entry)));
            self.delivery.send(event).await.map_err(|_| ReadError::Ended)?;
        }
        Ok(())
    }
}

fn rest_after(reading: Duration) -> Duration {
    (reading * REST).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_read_for_long_rests_for_longer() {
        for (reading, rest) in [(0, 0), (20, 80), (1_000, 4_000), (60_000, 15_000)] {
            assert_eq!(rest_after(Duration::from_millis(reading)), Duration::from_millis(rest));
        }
    }
}
