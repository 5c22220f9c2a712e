//! The contracts of the ports.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use kith_contract::{broker::BrokerServer, limits::LimitsAndClock};
use kith_domain::ports::{Broker, Presence};
use kith_embedded::LimitValues;
use kith_harness::Redis;
use kith_redis::{RedisBroker, RedisLimits, RedisPresence, TimeSource};

use crate::support::{PATIENT, link, node};

#[tokio::test]
async fn presence() {
    kith_contract::run("presence", kith_contract::presence::PRESENCE, async || {
        let redis = Redis::start().unwrap();
        let presence = RedisPresence::enter(link(&redis, PATIENT).await, node(7)).await;
        (Arc::new(presence) as Arc<dyn Presence>, redis)
    })
    .await;
}

#[tokio::test]
async fn limits() {
    kith_contract::run("limits", kith_contract::limits::LIMITS, async || {
        let redis = Redis::start().unwrap();
        let micros = Arc::new(AtomicU64::new(1_000_000_000_000_000));
        let clock = micros.clone();
        let time = TimeSource::Given(Arc::new(move || Duration::from_micros(clock.load(Ordering::Relaxed))));
        let limits = RedisLimits::with_time(link(&redis, PATIENT).await, LimitValues::DEFAULT, time);
        let advance = move |time: Duration| {
            micros.fetch_add(time.as_micros() as u64, Ordering::Relaxed);
        };
        (LimitsAndClock { limits: Box::new(limits), advance: Box::new(advance) }, redis)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broker() {
    kith_contract::run("broker", kith_contract::broker::BROKER, async || {
        let redis = Arc::new(Redis::start().unwrap());
        let hand = |does: fn(&Redis)| {
            let redis = redis.clone();
            Box::new(move || does(&redis)) as Box<dyn Fn()>
        };
        let url = redis.url();
        let server = BrokerServer {
            connect: Box::new(move |node, capacity| {
                let url = url.clone();
                Box::pin(async move {
                    let (broker, received) = RedisBroker::connect(&url, node, capacity).await.unwrap();
                    (broker as Arc<dyn Broker>, received)
                })
            }),
            kill: hand(|redis| redis.kill()),
            restart: hand(|redis| redis.restart().unwrap()),
            pause: hand(|redis| redis.pause()),
            resume: hand(|redis| redis.resume()),
        };
        (server, redis)
    })
    .await;
}
