//! A broker that dies, or does not answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kith_domain::{Seq, ports::EntryLog as _};
use tokio::task::block_in_place;

use crate::support::{Following, Memory, a_log, a_topic, entries, own_kafka, publish, seqs, until};

/// Deliveries end after 30 s; a busy machine may be late.
const BOUND: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_broker_is_killed() {
    let kafka = own_kafka();
    let settings = a_topic(&kafka);
    let log = Arc::new(a_log(&settings));
    let sink = Memory::new("survivor");
    let following = Following::start(&settings, sink.clone());
    let published = Arc::new(entries(10, 400));
    let confirmed = Arc::new(AtomicU64::new(0));
    let publishing = tokio::spawn({
        let (log, published, confirmed) = (Arc::clone(&log), Arc::clone(&published), Arc::clone(&confirmed));
        async move {
            // As a relay does: what was not confirmed is published again.
            for some in published.chunks(20) {
                while log.publish(some).await.is_err() {}
                confirmed.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    until("some are confirmed", || confirmed.load(Ordering::Relaxed) >= 20).await;
    block_in_place(|| kafka.kill());
    assert!(!publishing.is_finished(), "it was killed in the middle");
    block_in_place(|| kafka.restart()).unwrap_or_else(|error| panic!("{error}"));
    publishing.await.expect("all are confirmed");
    let expected = seqs(&published);
    let complete = || {
        let mut taken = sink.seqs();
        taken.values_mut().for_each(|seqs| {
            seqs.sort_unstable();
            seqs.dedup();
        });
        taken == expected
    };
    until("every entry is followed", complete).await;
    following.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_broker_is_an_error_and_passes() {
    let kafka = own_kafka();
    let settings = a_topic(&kafka);
    let log = a_log(&settings);
    let sink = Memory::new("patient");
    let following = Following::start(&settings, sink.clone());
    let first = entries(3, 2);
    publish(&log, &first).await;
    until("the first are taken", || sink.taken().len() >= first.len()).await;

    block_in_place(|| kafka.pause());
    let begin = Instant::now();
    let second = entries(3, 2);
    assert!(log.publish(&second).await.is_err());
    let newcomer = a_log(&settings).publish(&second).await;
    assert!(newcomer.is_err(), "it cannot even see the topic");
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());

    block_in_place(|| kafka.resume());
    let begin = Instant::now();
    while let Err(error) = log.publish(&second).await {
        assert!(begin.elapsed() < 2 * BOUND, "not back: {error:?}");
    }
    let second = seqs(&second);
    let came = || {
        let mut taken = sink.seqs();
        taken.values_mut().for_each(|seqs| seqs.dedup());
        second.iter().all(|(conversation, seqs)| {
            let distinct: std::collections::BTreeSet<Seq> =
                taken.get(conversation).into_iter().flatten().copied().collect();
            seqs.iter().all(|seq| distinct.contains(seq))
        })
    };
    until("the second are taken", came).await;
    following.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_may_start_before_the_broker() {
    let kafka = own_kafka();
    let settings = a_topic(&kafka);
    block_in_place(|| kafka.kill());
    let log = a_log(&settings);
    let sink = Memory::new("early");
    let following = Following::start(&settings, sink.clone());
    let begin = Instant::now();
    let published = entries(3, 3);
    assert!(log.publish(&published).await.is_err());
    assert!(begin.elapsed() < BOUND, "{:?}", begin.elapsed());
    block_in_place(|| kafka.restart()).unwrap_or_else(|error| panic!("{error}"));
    let begin = Instant::now();
    while let Err(error) = log.publish(&published).await {
        assert!(begin.elapsed() < BOUND, "not there: {error:?}");
    }
    until("all are taken", || sink.seqs() == seqs(&published)).await;
    following.stop().await;
}
