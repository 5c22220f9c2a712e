//! Brings events, of this node and of others, to the sockets of this node, in order.

use std::{sync::Arc, time::Instant};

use kith_domain::{
    ConversationId, Entry, LiveEvent, Seq,
    ports::{Store, StoreError, StoreExt},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};

use crate::{
    audiences::Audiences,
    recovery::Loss,
    sequencer::{Hole, PATIENCE, Sequencer, puts_out},
};

/// Events taken at once.
const AT_ONCE: usize = 256;
/// The most entries of a hole that are told, and that are read at once; a larger one is for the clients to fill.
const MAX_READ: u64 = 200;

/// What comes to be brought to the sockets, or is asked about that.
#[derive(Debug)]
pub(crate) enum Inflow {
    /// An event.
    Event(LiveEvent),
    /// Which of these entries were not told yet?
    Untold(Vec<(ConversationId, Seq)>, oneshot::Sender<Vec<(ConversationId, Seq)>>),
    /// What was found missing up to this loss has been read, and came before this.
    Settled(Loss),
}

/// Runs until the inbox is closed or nobody takes the events. `audiences` hears of changes that were read from the ledger.
pub(crate) async fn run(
    store: Arc<dyn Store>,
    audiences: Arc<Audiences>,
    mut sequencer: Sequencer,
    mut inbox: mpsc::Receiver<Inflow>,
    sockets: mpsc::Sender<LiveEvent>,
) {
    let mut looks = interval(PATIENCE / 4);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (filled, mut fillings) = mpsc::unbounded_channel::<(Hole, Vec<Entry>)>();
    let mut taken = Vec::with_capacity(AT_ONCE);
    let mut ready = Vec::new();
    loop {
        tokio::select! {
            count = inbox.recv_many(&mut taken, AT_ONCE) => {
                if count == 0 {
                    return;
                }
                let now = Instant::now();
                for inflow in taken.drain(..) {
                    match inflow {
                        Inflow::Event(event) => sequencer.push(event, now, &mut ready),
                        // Whoever asked may have gone.
                        Inflow::Untold(places, reply) => drop(reply.send(sequencer.untold(places))),
                        Inflow::Settled(loss) => sequencer.settle(loss, now, &mut ready),
                    }
                }
            }
            Some((hole, entries)) = fillings.recv() => {
                sequencer.fill(hole, entries, Instant::now(), &mut ready);
            }
            _ = looks.tick(), if sequencer.is_waiting() => {
                for hole in sequencer.holes(Instant::now()) {
                    let (store, filled) = (Arc::clone(&store), filled.clone());
                    tokio::spawn(async move {
                        match read(&*store, hole).await {
                            // Nobody waits for it when the node is ending.
                            Ok(entries) => drop(filled.send((hole, entries))),
                            // It is asked for again, and what follows waits: somebody may have been put out in between.
                            Err(error) => {
                                tracing::warn!(%error, "entries that did not arrive cannot be read either yet");
                            }
                        }
                    });
                }
            }
        }
        for event in ready.drain(..) {
            if let LiveEvent::Membership { conversation_id, user_id, .. } = &event {
                audiences.changed(*conversation_id, *user_id, Instant::now());
            }
            if sockets.send(event).await.is_err() {
                return;
            }
        }
    }
}

/// The entries of a hole, in order; of a large one those alone that say who has gone.
async fn read(store: &dyn Store, hole: Hole) -> Result<Vec<Entry>, StoreError> {
    let large = hole.high - hole.low >= MAX_READ;
    let (mut entries, mut low) = (Vec::new(), hole.low);
    while low <= hole.high {
        let high = hole.high.min(low + MAX_READ - 1);
        let places: Vec<_> = (low..=high).map(|seq| (hole.conversation, seq)).collect();
        let read = store
            .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.find_entries_at(&places).await }));
        entries.extend(read.await?.into_iter().filter(|entry| !large || puts_out(entry)));
        low = high + 1;
    }
    entries.sort_unstable_by_key(|entry| entry.seq);
    Ok(entries)
}

#[cfg(test)]
mod tests;
