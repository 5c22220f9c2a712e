//! What one hop between two nodes over RabbitMQ costs: `cargo bench -p kith-rabbitmq --bench hop`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use kith_harness::RabbitMq;
use kith_rabbitmq::RabbitMqBroker;

fn main() {
    let server = RabbitMq::start().unwrap();
    kith_broker::hop::measure("RabbitMQ", async |node, capacity| {
        RabbitMqBroker::connect(&server.url(), node, capacity).await.unwrap()
    });
}
