//! Limits of several nodes, and of one that is alone.

use std::net::IpAddr;

use kith_domain::{
    Refusal,
    id::UserId,
    ports::{Limit, Limits},
};
use kith_embedded::LimitValues;
use kith_harness::Redis;
use kith_redis::{LinkSettings, RedisLimits};

use crate::support::{IMPATIENT, PATIENT, command, eventually, link, without_waiting};

const ANNA: UserId = UserId::new(1);

async fn limits(redis: &Redis, settings: LinkSettings) -> RedisLimits {
    RedisLimits::new(link(redis, settings).await, LimitValues::DEFAULT)
}

/// How many of `tries` pass.
async fn passing(limits: &RedisLimits, limit: Limit, tries: usize) -> usize {
    let mut passed = 0;
    for _ in 0..tries {
        match limits.take(limit).await {
            Ok(()) => passed += 1,
            Err(Refusal::RateLimited { retry_after_millis }) => assert!(retry_after_millis > 0),
            Err(other) => panic!("{other:?}"),
        }
    }
    passed
}

fn sign_in(address: &str) -> Limit {
    Limit::SignIn(address.parse::<IpAddr>().unwrap())
}

#[tokio::test]
async fn nodes_count_together() {
    let redis = Redis::start().unwrap();
    let (one, other) = (limits(&redis, PATIENT).await, limits(&redis, PATIENT).await);
    // One in 90 s: none comes back while this runs.
    assert_eq!(passing(&one, sign_in("2001:db8::1"), 6).await, 6);
    assert_eq!(passing(&other, sign_in("2001:db8::2"), 6).await, 4);
    assert_eq!(passing(&one, sign_in("2001:db8::3"), 1).await, 0);
    assert_eq!(passing(&one, sign_in("2001:db8:1::3"), 1).await, 1, "another household");
}

#[tokio::test]
async fn a_bucket_does_not_stay() {
    let redis = Redis::start().unwrap();
    let limits = limits(&redis, PATIENT).await;
    limits.take(Limit::Messages(ANNA)).await.unwrap();
    let left = command(&redis, &["PTTL", "kith:limit:messages:1"]).await;
    let redis::Value::Int(left) = left else { panic!("{left:?}") };
    assert!((1..=61_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn a_clock_that_was_set_back_lets_nobody_wait_longer() {
    let redis = Redis::start().unwrap();
    let limits = limits(&redis, PATIENT).await;
    command(&redis, &["SET", "kith:limit:export:1", "8000000000000000"]).await;
    let refused = limits.take(Limit::Export(ANNA)).await;
    let Err(Refusal::RateLimited { retry_after_millis }) = refused else { panic!("{refused:?}") };
    assert!(retry_after_millis <= 86_400_000, "{retry_after_millis} ms");
}

#[tokio::test]
async fn without_redis_a_node_counts_for_itself_and_sign_ins_get_a_tenth() {
    let redis = Redis::start().unwrap();
    for outage in [|redis: &Redis| redis.kill(), |redis: &Redis| redis.pause()] {
        let limits = limits(&redis, IMPATIENT).await;
        assert_eq!(limits.take(Limit::Export(ANNA)).await, Ok(()));
        outage(&redis);
        // The first of them may wait until it is clear that nobody answers.
        without_waiting(async {
            for user in 100..1_100 {
                assert_eq!(limits.take(Limit::Call(UserId::new(user))).await, Ok(()));
            }
            assert_eq!(passing(&limits, Limit::Export(ANNA), 3).await, 1, "never unlimited");
            assert_eq!(passing(&limits, sign_in("192.0.2.1"), 20).await, 1);
            assert_eq!(passing(&limits, Limit::PasswordCheck(ANNA), 20).await, 1);
            assert_eq!(passing(&limits, Limit::CodeLookUp(ANNA), 60).await, 6);
        })
        .await;
        redis.resume();
        redis.restart().unwrap();
        // Redis has forgotten and has its own buckets: a sign-in passes again.
        eventually("limits are shared again", async || limits.take(sign_in("192.0.2.1")).await.is_ok()).await;
        assert_eq!(passing(&limits, sign_in("192.0.2.1"), 20).await, 9);
    }
}
