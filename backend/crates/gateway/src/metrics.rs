//! What the gateway counts.

use std::sync::atomic::AtomicI64;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use kith_wire::close::CloseCode;

/// A word of a bounded set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Reason {
    reason: &'static str,
}

/// Why an upgrade was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandshakeRefusal {
    /// A page of another origin.
    Origin,
    /// No WebSocket request, or another version or subprotocol.
    Malformed,
    /// Too many handshakes per second.
    Rate,
    /// Too many sockets from one address.
    Address,
    /// The node is going away.
    Draining,
}

impl HandshakeRefusal {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Malformed => "malformed",
            Self::Rate => "rate",
            Self::Address => "address",
            Self::Draining => "draining",
        }
    }
}

/// The gateway's metrics.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    pub(crate) connections: Gauge<i64, AtomicI64>,
    handshakes_refused: Family<Reason, Counter>,
    closed: Family<Reason, Counter>,
    pub(crate) frames_in: Counter,
    pub(crate) events_delivered: Counter,
    pub(crate) events_left_out: Counter,
    pub(crate) overflows: Counter,
    pub(crate) refusals: Counter,
    pub(crate) receipt_seconds: Histogram,
    pub(crate) backlog: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            connections: Gauge::default(),
            handshakes_refused: Family::default(),
            closed: Family::default(),
            frames_in: Counter::default(),
            events_delivered: Counter::default(),
            events_left_out: Counter::default(),
            overflows: Counter::default(),
            refusals: Counter::default(),
            // 0.5 ms to 8 s.
            receipt_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 15)),
            backlog: Gauge::default(),
        };
        let registry = registry.sub_registry_with_prefix("kith_gateway");
        registry.register("connections", "Open sockets", metrics.connections.clone());
        registry.register(
            "handshakes_refused",
            "Upgrades that were refused",
            metrics.handshakes_refused.clone(),
        );
        registry.register("closed", "Sockets that ended, by the reason of the close", metrics.closed.clone());
        registry.register("frames_in", "STOMP frames taken from clients", metrics.frames_in.clone());
        registry.register("events_delivered", "Events queued for sockets", metrics.events_delivered.clone());
        registry.register(
            "events_left_out",
            "Fleeting events that a busy socket did not get",
            metrics.events_left_out.clone(),
        );
        registry.register(
            "overflows",
            "Sockets closed because they were too slow",
            metrics.overflows.clone(),
        );
        registry.register("refusals", "SEND frames answered with an error event", metrics.refusals.clone());
        registry.register(
            "receipt_seconds",
            "From the arrival of a SEND to its receipt",
            metrics.receipt_seconds.clone(),
        );
        registry.register("backlog", "Events that wait to be given to the shards", metrics.backlog.clone());
        metrics
    }

    pub(crate) fn handshake_refused(&self, refusal: HandshakeRefusal) {
        self.handshakes_refused.get_or_create(&Reason { reason: refusal.as_str() }).inc();
    }

    /// `None`: the peer went without a word.
    pub(crate) fn closed(&self, code: Option<CloseCode>) {
        let reason = code.map_or("gone", CloseCode::reason);
        self.closed.get_or_create(&Reason { reason }).inc();
    }
}
