//! What [`kith_domain::ports::UserLogRepository`] promises.

use kith_domain::{
    ConversationId, FriendRequestId,
    event::{LogLine, RemovalReason},
    ports::Store,
};

use crate::{
    Case,
    fixtures::{at, read, user, write},
    store::StoreAndBus,
};

/// The suite.
pub const USER_LOG: &[Case<StoreAndBus>] = cases![
    lines_are_numbered_and_read_back,
    a_purged_log_says_so_and_counts_on,
    heads_of_several_people_are_read_together,
];

async fn append(store: &dyn Store, number: u64, line: LogLine, millis: i64) -> u64 {
    write(store, move |tx| tx.append_log(user(number), line, at(millis))).await
}

async fn lines_are_numbered_and_read_back(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = ConversationId::new(4);
    let lines = [
        LogLine::FriendRequest(FriendRequestId::new(3)),
        LogLine::Friend(user(2)),
        LogLine::FriendRemoved(user(2)),
        LogLine::Profile,
        LogLine::Conversation(group),
        LogLine::ConversationRemoved(group, RemovalReason::Left),
        LogLine::ConversationRemoved(group, RemovalReason::Kicked),
        LogLine::ConversationRemoved(group, RemovalReason::Hidden),
        LogLine::JoinRequest(group, user(5)),
    ];
    assert_eq!(read(store, |tx| tx.log_head(user(1))).await, 0);
    assert_eq!(read(store, |tx| tx.list_log(user(1), 0, 10)).await, Some(vec![]));
    for (line, number) in lines.into_iter().zip(1..) {
        assert_eq!(append(store, 1, line, 1).await, number);
    }
    assert_eq!(append(store, 2, LogLine::Profile, 1).await, 1, "each has a log of their own");
    let numbered: Vec<_> = (1..).zip(lines).collect();
    for (after, limit, expected) in [
        (0, 100, &numbered[..]),
        (0, 2, &numbered[..2]),
        (7, 100, &numbered[7..]),
        (9, 100, &[]),
        (20, 100, &[]),
    ] {
        let found = read(store, move |tx| tx.list_log(user(1), after, limit)).await;
        assert_eq!(found.as_deref(), Some(expected), "after {after}");
    }
    assert_eq!(read(store, |tx| tx.log_head(user(1))).await, 9);
}

async fn a_purged_log_says_so_and_counts_on(subject: &StoreAndBus) {
    let store = &*subject.store;
    for millis in [10, 20, 30] {
        append(store, 1, LogLine::Profile, millis).await;
    }
    assert_eq!(write(store, |tx| tx.purge_log(at(20))).await, 1);
    for (after, lines) in [(0, None), (1, Some(2)), (2, Some(1)), (3, Some(0))] {
        let found = read(store, move |tx| tx.list_log(user(1), after, 10)).await;
        assert_eq!(found.map(|found| found.len()), lines, "after {after}");
    }
    assert_eq!(write(store, |tx| tx.purge_log(at(100))).await, 2);
    assert_eq!(read(store, |tx| tx.log_head(user(1))).await, 3);
    assert_eq!(read(store, |tx| tx.list_log(user(1), 2, 10)).await, None);
    assert_eq!(append(store, 1, LogLine::Profile, 200).await, 4);
}

async fn heads_of_several_people_are_read_together(subject: &StoreAndBus) {
    let store = &*subject.store;
    for number in [1, 1, 2, 3] {
        append(store, number, LogLine::Profile, 1).await;
    }
    let mut heads =
        read(store, |tx| Box::pin(async move { tx.log_heads(&[user(1), user(2), user(9)]).await })).await;
    heads.sort();
    heads.retain(|(_, head)| *head > 0);
    assert_eq!(heads, [(user(1), 2), (user(2), 1)]);
}
