//! How the jobs' numbers are registered.

use prometheus_client::{
    metrics::counter::Counter,
    registry::{Metric, Registry},
};

/// Registers a metric; gives it back.
pub(crate) fn register<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

/// Registers a counter, whose name gets the ending `_total`.
pub(crate) fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    register(registry, name, help, Counter::default())
}
