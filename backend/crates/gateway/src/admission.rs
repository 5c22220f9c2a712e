//! How many handshakes a node takes.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::time::Instant;

/// Takes handshakes at an even rate. One atomic word: the moment up to which the rate is spent (the generic cell rate
/// algorithm).
#[derive(Debug)]
pub(crate) struct Admission {
    started: Instant,
    /// Nanoseconds that one handshake spends.
    cost: u64,
    spent_until: AtomicU64,
}

/// What has not been spent is saved up for so long.
const SAVED_NANOS: u64 = 1_000_000_000;
/// The longest that a handshake waits for its turn: more could not be told from a server that is away.
const WAIT_NANOS: u64 = 1_000_000_000;

impl Admission {
    pub(crate) fn new(per_second: u32) -> Self {
        Self {
            started: Instant::now(),
            cost: 1_000_000_000 / u64::from(per_second.max(1)),
            spent_until: AtomicU64::new(0),
        }
    }

    /// Counts one handshake and waits for its turn; `false` when too many wait already.
    pub(crate) async fn admit(&self) -> bool {
        let now = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        match self.admit_at(now) {
            Some(Duration::ZERO) => true,
            Some(wait) => {
                tokio::time::sleep(wait).await;
                true
            }
            None => false,
        }
    }

    /// The time to wait from `now` on.
    fn admit_at(&self, now: u64) -> Option<Duration> {
        // What is saved up lies in the past: the present minus the saving is the earliest that the word may say.
        let earliest = (now + SAVED_NANOS).saturating_sub(SAVED_NANOS);
        let next = |spent: u64| spent.max(earliest) + self.cost;
        let before = self
            .spent_until
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
                (next(spent) <= now + SAVED_NANOS + WAIT_NANOS).then(|| next(spent))
            })
            .ok()?;
        Some(Duration::from_nanos(next(before).saturating_sub(now + SAVED_NANOS)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_saved_a_second_waits_and_then_they_come_evenly() {
        let admission = Admission::new(500);
        let at = |millis: u64, tries: usize| -> Vec<Duration> {
            (0..tries).map_while(|_| admission.admit_at(millis * 1_000_000)).collect()
        };
        let first = at(0, 2_000);
        assert_eq!(first.len(), 1_000);
        assert!(first[..500].iter().all(Duration::is_zero), "saved up");
        assert_eq!((first[500], first[999]), (Duration::from_millis(2), Duration::from_secs(1)));
        assert_eq!(at(100, 1_000).len(), 50);
        assert_eq!(at(10_000, 2_000).len(), 1_000, "after a rest");
    }
}
