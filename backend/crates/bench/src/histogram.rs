//! Histograms of microseconds, 1 µs to 60 s with three digits, that travel between processes as pairs of value and count.

use hdrhistogram::Histogram;

/// The longest time that is told apart.
const MAX_US: u64 = 60_000_000;

/// A histogram of microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Micros(Histogram<u64>);

/// Recorded values and how often each came.
pub(crate) type Pairs = Vec<(u64, u64)>;

impl Default for Micros {
    fn default() -> Self {
        // Cannot fail: the bounds are constants within what the crate takes.
        #[allow(clippy::unwrap_used, reason = "constants")]
        Self(Histogram::new_with_bounds(1, MAX_US, 3).unwrap())
    }
}

impl Micros {
    /// Records a time; one above the bound counts as the bound.
    pub(crate) fn record_ns(&mut self, ns: u64) {
        self.0.saturating_record((ns / 1_000).max(1));
    }

    /// Takes all that was recorded.
    pub(crate) fn take_pairs(&mut self) -> Pairs {
        let pairs = self.pairs();
        self.0.reset();
        pairs
    }

    /// All that was recorded.
    pub(crate) fn pairs(&self) -> Pairs {
        self.0.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }

    /// Adds what another process recorded.
    pub(crate) fn add_pairs(&mut self, pairs: &Pairs) {
        for (value, count) in pairs {
            self.0.saturating_record_n(*value, *count);
        }
    }

    /// How many times were recorded.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time that a share of `quantile` of all are not above, in milliseconds; 0 for none.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1e3
    }

    /// The longest time, in milliseconds; 0 for none.
    pub(crate) fn max_ms(&self) -> f64 {
        self.0.max() as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_carry_everything() {
        let mut whole = Micros::default();
        let mut parts = [Micros::default(), Micros::default()];
        for value in 1..=10_000_u64 {
            let ns = value * value * 1_000;
            whole.record_ns(ns);
            parts[(value % 2) as usize].record_ns(ns);
        }
        let mut merged = Micros::default();
        parts.iter_mut().for_each(|part| merged.add_pairs(&part.take_pairs()));
        assert_eq!((merged.count(), parts[0].count()), (10_000, 0));
        assert_eq!(merged.pairs(), whole.pairs());
        assert_eq!(merged.quantile_ms(0.99), whole.quantile_ms(0.99));
    }
}
