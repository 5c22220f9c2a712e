//! What [`Presence`] promises.

use kith_domain::{
    Caller, Timestamp,
    id::{DeviceId, UserId},
    ports::presence::{GRACE_MILLIS, LEASE_MILLIS, Presence, Transition},
};

use crate::Case;

/// The suite.
pub const PRESENCE: &[Case<dyn Presence>] = cases![
    the_first_lease_makes_somebody_online,
    a_lease_lasts_75_seconds_and_grace_25_more,
    giving_the_last_lease_up_leaves_only_grace,
    a_reload_is_not_seen,
    one_device_is_enough,
    a_lease_given_up_late_ended_when_it_ran_out,
    giving_up_what_is_not_held_changes_nothing,
    each_going_is_reported_once,
    who_was_gone_can_come_again,
    online_keeps_to_those_asked_for,
    a_clock_set_back_does_not_keep_people_online,
    many_people_go_at_their_own_times,
    a_batch_reports_each_who_came_once,
    a_batch_renews_as_one_by_one,
    people_come_and_go_in_crowds,
    active_devices_hold_a_lease,
];

const ANNA: UserId = UserId::new(1 << 22);
const BEN: UserId = UserId::new(2 << 22);
const PHONE: DeviceId = DeviceId::new(3 << 22);
const LAPTOP: DeviceId = DeviceId::new(4 << 22);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_764_000_000_000).plus_seconds(seconds)
}

fn caller(user_id: UserId, device_id: DeviceId) -> Caller {
    Caller { user_id, device_id }
}

async fn online(presence: &dyn Presence, users: &[UserId]) -> Vec<UserId> {
    presence.online(users).await.expect("presence is there")
}

fn came(user_id: UserId, at: Timestamp) -> Transition {
    Transition { user_id, online: true, at }
}

fn gone(user_id: UserId, at: Timestamp) -> Transition {
    Transition { user_id, online: false, at }
}

async fn the_first_lease_makes_somebody_online(presence: &dyn Presence) {
    assert_eq!(online(presence, &[ANNA]).await, []);
    assert_eq!(presence.renew(ANNA, PHONE, at(0)).await, Some(came(ANNA, at(0))));
    assert_eq!(online(presence, &[ANNA]).await, [ANNA]);
    assert_eq!(presence.renew(ANNA, PHONE, at(1)).await, None);
    assert_eq!(presence.renew(ANNA, LAPTOP, at(2)).await, None);
}

async fn a_lease_lasts_75_seconds_and_grace_25_more(presence: &dyn Presence) {
    assert_eq!((LEASE_MILLIS, GRACE_MILLIS), (75_000, 25_000));
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.renew(ANNA, PHONE, at(30)).await;
    assert_eq!(presence.sweep(at(105 + 25).plus_millis(-1)).await, []);
    assert_eq!(online(presence, &[ANNA]).await, [ANNA], "grace included");
    assert_eq!(presence.sweep(at(105 + 25)).await, [gone(ANNA, at(105))]);
    assert_eq!(online(presence, &[ANNA]).await, []);
}

async fn giving_the_last_lease_up_leaves_only_grace(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.release(ANNA, PHONE, at(10)).await;
    assert_eq!(presence.sweep(at(35).plus_millis(-1)).await, []);
    assert_eq!(online(presence, &[ANNA]).await, [ANNA]);
    assert_eq!(presence.sweep(at(35)).await, [gone(ANNA, at(10))]);
}

async fn a_reload_is_not_seen(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.release(ANNA, PHONE, at(10)).await;
    assert_eq!(presence.renew(ANNA, PHONE, at(34)).await, None);
    assert_eq!(presence.sweep(at(36)).await, []);
    presence.release(ANNA, PHONE, at(40)).await;
    // Grace is over but nobody was told yet: they never left.
    assert_eq!(presence.renew(ANNA, PHONE, at(70)).await, None);
    assert_eq!(presence.sweep(at(70)).await, []);
}

async fn one_device_is_enough(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.renew(ANNA, LAPTOP, at(50)).await;
    presence.release(ANNA, PHONE, at(60)).await;
    assert_eq!(presence.sweep(at(149)).await, []);
    assert_eq!(presence.sweep(at(150)).await, [gone(ANNA, at(125))]);
}

async fn a_lease_given_up_late_ended_when_it_ran_out(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.release(ANNA, PHONE, at(90)).await;
    assert_eq!(presence.sweep(at(100)).await, [gone(ANNA, at(75))]);
}

async fn giving_up_what_is_not_held_changes_nothing(presence: &dyn Presence) {
    presence.release(ANNA, PHONE, at(0)).await;
    assert_eq!(online(presence, &[ANNA]).await, []);
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.release(ANNA, LAPTOP, at(90)).await;
    assert_eq!(presence.sweep(at(99)).await, []);
    assert_eq!(presence.sweep(at(100)).await, [gone(ANNA, at(75))]);
}

