//! How far the index is.

use std::sync::atomic::AtomicU64;

use kith_domain::{Clock, Timestamp, ports::search::SearchDocument};
use prometheus_client::{
    metrics::{
        counter::Counter,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use crate::{
    metric::{counter, register},
    relay::seconds_since,
};

#[derive(Clone)]
pub(super) struct Metrics {
    pub(super) lag: Gauge<f64, AtomicU64>,
    pub(super) delay: Histogram,
    pub(super) documents: Counter,
    pub(super) rebuilding: Gauge,
}

impl Metrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let lag = "Age of the oldest entry that the search index has not taken yet";
        let delay = "From a message's time to when it is found";
        let rebuilding = "1 while the search index is being filled from the ledger";
        let delays = Histogram::new(exponential_buckets(0.03125, 2.0, 12));
        Self {
            lag: register(registry, "kith_search_lag_seconds", lag, Gauge::default()),
            delay: register(registry, "kith_search_delay_seconds", delay, delays),
            documents: counter(registry, "kith_search_documents", "Documents put into the search index"),
            rebuilding: register(registry, "kith_search_rebuilding", rebuilding, Gauge::default()),
        }
    }

    /// Notes that these are found from now on. Give the times with [`times`] before the documents are gone.
    pub(super) fn found(&self, times: &[Timestamp], clock: &dyn Clock) {
        for &time in times {
            self.delay.observe(seconds_since(clock, time));
        }
    }
}

/// The times of the messages among documents.
pub(super) fn times(documents: &[SearchDocument]) -> Vec<Timestamp> {
    documents.iter().filter_map(|document| Some(document.body.as_ref()?.server_time)).collect()
}
