//! Deliveries to 10,000 sockets through the real registry, hub, queues, flusher and writers; only the socket is replaced, by a
//! sink that takes everything and checks that nothing is lost, torn or out of order.

#[path = "fan_out/sink.rs"]
mod sink;

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kith_domain::{
    ClientMsgId, Content, Entry, EntryId, LiveEvent, Timestamp, UserId,
    entry::{ClientTime, EntryBody},
    text::MessageText,
};
use kith_gateway::testing::{FanOut, Routes, conversation_of};
use sink::{Sink, Tally};
use tokio::runtime::Runtime;

/// Sockets, each of another person.
const SOCKETS: usize = 10_000;
/// Events that come together, as the messages of one commit do.
const TOGETHER: usize = 64;
/// Far above what any run takes: a hang fails the benchmark instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A message of 1 KB by somebody who is not here, one for each conversation.
fn entries(members: usize) -> Vec<Arc<Entry>> {
    let entry = |number: usize| Entry {
        conversation_id: conversation_of(number, members),
        seq: 7,
        id: EntryId::new(1 << 40 | number as u64),
        sender_id: UserId::new(1 << 40),
        server_time: Timestamp::from_millis(1_795_640_400_000),
        body: EntryBody::Message {
            client_msg_id: ClientMsgId::from_u128(number as u128),
            client_time: ClientTime::from_store("2026-11-24T21:15:45.000+08:00".to_owned()),
            content: Some(Content::Text { text: MessageText::from_store("x".repeat(1_000)), reply_to: None }),
        },
    };
    (0..SOCKETS).step_by(members).map(|number| Arc::new(entry(number))).collect()
}

/// Announces `count` events to conversation after conversation, and waits until the last is delivered.
fn deliver(
    runtime: &Runtime,
    fan_out: &FanOut,
    tally: &Tally,
    entries: &[Arc<Entry>],
    count: u64,
) -> Duration {
    let members = (SOCKETS / entries.len()) as u64;
    let begun = Instant::now();
    runtime.block_on(async {
        let target = tally.delivered() + count * members;
        let mut events = entries.iter().cycle().take(count as usize).map(Arc::clone).map(LiveEvent::Entry);
        loop {
            let together: Vec<_> = events.by_ref().take(TOGETHER).collect();
            if together.is_empty() {
                break;
            }
            fan_out.announce(together).await;
        }
        let all = tokio::time::timeout(PATIENCE, tally.reach(target)).await;
        assert!(all.is_ok(), "{} of {target} deliveries came", tally.delivered());
        assert_eq!(tally.delivered(), target, "more came than was sent");
        assert_eq!(tally.faults(), 0, "frames were torn or out of order");
    });
    begun.elapsed()
}

fn fan_out(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out");
    group.sample_size(10);
    for members in [1_usize, 10, 100] {
        group.throughput(Throughput::Elements(members as u64));
        let routes = Routes::new(SOCKETS, members);
        let mut number = 0;
        group.bench_function(BenchmarkId::new("look-up", members), |bencher| {
            bencher.iter(|| {
                number = (number + 7_919) % SOCKETS;
                black_box(routes.viewers(conversation_of(number, members), 7))
            });
        });

        // A shard is one thread.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        let tally = Arc::new(Tally::default());
        let sinks: Vec<_> = (0..SOCKETS).map(|_| Sink::new(Arc::clone(&tally))).collect();
        let fan_out = runtime.block_on(FanOut::start(members, sinks));
        let entries = entries(members);
        group.bench_function(BenchmarkId::new("deliver", members), |bencher| {
            bencher.iter_custom(|count| deliver(&runtime, &fan_out, &tally, &entries, count));
        });
        // Its end gives up the places, which belong to the runtime.
        let _inside = runtime.enter();
        drop(fan_out);
    }
    group.finish();
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
