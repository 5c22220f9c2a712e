//! Tells the presence service which devices hold a socket, in the order in which that came about.

use std::{collections::HashSet, sync::Arc};

use kith_domain::Caller;
use tokio::{sync::mpsc, time::MissedTickBehavior};

use crate::gateway::Inner;

/// A device came or went.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PresenceChange {
    /// It has a socket.
    Up(Caller),
    /// Its last socket is gone.
    Down(Caller),
}

/// The way to the worker. Its inbox is bounded by the sockets: each causes two changes at most. It must not make its
/// senders wait, because sockets are among them and the service publishes events that sockets take.
#[derive(Debug, Clone)]
pub(crate) struct PresenceHandle {
    changes: mpsc::UnboundedSender<PresenceChange>,
}

impl PresenceHandle {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<PresenceChange>) {
        let (changes, inbox) = mpsc::unbounded_channel();
        (Self { changes }, inbox)
    }

    /// Hands a change over; at the end of the node nobody takes it.
    pub(crate) fn send(&self, change: PresenceChange) {
        let _ = self.changes.send(change);
    }
}

/// Devices whose leases are renewed with one write.
const BEATS_AT_ONCE: usize = 500;

/// Follows changes one after another, so that a reconnect cannot be overtaken by the end of the socket before it, and
/// renews leases.
pub(crate) async fn run(inner: Arc<Inner>, mut changes: mpsc::UnboundedReceiver<PresenceChange>) {
    let mut beats = tokio::time::interval(inner.settings.timing.beat);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = 0;
    loop {
        tokio::select! {
            change = changes.recv() => match change {
                None => return,
                Some(PresenceChange::Up(caller)) => {
                    if let Err(error) = inner.services.presence.connected(caller).await {
                        tracing::warn!(%error, "somebody's coming is not announced yet");
                    }
                }
                Some(PresenceChange::Down(caller)) => inner.services.presence.disconnected(caller).await,
            },
            _ = beats.tick() => {
                beat(&inner, round).await;
                round += 1;
            }
        }
    }
}

async fn beat(inner: &Inner, round: u64) {
    let mut callers = HashSet::with_capacity(inner.connections());
    inner.for_each_connection(|connection| callers.extend(connection.caller()));
    let callers: Vec<_> = callers.into_iter().collect();
    for some in callers.chunks(BEATS_AT_ONCE) {
        if let Err(error) = inner.services.presence.beat(some, round).await {
            tracing::warn!(%error, "presence leases were not renewed");
        }
    }
}
