//! How many pings a peer may send: each costs an answer.

/// A bucket of 40 pings that gains one a second: three a second are too many after 20 s, one a second never is.
#[derive(Debug)]
pub(crate) struct PingBudget {
    left: u32,
    /// The tick up to which the bucket was filled.
    filled: u64,
}

const CAPACITY: u32 = 40;
const GAIN_MILLIS: u64 = 1_000;

impl Default for PingBudget {
    fn default() -> Self {
        Self { left: CAPACITY, filled: 0 }
    }
}

impl PingBudget {
    /// Counts `pings` that came at `now` (milliseconds); false when they are too many.
    pub(crate) fn take(&mut self, pings: u32, now: u64) -> bool {
        if pings == 0 {
            return true;
        }
        let gained = now.saturating_sub(self.filled) / GAIN_MILLIS;
        self.filled += gained * GAIN_MILLIS;
        self.left = self.left.saturating_add(u32::try_from(gained).unwrap_or(CAPACITY)).min(CAPACITY);
        match self.left.checked_sub(pings) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_a_second_last_twenty_seconds() {
        for (per_second, lasts) in [(1, None), (3, Some(20)), (5, Some(10))] {
            let mut budget = PingBudget::default();
            let first_refused = (1..=600).find(|second| !budget.take(per_second, second * 1_000));
            match lasts {
                None => assert_eq!(first_refused, None, "{per_second} a second"),
                Some(lasts) => {
                    let refused = first_refused.unwrap();
                    assert!(
                        (lasts..=lasts + 1).contains(&refused),
                        "{per_second} a second: refused after {refused} s"
                    );
                }
            }
        }
    }
}
