//! `kith doctor` over real services.

use std::process::Output;

use super::{Cluster, blocking};
use crate::harness::kith;

async fn doctor(settings: Vec<(String, String)>, changed: &[(&str, &str)]) -> (bool, String) {
    let changed: Vec<(String, String)> =
        changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let data = tempfile::tempdir().unwrap();
    let output: Output = blocking(move || {
        let mut command = kith();
        command.args(["doctor", "--dev", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data.path());
        command.env("KITH__SERVER__MAX_CONNECTIONS", "100");
        command.envs(settings).envs(changed).output().unwrap()
    })
    .await;
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// What a cluster that has all services can miss.
const SERVICES: [&str; 9] = [
    "PostgreSQL",
    "Redis",
    "RabbitMQ",
    "Kafka",
    "Cassandra",
    "OpenSearch",
    "S3",
    "Firebase Cloud Messaging",
    "database",
];

/// Looks at the services of a cluster that has all of them.
pub(super) async fn looks_at_every_service(cluster: &Cluster) {
    let settings = cluster.nodes[0].settings().to_vec();
    let (sound, said) = doctor(settings.clone(), &[]).await;
    assert!(sound, "{said}");
    for service in SERVICES.into_iter().chain(["search index"]) {
        assert!(
            said.lines().any(|line| line.starts_with(&format!("ok    {service}: "))),
            "{service}: {said}"
        );
    }
    assert!(said.contains("for production: synchronous_standby_names is empty"), "{said}");

    // A key of an account that nobody knows there.
    let (_, key) = settings.iter().find(|(name, _)| name == "KITH__PUSH__FCM_SERVICE_ACCOUNT_FILE").unwrap();
    let mut key: serde_json::Value = serde_json::from_slice(&std::fs::read(key).unwrap()).unwrap();
    key["token_uri"] = "http://127.0.0.1:1/token".into();
    let away = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(away.path(), key.to_string()).unwrap();

    // Whatever is away is named, all at once, and no password is shown.
    let (sound, said) = doctor(
        settings.clone(),
        &[
            ("KITH__CLUSTER__DATABASE_URL", "postgres://kith:canary-77@127.0.0.1:1/kith"),
            ("KITH__CLUSTER__REDIS_URL", "redis://:canary-77@127.0.0.1:1"),
            ("KITH__CLUSTER__RABBITMQ_URL", "amqp://kith:canary-77@127.0.0.1:1/%2f"),
            ("KITH__CLUSTER__KAFKA_BROKERS", "127.0.0.1:1"),
            ("KITH__CLUSTER__CASSANDRA_NODES", "127.0.0.1:1"),
            ("KITH__CLUSTER__OPENSEARCH_URL", "http://127.0.0.1:1"),
            ("KITH__S3__ENDPOINT", "http://127.0.0.1:1"),
            ("KITH__PUSH__FCM_SERVICE_ACCOUNT_FILE", away.path().to_str().unwrap()),
        ],
    )
    .await;
    assert!(!sound && !said.contains("canary-77"), "{said}");
    for service in SERVICES {
        assert!(
            said.lines().any(|line| line.starts_with(&format!("FAIL  {service}: "))),
            "{service}: {said}"
        );
    }

    // What is configured by halves is refused before anything is opened.
    let (sound, said) =
        doctor(settings, &[("KITH__S3__BUCKET", ""), ("KITH__CLUSTER__KAFKA_BROKERS", "nowhere")]).await;
    assert!(!sound && said.contains("s3.bucket") && said.contains("kafka_brokers"), "{said}");
}
