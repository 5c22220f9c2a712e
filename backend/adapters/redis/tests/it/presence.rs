//! Presence of several nodes, and of a Redis that goes and comes.

use std::sync::Arc;

use kith_domain::{
    Timestamp,
    id::UserId,
    ports::presence::{Presence, Transition},
};
use kith_harness::Redis;
use kith_redis::{LinkSettings, RedisPresence};

use crate::support::{IMPATIENT, PATIENT, caller, command, eventually, link, node, without_waiting};

const ANNA: UserId = UserId::new(1);
const BEN: UserId = UserId::new(2);
const CARL: UserId = UserId::new(3);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_764_000_000_000).plus_seconds(seconds)
}

fn came(user_id: UserId, at: Timestamp) -> Transition {
    Transition { user_id, online: true, at }
}

fn gone(user_id: UserId, at: Timestamp) -> Transition {
    Transition { user_id, online: false, at }
}

/// Two nodes of one Redis.
async fn nodes(redis: &Redis, settings: LinkSettings) -> [RedisPresence; 2] {
    [
        RedisPresence::enter(link(redis, settings).await, node(1)).await,
        RedisPresence::enter(link(redis, settings).await, node(2)).await,
    ]
}

/// Waits until a node can say again who is online; it does not sweep for that.
async fn answers(presence: &RedisPresence, now: Timestamp) {
    eventually("presence answers", async || {
        // Anything that has a time: nobody holds this lease.
        presence.release(UserId::new(99), caller(99, 9).device_id, now).await;
        presence.online(&[]).await.is_some()
    })
    .await;
}

#[tokio::test]
async fn one_node_of_all_gets_the_news() {
    let redis = Redis::start().unwrap();
    let [one, other] = nodes(&redis, PATIENT).await;
    assert_eq!(one.renew_all(&[caller(1, 10)], at(0)).await, [came(ANNA, at(0))]);
    assert_eq!(other.renew_all(&[caller(1, 11)], at(1)).await, []);
    assert_eq!(other.online(&[ANNA, BEN]).await, Some(vec![ANNA]));
    let crowd: Vec<_> = (100..1_100).map(|user| caller(user, 10)).collect();
    let (first, second) = tokio::join!(one.renew_all(&crowd, at(2)), other.renew_all(&crowd, at(2)));
    assert_eq!(first.len() + second.len(), crowd.len());
    let (first, second) = tokio::join!(one.sweep(at(200)), other.sweep(at(200)));
    let mut all: Vec<UserId> = first.iter().chain(&second).map(|gone| gone.user_id).collect();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), first.len() + second.len()), (crowd.len() + 1, crowd.len() + 1));
}

#[tokio::test]
async fn a_device_that_changes_its_node_stays() {
    let redis = Redis::start().unwrap();
    let [one, other] = nodes(&redis, PATIENT).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    // The new socket is there before the old node finds that its own is gone.
    assert_eq!(other.renew_all(&[caller(1, 10)], at(20)).await, []);
    one.release(ANNA, caller(1, 10).device_id, at(21)).await;
    assert_eq!(one.active(&[caller(1, 10)], at(94)).await, Some(vec![caller(1, 10)]));
    assert_eq!(one.active(&[caller(1, 10)], at(95)).await, Some(vec![]));
    assert_eq!(one.sweep(at(119)).await, []);
    assert_eq!(one.sweep(at(120)).await, [gone(ANNA, at(95))]);
}

#[tokio::test]
async fn a_dead_nodes_people_go_and_the_others_get_the_news() {
    let redis = Redis::start().unwrap();
    let [one, other] = nodes(&redis, PATIENT).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    other.renew_all(&[caller(2, 10)], at(50)).await;
    drop(one);
    assert_eq!(other.sweep(at(99)).await, []);
    assert_eq!(other.sweep(at(100)).await, [gone(ANNA, at(75))]);
}

#[tokio::test]
async fn an_emptied_redis_announces_nothing_for_one_lease() {
    let redis = Redis::start().unwrap();
    let [one, other] = nodes(&redis, PATIENT).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    other.renew_all(&[caller(2, 10)], at(0)).await;
    one.sweep(at(10)).await;
    command(&redis, &["FLUSHALL"]).await;

    assert_eq!(one.online(&[ANNA]).await, None, "nobody is said to be away who is not");
    assert_eq!(one.sweep(at(11)).await, []);
    assert_eq!(one.online(&[ANNA]).await, Some(vec![ANNA]), "brought back");
    assert_eq!(one.online(&[ANNA, BEN]).await, None, "the other node may yet bring Ben");
    assert_eq!(one.active(&[caller(1, 10)], at(11)).await, Some(vec![caller(1, 10)]));
    assert_eq!(one.active(&[caller(1, 10), caller(2, 10)], at(11)).await, None, "or his device");
    assert_eq!(one.renew_all(&[caller(2, 11), caller(3, 10)], at(11)).await, []);
    assert_eq!(other.sweep(at(12)).await, []);
    assert_eq!(other.online(&[ANNA, BEN, CARL]).await, Some(vec![ANNA, BEN, CARL]));
    let all = [caller(1, 10), caller(2, 11), caller(3, 10)];
    assert_eq!(one.renew_all(&all, at(40)).await, []);
    assert_eq!(one.sweep(at(11 + 74)).await, []);
    // Ben never left; Carl came meanwhile, and that is told now.
    assert_eq!(other.sweep(at(11 + 75)).await, [came(CARL, at(11))]);
    assert_eq!(one.sweep(at(11 + 76)).await, []);
    assert_eq!(one.sweep(at(140)).await.len(), 3, "their leases end as ever");
}

