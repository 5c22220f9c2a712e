//! The services that nodes share.

use anyhow::Context as _;
use kith_cassandra::CassandraHistory;
use kith_domain::Checkup;
use kith_embedded::{SystemClock, SystemRandom};
use kith_opensearch::OpenSearch;
use kith_s3::S3Blobs;
use secrecy::ExposeSecret as _;

use super::Outcome;
use crate::{assembly::remote, config::Config};

/// Looks at each service that the settings name.
pub(super) async fn check(config: &Config) -> anyhow::Result<Vec<(&'static str, Outcome)>> {
    let cluster = &config.cluster;
    let mut checks: Vec<(&'static str, Outcome)> = Vec::new();
    if let Some(url) = &cluster.database_url {
        let checkup = kith_sql::postgres::check_up(url.expose_secret()).await;
        checks.push(("PostgreSQL", checkup.context("cluster.database_url")));
    }
    if let Some(url) = &cluster.redis_url {
        let checkup = kith_redis::check_up(url.expose_secret()).await;
        checks.push(("Redis", checkup.context("cluster.redis_url")));
    }
    if let Some(url) = &cluster.rabbitmq_url {
        let checkup = kith_rabbitmq::check_up(url.expose_secret()).await;
        checks.push(("RabbitMQ", checkup.map_err(anyhow::Error::msg).context("cluster.rabbitmq_url")));
    }
    if let Some(settings) = remote::log(config) {
        let checkup = kith_kafka::check_up(&settings).await;
        checks.push(("Kafka", checkup.context("cluster.kafka_brokers")));
    }
    if let Some(settings) = remote::history(config)? {
        let checkup = CassandraHistory::new(settings).check_up().await;
        checks.push(("Cassandra", checkup.context("cluster.cassandra_nodes")));
    }
    if let Some(settings) = remote::index(config)? {
        let checkup = OpenSearch::new(&settings)?.check_up().await;
        checks.push(("OpenSearch", checkup.context("cluster.opensearch_url")));
    }
    if let Some(settings) = remote::bucket(config)? {
        let blobs = S3Blobs::new(&settings, std::sync::Arc::new(SystemClock))?;
        let checked = blobs.check(&SystemRandom).await;
        let found = format!("bucket {} does what it has to", settings.bucket);
        checks.push(("S3", checked.map(|()| Checkup::of(found)).context("s3.bucket")));
    }
    Ok(checks)
}
