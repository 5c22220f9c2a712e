//! 63-bit ids: 41 bits of milliseconds since 2025-01-01, 10 bits of node, 12 bits of counter.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Timestamp;

/// 2025-01-01T00:00:00Z in Unix milliseconds; 41 bits from here last until 2094.
const EPOCH_MILLIS: i64 = 1_735_689_600_000;
const NODE_BITS: u32 = 10;
const COUNTER_BITS: u32 = 12;
/// The largest node number.
pub const MAX_NODE: u16 = (1 << NODE_BITS) - 1;

/// Hands out ids that rise strictly for one node, whatever the clock does.
///
/// When the clock stands still, steps back or is outrun (more than 4,096 ids in a millisecond), ids go on from
/// the last one: they may run ahead of the clock, they never repeat.
#[derive(Debug)]
pub struct Snowflakes {
    node: u64,
    /// The last issued (milliseconds since [`EPOCH_MILLIS`], counter), packed as one number.
    last: AtomicU64,
}

impl Snowflakes {
    /// A generator for `node` that never issues an id at or below `high_water`, the largest id stored so far by
    /// any earlier run (0 when there is none).
    ///
    /// # Panics
    /// When `node` is above [`MAX_NODE`].
    #[must_use]
    pub fn new(node: u16, high_water: u64) -> Self {
        assert!(node <= MAX_NODE, "node number {node} does not fit {NODE_BITS} bits");
        let millis = high_water >> (NODE_BITS + COUNTER_BITS);
        // The stored id may come from another node: skip the rest of its millisecond.
        let last = (millis << COUNTER_BITS) | ((1 << COUNTER_BITS) - 1);
        Self { node: u64::from(node), last: AtomicU64::new(if high_water == 0 { 0 } else { last }) }
    }

    /// The next id at the time `now`.
    pub fn next(&self, now: Timestamp) -> u64 {
        let millis = now.as_millis().saturating_sub(EPOCH_MILLIS).max(0) as u64;
        let floor = millis << COUNTER_BITS;
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = floor.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    let (millis, counter) = (next >> COUNTER_BITS, next & ((1 << COUNTER_BITS) - 1));
                    return (millis << (NODE_BITS + COUNTER_BITS)) | (self.node << COUNTER_BITS) | counter;
                }
                Err(seen) => last = seen,
            }
        }
    }
}

/// When an id was issued, unless it ran ahead of the clock.
#[must_use]
pub fn time_of(id: u64) -> Timestamp {
    let millis = id >> (NODE_BITS + COUNTER_BITS);
    Timestamp::from_millis(EPOCH_MILLIS).plus_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Unique and rising for any path of the clock, a restart in between included.
        #[test]
        fn ids_rise_whatever_the_clock_does(
            steps in proptest::collection::vec(-5_000_i64..5_000, 1..400),
            restart_at in 0_usize..400,
            burst in 1_usize..40,
        ) {
            let mut ids = Snowflakes::new(7, 0);
            let (mut now, mut last) = (Timestamp::from_millis(EPOCH_MILLIS + 1_000_000), 0);
            for (index, step) in steps.into_iter().enumerate() {
                now = now.plus_millis(step);
                if index == restart_at {
                    ids = Snowflakes::new(7, last);
                }
                for _ in 0..burst {
                    let id = ids.next(now);
                    prop_assert!(id > last, "{id} after {last}");
                    last = id;
                }
            }
        }
    }

    #[test]
    fn a_millisecond_with_more_than_4096_ids_borrows_from_the_next() {
        let (ids, now) = (Snowflakes::new(1, 0), Timestamp::from_millis(EPOCH_MILLIS + 5));
        let issued: std::collections::BTreeSet<u64> = (0..10_000).map(|_| ids.next(now)).collect();
        assert_eq!(issued.len(), 10_000);
        assert!(issued.iter().all(|id| (id >> COUNTER_BITS) & 1023 == 1));
    }

    #[test]
    fn another_nodes_high_water_mark_is_passed() {
        let now = Timestamp::from_millis(EPOCH_MILLIS + 5);
        let stored = Snowflakes::new(1000, 0).next(now);
        assert!(Snowflakes::new(1, stored).next(now) > stored);
    }
}
