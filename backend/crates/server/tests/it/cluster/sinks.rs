//! Where entries go to by the log, and how one waits for them there.

use std::{
    fmt::Display,
    time::{Duration, Instant},
};

use kith_cassandra::{CassandraHistory, CassandraSettings};
use kith_harness::{Cassandra, Kafka, OpenSearch};

use super::blocking;
use crate::harness::{Http, Launch, Person};

/// Groups share what a member had that was killed only after its session has ended, and a busy machine is late.
const PATIENCE: Duration = Duration::from_secs(150);

/// The log, and the history and the index that follow it.
pub(super) struct Sinks {
    pub(super) kafka: Kafka,
    pub(super) cassandra: Cassandra,
    pub(super) opensearch: OpenSearch,
}

impl Sinks {
    pub(super) async fn start() -> Self {
        blocking(|| {
            let cassandra = std::thread::spawn(|| Cassandra::start().unwrap());
            let opensearch = std::thread::spawn(|| OpenSearch::start().unwrap());
            let kafka = Kafka::start().unwrap();
            Self { kafka, cassandra: cassandra.join().unwrap(), opensearch: opensearch.join().unwrap() }
        })
        .await
    }

    /// One copy of everything: each server is alone.
    pub(super) fn set(&self, launch: Launch) -> Launch {
        launch
            .set("KITH__CLUSTER__KAFKA_BROKERS", self.kafka.brokers())
            .set("KITH__CLUSTER__KAFKA_PARTITIONS", 6)
            .set("KITH__CLUSTER__KAFKA_REPLICAS", 1)
            .set("KITH__CLUSTER__CASSANDRA_NODES", self.cassandra.address())
            .set("KITH__CLUSTER__CASSANDRA_REPLICAS", 1)
            .set("KITH__CLUSTER__OPENSEARCH_URL", self.opensearch.url())
    }

    pub(super) fn history(&self) -> CassandraHistory {
        let nodes = vec![self.cassandra.address()];
        CassandraHistory::new(CassandraSettings::new(nodes, "kith", 1).unwrap())
    }
}

/// As [`crate::harness::eventually`], for what takes longer.
pub(super) async fn at_last<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    settled(what, async || ask().await.ok_or("not yet")).await
}

/// The same where there is something to say about why not.
pub(super) async fn settled<T, E: Display>(what: &str, mut ask: impl AsyncFnMut() -> Result<T, E>) -> T {
    let began = Instant::now();
    let mut turns = tokio::time::interval(Duration::from_millis(100));
    loop {
        turns.tick().await;
        match ask().await {
            Ok(answer) => return answer,
            Err(why) => assert!(began.elapsed() < PATIENCE, "in vain: {what}: {why}"),
        }
    }
}

/// The seqs of the messages of a conversation that somebody finds, newest first, page by page; `None` while nothing can be
/// searched, as when the index has only just come.
pub(super) async fn found(who: &Person, q: &str, conversation: &str) -> Option<Vec<u64>> {
    let (mut seqs, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", q).append_pair("conversation_id", conversation).append_pair("limit", "100");
        if let Some(cursor) = &cursor {
            query.append_pair("cursor", cursor);
        }
        let reply = who.get(&format!("/api/v1/search/messages?{}", query.finish())).await;
        if reply.status == 503 {
            return None;
        }
        let page = reply.expect(200);
        let items = page["items"].as_array().unwrap();
        seqs.extend(items.iter().map(|item| item["entry"]["seq"].as_u64().unwrap()));
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Some(seqs);
        }
    }
}

/// The value of a metric; 0 where it is not there yet.
pub(super) async fn metric(node: &Http, name: &str) -> f64 {
    let metrics = node.get("/metrics").await.text;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}
