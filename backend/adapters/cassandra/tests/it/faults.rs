//! What the history does when its server dies, or does not answer.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use kith_cassandra::CassandraHistory;
use kith_contract::history::{a_conversation, a_text, texts};
use kith_domain::{
    ConversationId, Seq,
    ports::{History, HistoryError},
};
use kith_harness::Cassandra;
use tokio::task::block_in_place;

use crate::{answers, history};

/// Calls end after 10 s; a busy machine may be late.
const BOUND: Duration = Duration::from_secs(20);

/// A call that must find nobody, in bounded time.
async fn unavailable<T: std::fmt::Debug>(what: &str, call: impl Future<Output = Result<T, HistoryError>>) {
    let begin = Instant::now();
    let answer = call.await;
    assert!(matches!(answer, Err(HistoryError::Unavailable(_))), "{what}: {answer:?}");
    assert!(begin.elapsed() < BOUND, "{what} took {:?}", begin.elapsed());
}

async fn everything_is_unavailable(history: &CassandraHistory, conversation: ConversationId) {
    let entries = texts(conversation, 1..=3);
    unavailable("put", history.put(&entries)).await;
    unavailable("range", history.range(conversation, 1..=3)).await;
    unavailable("covers", history.covers(&entries)).await;
    unavailable("check", history.check()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_outlives_the_server_and_silence_is_an_error() {
    let cassandra = block_in_place(Cassandra::start).unwrap_or_else(|error| panic!("{error}"));
    let history = Arc::new(history(&cassandra, "kith"));
    answers(&history).await;
    let conversation = a_conversation();

    // One entry after another, until the server is killed.
    let writer = Arc::clone(&history);
    let (put, mut so_far) = tokio::sync::watch::channel::<Seq>(0);
    let writing = tokio::spawn(async move {
        for seq in 1.. {
            if let Err(error) = writer.put(&[a_text(conversation, seq, Some(&format!("text {seq}")))]).await {
                assert!(matches!(error, HistoryError::Unavailable(_)), "{error:?}");
                break;
            }
            put.send_replace(seq);
        }
        *put.borrow()
    });
    so_far.wait_for(|&seq| seq >= 100).await.expect("the writer goes on");
    block_in_place(|| cassandra.kill());
    let acknowledged = writing.await.expect("the writer ends");
    everything_is_unavailable(&history, conversation).await;

    block_in_place(|| cassandra.restart()).unwrap_or_else(|error| panic!("{error}"));
    answers(&history).await;
    let held = history.range(conversation, 1..=acknowledged).await.expect("all that was acknowledged");
    assert_eq!(held, texts(conversation, 1..=acknowledged));

    // A server that takes connections and requests, and says nothing.
    block_in_place(|| cassandra.pause());
    everything_is_unavailable(&history, conversation).await;
    // Nor does somebody who comes new wait for ever.
    everything_is_unavailable(&crate::history(&cassandra, "kith"), conversation).await;
    block_in_place(|| cassandra.resume());
    answers(&history).await;
    let held = history.range(conversation, 1..=acknowledged).await.expect("nothing was lost");
    assert_eq!(held.len() as Seq, acknowledged);
    let more = texts(conversation, acknowledged + 1..=acknowledged + 50);
    history.put(&more).await.expect("writing goes on");
    assert!(history.covers(&more).await.expect("reading goes on"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_may_start_before_its_server() {
    let cassandra = block_in_place(Cassandra::start).unwrap_or_else(|error| panic!("{error}"));
    block_in_place(|| cassandra.kill());
    let history = history(&cassandra, "kith");
    let conversation = a_conversation();
    everything_is_unavailable(&history, conversation).await;
    block_in_place(|| cassandra.restart()).unwrap_or_else(|error| panic!("{error}"));
    answers(&history).await;
    let entries = texts(conversation, 1..=3);
    history.put(&entries).await.expect("put");
    assert!(history.covers(&entries).await.expect("read back"));
}
