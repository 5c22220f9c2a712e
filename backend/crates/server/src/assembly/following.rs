//! What follows the ledger on this node: by its outbox, or by the log of entries where there is one.

use std::{sync::Arc, time::Duration};

#[cfg(feature = "cluster")]
use anyhow::Context as _;
#[cfg(feature = "cluster")]
use kith_domain::ports::EntrySink;
use kith_domain::ports::{History, outbox};
#[cfg(feature = "cluster")]
use kith_kafka::{EntryFollower, KafkaEntryLog, KafkaSettings, TopicError};
#[cfg(feature = "cluster")]
use kith_worker::{Archiver, COUNTER, EntryTally, LogPublisher, SEARCH};
use kith_worker::{Consumer, EntryCounter, Relay, SearchIndexer, Source};
use prometheus_client::registry::Registry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Storage;
#[cfg(feature = "cluster")]
use super::remote;
use crate::config::Config;

/// How often the outbox is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// As often where it is only the first of two steps.
#[cfg(feature = "cluster")]
const LOG_PERIOD: Duration = Duration::from_millis(250);
/// How long a node that starts waits for Kafka, to see whether it has the right topic.
#[cfg(feature = "cluster")]
const PATIENCE: Duration = Duration::from_secs(2);

/// What follows the ledger.
pub(crate) struct Following {
    /// Hands the outbox on; one node's job.
    pub(super) relay: Arc<Relay>,
    /// How often it does.
    pub(super) period: Duration,
    #[cfg(feature = "cluster")]
    log: Option<Log>,
}

/// The log of entries, and what takes from it on every node that is a worker.
#[cfg(feature = "cluster")]
struct Log {
    settings: KafkaSettings,
    sinks: Vec<Arc<dyn EntrySink>>,
}

/// How the search index learns of what is new. Several nodes share the log, so that only an index they share can follow
/// it.
pub(crate) fn search_source(config: &Config) -> Source {
    let cluster = &config.cluster;
    if cluster.kafka_brokers.is_empty() || cluster.opensearch_url.is_none() {
        Source::Outbox
    } else {
        Source::Log
    }
}

impl Following {
    /// Puts it together; nothing runs yet.
    ///
    /// # Errors
    /// When there is a log, and it is not as the settings say.
    pub(super) async fn build(
        config: &Config,
        storage: &Storage,
        indexer: &SearchIndexer,
        history: Option<Arc<dyn History>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        #[cfg(feature = "cluster")]
        if let Some(settings) = remote::log(config) {
            return Self::by_log(config, settings, storage, indexer, history, registry).await;
        }
        // It follows the outbox by itself.
        let _ = (config, indexer, history);
        let consumers: Vec<Arc<dyn Consumer>> = vec![Arc::new(EntryCounter::new(registry))];
        let (store, clock) = (storage.store.clone(), storage.clock.clone());
        Ok(Self {
            relay: Arc::new(Relay::new(store, clock, consumers, &[outbox::LOG], registry)),
            period: PERIOD,
            #[cfg(feature = "cluster")]
            log: None,
        })
    }

    #[cfg(feature = "cluster")]
    async fn by_log(
        config: &Config,
        settings: KafkaSettings,
        storage: &Storage,
        indexer: &SearchIndexer,
        history: Option<Arc<dyn History>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        if config.has_role("worker") {
            check_topic(&settings).await?;
        }
        let (store, clock) = (storage.store.clone(), storage.clock.clone());
        let log = Arc::new(KafkaEntryLog::new(settings.clone()));
        let publisher = LogPublisher::new(store.clone(), log, clock.clone(), registry);
        let mut sinks: Vec<Arc<dyn EntrySink>> = vec![Arc::new(EntryTally::new(registry))];
        if let Some(history) = history {
            sinks.push(Arc::new(Archiver::new(history, registry)));
        }
        let gone: &[&str] = match search_source(config) {
            Source::Outbox => &[COUNTER],
            Source::Log => {
                sinks.push(Arc::new(indexer.sink()));
                &[COUNTER, SEARCH]
            }
        };
        Ok(Self {
            relay: Arc::new(Relay::new(store, clock, vec![Arc::new(publisher)], gone, registry)),
            period: LOG_PERIOD,
            log: Some(Log { settings, sinks }),
        })
    }

    /// Starts this node's members of all groups of followers.
    pub(super) fn start(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let _ = stop;
        #[cfg(feature = "cluster")]
        if let Some(log) = &self.log {
            return log.sinks.iter().map(|sink| tokio::spawn(follow(log, sink, stop.clone()))).collect();
        }
        Vec::new()
    }
}

/// A topic of another number of partitions is a fault of the settings. Kafka may come later than Kith.
#[cfg(feature = "cluster")]
async fn check_topic(settings: &KafkaSettings) -> anyhow::Result<()> {
    match tokio::time::timeout(PATIENCE, kith_kafka::ensure_topic(settings)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error @ TopicError::Unavailable(_))) => {
            tracing::warn!(%error, "going on without the log of entries until it is there");
            Ok(())
        }
        Ok(Err(error)) => Err(error).context("cluster.kafka_partitions"),
        Err(_) => {
            tracing::warn!("Kafka does not answer; going on without the log of entries until it does");
            Ok(())
        }
    }
}

#[cfg(feature = "cluster")]
fn follow(
    log: &Log,
    sink: &Arc<dyn EntrySink>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let (name, follower) = (sink.name(), EntryFollower::new(log.settings.clone(), Arc::clone(sink)));
    async move {
        if let Err(error) = follower.run(stop.cancelled()).await {
            let error: &(dyn std::error::Error + Send + Sync) = &error;
            tracing::error!(follower = name, error, "a follower of the log has ended; the others go on");
        }
    }
}