#[tokio::test]
async fn who_left_before_redis_was_emptied_is_reported_after() {
    let redis = Redis::start().unwrap();
    let [one, other] = nodes(&redis, PATIENT).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    one.release(ANNA, caller(1, 10).device_id, at(5)).await;
    command(&redis, &["FLUSHALL"]).await;
    assert_eq!(one.sweep(at(31)).await, []);
    assert_eq!(other.sweep(at(32)).await, []);
    assert_eq!(other.sweep(at(31 + 75)).await, [gone(ANNA, at(5))]);
}

#[tokio::test]
async fn a_node_that_begins_after_a_restart_of_redis_does_not_end_the_quiet() {
    let redis = Redis::start().unwrap();
    let one = RedisPresence::enter(link(&redis, PATIENT).await, node(1)).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    redis.kill();
    assert_eq!(one.sweep(at(1)).await, []);
    redis.restart().unwrap();
    let other = RedisPresence::enter(link(&redis, PATIENT).await, node(2)).await;
    answers(&one, at(2)).await;
    assert_eq!(other.renew_all(&[caller(1, 11)], at(3)).await, []);
    assert_eq!(other.renew_all(&[caller(3, 10)], at(3)).await, []);
    assert_eq!(other.sweep(at(2 + 75)).await, [came(CARL, at(3))]);
}

#[tokio::test]
async fn while_redis_is_away_nobody_waits_and_nothing_is_said() {
    for outage in [|redis: &Redis| redis.kill(), |redis: &Redis| redis.pause()] {
        let redis = Redis::start().unwrap();
        let one = Arc::new(RedisPresence::enter(link(&redis, IMPATIENT).await, node(1)).await);
        one.renew_all(&[caller(1, 10), caller(2, 10)], at(0)).await;
        outage(&redis);
        without_waiting(async {
            for round in 0..1_000 {
                assert_eq!(one.renew_all(&[caller(1, 10)], at(round)).await, []);
                assert_eq!(one.renew_all(&[caller(3, 10)], at(round)).await, []);
                one.release(BEN, caller(2, 10).device_id, at(5)).await;
                assert_eq!(one.sweep(at(round)).await, []);
                assert_eq!(one.online(&[ANNA]).await, None);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn after_a_long_pause_nobody_is_seen_to_leave() {
    let redis = Redis::start().unwrap();
    let [one, other] = nodes(&redis, IMPATIENT).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    other.renew_all(&[caller(2, 10)], at(0)).await;
    redis.pause();
    for second in 1..300 {
        // Their devices are there all the time, and Carl comes.
        one.renew_all(&[caller(1, 10), caller(3, 10)], at(second)).await;
        other.renew_all(&[caller(2, 10)], at(second)).await;
    }
    redis.resume();
    answers(&one, at(300)).await;
    assert_eq!(one.sweep(at(300)).await, [], "Ben's node is late");
    answers(&other, at(301)).await;
    assert_eq!(one.online(&[ANNA, BEN, CARL]).await, Some(vec![ANNA, BEN, CARL]));
    let all = [caller(1, 10), caller(2, 10), caller(3, 10)];
    one.renew_all(&all, at(360)).await;
    let told = one.sweep(at(301 + 75)).await;
    assert!(told.iter().all(|news| news.online), "{told:?}");
    assert!(told.iter().any(|news| news.user_id == CARL), "his coming was not reported before");
    assert!(told.iter().all(|news| news.user_id != BEN), "he never left");
}

#[tokio::test]
async fn after_a_short_pause_all_goes_on() {
    let redis = Redis::start().unwrap();
    let [one, _] = nodes(&redis, IMPATIENT).await;
    one.renew_all(&[caller(1, 10)], at(0)).await;
    redis.pause();
    assert_eq!(one.renew_all(&[caller(2, 10)], at(1)).await, []);
    assert_eq!(one.renew_all(&[caller(3, 10)], at(1)).await, []);
    redis.resume();
    answers(&one, at(3)).await;
    let mut told = one.sweep(at(4)).await;
    told.sort_by_key(|news| news.user_id);
    assert_eq!(told, [came(BEN, at(3)), came(CARL, at(3))], "each is reported, and once");
    assert_eq!(one.sweep(at(5)).await, []);
}
