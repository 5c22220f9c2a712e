//! Measures one hop: from a node's `send` to another node's queue.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hdrhistogram::Histogram;
use kith_domain::{
    NodeNumber,
    ports::{Broker, Received},
};
use tokio::{runtime::Runtime, sync::mpsc};

/// A payload as that of one message with its envelope, in bytes.
const PAYLOAD: usize = 1_024;
/// Hops one after another.
const SINGLE: usize = 5_000;
/// Messages sent as fast as they are taken.
const STREAM: usize = 200_000;

/// Measures and prints: the time of a hop when nothing else is under way, and how many messages pass in a second.
///
/// # Panics
/// When something is lost.
pub fn measure<B, F>(name: &str, connect: impl Fn(NodeNumber, usize) -> F)
where
    B: Broker + 'static,
    F: Future<Output = (Arc<B>, mpsc::Receiver<Received>)>,
{
    let runtime = Runtime::new().expect("threads can be had");
    runtime.block_on(async {
        let node = |number: u16| NodeNumber::try_from(number).expect("it is small");
        let (sender, _own) = connect(node(1), 1).await;
        let (_receiver, mut received) = connect(node(2), STREAM).await;
        let to = [node(2)];
        let payload = Bytes::from(vec![b'k'; PAYLOAD]);

        let mut times = Histogram::<u64>::new(3).expect("three digits");
        for round in 0..SINGLE + SINGLE / 10 {
            let start = Instant::now();
            sender.send(&to, payload.clone()).await.expect("the broker is there");
            expect_payload(received.recv().await);
            // The first ones warm everything up.
            if round >= SINGLE / 10 {
                times.saturating_record(micros(start.elapsed()));
            }
        }

        let start = Instant::now();
        // With the last owner of a broker goes what waits to be sent.
        let streaming = Arc::clone(&sender);
        let send = tokio::spawn(async move {
            for _ in 0..STREAM {
                streaming.send(&to, payload.clone()).await.expect("the broker is there");
            }
        });
        for _ in 0..STREAM {
            expect_payload(received.recv().await);
        }
        let seconds = start.elapsed().as_secs_f64();
        send.await.expect("all were sent");

        println!(
            "{name}: one hop of {PAYLOAD} bytes p50 {} µs, p99 {} µs; {:.0} messages/s",
            times.value_at_quantile(0.5),
            times.value_at_quantile(0.99),
            STREAM as f64 / seconds
        );
    });
}

fn expect_payload(received: Option<Received>) {
    assert!(matches!(received, Some(Received::Payload(_))), "a message is missing: {received:?}");
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
