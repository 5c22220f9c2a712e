//! Services that the settings name and this binary has no adapter of.

use crate::{assembly::remote::Service, config::Config};

/// What is missing among the services that are `built_in`: a fault for each, with the settings that name it and the
/// feature that brings it.
pub(in crate::config) fn missing(config: &Config, built_in: &[Service]) -> Vec<String> {
    let (cluster, s3, push) = (&config.cluster, &config.s3, &config.push);
    let named = [
        ("cluster.database_url", Service::Postgres, cluster.database_url.is_some()),
        // Only nodes that share a store share keys.
        ("cluster.keys_dir", Service::Postgres, cluster.keys_dir.is_some()),
        ("cluster.redis_url", Service::Redis, cluster.redis_url.is_some()),
        ("cluster.rabbitmq_url", Service::RabbitMq, cluster.rabbitmq_url.is_some()),
        ("cluster.kafka_brokers", Service::Kafka, !cluster.kafka_brokers.is_empty()),
        ("cluster.cassandra_nodes", Service::Cassandra, !cluster.cassandra_nodes.is_empty()),
        ("cluster.opensearch_url", Service::OpenSearch, cluster.opensearch_url.is_some()),
        ("s3.endpoint", Service::S3, s3.endpoint.is_some()),
        ("s3.bucket", Service::S3, s3.bucket.is_some()),
        ("s3.public_url", Service::S3, s3.public_url.is_some()),
        ("s3.access_key_id", Service::S3, s3.access_key_id.is_some()),
        ("s3.secret_access_key", Service::S3, s3.secret_access_key.is_some()),
        ("push.fcm_service_account_file", Service::Fcm, push.fcm_service_account_file.is_some()),
        ("push.fcm_endpoint", Service::Fcm, push.fcm_endpoint.is_some()),
    ];
    let lacking = Service::ALL.into_iter().filter(|service| !built_in.contains(service));
    let faults = lacking.filter_map(|lacking| {
        let named = named.iter().filter(|(_, service, named)| *named && *service == lacking);
        let settings: Vec<&str> = named.map(|(setting, ..)| *setting).collect();
        let (name, feature) = (lacking.name(), lacking.feature());
        (!settings.is_empty()).then(|| {
            let settings = settings.join(", ");
            format!("{settings}: this binary was built without {name}; build it with --features {feature}")
        })
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cluster, Push, S3};

    const NODES: [Service; 2] = [Service::Postgres, Service::Redis];

    fn cluster(cluster: Cluster) -> Config {
        Config { cluster, ..Config::default() }
    }

    #[test]
    fn a_service_that_is_not_built_in_is_missing_when_it_is_named() {
        let text = || Some("x".to_owned());
        let secret = || Some("x".into());
        let list = || vec!["x".to_owned()];
        let nodes = || Cluster { database_url: secret(), redis_url: secret(), ..Cluster::default() };
        let (postgres, redis) = (
            "cluster.database_url: this binary was built without PostgreSQL; build it with --features postgres",
            "cluster.redis_url: this binary was built without Redis; build it with --features redis",
        );
        let cases: &[(Config, &[Service], &[&str])] = &[
            (Config::default(), &[], &[]),
            (cluster(nodes()), &[], &[postgres, redis]),
            (cluster(nodes()), &[Service::S3], &[postgres, redis]),
            (cluster(nodes()), &NODES, &[]),
            (
                cluster(Cluster { keys_dir: Some("x".into()), database_url: secret(), ..Cluster::default() }),
                &[],
                &["cluster.database_url, cluster.keys_dir: this binary was built without PostgreSQL; \
                   build it with --features postgres"],
            ),
            (
                cluster(Cluster { keys_dir: Some("x".into()), ..Cluster::default() }),
                &[],
                &[
                    "cluster.keys_dir: this binary was built without PostgreSQL; build it with --features postgres",
                ],
            ),
            (
                cluster(Cluster { rabbitmq_url: secret(), ..nodes() }),
                &NODES,
                &[
                    "cluster.rabbitmq_url: this binary was built without RabbitMQ; build it with --features rabbitmq",
                ],
            ),
            (
                cluster(Cluster { kafka_brokers: list(), ..nodes() }),
                &NODES,
                &[
                    "cluster.kafka_brokers: this binary was built without Kafka; build it with --features kafka",
                ],
            ),
            (
                cluster(Cluster { cassandra_nodes: list(), ..nodes() }),
                &NODES,
                &["cluster.cassandra_nodes: this binary was built without Cassandra; \
                   build it with --features cassandra"],
            ),
            (
                cluster(Cluster { opensearch_url: text(), ..nodes() }),
                &NODES,
                &["cluster.opensearch_url: this binary was built without OpenSearch; \
                   build it with --features opensearch"],
            ),
            (
                Config { s3: S3 { bucket: text(), ..S3::default() }, ..Config::default() },
                &NODES,
                &["s3.bucket: this binary was built without S3; build it with --features s3"],
            ),
            (
                Config {
                    push: Push { fcm_service_account_file: Some("x".into()), ..Push::default() },
                    ..Config::default()
                },
                &NODES,
                &["push.fcm_service_account_file: this binary was built without Firebase Cloud Messaging; \
                   build it with --features fcm"],
            ),
            (
                Config {
                    s3: S3 { public_url: text(), secret_access_key: secret(), ..S3::default() },
                    ..cluster(nodes())
                },
                &[],
                &[
                    postgres,
                    redis,
                    "s3.public_url, s3.secret_access_key: this binary was built without S3; \
                     build it with --features s3",
                ],
            ),
            (
                Config {
                    push: Push { fcm_endpoint: text(), ..Push::default() },
                    s3: S3 { endpoint: text(), access_key_id: text(), ..S3::default() },
                    ..cluster(Cluster {
                        rabbitmq_url: secret(),
                        kafka_brokers: list(),
                        cassandra_nodes: list(),
                        opensearch_url: text(),
                        ..nodes()
                    })
                },
                &Service::ALL,
                &[],
            ),
        ];
        for (config, built_in, faults) in cases {
            assert_eq!(missing(config, built_in), *faults, "{config:?} with {built_in:?}");
        }
    }
}
