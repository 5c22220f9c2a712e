//! What one hop between two nodes over Redis costs: `cargo bench -p kith-redis --bench hop`.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use kith_harness::Redis;
use kith_redis::RedisBroker;

fn main() {
    let server = Redis::start().unwrap();
    kith_broker::hop::measure("Redis", async |node, capacity| {
        RedisBroker::connect(&server.url(), node, capacity).await.unwrap()
    });
}
