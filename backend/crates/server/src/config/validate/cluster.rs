//! What nodes share.

use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Cluster;

/// More partitions than a log of entries is ever read by.
const MAX_PARTITIONS: u16 = 1_024;

/// A cluster is whole or not there.
pub(super) fn check(cluster: &Cluster, faults: &mut Vec<String>) {
    check_addresses(cluster, faults);
    let any = cluster.database_url.is_some()
        || cluster.redis_url.is_some()
        || cluster.rabbitmq_url.is_some()
        || cluster.opensearch_url.is_some()
        || cluster.keys_dir.is_some()
        || !cluster.kafka_brokers.is_empty()
        || !cluster.cassandra_nodes.is_empty();
    if !any {
        return;
    }
    for (name, missing, why) in [
        ("database_url", cluster.database_url.is_none(), "the nodes share one PostgreSQL"),
        ("redis_url", cluster.redis_url.is_none(), "presence and limits lie in Redis"),
        ("keys_dir", cluster.keys_dir.is_none(), "a token of one node is good at all others"),
    ] {
        if missing {
            faults.push(format!("cluster.{name}: missing; {why}"));
        }
    }
    check_log(cluster, faults);
    check_history(cluster, faults);
}

fn check_addresses(cluster: &Cluster, faults: &mut Vec<String>) {
    let opensearch = cluster.opensearch_url.clone().map(SecretString::from);
    let urls: [(&str, &Option<SecretString>, &[&str]); 4] = [
        ("database_url", &cluster.database_url, &["postgres", "postgresql"]),
        ("redis_url", &cluster.redis_url, &["redis", "rediss"]),
        ("rabbitmq_url", &cluster.rabbitmq_url, &["amqp", "amqps"]),
        ("opensearch_url", &opensearch, &["https", "http"]),
    ];
    for (name, url, schemes) in urls {
        let Some(url) = url else { continue };
        // The text may hold a password, so that no fault repeats it.
        let scheme = url::Url::parse(url.expose_secret()).map(|url| url.scheme().to_owned());
        if !scheme.is_ok_and(|scheme| schemes.contains(&scheme.as_str())) {
            faults.push(format!("cluster.{name}: not an address that begins with {}://", schemes[0]));
        }
    }
    for (name, addresses) in
        [("kafka_brokers", &cluster.kafka_brokers), ("cassandra_nodes", &cluster.cassandra_nodes)]
    {
        let wrong = addresses.iter().filter(|address| !is_host_and_port(address));
        faults.extend(wrong.map(|address| format!("cluster.{name}: {address:?} is not HOST:PORT")));
    }
}

fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    !host.is_empty()
        && !host.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@' | ','))
        && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn check_log(cluster: &Cluster, faults: &mut Vec<String>) {
    if !(1..=MAX_PARTITIONS).contains(&cluster.kafka_partitions) {
        faults.push(format!("cluster.kafka_partitions: 1 to {MAX_PARTITIONS}"));
    }
    if cluster.kafka_replicas < 1 {
        faults.push("cluster.kafka_replicas: at least 1".to_owned());
    }
}

fn check_history(cluster: &Cluster, faults: &mut Vec<String>) {
    if cluster.ledger_days == 0 {
        faults.push("cluster.ledger_days: at least 1, as devices that come back read from there".to_owned());
    }
    if cluster.cassandra_replicas == 0 {
        faults.push("cluster.cassandra_replicas: at least 1".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        for (address, good) in [
            ("kafka-1:9092", true),
            ("10.0.0.7:9042", true),
            ("[::1]:9042", true),
            ("kafka-1", false),
            (":9092", false),
            ("kafka-1:0", false),
            ("kafka-1:99999", false),
            ("kafka://kafka-1:9092", false),
            ("user@kafka-1:9092", false),
            ("a:1,b:2", false),
            ("", false),
        ] {
            assert_eq!(is_host_and_port(address), good, "{address}");
        }
    }
}
