//! How many handshakes a node takes.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// A bucket of one second's handshakes that fills evenly. One atomic word: the moment up to which the bucket is
/// spent (the generic cell rate algorithm).
#[derive(Debug)]
pub(crate) struct Admission {
    started: Instant,
    /// Nanoseconds that one handshake spends.
    cost: u64,
    spent_until: AtomicU64,
}

/// A full bucket holds one second's worth.
const BURST_NANOS: u64 = 1_000_000_000;

impl Admission {
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            started: Instant::now(),
            cost: BURST_NANOS / u64::from(per_second.max(1)),
            spent_until: AtomicU64::new(0),
        }
    }

    /// Counts one handshake; `false` when there have been too many.
    pub(crate) fn admit(&self) -> bool {
        self.admit_at(u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn admit_at(&self, now: u64) -> bool {
        self.spent_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
                let next = spent.max(now).saturating_add(self.cost);
                (next <= now.saturating_add(BURST_NANOS)).then_some(next)
            })
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holds_so_many_and_then_they_come_evenly() {
        let admission = Admission::new(500);
        assert_eq!((0..1_000).filter(|_| admission.admit_at(0)).count(), 500);
        assert_eq!((0..1_000).filter(|_| admission.admit_at(100_000_000)).count(), 50);
        assert_eq!((0..1_000).filter(|_| admission.admit_at(5_000_000_000)).count(), 500);
    }
}
