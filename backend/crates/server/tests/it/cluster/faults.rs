//! Faults of nodes and of what they share, while some hundred devices are connected and some thirty of them write. After each
//! one all is healed and quiet, and `kith-checker` must find nothing.

mod bugs;
mod crowd;
mod fault;
mod followed;
mod forwarder;
mod ground;
mod jobs;
mod verdict;

use fault::{Fault, Service};
use ground::Ground;

/// Drawn at random, and printed: with it in `KITH_SEED` a run is as it was, as far as threads allow.
fn seed() -> u64 {
    let seed = std::env::var("KITH_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| u64::from_str_radix(&crate::harness::fresh_id()[..8], 16).unwrap());
    println!("KITH_SEED={seed}");
    seed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_around_three_nodes_and_redis_loses_nothing() {
    let mut ground = Ground::by_way_of_redis(seed()).await;
    for fault in [
        Fault::KillNode,
        Fault::PauseNode,
        Fault::Pause(Service::Postgres),
        Fault::Pause(Service::Redis),
        Fault::Restart(Service::Redis),
        Fault::KillNode,
        Fault::Failover,
        Fault::EndAllInTurn,
    ] {
        ground.suffer(fault).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_around_rabbitmq_loses_nothing() {
    let mut ground = Ground::by_way_of_rabbitmq(seed()).await;
    for fault in [Fault::Pause(Service::RabbitMq), Fault::Restart(Service::RabbitMq)] {
        ground.suffer(fault).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_around_what_follows_the_ledger_loses_nothing() {
    let mut ground = Ground::followed(seed()).await;
    for service in [Service::Kafka, Service::Cassandra, Service::OpenSearch] {
        ground.suffer(Fault::Pause(service)).await;
        ground.suffer(Fault::Restart(service)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_does_for_all_goes_on_without_it() {
    let mut ground = Ground::followed(seed()).await;
    for job in ["outbox relay", "search indexer", "retention", "export", "account deletion", "outbox janitor"]
    {
        ground.suffer(Fault::KillHolder(job)).await;
    }
    ground.suffer(Fault::OvertakeRelay).await;
}
