//! What the rest of the gateway knows of one open socket.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use kith_domain::{Caller, Timestamp};

use crate::{
    outbox::{Outbox, Pushed},
    queue::{OutboxLimits, Outgoing},
    shard::Shard,
    transport::Writer,
};

/// A moment in [`crate::ticks::Ticks`]; 0 is "never".
#[derive(Debug, Default)]
pub(crate) struct Moment(AtomicU64);

impl Moment {
    pub(crate) fn at(tick: u64) -> Self {
        Self(AtomicU64::new(tick))
    }
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
    pub(crate) fn set(&self, tick: u64) {
        self.0.store(tick, Ordering::Relaxed);
    }
    /// Sets it unless it is set already.
    pub(crate) fn set_once(&self, tick: u64) {
        if self.get() == 0 {
            self.set(tick);
        }
    }
    pub(crate) fn clear(&self) {
        self.set(0);
    }
}

/// When things last happened on a socket: written by its task, read by the sweep.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// It was accepted.
    pub(crate) opened: Moment,
    /// Bytes came in.
    pub(crate) heard: Moment,
    /// A ping asked whether the peer is there.
    pub(crate) asked: Moment,
    /// A frame or message began that has not ended.
    pub(crate) partial: Moment,
    /// The end of the socket began.
    pub(crate) closing: Moment,
    /// Milliseconds between the heartbeats that the peer wants; 0 is none.
    pub(crate) heart_beat: AtomicU64,
    /// When the access token expires, in milliseconds since the epoch by the wall clock; 0 before CONNECT.
    expires_at: AtomicU64,
}

/// One socket. Shared by its task, the hub, which has routes to it, the flusher and the sweep.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The way out.
    pub(crate) outbox: Outbox,
    /// The shard it lives on.
    pub(crate) shard: Arc<Shard>,
    /// Spreads sockets over the flusher's moments.
    pub(crate) slot: usize,
    /// When things happened.
    pub(crate) times: Times,
    caller: OnceLock<Caller>,
}

impl Connection {
    /// A socket of `shard`; without a writer nothing is written.
    pub(crate) fn new(shard: Arc<Shard>, limits: OutboxLimits, writer: Option<Writer>) -> Self {
        let now = shard.ticks.now();
        let times = Times { opened: Moment::at(now), heard: Moment::at(now), ..Times::default() };
        let (outbox, slot) = (Outbox::new(limits, writer), shard.next_slot());
        outbox.progress.spoke.store(now, Ordering::Relaxed);
        Self { outbox, shard, slot, times, caller: OnceLock::new() }
    }

    /// Has a frame written.
    pub(crate) fn send(self: &Arc<Self>, frame: Outgoing) -> Pushed {
        self.follow(self.outbox.push(frame))
    }

    /// Has an event written that a request of this very socket may have brought about.
    pub(crate) fn send_with_receipt(self: &Arc<Self>, frame: Outgoing) -> Pushed {
        self.follow(self.outbox.push_with_receipt(frame))
    }

    fn follow(self: &Arc<Self>, pushed: Pushed) -> Pushed {
        if pushed == (Pushed::Queued { mark: true }) {
            self.mark(true);
        }
        pushed
    }

    /// Tells the flusher, if it must be told.
    pub(crate) fn mark(self: &Arc<Self>, mark: bool) {
        if mark {
            self.shard.marked.push(Arc::clone(self));
        }
    }

    /// Whose it is; `None` before CONNECT succeeded.
    pub(crate) fn caller(&self) -> Option<Caller> {
        self.caller.get().copied()
    }

    /// Says whose it is, once.
    pub(crate) fn identify(&self, caller: Caller) {
        // A second CONNECT is a protocol error, so that there is nothing to overwrite.
        let _ = self.caller.set(caller);
    }

    /// When its access token expires.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        let millis = self.times.expires_at.load(Ordering::Relaxed);
        (millis > 0).then(|| Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
    }

    /// Notes the expiry of a fresh access token.
    pub(crate) fn set_expires_at(&self, at: Timestamp) {
        self.times.expires_at.store(u64::try_from(at.as_millis()).unwrap_or(1).max(1), Ordering::Relaxed);
    }
}