async fn each_going_is_reported_once(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    assert_eq!(presence.sweep(at(200)).await, [gone(ANNA, at(75))]);
    assert_eq!(presence.sweep(at(200)).await, []);
    assert_eq!(presence.sweep(at(400)).await, []);
}

async fn who_was_gone_can_come_again(presence: &dyn Presence) {
    for round in [0, 1_000, 2_000] {
        assert!(presence.renew(ANNA, PHONE, at(round)).await.is_some_and(|came| came.online));
        presence.release(ANNA, PHONE, at(round + 1)).await;
        assert_eq!(presence.sweep(at(round + 26)).await, [gone(ANNA, at(round + 1))]);
    }
}

async fn online_keeps_to_those_asked_for(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.renew(BEN, LAPTOP, at(0)).await;
    assert_eq!(online(presence, &[]).await, []);
    assert_eq!(online(presence, &[BEN]).await, [BEN]);
    assert_eq!(online(presence, &[BEN, UserId::new(99), ANNA]).await, [BEN, ANNA]);
}

async fn a_clock_set_back_does_not_keep_people_online(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(86_400)).await;
    assert_eq!(presence.renew(ANNA, PHONE, at(0)).await, None);
    assert_eq!(presence.sweep(at(100)).await, [gone(ANNA, at(75))]);
}

async fn many_people_go_at_their_own_times(presence: &dyn Presence) {
    let people: Vec<UserId> = (1..=500).map(|n| UserId::new(n << 22)).collect();
    for (second, user) in (0..).zip(&people) {
        presence.renew(*user, PHONE, at(second)).await;
    }
    assert_eq!(online(presence, &people).await, people);
    let mut reported = Vec::new();
    for second in 0..=600 {
        let swept = presence.sweep(at(second)).await;
        assert!(swept.iter().all(|gone| gone.at == at(second - 25)), "{swept:?} at {second}");
        reported.extend(swept.into_iter().map(|gone| gone.user_id));
    }
    assert_eq!(reported, people);
}

async fn a_batch_reports_each_who_came_once(presence: &dyn Presence) {
    presence.renew(BEN, PHONE, at(0)).await;
    let batch = [caller(BEN, PHONE), caller(ANNA, PHONE), caller(ANNA, LAPTOP)];
    assert_eq!(presence.renew_all(&batch, at(1)).await, [came(ANNA, at(1))]);
    assert_eq!(presence.renew_all(&batch, at(2)).await, []);
    assert_eq!(presence.renew_all(&[], at(3)).await, []);
}

async fn a_batch_renews_as_one_by_one(presence: &dyn Presence) {
    presence.renew(ANNA, PHONE, at(0)).await;
    presence.renew(BEN, LAPTOP, at(0)).await;
    presence.renew_all(&[caller(ANNA, PHONE), caller(BEN, LAPTOP)], at(50)).await;
    presence.release(BEN, LAPTOP, at(60)).await;
    assert_eq!(presence.sweep(at(149)).await, [gone(BEN, at(60))]);
    assert_eq!(presence.sweep(at(150)).await, [gone(ANNA, at(125))]);
}

async fn people_come_and_go_in_crowds(presence: &dyn Presence) {
    let people: Vec<UserId> = (1..=3_000).map(|n| UserId::new(n << 22)).collect();
    let crowd: Vec<Caller> = people.iter().map(|user| caller(*user, PHONE)).collect();
    let expected: Vec<Transition> = people.iter().map(|user| came(*user, at(0))).collect();
    assert_eq!(presence.renew_all(&crowd, at(0)).await, expected);
    assert_eq!(online(presence, &people).await, people);
    let mut swept = presence.sweep(at(100)).await;
    swept.sort_by_key(|gone| gone.user_id);
    let expected: Vec<Transition> = people.iter().map(|user| gone(*user, at(75))).collect();
    assert_eq!(swept, expected);
    assert_eq!(online(presence, &people).await, []);
}

async fn active_devices_hold_a_lease(presence: &dyn Presence) {
    let (phone, laptop, other) = (caller(ANNA, PHONE), caller(ANNA, LAPTOP), caller(BEN, PHONE));
    // The number of one device begins with that of another.
    let longer = caller(ANNA, DeviceId::new(PHONE.get() * 10));
    let all = [other, laptop, longer, phone];
    let active = async |now| presence.active(&all, now).await.expect("presence is there");
    assert_eq!(active(at(0)).await, []);
    presence.renew_all(&[phone, laptop], at(0)).await;
    assert_eq!(active(at(1)).await, [laptop, phone]);
    presence.release(ANNA, PHONE, at(10)).await;
    assert_eq!(active(at(10)).await, [laptop], "grace is no lease");
    presence.renew(ANNA, PHONE, at(11)).await;
    presence.renew(BEN, PHONE, at(60)).await;
    assert_eq!(active(at(75)).await, [other, phone], "a lease ends by itself");
    assert_eq!(active(at(135)).await, []);
    assert_eq!(presence.active(&[], at(0)).await, Some(Vec::new()));
}
