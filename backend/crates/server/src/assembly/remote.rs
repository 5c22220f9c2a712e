//! Where the services of a cluster are, as their adapters want to be told.

use anyhow::Context as _;
use kith_cassandra::CassandraSettings;
use kith_kafka::KafkaSettings;
use kith_opensearch::OpenSearchSettings;
use kith_s3::{Addressing, S3Settings};
use url::Url;

use crate::config::Config;

/// The topic of the log of entries.
const TOPIC: &str = "kith.entries";
/// What the names of Kith's indices begin with.
const INDEX_PREFIX: &str = "kith";
/// Parts of the index; one holds some ten million messages.
const INDEX_SHARDS: u32 = 3;

/// The log of entries, if there is one.
pub(crate) fn log(config: &Config) -> Option<KafkaSettings> {
    let cluster = &config.cluster;
    (!cluster.kafka_brokers.is_empty()).then(|| KafkaSettings {
        brokers: cluster.kafka_brokers.join(","),
        topic: TOPIC.to_owned(),
        partitions: cluster.kafka_partitions,
        replicas: cluster.kafka_replicas,
    })
}

/// The history, if old entries are to leave the ledger.
pub(crate) fn history(config: &Config) -> anyhow::Result<Option<CassandraSettings>> {
    let cluster = &config.cluster;
    if cluster.cassandra_nodes.is_empty() {
        return Ok(None);
    }
    let (nodes, keyspace) = (cluster.cassandra_nodes.clone(), &cluster.cassandra_keyspace);
    let settings = CassandraSettings::new(nodes, keyspace, cluster.cassandra_replicas)
        .context("cluster.cassandra_keyspace")?;
    Ok(Some(match &cluster.cassandra_datacenter {
        Some(datacenter) => settings.in_datacenter(datacenter.clone()),
        None => settings,
    }))
}

/// The index that all nodes share, if there is one.
pub(crate) fn index(config: &Config) -> anyhow::Result<Option<OpenSearchSettings>> {
    let Some(url) = &config.cluster.opensearch_url else { return Ok(None) };
    Ok(Some(OpenSearchSettings {
        url: Url::parse(url).context("cluster.opensearch_url: not an address")?,
        credentials: None,
        prefix: INDEX_PREFIX.to_owned(),
        shards: INDEX_SHARDS,
    }))
}

/// The bucket of uploads, if they do not lie in the data directory.
pub(crate) fn bucket(config: &Config) -> anyhow::Result<Option<S3Settings>> {
    let s3 = &config.s3;
    let (Some(endpoint), Some(bucket), Some(access_key_id), Some(secret)) =
        (&s3.endpoint, &s3.bucket, &s3.access_key_id, &s3.secret_access_key)
    else {
        return Ok(None);
    };
    let public_url = s3.public_url.as_deref().map(Url::parse).transpose().context("s3.public_url")?;
    Ok(Some(S3Settings {
        endpoint: Url::parse(endpoint).context("s3.endpoint")?,
        bucket: bucket.clone(),
        addressing: if s3.path_style { Addressing::Path } else { Addressing::Host },
        public_url,
        region: s3.region.clone(),
        access_key_id: access_key_id.clone(),
        secret_access_key: secret.clone(),
    }))
}
