use std::sync::atomic::{AtomicI64, Ordering};

use kith_domain::{Clock, Timestamp};

/// When a clock begins: 21 September 2026, in milliseconds since 1970.
const BEGINNING: i64 = 1_790_000_000_000;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl Default for ManualClock {
    fn default() -> Self {
        Self(AtomicI64::new(BEGINNING))
    }
}

impl ManualClock {
    /// Moves it.
    pub fn advance(&self, seconds: i64) {
        self.advance_millis(seconds * 1_000);
    }

    /// Moves it.
    pub fn advance_millis(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
