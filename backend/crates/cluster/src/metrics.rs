//! What the nodes have to do with each other, as numbers: `kith_cluster_…`.

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};

/// The numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    pub(crate) node: Gauge,
    pub(crate) peers: Gauge,
    pub(crate) routes: Gauge,
    pub(crate) events_sent: Counter,
    pub(crate) events_received: Counter,
    pub(crate) failed: Counter,
    pub(crate) skipped: Counter,
    pub(crate) gaps: Counter,
    pub(crate) recovered: Counter,
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let part = registry.sub_registry_with_prefix("kith_cluster");
        part.register(
            "node",
            "The number of this node: what others call it in their logs",
            metrics.node.clone(),
        );
        part.register("peers", "Other nodes that are there", metrics.peers.clone());
        part.register("routes", "Users with sockets at other nodes", metrics.routes.clone());
        part.register(
            "events_sent",
            "Events sent to other nodes, once for each",
            metrics.events_sent.clone(),
        );
        part.register("events_received", "Events of other nodes", metrics.events_received.clone());
        part.register("messages_failed", "Messages the broker did not take", metrics.failed.clone());
        part.register(
            "batches_skipped",
            "Times that events waited in vain to be sent",
            metrics.skipped.clone(),
        );
        part.register("gaps", "Times that something of another node was missing", metrics.gaps.clone());
        part.register(
            "entries_recovered",
            "Entries read from the ledger because they may not have arrived",
            metrics.recovered.clone(),
        );
        metrics
    }
}
