//! What [`kith_domain::ports::OutboxRepository`] promises.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use futures_util::future::{join, join_all};
use kith_domain::{
    ConversationId, NoticeKind, Seq,
    ports::{Store, StoreError, StoreExt as _},
};

use crate::{
    Case,
    fixtures::{a_group, a_notice, at, read, send, user, with_members, write},
    store::StoreAndBus,
};

/// The suite.
pub const OUTBOX: &[Case<StoreAndBus>] = cases![
    rows_are_listed_in_pages,
    positions_never_go_back,
    rows_go_when_every_consumer_confirmed_long_ago,
    the_head_is_remembered_when_the_rows_are_gone,
    rows_do_not_wait_for_a_consumer_that_was_forgotten,
    what_was_rolled_back_holds_nobody_up,
    whoever_follows_misses_nothing,
];

/// How long something may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

async fn fill(store: &dyn Store, count: usize) {
    let group = with_members(store, a_group(), &[user(1)]).await;
    for _ in 0..count {
        send(store, group, user(1), "x").await;
    }
}

async fn positions(store: &dyn Store, after: u64, limit: u32) -> Vec<u64> {
    read(store, move |tx| tx.list_outbox(after, limit)).await.iter().map(|row| row.pos).collect()
}

/// Those that are there, whether or not something may appear between them.
async fn kept(store: &dyn Store) -> Vec<u64> {
    read(store, |tx| tx.peek_outbox(0, 100)).await.iter().map(|row| row.pos).collect()
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
    assert_eq!(kept(store).await, all[2..]);
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

async fn rows_do_not_wait_for_a_consumer_that_was_forgotten(subject: &StoreAndBus) {
    let store = &*subject.store;
    fill(store, 4).await;
    let all = positions(store, 0, 100).await;
    confirm(store, "a", all[3], 1).await;
    confirm(store, "b", all[0], 1).await;
    write(store, |tx| tx.forget_consumer("b")).await;
    assert_eq!(read(store, |tx| tx.consumer_position("b")).await, 0);
    assert_eq!(purge(store, 2).await, 4);
    confirm(store, "b", 0, 3).await;
    write(store, |tx| tx.forget_consumer("a")).await;
    write(store, |tx| tx.forget_consumer("nobody")).await;
    assert_eq!(read(store, |tx| tx.outbox_head()).await, all[3], "it is remembered all the same");
    fill(store, 1).await;
    assert_eq!(purge(store, 10).await, 0, "what is new waits for b");
}

/// Appends an entry and takes it back.
async fn roll_back(store: &dyn Store, group: ConversationId) {
    let notice = a_notice(group, user(1), NoticeKind::Renamed);
    let outcome: Result<(), StoreError> = store
        .write(move |tx| {
            Box::pin(async move {
                tx.append_entry(notice).await?;
                Err(StoreError::Conflict)
            })
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
}

/// Follows the outbox from its beginning as a consumer does, until it got so many rows.
async fn follow(store: &dyn Store, count: usize) -> Vec<(ConversationId, Seq)> {
    let (began, mut followed, mut position) = (Instant::now(), Vec::new(), 0);
    while followed.len() < count {
        assert!(began.elapsed() < PATIENCE, "{} of {count} came", followed.len());
        let rows = read(store, move |tx| tx.list_outbox(position, 7)).await;
        let Some(last) = rows.last() else {
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        };
        assert!(rows[0].pos > position && rows.is_sorted_by(|a, b| a.pos < b.pos));
        position = last.pos;
        followed.extend(rows.iter().map(|row| (row.conversation_id, row.seq)));
    }
    followed
}

async fn what_was_rolled_back_holds_nobody_up(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    for _ in 0..3 {
        roll_back(store, group).await;
        send(store, group, user(1), "kept").await;
        roll_back(store, group).await;
        roll_back(store, group).await;
        send(store, group, user(1), "kept").await;
    }
    assert_eq!(follow(store, 6).await, (1..=6).map(|seq| (group, seq)).collect::<Vec<_>>());
    let peeked = read(store, |tx| tx.peek_outbox(0, 100)).await;
    assert_eq!(peeked.len(), 6, "and all of it is there to be looked at");
}

async fn whoever_follows_misses_nothing(subject: &StoreAndBus) {
    const GROUPS: usize = 8;
    const EACH: usize = 40;
    let store = &*subject.store;
    let mut groups = Vec::new();
    for _ in 0..GROUPS {
        groups.push(with_members(store, a_group(), &[user(1)]).await);
    }
    let writing = join_all(groups.iter().map(|&group| async move {
        for index in 0..EACH {
            match index % 4 {
                0 => roll_back(store, group).await,
                1 => {
                    let notice = a_notice(group, user(1), NoticeKind::Renamed);
                    write(store, move |tx| tx.append_entry(notice)).await;
                }
                _ => drop(send(store, group, user(1), "hi").await),
            }
        }
    }));
    let kept = EACH * 3 / 4;
    let (followed, _) = join(follow(store, GROUPS * kept), writing).await;
    for group in &groups {
        let seqs: Vec<Seq> =
            followed.iter().filter(|(conversation, _)| conversation == group).map(|(_, seq)| *seq).collect();
        assert_eq!(seqs, (1..=kept as Seq).collect::<Vec<_>>(), "in order, each once");
    }
    assert_eq!(followed.iter().collect::<BTreeSet<_>>().len(), GROUPS * kept);
}
