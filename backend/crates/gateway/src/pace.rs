//! How often a socket is written to.
//!
//! A write costs the same whether it carries one frame or eight, so a socket that gets many frames a second is better
//! served by fewer writes. One that gets few must not wait at all: a delay for everybody would cost latency and save
//! nothing, for hardly ever would two frames meet.

/// Milliseconds between the writes of a busy socket.
pub(crate) const INTERVAL_MILLIS: u32 = 40;
/// Writes that may come sooner, one after another.
const BURST: u32 = 5;

/// Allows 25 writes a second and a few at once (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// The moment up to which the allowance is spent, in milliseconds that wrap around after 49 days.
    spent_until: u32,
}

impl Pace {
    /// Counts a write at `now`; false when it should wait for others.
    pub(crate) fn allows(&mut self, now: u32) -> bool {
        let ahead = self.ahead(now);
        if ahead > INTERVAL_MILLIS * (BURST - 1) {
            return false;
        }
        self.spent_until = now.wrapping_add(ahead + INTERVAL_MILLIS);
        true
    }

    /// Counts a write that did not ask.
    pub(crate) fn count(&mut self, now: u32) {
        let ahead = self.ahead(now).min(INTERVAL_MILLIS * (BURST - 1));
        self.spent_until = now.wrapping_add(ahead + INTERVAL_MILLIS);
    }

    /// Milliseconds by which the allowance is spent in advance. After a long rest the difference is negative, or so
    /// large that it cannot be meant.
    fn ahead(&self, now: u32) -> u32 {
        let ahead = self.spent_until.wrapping_sub(now);
        if ahead > INTERVAL_MILLIS * BURST { 0 } else { ahead }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_at_once_and_then_evenly() {
        for start in [0, 1_000, u32::MAX - 30] {
            let mut pace = Pace { spent_until: start };
            let allowed: Vec<u32> =
                (0..200).filter(|millis| pace.allows(start.wrapping_add(*millis))).collect();
            assert_eq!(&allowed[..7], [0, 1, 2, 3, 4, 40, 80], "from {start}");
            assert_eq!(allowed.len(), 5 + 4);
            assert!(pace.allows(start.wrapping_add(100_000)), "after a rest");
        }
    }

    #[test]
    fn what_did_not_ask_counts_too() {
        let mut pace = Pace::default();
        (0..100).for_each(|_| pace.count(7));
        assert!(!pace.allows(8));
        assert!(pace.allows(47));
    }
}
