//! What follows the ledger on this node: by its outbox, or by the log of entries where there is one.

use std::{sync::Arc, time::Duration};

use kith_domain::ports::{EntrySink, History, outbox};
use kith_worker::{
    Archiver, COUNTER, Consumer, EntryCounter, EntryTally, LogPublisher, NOTIFIER, Notifier, Relay, SEARCH,
    SearchIndexer, Source,
};
use prometheus_client::registry::Registry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    Storage,
    remote::{self, SharedLog},
};
use crate::config::Config;

/// How often the outbox is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// As often where it is only the first of two steps.
const LOG_PERIOD: Duration = Duration::from_millis(250);

/// What follows the ledger.
pub(crate) struct Following {
    /// Hands the outbox on; one node's job.
    pub(super) relay: Arc<Relay>,
    /// How often it does.
    pub(super) period: Duration,
    /// Wakes devices, where it is not a sink of the log; one node's job.
    pub(super) notifier: Option<Arc<Notifier>>,
    log: Option<Log>,
}

/// The log of entries, and what takes from it on every node that is a worker.
struct Log {
    shared: Arc<dyn SharedLog>,
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
        notifier: Option<Arc<Notifier>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        if let Some(log) = remote::ask(|remote| remote.log(config))? {
            return Self::by_log(config, log, storage, indexer, history, notifier, registry).await;
        }
        // The search index and the notifier follow the outbox by themselves.
        let consumers: Vec<Arc<dyn Consumer>> = vec![Arc::new(EntryCounter::new(registry))];
        let (store, clock) = (storage.store.clone(), storage.clock.clone());
        let mut gone = vec![outbox::LOG];
        if notifier.is_none() {
            gone.push(NOTIFIER);
        }
        Ok(Self {
            relay: Arc::new(Relay::new(store, clock, consumers, gone, registry)),
            period: PERIOD,
            notifier,
            log: None,
        })
    }

    async fn by_log(
        config: &Config,
        shared: Arc<dyn SharedLog>,
        storage: &Storage,
        indexer: &SearchIndexer,
        history: Option<Arc<dyn History>>,
        notifier: Option<Arc<Notifier>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Self> {
        if config.has_role("worker") {
            shared.check().await?;
        }
        let (store, clock) = (storage.store.clone(), storage.clock.clone());
        let publisher = LogPublisher::new(store.clone(), shared.open(), clock.clone(), registry);
        let mut sinks: Vec<Arc<dyn EntrySink>> = vec![Arc::new(EntryTally::new(registry))];
        if let Some(history) = history {
            sinks.push(Arc::new(Archiver::new(history, registry)));
        }
        if let Some(notifier) = notifier {
            sinks.push(notifier);
        }
        let mut gone = vec![COUNTER, NOTIFIER];
        if search_source(config) == Source::Log {
            sinks.push(Arc::new(indexer.sink()));
            gone.push(SEARCH);
        }
        Ok(Self {
            relay: Arc::new(Relay::new(store, clock, vec![Arc::new(publisher)], gone, registry)),
            period: LOG_PERIOD,
            notifier: None,
            log: Some(Log { shared, sinks }),
        })
    }

    /// Starts this node's members of all groups of followers.
    pub(super) fn start(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let Some(log) = &self.log else { return Vec::new() };
        log.sinks
            .iter()
            .map(|sink| tokio::spawn(follow(log.shared.clone(), sink.clone(), stop.clone())))
            .collect()
    }
}

async fn follow(log: Arc<dyn SharedLog>, sink: Arc<dyn EntrySink>, stop: CancellationToken) {
    let name = sink.name();
    if let Err(error) = log.follow(sink, stop).await {
        let error: &(dyn std::error::Error + Send + Sync) = &*error;
        tracing::error!(follower = name, error, "a follower of the log has ended; the others go on");
    }
}
