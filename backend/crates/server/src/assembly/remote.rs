//! Services elsewhere. The adapter of each is behind a Cargo feature; which of them this binary has is said in this file
//! and nowhere else.

#[cfg(feature = "cassandra")]
mod cassandra;
#[cfg(feature = "fcm")]
mod fcm;
#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "opensearch")]
mod opensearch;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "s3")]
mod s3;
mod service;

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Checkup, Clock, NodeNumber,
    ports::{Blobs, Broker, Bus, EntryLog, EntrySink, History, Presence, Push, Received, Search},
};
use kith_embedded::LimitValues;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{engine::Engine, node_limits::NodeLimits};
use crate::config::Config;

pub(crate) use service::Service;

/// What this binary has, in the order in which `kith doctor` looks at it.
const BUILT_IN: &[&dyn Remote] = &[
    #[cfg(feature = "postgres")]
    &postgres::Postgres,
    #[cfg(feature = "redis")]
    &redis::Redis,
    #[cfg(feature = "rabbitmq")]
    &rabbitmq::RabbitMq,
    #[cfg(feature = "kafka")]
    &kafka::Kafka,
    #[cfg(feature = "cassandra")]
    &cassandra::Cassandra,
    #[cfg(feature = "opensearch")]
    &opensearch::OpenSearch,
    #[cfg(feature = "s3")]
    &s3::S3,
    #[cfg(feature = "fcm")]
    &fcm::Fcm,
];

/// A service elsewhere, as the settings have it. It gives the ports that its adapter is for, and none when the settings
/// do not want them of it. All is asked by what starts a node or a command, which no other thread takes over.
#[async_trait(?Send)]
pub(crate) trait Remote: Sync {
    /// Which one it is.
    fn service(&self) -> Service;

    /// Looks whether it is there, and is as it has to be.
    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>>;

    /// What is wrong with names that it must take.
    fn faults(&self, _config: &Config) -> Vec<String> {
        Vec::new()
    }

    /// The store that all nodes share. `node` is noted in its outbox.
    async fn store(
        &self,
        _config: &Config,
        _node: u16,
        _bus: &Arc<dyn Bus>,
    ) -> anyhow::Result<Option<Arc<dyn Engine>>> {
        Ok(None)
    }

    /// Who is there, at all nodes.
    async fn presence(
        &self,
        _config: &Config,
        _node: NodeNumber,
    ) -> anyhow::Result<Option<Arc<dyn Presence>>> {
        Ok(None)
    }

    /// Limits that all nodes count together.
    async fn limits(
        &self,
        _config: &Config,
        _values: LimitValues,
    ) -> anyhow::Result<Option<Arc<dyn NodeLimits>>> {
        Ok(None)
    }

    /// What is between the nodes; it may hold `capacity` messages for this one.
    async fn broker(
        &self,
        _config: &Config,
        _node: NodeNumber,
        _capacity: usize,
    ) -> anyhow::Result<Option<Brokered>> {
        Ok(None)
    }

    /// The log of entries.
    fn log(&self, _config: &Config) -> anyhow::Result<Option<Arc<dyn SharedLog>>> {
        Ok(None)
    }

    /// Where entries go that leave the ledger.
    fn history(&self, _config: &Config) -> anyhow::Result<Option<Arc<dyn History>>> {
        Ok(None)
    }

    /// The index that all nodes share.
    fn search(&self, _config: &Config) -> anyhow::Result<Option<Arc<dyn Search>>> {
        Ok(None)
    }

    /// Where uploads lie.
    fn bucket(&self, _config: &Config, _clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<dyn Bucket>>> {
        Ok(None)
    }

    /// What wakes devices.
    fn push(&self, _config: &Config, _clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<dyn Push>>> {
        Ok(None)
    }
}

/// A broker, and what it receives for this node.
pub(crate) type Brokered = (Arc<dyn Broker>, mpsc::Receiver<Received>);

/// The log of entries and both its ends.
#[async_trait]
pub(crate) trait SharedLog: Send + Sync {
    /// The end that takes entries.
    fn open(&self) -> Arc<dyn EntryLog>;

    /// Fails when it is not as the settings say. It may come later than this node.
    async fn check(&self) -> anyhow::Result<()>;

    /// Hands `sink` its share of the entries until `stop`.
    ///
    /// # Errors
    /// What does not pass by itself.
    async fn follow(&self, sink: Arc<dyn EntrySink>, stop: CancellationToken) -> anyhow::Result<()>;
}

/// Blobs that clients reach by themselves.
pub(crate) trait Bucket: Blobs {
    /// Where they find a key, without a slash at the end.
    fn public_url(&self) -> String;
}

/// The services that this binary has adapters of.
pub(crate) fn built_in() -> Vec<Service> {
    BUILT_IN.iter().map(|remote| remote.service()).collect()
}

/// What is wrong with the settings in the eyes of the services that this binary has.
pub(crate) fn faults(config: &Config) -> Vec<String> {
    BUILT_IN.iter().flat_map(|remote| remote.faults(config)).collect()
}

/// Looks at each service that the settings name.
pub(crate) async fn check_up(config: &Config) -> Vec<(&'static str, anyhow::Result<Checkup>)> {
    let mut checks = Vec::new();
    for remote in BUILT_IN {
        if let Some(outcome) = remote.check_up(config).await.transpose() {
            checks.push((remote.service().name(), outcome));
        }
    }
    checks
}

/// What the one of them gives that the settings want it of.
pub(crate) fn ask<T>(
    question: impl Fn(&'static dyn Remote) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    BUILT_IN.iter().find_map(|remote| question(*remote).transpose()).transpose()
}

/// As [`ask`], for what is only there after a while.
pub(crate) async fn reach<T>(
    question: impl AsyncFn(&'static dyn Remote) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    for remote in BUILT_IN {
        if let Some(found) = question(*remote).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
