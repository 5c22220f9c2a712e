//! Coarse monotonic time, read without a system call.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// Milliseconds since the gateway started, as of the last sweep. Sockets note by it when they were last heard of: a
/// second's precision is all that heartbeats need, and a load costs nothing.
#[derive(Debug)]
pub(crate) struct Ticks {
    started: Instant,
    now: AtomicU64,
}

impl Ticks {
    /// Starts at 1, so that 0 can stand for "never".
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), now: AtomicU64::new(1) }
    }

    /// The time as of the last [`Ticks::advance`].
    pub(crate) fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Reads the clock.
    pub(crate) fn advance(&self) -> u64 {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        self.now.store(millis, Ordering::Relaxed);
        millis
    }
}
