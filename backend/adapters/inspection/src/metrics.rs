//! What was looked at, how it ended and how long it took.

use std::time::Duration;

use kith_domain::MediaKind;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    kind: &'static str,
    outcome: &'static str,
}

/// The inspector's metrics; clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    inspections: Family<Labels, Counter>,
    seconds: Histogram,
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let inspections = Family::default();
        let seconds = Histogram::new(exponential_buckets(0.001, 4.0, 8));
        registry.register("kith_media_inspections", "Uploads looked at", inspections.clone());
        registry.register_with_unit(
            "kith_media_inspection",
            "How long looking at an upload takes",
            Unit::Seconds,
            seconds.clone(),
        );
        Self { inspections, seconds }
    }

    pub(crate) fn inspected(&self, kind: MediaKind, outcome: &'static str, took: Duration) {
        self.inspections.get_or_create(&Labels { kind: kind.as_str(), outcome }).inc();
        self.seconds.observe(took.as_secs_f64());
    }
}
