//! What the nodes of a cluster share, and this node's place among them.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use kith_cluster::{Cluster, ClusterBus, Means, NodeLease, Parts};
use kith_domain::{
    Clock, LiveEvent, NodeNumber,
    ports::{Broker, Bus, Presence, Received, Store},
    random::random_u128,
};
use kith_embedded::{LimitValues, SystemRandom};
use kith_rabbitmq::RabbitMqBroker;
use kith_redis::{Link, LinkSettings, RedisBroker, RedisLimits, RedisPresence};
use kith_sql::postgres::{Options, PostgresStore};
use prometheus_client::registry::Registry;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::mpsc;

use crate::config::Config;

/// What the broker may hold for this node before it drops some, which is read from the ledger then.
const RECEIVED_CAPACITY: usize = 4_096;

/// This node among others.
pub(crate) struct Shared {
    pub(crate) lease: NodeLease,
    pub(crate) presence: Arc<dyn Presence>,
    pub(crate) limits: Arc<RedisLimits>,
    broker: Arc<dyn Broker>,
    received: mpsc::Receiver<Received>,
    parts: Parts,
}

/// Opens the store that all nodes share. `node` is noted in the outbox.
pub(crate) async fn open_postgres(
    config: &Config,
    node: u16,
    bus: Arc<dyn Bus>,
) -> anyhow::Result<Arc<PostgresStore>> {
    let url = url(&config.cluster.database_url, "database_url")?;
    let options = Options { node, ..Options::default() };
    let store = PostgresStore::open(url.expose_secret(), options, bus, &SystemRandom).await;
    Ok(Arc::new(store.context("cluster.database_url: cannot use the database")?))
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
        let store = open_postgres(config, 0, super::silent_bus()).await?;
        let boot = (random_u128(&SystemRandom) >> 64) as u64;
        let wanted = config.server.node.map(NodeNumber::try_from).transpose()?;
        let lease = NodeLease::take(&*store, clock, wanted, boot).await;
        store.close().await;
        lease.context("this node has no number")?
    };
    let redis = url(&config.cluster.redis_url, "redis_url")?;
    let link = async |settings| -> anyhow::Result<_> {
        let link = Link::connect(redis.expose_secret(), settings).await;
        Ok(Arc::new(link.context("cluster.redis_url: not an address of Redis")?))
    };
    let presence = RedisPresence::enter(link(LinkSettings::PATIENT).await?, lease.number()).await;
    let limits = Arc::new(RedisLimits::new(link(LinkSettings::PROMPT).await?, values));
    let (broker, received): (Arc<dyn Broker>, _) = match &config.cluster.rabbitmq_url {
        Some(url) => {
            let connected =
                RabbitMqBroker::connect(url.expose_secret(), lease.number(), RECEIVED_CAPACITY).await;
            let (broker, received) = connected
                .map_err(anyhow::Error::msg)
                .context("cluster.rabbitmq_url: not an address of RabbitMQ")?;
            (broker, received)
        }
        None => {
            let connected =
                RedisBroker::connect(redis.expose_secret(), lease.number(), RECEIVED_CAPACITY).await;
            let (broker, received) = connected.context("cluster.redis_url: not an address of Redis")?;
            (broker, received)
        }
    };
    let (bus, parts) = ClusterBus::new(capacity);
    Ok((Shared { lease, presence: Arc::new(presence), limits, broker, received, parts }, bus))
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

fn url<'a>(url: &'a Option<SecretString>, name: &str) -> anyhow::Result<&'a SecretString> {
    match url {
        Some(url) => Ok(url),
        None => bail!("cluster.{name}: missing"),
    }
}
