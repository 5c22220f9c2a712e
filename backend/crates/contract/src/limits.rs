//! What [`Limits`] promises, with the values of [`Limit`]'s documentation.

use std::{net::IpAddr, time::Duration};

use kith_domain::{
    Refusal,
    id::{ConversationId, DeviceId, UserId},
    ports::{Limit, Limits},
};

use crate::Case;

/// Limits and a hand on their clock.
pub struct LimitsAndClock {
    /// The limits.
    pub limits: Box<dyn Limits>,
    /// Moves the time they are measured by.
    pub advance: Box<dyn Fn(Duration)>,
}

impl AsRef<LimitsAndClock> for LimitsAndClock {
    fn as_ref(&self) -> &LimitsAndClock {
        self
    }
}

/// The suite.
pub const LIMITS: &[Case<LimitsAndClock>] = cases![
    each_limit_holds_at_its_value,
    a_refusal_says_when_the_next_one_is_welcome,
    a_refused_one_is_not_counted,
    keys_do_not_share,
    a_quiet_time_gives_the_burst_back_and_no_more,
];

const ANNA: UserId = UserId::new(1);
const BEN: UserId = UserId::new(2);
const FAMILY: ConversationId = ConversationId::new(3);
const WORK: ConversationId = ConversationId::new(4);
const PHONE: DeviceId = DeviceId::new(5);
const LAPTOP: DeviceId = DeviceId::new(6);

/// Each limit, how many pass at once, and after how many milliseconds one more does.
fn table() -> Vec<(Limit, u32, u64)> {
    vec![
        (Limit::Messages(ANNA), 60, 1_000),
        (Limit::ConversationMessages(ANNA, FAMILY), 5, 200),
        (Limit::Typing(ANNA, FAMILY), 1, 3_000),
        (Limit::PresenceChange(PHONE), 1, 10_000),
        (Limit::Marker(ANNA), 2, 500),
        (Limit::Request(ANNA), 50, 72_000),
        (Limit::CodeLookUp(ANNA), 60, 60_000),
        (Limit::Search(ANNA), 30, 2_000),
        (Limit::SignIn(IpAddr::from([192, 0, 2, 1])), 10, 90_000),
        (Limit::Refresh(PHONE), 60, 60_000),
        (Limit::PasswordCheck(ANNA), 10, 90_000),
        (Limit::Export(ANNA), 1, 86_400_000),
        (Limit::Upload(ANNA), 30, 30_000),
        (Limit::Call(ANNA), 60, 50),
    ]
}

async fn use_up(limits: &dyn Limits, limit: Limit, burst: u32) {
    for n in 1..=burst {
        assert_eq!(limits.take(limit).await, Ok(()), "{limit:?}, number {n} of {burst}");
    }
}

async fn wait_of(limits: &dyn Limits, limit: Limit) -> u64 {
    match limits.take(limit).await {
        Err(Refusal::RateLimited { retry_after_millis }) => retry_after_millis,
        other => panic!("{limit:?}: {other:?} instead of rate_limited"),
    }
}

async fn each_limit_holds_at_its_value(subject: &LimitsAndClock) {
    for (limit, burst, interval) in table() {
        use_up(&*subject.limits, limit, burst).await;
        wait_of(&*subject.limits, limit).await;
        (subject.advance)(Duration::from_millis(interval));
        assert_eq!(subject.limits.take(limit).await, Ok(()), "{limit:?} after {interval} ms");
        wait_of(&*subject.limits, limit).await;
    }
}

async fn a_refusal_says_when_the_next_one_is_welcome(subject: &LimitsAndClock) {
    for (limit, burst, interval) in table() {
        use_up(&*subject.limits, limit, burst).await;
        let wait = wait_of(&*subject.limits, limit).await;
        assert!(wait > 0 && wait <= interval, "{limit:?}: {wait} ms of {interval}");
        (subject.advance)(Duration::from_millis(wait - 1));
        wait_of(&*subject.limits, limit).await;
        (subject.advance)(Duration::from_millis(1));
        assert_eq!(subject.limits.take(limit).await, Ok(()), "{limit:?} after {wait} ms");
    }
}

async fn a_refused_one_is_not_counted(subject: &LimitsAndClock) {
    for (limit, burst, interval) in table() {
        use_up(&*subject.limits, limit, burst).await;
        for _ in 0..200 {
            wait_of(&*subject.limits, limit).await;
        }
        (subject.advance)(Duration::from_millis(interval));
        assert_eq!(subject.limits.take(limit).await, Ok(()), "{limit:?}");
    }
}

async fn keys_do_not_share(subject: &LimitsAndClock) {
    for (limit, burst, _) in table() {
        use_up(&*subject.limits, limit, burst).await;
        wait_of(&*subject.limits, limit).await;
    }
    for other in [
        Limit::Messages(BEN),
        Limit::ConversationMessages(ANNA, WORK),
        Limit::ConversationMessages(BEN, FAMILY),
        Limit::Typing(ANNA, WORK),
        Limit::Typing(BEN, FAMILY),
        Limit::PresenceChange(LAPTOP),
        Limit::Marker(BEN),
        Limit::Request(BEN),
        Limit::CodeLookUp(BEN),
        Limit::Search(BEN),
        Limit::SignIn(IpAddr::from([192, 0, 2, 2])),
        Limit::Refresh(LAPTOP),
        Limit::PasswordCheck(BEN),
        Limit::Export(BEN),
        Limit::Upload(BEN),
        Limit::Call(BEN),
    ] {
        assert_eq!(subject.limits.take(other).await, Ok(()), "{other:?}");
    }
}

async fn a_quiet_time_gives_the_burst_back_and_no_more(subject: &LimitsAndClock) {
    for (limit, burst, _) in table() {
        use_up(&*subject.limits, limit, burst).await;
        (subject.advance)(Duration::from_secs(86_400));
        use_up(&*subject.limits, limit, burst).await;
        wait_of(&*subject.limits, limit).await;
    }
}
