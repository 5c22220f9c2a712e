//! Reads from the ledger what may not have arrived: after a hole in what a node sent, after a node has died with
//! something committed and not sent, and again and again while the broker is away.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use kith_domain::{
    Entry, EntryBody, LiveEvent, NoticeKind,
    event::MembershipChange,
    ports::{Store, StoreError, StoreExt, outbox::OutboxRow},
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use crate::metrics::Metrics;

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
const ROWS_AT_ONCE: u32 = 2_000;
const ENTRIES_AT_ONCE: usize = 500;

/// What is missing since when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Missing(pub(crate) Instant);

/// Asks for a recovery; never waits.
#[derive(Debug, Clone)]
pub(crate) struct RecoveryHandle(mpsc::UnboundedSender<Missing>);

impl RecoveryHandle {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Missing>) {
        let (sender, wanted) = mpsc::unbounded_channel();
        (Self(sender), wanted)
    }

    /// What was committed since `moment` may be missing here.
    pub(crate) fn since(&self, moment: Instant) {
        // At the end of the node nobody reads.
        let _ = self.0.send(Missing(moment));
    }
}

/// Reads what is missing.
pub(crate) struct Recovery {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) delivery: mpsc::Sender<LiveEvent>,
    pub(crate) metrics: Metrics,
    /// Where the outbox stood, second by second.
    marks: VecDeque<(Instant, u64)>,
    wanted: Option<Instant>,
    /// Until when it rests.
    rests_until: Option<Instant>,
}

impl Recovery {
    pub(crate) fn new(store: Arc<dyn Store>, delivery: mpsc::Sender<LiveEvent>, metrics: Metrics) -> Self {
        Self { store, delivery, metrics, marks: VecDeque::new(), wanted: None, rests_until: None }
    }

    /// Runs until nobody can ask any more.
    pub(crate) async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Missing>) {
        let mut turns = interval(PERIOD);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                missing = asked.recv() => match missing {
                    Some(Missing(since)) => {
                        self.wanted = Some(self.wanted.map_or(since, |earlier| earlier.min(since)));
                        // Whoever waits for it has waited long enough.
                        if self.has_rested() {
                            turns.reset_immediately();
                        }
                    }
                    None => return,
                },
                _ = turns.tick() => {
                    if let Err(error) = self.turn().await {
                        tracing::warn!(%error, "what did not arrive could not be read from the ledger yet");
                    }
                }
            }
        }
    }

    async fn turn(&mut self) -> Result<(), StoreError> {
        let now = Instant::now();
        let head =
            self.store.read::<_, StoreError, _>(|tx| Box::pin(async move { tx.outbox_head().await })).await?;
        if let Some(since) = self.wanted
            && self.has_rested()
        {
            self.read_from(self.mark_before(since)).await?;
            self.rests_until = Some(Instant::now() + rest_after(now.elapsed()));
            self.wanted = None;
        }
        self.marks.push_back((now, head));
        while self.marks.front().is_some_and(|(at, _)| now.duration_since(*at) > MEMORY) {
            self.marks.pop_front();
        }
        Ok(())
    }

    fn has_rested(&self) -> bool {
        self.rests_until.is_none_or(|until| Instant::now() >= until)
    }

    /// Where the outbox stood a while before `since`.
    fn mark_before(&self, since: Instant) -> u64 {
        let before = self.marks.iter().rev().find(|(at, _)| *at + SLACK <= since);
        before.or(self.marks.front()).map_or(0, |(_, pos)| *pos)
    }

    async fn read_from(&self, start: u64) -> Result<(), StoreError> {
        if self.marks.is_empty() {
            // This node has only just begun: its sockets have asked for everything themselves.
            return Ok(());
        }
        let mut after = start;
        let mut seen = HashSet::new();
        loop {
            let rows: Vec<OutboxRow> = self
                .store
                .read::<_, StoreError, _>(move |tx| {
                    Box::pin(async move { tx.peek_outbox(after, ROWS_AT_ONCE).await })
                })
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.pos;
            let mut places: Vec<_> = rows.iter().map(|row| (row.conversation_id, row.seq)).collect();
            places.retain(|place| seen.insert(*place));
            for some in places.chunks(ENTRIES_AT_ONCE) {
                self.deliver(some.to_vec()).await?;
            }
        }
    }

    async fn deliver(&self, places: Vec<(kith_domain::ConversationId, u64)>) -> Result<(), StoreError> {
        let read = self
            .store
            .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.find_entries_at(&places).await }));
        let mut entries = read.await?;
        entries.sort_unstable_by_key(|entry| (entry.conversation_id, entry.seq));
        self.metrics.recovered.inc_by(entries.len() as u64);
        for event in entries.into_iter().flat_map(events_of) {
            if self.delivery.send(event).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What is told of an entry that was read: itself, and what it changed about who receives what follows.
fn events_of(entry: Entry) -> Vec<LiveEvent> {
    let (conversation_id, seq) = (entry.conversation_id, entry.seq);
    let change = match &entry.body {
        EntryBody::Notice(notice) => notice.user_id.and_then(|user_id| {
            let change = match notice.kind {
                NoticeKind::Joined => MembershipChange::Joined { from: seq },
                NoticeKind::Left | NoticeKind::Kicked => MembershipChange::Ended { at: seq },
                _ => return None,
            };
            Some(LiveEvent::Membership { conversation_id, user_id, change })
        }),
        _ => None,
    };
    let redraw = matches!(entry.body, EntryBody::Notice(_));
    let mut events = vec![LiveEvent::Entry(Arc::new(entry))];
    events.extend(change);
    if redraw {
        events.push(LiveEvent::ConversationChanged(conversation_id));
    }
    events
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
