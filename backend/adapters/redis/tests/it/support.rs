//! What all tests use.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use kith_domain::{
    Caller, NodeNumber,
    id::{DeviceId, UserId},
};
use kith_harness::Redis;
use kith_redis::{Link, LinkSettings};

/// How long a condition may take to come true on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A Redis that answers late on a busy machine is not away.
pub(crate) const PATIENT: LinkSettings =
    LinkSettings { answer_limit: Duration::from_secs(30), probe_period: Duration::from_millis(50) };

/// Notices an outage soon.
pub(crate) const IMPATIENT: LinkSettings =
    LinkSettings { answer_limit: Duration::from_secs(2), probe_period: Duration::from_millis(50) };

pub(crate) async fn link(redis: &Redis, settings: LinkSettings) -> Arc<Link> {
    Arc::new(Link::connect(&redis.url(), settings).await.unwrap())
}

pub(crate) fn node(number: u16) -> NodeNumber {
    number.try_into().unwrap()
}

pub(crate) fn caller(user: u64, device: u64) -> Caller {
    Caller { user_id: UserId::new(user), device_id: DeviceId::new(device) }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let deadline = Instant::now() + LIMIT;
    while !condition().await {
        assert!(Instant::now() < deadline, "not within {} s: {what}", LIMIT.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Fails when `work` waits for a Redis that is away, each call anew.
pub(crate) async fn without_waiting<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("calls return at once")
}

/// Runs one command on a connection of its own.
pub(crate) async fn command(redis: &Redis, words: &[&str]) -> redis::Value {
    let client = redis::Client::open(redis.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await.unwrap()
}
