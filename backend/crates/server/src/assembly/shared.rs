//! What the nodes of a cluster share, and this node's place among them.

use std::sync::Arc;

use anyhow::Context as _;
use kith_cluster::{Cluster, ClusterBus, Means, NodeLease, Parts};
use kith_domain::{
    Clock, LiveEvent, NodeNumber,
    ports::{Broker, Bus, Presence, Received, Store},
    random::random_u128,
};
use kith_embedded::{LimitValues, SystemRandom};
use prometheus_client::registry::Registry;
use tokio::sync::mpsc;

use super::{engine::Engine, node_limits::NodeLimits, remote, silent_bus};
use crate::config::Config;

/// What the broker may hold for this node before it drops some, which is read from the ledger then.
const RECEIVED_CAPACITY: usize = 4_096;
/// What is said where nothing gives presence, limits or a broker.
const NO_REDIS: &str = "cluster.redis_url: missing";

/// This node among others.
pub(crate) struct Shared {
    pub(crate) lease: NodeLease,
    pub(crate) presence: Arc<dyn Presence>,
    pub(crate) limits: Arc<dyn NodeLimits>,
    broker: Arc<dyn Broker>,
    received: mpsc::Receiver<Received>,
    parts: Parts,
}

/// Opens the store that all nodes share. `node` is noted in the outbox.
pub(crate) async fn open_store(
    config: &Config,
    node: u16,
    bus: Arc<dyn Bus>,
) -> anyhow::Result<Arc<dyn Engine>> {
    let store = remote::reach(async |remote| remote.store(config, node, &bus).await).await?;
    store.context("cluster.database_url: missing")
}

/// Takes a place among the nodes: a number, a bus, and what presence and limits need.
pub(crate) async fn join(
    config: &Config,
    clock: &dyn Clock,
    values: LimitValues,
    capacity: usize,
) -> anyhow::Result<(Shared, Arc<ClusterBus>)> {
    let lease = {
        // The number is noted in every outbox row, so that it has to be there before the store is.
        let store = open_store(config, 0, silent_bus()).await?;
        let boot = (random_u128(&SystemRandom) >> 64) as u64;
        let wanted = config.server.node.map(NodeNumber::try_from).transpose()?;
        let lease = NodeLease::take(&*store, clock, wanted, boot).await;
        store.close().await;
        lease.context("this node has no number")?
    };
    let node = lease.number();
    let presence = remote::reach(async |remote| remote.presence(config, node).await).await?;
    let limits = remote::reach(async |remote| remote.limits(config, values).await).await?;
    let broker = remote::reach(async |remote| remote.broker(config, node, RECEIVED_CAPACITY).await).await?;
    let (presence, limits) = (presence.context(NO_REDIS)?, limits.context(NO_REDIS)?);
    let (broker, received) = broker.context(NO_REDIS)?;
    let (bus, parts) = ClusterBus::new(capacity);
    Ok((Shared { lease, presence, limits, broker, received, parts }, bus))
}

impl Shared {
    /// A text that names this life of this node, for leases of jobs.
    pub(crate) fn holder(&self) -> String {
        self.lease.holder()
    }

    /// Starts what runs between the nodes; the receiver gets the events for this node's sockets.
    pub(crate) fn start(
        self,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        registry: &mut Registry,
    ) -> (Cluster, mpsc::Receiver<LiveEvent>) {
        let means = Means { store, clock, broker: self.broker, received: self.received };
        Cluster::start(self.parts, self.lease, means, registry)
    }
}
