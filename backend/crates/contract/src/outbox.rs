//! What [`kith_domain::ports::OutboxRepository`] promises.

use kith_domain::ports::Store;

use crate::{
    Case,
    fixtures::{a_group, at, read, send, user, with_members, write},
    store::StoreAndBus,
};

/// The suite.
pub const OUTBOX: &[Case<StoreAndBus>] = cases![
    rows_are_listed_in_pages,
    positions_never_go_back,
    rows_go_when_every_consumer_confirmed_long_ago,
    the_head_is_remembered_when_the_rows_are_gone,
];

async fn fill(store: &dyn Store, count: usize) {
    let group = with_members(store, a_group(), &[user(1)]).await;
    for _ in 0..count {
        send(store, group, user(1), "x").await;
    }
}

async fn positions(store: &dyn Store, after: u64, limit: u32) -> Vec<u64> {
    read(store, move |tx| tx.list_outbox(after, limit)).await.iter().map(|row| row.pos).collect()
}

async fn confirm(store: &dyn Store, consumer: &'static str, pos: u64, millis: i64) {
    write(store, move |tx| tx.confirm_outbox(consumer, pos, at(millis))).await;
}

async fn purge(store: &dyn Store, millis: i64) -> u64 {
    write(store, move |tx| tx.purge_outbox(at(millis))).await
}

async fn rows_are_listed_in_pages(subject: &StoreAndBus) {
    let store = &*subject.store;
    assert_eq!(read(store, |tx| tx.outbox_head()).await, 0);
    fill(store, 5).await;
    let all = positions(store, 0, 100).await;
    assert_eq!(all.len(), 5);
    assert!(all.is_sorted_by(|a, b| a < b));
    assert_eq!(positions(store, 0, 2).await, all[..2]);
    assert_eq!(positions(store, all[1], 100).await, all[2..]);
    assert_eq!(read(store, |tx| tx.outbox_head()).await, all[4]);
}

async fn positions_never_go_back(subject: &StoreAndBus) {
    let store = &*subject.store;
    for (pos, expected) in [(0, 0), (5, 5), (3, 5), (5, 5), (7, 7)] {
        confirm(store, "a", pos, 1).await;
        assert_eq!(read(store, |tx| tx.consumer_position("a")).await, expected);
    }
    assert_eq!(read(store, |tx| tx.consumer_position("b")).await, 0);
}

async fn rows_go_when_every_consumer_confirmed_long_ago(subject: &StoreAndBus) {
    let store = &*subject.store;
    fill(store, 6).await;
    let all = positions(store, 0, 100).await;
    assert_eq!(purge(store, 100).await, 0, "no consumer is known");
    confirm(store, "a", all[3], 10).await;
    confirm(store, "b", all[1], 20).await;
    for (before, removed) in [(10, 0), (20, 0), (21, 2), (21, 0)] {
        assert_eq!(purge(store, before).await, removed, "before {before}");
    }
    assert_eq!(positions(store, 0, 100).await, all[2..]);
    confirm(store, "b", all[5], 30).await;
    for (before, removed) in [(30, 0), (31, 2), (500, 0)] {
        assert_eq!(purge(store, before).await, removed, "before {before}");
    }
    assert_eq!(read(store, |tx| tx.consumer_position("a")).await, all[3], "positions outlive the rows");
}

async fn the_head_is_remembered_when_the_rows_are_gone(subject: &StoreAndBus) {
    let store = &*subject.store;
    fill(store, 3).await;
    let head = read(store, |tx| tx.outbox_head()).await;
    confirm(store, "a", head, 1).await;
    assert_eq!(purge(store, 2).await, 3);
    assert_eq!(read(store, |tx| tx.outbox_head()).await, head);
    fill(store, 1).await;
    assert!(positions(store, head, 10).await[0] > head, "positions are not given twice");
}
