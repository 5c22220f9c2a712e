use std::time::Duration;

use governor::clock::FakeRelativeClock;
use proptest::prelude::*;

use super::*;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn full_buckets_are_forgotten_and_others_kept() {
    let clock = FakeRelativeClock::default();
    let limits = InProcessLimits::with_clock(&LimitValues::DEFAULT, clock.clone());
    for user in 1..=100 {
        block_on(limits.take(Limit::Marker(UserId::new(user)))).unwrap();
    }
    block_on(limits.take(Limit::SignIn(IpAddr::from([192, 0, 2, 1])))).unwrap();
    assert_eq!(limits.len(), 101);
    clock.advance(Duration::from_secs(60));
    limits.retain_recent();
    assert_eq!(limits.len(), 1, "a sign-in is remembered for longer than a marker");
    clock.advance(Duration::from_secs(3_600));
    limits.retain_recent();
    assert!(limits.is_empty());
}

#[test]
fn however_many_keys_are_named_few_are_remembered() {
    let clock = FakeRelativeClock::default();
    let limits = InProcessLimits::with_clock(&LimitValues::DEFAULT, clock.clone());
    let mut most = 0;
    for second in 0..40_u64 {
        for number in 0..10_000 {
            let conversation = ConversationId::new(1 + second * 10_000 + number);
            block_on(limits.take(Limit::Typing(UserId::new(1), conversation))).unwrap();
        }
        most = most.max(limits.len());
        clock.advance(Duration::from_secs(1));
    }
    assert!(most < 2 * MANY, "{most} are remembered, and a bucket is full again after three seconds");
}

#[test]
fn addresses_of_one_household_are_one() {
    for (a, b, same) in [
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
    ] {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network(a) == network(b), same, "{a} and {b}");
    }
}

#[test]
fn unlimited_counts_nothing() {
    let limits = InProcessLimits::unlimited();
    for _ in 0..1_000 {
        assert_eq!(block_on(limits.take(Limit::Typing(UserId::new(1), ConversationId::new(2)))), Ok(()));
    }
    limits.retain_recent();
    assert!(limits.is_empty());
}

proptest! {
    /// In any span of time no more pass than the bucket held plus what it got back.
    #[test]
    fn never_above_the_budget(steps in proptest::collection::vec(0_u64..2_000, 1..300)) {
        let clock = FakeRelativeClock::default();
        let limits = InProcessLimits::with_clock(&LimitValues::DEFAULT, clock.clone());
        let (rate, mut now) = (LimitValues::DEFAULT.conversation_messages, 0_u64);
        let mut passed = Vec::new();
        for step in steps {
            clock.advance(Duration::from_millis(step));
            now += step;
            let limit = Limit::ConversationMessages(UserId::new(1), ConversationId::new(1));
            if block_on(limits.take(limit)).is_ok() {
                passed.push(now);
            }
        }
        for (first, start) in passed.iter().enumerate() {
            for (last, end) in passed.iter().enumerate().skip(first) {
                let span = Duration::from_millis(end - start);
                let back = span.as_nanos() / rate.interval().as_nanos();
                prop_assert!((last - first + 1) as u128 <= u128::from(rate.burst().get()) + back);
            }
        }
    }
}
