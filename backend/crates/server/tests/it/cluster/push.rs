//! Devices are woken by a group that follows the log of entries.

use kith_harness::Kafka;

use super::{Between, Cluster, blocking, sinks::metric};
use crate::push::{PushService, devices_are_woken};

#[tokio::test]
async fn devices_are_woken_by_way_of_the_log() {
    let service = PushService::start().await;
    let kafka = blocking(|| Kafka::start().unwrap()).await;
    let cluster = Cluster::start_with(2, Between::Redis, |launch| {
        service
            .set(launch)
            .set("KITH__CLUSTER__KAFKA_BROKERS", kafka.brokers())
            .set("KITH__CLUSTER__KAFKA_PARTITIONS", 2)
            .set("KITH__CLUSTER__KAFKA_REPLICAS", 1)
    })
    .await;
    let (ada, bob, direct) = cluster.friends().await;
    devices_are_woken(&service, &ada, &bob, &direct).await;
    let (mut sent, mut unregistered) = (0.0, 0.0);
    for node in &cluster.nodes {
        sent += metric(&node.http, r#"kith_push_notices_total{outcome="sent"}"#).await;
        unregistered += metric(&node.http, r#"kith_push_notices_total{outcome="unregistered"}"#).await;
    }
    assert!(sent >= 6.0 && unregistered >= 1.0, "{sent} sent, {unregistered} unregistered");
}
