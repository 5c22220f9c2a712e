//! How the notifier does.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::metric::register;

/// What becomes of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The service took it.
    Sent,
    /// The device is gone.
    Unregistered,
    /// The service refused it for good.
    Refused,
    /// It could not be told in time.
    PassedOver,
}

impl Outcome {
    const ALL: [Self; 4] = [Self::Sent, Self::Unregistered, Self::Refused, Self::PassedOver];

    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Unregistered => "unregistered",
            Self::Refused => "refused",
            Self::PassedOver => "passed_over",
        }
    }
}

#[derive(Clone)]
pub(super) struct Metrics {
    pub(super) lag: Gauge<f64, AtomicU64>,
    pub(super) delay: Histogram,
    pushes: Family<Vec<(&'static str, &'static str)>, Counter>,
}

impl Metrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let lag = "Age of the oldest entry that the notifier has not taken yet";
        let delay = "From a message's time to when the push service took the notice of it";
        let delays = Histogram::new(exponential_buckets(0.0625, 2.0, 13));
        let pushes = "Notices for devices by what became of them";
        let metrics = Self {
            lag: register(registry, "kith_push_lag_seconds", lag, Gauge::default()),
            delay: register(registry, "kith_push_delay_seconds", delay, delays),
            pushes: register(registry, "kith_push_notices", pushes, Family::default()),
        };
        // There from the start, so that a rate can be asked for.
        for outcome in Outcome::ALL {
            metrics.count(outcome, 0);
        }
        metrics
    }

    pub(super) fn count(&self, outcome: Outcome, count: usize) {
        self.pushes.get_or_create(&vec![("outcome", outcome.as_str())]).inc_by(count as u64);
    }

    #[cfg(test)]
    pub(super) fn counted(&self, outcome: Outcome) -> u64 {
        self.pushes.get_or_create(&vec![("outcome", outcome.as_str())]).get()
    }
}
