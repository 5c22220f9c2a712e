//! What it costs to draw a person's 200 conversations, by how many messages of each are unread: memberships, unread
//! counts and last entries, as the list of conversations and `/sync` read them.

use std::{hint::black_box, path::Path, sync::Arc};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_util::future::join_all;
use kith_contract::fixtures::{a_group, a_message, at, read, user, with_members, write};
use kith_domain::{
    ConversationId,
    ports::{Store, conversations::Scope},
};
use kith_sql::{
    Options, SqlStore,
    testing::{self, RecordingBus},
};

/// Conversations of the person.
const CONVERSATIONS: usize = 200;
/// Messages of each.
const MESSAGES: u64 = 120;

async fn fill(store: &dyn Store) -> Vec<ConversationId> {
    let members = [user(1), user(2)];
    let conversations = join_all((0..CONVERSATIONS).map(|_| with_members(store, a_group(), &members))).await;
    for _ in 0..MESSAGES {
        let sent = conversations.iter().map(|id| store.send(a_message(*id, user(2), "How was the hike?")));
        for outcome in join_all(sent).await {
            outcome.unwrap_or_else(|error| panic!("a message was not stored: {error:?}"));
        }
    }
    conversations
}

/// Moves all markers so that `unread` messages lie above each. Markers never go back.
async fn read_but(store: &dyn Store, conversations: &[ConversationId], unread: u64) {
    let conversations = conversations.to_vec();
    write(store, move |tx| {
        Box::pin(async move {
            for id in conversations {
                tx.advance_read(id, user(1), MESSAGES - unread, at(1)).await?;
            }
            Ok(())
        })
    })
    .await;
}

fn unread(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory: {error}"));
    let runtime = runtime();
    let (store, conversations) = runtime.block_on(filled(directory.path(), Options::default().tails_kib));

    let mut group = criterion.benchmark_group("overview of 200");
    group.throughput(Throughput::Elements(CONVERSATIONS as u64));
    // Descending, as markers only rise.
    for unread in [MESSAGES, 20, 1, 0] {
        runtime.block_on(read_but(&store, &conversations, unread));
        group.bench_function(BenchmarkId::new("unread", unread), |bencher| {
            bencher.iter(|| {
                let overviews = runtime.block_on(read(&store, |tx| {
                    Box::pin(async move { tx.overview(user(1), Scope::All).await })
                }));
                let expected = u32::try_from(unread).unwrap_or(u32::MAX).min(100);
                assert!(
                    overviews.len() == CONVERSATIONS && overviews.iter().all(|one| one.unread == expected)
                );
                black_box(overviews)
            });
        });
    }
    group.finish();
    runtime.block_on(store.close());
}

/// The newest entries of all conversations, as a device reads them that was away: remembered, and read from the file.
fn newest(criterion: &mut Criterion) {
    let runtime = runtime();
    let mut group = criterion.benchmark_group("newest 10 of 200");
    group.throughput(Throughput::Elements(10 * CONVERSATIONS as u64));
    for (name, tails_kib) in [("remembered", 64 << 10), ("from the file", 0)] {
        let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no directory: {error}"));
        let (store, conversations) = runtime.block_on(filled(directory.path(), tails_kib));
        let positions: Vec<_> = conversations.into_iter().map(|id| (id, MESSAGES - 10, 50)).collect();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let positions = positions.clone();
                let entries = runtime.block_on(read(&store, move |tx| {
                    Box::pin(async move { tx.list_entries_after(user(1), &positions).await })
                }));
                assert_eq!(entries.entries.len(), 10 * CONVERSATIONS);
                black_box(entries)
            });
        });
        runtime.block_on(store.close());
    }
    group.finish();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap_or_else(|error| panic!("no runtime: {error}"))
}

/// A store with all messages in `directory`.
async fn filled(directory: &Path, tails_kib: u32) -> (SqlStore, Vec<ConversationId>) {
    let options = Options { floor_bytes: Some(0), ballast_bytes: Some(0), tails_kib, ..Options::default() };
    let bus = Arc::new(RecordingBus::default());
    let opened = testing::open(directory, options, Arc::clone(&bus) as _).await;
    let store = opened.unwrap_or_else(|error| panic!("the store does not open: {error:?}"));
    let conversations = fill(&store).await;
    drop(bus.drain());
    (store, conversations)
}

criterion_group!(benches, unread, newest);
criterion_main!(benches);
