//! What went in and out.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::{Registry, Unit},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Direction {
    direction: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Counters of the file origin; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    transferred: Family<Direction, Counter>,
    uploads: Family<Outcome, Counter>,
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register_with_unit(
            "kith_media_transferred",
            "Bytes of uploads taken in and of media given out",
            Unit::Bytes,
            metrics.transferred.clone(),
        );
        registry.register("kith_media_uploads", "Uploads by how they ended", metrics.uploads.clone());
        metrics
    }

    pub(crate) fn took(&self, bytes: u64) {
        self.transferred.get_or_create(&Direction { direction: "in" }).inc_by(bytes);
    }

    pub(crate) fn gave(&self, bytes: u64) {
        self.transferred.get_or_create(&Direction { direction: "out" }).inc_by(bytes);
    }

    pub(crate) fn upload_ended(&self, outcome: &'static str) {
        self.uploads.get_or_create(&Outcome { outcome }).inc();
    }
}
