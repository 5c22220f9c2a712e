//! The log of entries in Kafka.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use async_trait::async_trait;
use kith_domain::{
    Checkup,
    ports::{EntryLog, EntrySink},
};
use kith_kafka::{Credentials, EntryFollower, KafkaEntryLog, KafkaSettings, Mechanism, TopicError};
use tokio_util::sync::CancellationToken;

use super::{Remote, Service, SharedLog};
use crate::config::{Cluster, Config};

/// The topic of the log of entries.
const TOPIC: &str = "kith.entries";
/// How long a node that starts waits for Kafka, to see whether it has the right topic.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct Kafka;

#[async_trait(?Send)]
impl Remote for Kafka {
    fn service(&self) -> Service {
        Service::Kafka
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(settings) = settings(config) else { return Ok(None) };
        Ok(Some(kith_kafka::check_up(&settings).await.context("cluster.kafka_brokers")?))
    }

    fn log(&self, config: &Config) -> anyhow::Result<Option<Arc<dyn SharedLog>>> {
        Ok(settings(config).map(|settings| Arc::new(Log(settings)) as Arc<dyn SharedLog>))
    }
}

fn settings(config: &Config) -> Option<KafkaSettings> {
    let cluster = &config.cluster;
    (!cluster.kafka_brokers.is_empty()).then(|| KafkaSettings {
        brokers: cluster.kafka_brokers.join(","),
        topic: TOPIC.to_owned(),
        partitions: cluster.kafka_partitions,
        replicas: cluster.kafka_replicas,
        credentials: credentials(cluster),
        ca_file: cluster.kafka_ca_file.clone(),
    })
}

fn credentials(cluster: &Cluster) -> Option<Credentials> {
    let mechanism = match cluster.kafka_sasl.as_deref() {
        Some("plain") => Mechanism::Plain,
        _ => Mechanism::ScramSha512,
    };
    let (user, password) = (cluster.kafka_user.clone()?, cluster.kafka_password.clone()?);
    Some(Credentials { user, password, mechanism })
}

struct Log(KafkaSettings);

#[async_trait]
impl SharedLog for Log {
    fn open(&self) -> Arc<dyn EntryLog> {
        Arc::new(KafkaEntryLog::new(self.0.clone()))
    }

    async fn check(&self) -> anyhow::Result<()> {
        match tokio::time::timeout(PATIENCE, kith_kafka::ensure_topic(&self.0)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error @ TopicError::Unavailable(_))) => {
                // With its source, which says why.
                let error: &(dyn std::error::Error + Send + Sync) = &error;
                tracing::warn!(error, "going on without the log of entries until it is there");
                Ok(())
            }
            // Such as a topic of another number of partitions.
            Ok(Err(error)) => Err(error).context("cluster.kafka_partitions"),
            Err(_) => {
                tracing::warn!("Kafka does not answer; going on without the log of entries until it does");
                Ok(())
            }
        }
    }

    async fn follow(&self, sink: Arc<dyn EntrySink>, stop: CancellationToken) -> anyhow::Result<()> {
        Ok(EntryFollower::new(self.0.clone(), sink).run(stop.cancelled()).await?)
    }
}
