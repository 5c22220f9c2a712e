//! What [`kith_domain::ports::RetentionRepository`] promises, and how others find what it lets go of.

use std::ops::RangeInclusive;

use futures_util::future::join_all;
use kith_domain::{
    ConversationId, Entry, EntryBody, MemberState, NoticeKind, Refusal, Seq, Timestamp,
    ports::{
        SendMessage, Store,
        conversations::Scope,
        entries::{Archived, Range},
        retention::{Aged, KEPT},
    },
};

use crate::{
    Case,
    fixtures::{
        a_group, a_message, a_notice, at, fresh, join, read, refusal, remove, say, send, unsend, user,
        with_members, write,
    },
    store::StoreAndBus,
};

/// The suite.
pub const RETENTION: &[Case<StoreAndBus>] = cases![
    old_entries_may_go_from_the_oldest_on,
    unsends_are_not_counted_among_the_newest,
    what_has_gone_is_said_to_be_elsewhere,
    what_is_not_as_it_was_stays,
    a_retry_of_what_has_gone_gets_the_same_receipt,
    a_message_that_has_gone_can_be_unsent,
    what_a_former_member_sees_last_stays,
    a_marker_below_the_ledger_has_all_unread,
    what_others_wait_for_is_known,
];

const LATER: i64 = 1 << 40;

fn seqs(entries: &[Entry]) -> Vec<Seq> {
    entries.iter().map(|entry| entry.seq).collect()
}

/// A group of the first three people with `beyond` messages more than stay; all messages.
async fn long_group(store: &dyn Store, beyond: u64) -> (ConversationId, Vec<SendMessage>) {
    let group = with_members(store, a_group(), &[user(1), user(2), user(3)]).await;
    let count = beyond + u64::from(KEPT);
    let messages: Vec<SendMessage> = (0..count).map(|_| a_message(group, user(1), "old")).collect();
    // Those that wait at the same time keep their order.
    for some in messages.chunks(100) {
        for sent in join_all(some.iter().map(|message| store.send(message.clone()))).await {
            sent.expect("accepted");
        }
    }
    (group, messages)
}

async fn removable(store: &dyn Store, group: ConversationId, before: Timestamp, limit: u32) -> Vec<Entry> {
    read(store, move |tx| tx.list_removable(group, before, limit)).await
}

async fn let_go(store: &dyn Store, entries: Vec<Entry>) -> bool {
    write(store, move |tx| Box::pin(async move { tx.remove_entries(&entries, at(LATER)).await })).await
}

/// Lets go of the oldest `count` entries.
async fn let_go_of(store: &dyn Store, group: ConversationId, count: u32) -> Vec<Entry> {
    let entries = removable(store, group, at(LATER), count).await;
    assert_eq!(entries.len(), count as usize, "so many may go");
    assert!(let_go(store, entries.clone()).await);
    entries
}

async fn archived_to(store: &dyn Store, group: ConversationId) -> Seq {
    read(store, move |tx| tx.find_conversation(group)).await.expect("a conversation").archived_to
}

fn elsewhere(conversation_id: ConversationId, seqs: RangeInclusive<Seq>) -> Archived {
    Archived { conversation_id, seqs, unsent: Vec::new() }
}

async fn old_entries_may_go_from_the_oldest_on(subject: &StoreAndBus) {
    let store = &*subject.store;
    let short = with_members(store, a_group(), &[user(1)]).await;
    send(store, short, user(1), "alone").await;
    let (group, _) = long_group(store, 10).await;
    let aged = |after, before, limit| read(store, move |tx| tx.list_aged(after, before, limit));
    let last = Some(group);
    assert_eq!(aged(None, at(LATER), 10).await, Aged { conversations: vec![group], last });
    assert_eq!(aged(None, at(0), 10).await, Aged { conversations: vec![], last }, "all are young");
    assert_eq!(aged(None, at(LATER), 1).await, Aged { conversations: vec![], last: Some(short) });
    assert_eq!(aged(Some(short), at(LATER), 1).await, Aged { conversations: vec![group], last });
    assert_eq!(aged(last, at(LATER), 1).await, Aged::default());

    let all = removable(store, group, at(LATER), 100).await;
    assert_eq!(seqs(&all), (1..=10).collect::<Vec<_>>(), "the newest stay");
    let young = all[4].server_time;
    assert_eq!(seqs(&removable(store, group, young, 100).await), [1, 2, 3, 4], "younger ones stay");
    assert_eq!(seqs(&removable(store, group, at(LATER), 3).await), [1, 2, 3]);
    assert!(removable(store, short, at(LATER), 100).await.is_empty());

    assert!(let_go(store, all[..3].to_vec()).await);
    assert_eq!(archived_to(store, group).await, 3);
    assert_eq!(seqs(&removable(store, group, at(LATER), 100).await), (4..=10).collect::<Vec<_>>());
    let archives = |after| read(store, move |tx| tx.list_archives(after, 10));
    assert_eq!(archives(None).await, [(group, 3)]);
    assert_eq!(archives(last).await, []);
    let_go_of(store, group, 7).await;
    assert_eq!(archives(Some(short)).await, [(group, 10)]);
    assert!(removable(store, group, at(LATER), 100).await.is_empty());
    assert_eq!(aged(None, at(LATER), 10).await, Aged { conversations: vec![], last });
    let next = send(store, group, user(1), "goes on").await;
    assert_eq!(next.seq, 11 + u64::from(KEPT));
}

async fn unsends_are_not_counted_among_the_newest(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (group, _) = long_group(store, 2).await;
    let target = read(store, move |tx| tx.find_entry(group, 50)).await.expect("an entry");
    unsend(store, &target).await;
    assert_eq!(seqs(&removable(store, group, at(LATER), 100).await), [1, 2]);
}

async fn what_has_gone_is_said_to_be_elsewhere(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (group, _) = long_group(store, 10).await;
    let_go_of(store, group, 6).await;
    let last = 10 + u64::from(KEPT);
    for (range, limit, kept, gone) in [
        (Range::Before(10), 5, 7..10, Some(5..=6)),
        (Range::Before(4), 2, 0..0, Some(2..=3)),
        (Range::Before(Seq::MAX), 3, last - 2..last + 1, None),
        (Range::After(0), 8, 7..9, Some(1..=6)),
        (Range::After(6), 2, 7..9, None),
    ] {
        let found = read(store, move |tx| tx.list_entries(group, user(2), range, limit)).await;
        assert_eq!(seqs(&found.entries), kept.collect::<Vec<_>>(), "{range:?}");
        assert_eq!(found.archived, gone.map(|gone| elsewhere(group, gone)).as_slice(), "{range:?}");
    }
    let positions = [(group, 4, 1_000)];
    let found =
        read(store, move |tx| Box::pin(async move { tx.list_entries_after(user(2), &positions).await }))
            .await;
    assert_eq!(seqs(&found.entries), (7..=last).collect::<Vec<_>>());
    assert_eq!(found.archived, [elsewhere(group, 5..=6)]);
    let found =
        read(store, move |tx| Box::pin(async move { tx.find_entries(group, &[999, 7, 5, 2, 1]).await }))
            .await;
    assert_eq!(seqs(&found.entries), [7]);
    assert_eq!(found.archived, [elsewhere(group, 1..=2), elsewhere(group, 5..=5)]);
    assert_eq!(read(store, move |tx| tx.find_entry(group, 5)).await, None);

    let other = with_members(store, a_group(), &[user(1)]).await;
    send(store, other, user(1), "all here").await;
    let spans = [(group, 4..=20), (other, 1..=1), (group, 7..=9), (group, 1..=2)];
    let gone = read(store, move |tx| Box::pin(async move { tx.list_archived(&spans).await })).await;
    assert_eq!(gone, [elsewhere(group, 4..=6), elsewhere(group, 1..=2)]);

    // Somebody who sees less is told of no more.
    let joined = join(store, group, user(7)).await;
    let found = read(store, move |tx| tx.list_entries(group, user(7), Range::After(0), 100)).await;
    assert_eq!((seqs(&found.entries), found.archived), (vec![joined], vec![]));
}

async fn what_is_not_as_it_was_stays(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (group, _) = long_group(store, 10).await;
    let entries = removable(store, group, at(LATER), 10).await;
    assert!(!let_go(store, entries[1..].to_vec()).await, "not the oldest");
    let mut holed = entries.clone();
    holed.remove(4);
    assert!(!let_go(store, holed).await, "with a hole");
    let mut other = entries.clone();
    other[3].server_time = other[3].server_time.plus_seconds(1);
    assert!(!let_go(store, other).await, "another entry");
    unsend(store, &entries[5]).await;
    assert!(!let_go(store, entries.clone()).await, "unsent meanwhile");
    assert_eq!(archived_to(store, group).await, 0);
    assert!(read(store, move |tx| tx.find_entry(group, 1)).await.is_some());
    assert!(let_go(store, entries[..5].to_vec()).await);
    assert!(!let_go(store, entries[..5].to_vec()).await, "gone already");
    assert!(!let_go(store, Vec::new()).await);
}

async fn a_retry_of_what_has_gone_gets_the_same_receipt(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (group, messages) = long_group(store, 6).await;
    let gone = let_go_of(store, group, 6).await;
    let last_seq = 6 + u64::from(KEPT);
    let mut retry = messages[2].clone();
    retry.id = kith_domain::EntryId::new(fresh());
    retry.server_time = at(LATER);
    let answered = store.send(retry.clone()).await.expect("answered");
    assert_eq!((answered.new, &*answered.entry), (false, &gone[2]));
    let mut other = retry.clone();
    say(&mut other, "something else", None);
    assert_eq!(refusal(store, other).await, Refusal::IdReused);
    // Whatever the membership is by now, and among others.
    remove(store, group, user(1), MemberState::Kicked).await;
    let fresh_message = a_message(group, user(2), "new");
    let answers = join_all([store.send(retry.clone()), store.send(fresh_message)]).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("accepted")).collect();
    assert_eq!((answers[0].new, &*answers[0].entry), (false, &gone[2]));
    assert_eq!((answers[1].new, answers[1].entry.seq), (true, last_seq + 2), "after the notice");

    let forget = |before, limit| write(store, move |tx| tx.forget_removed(before, limit));
    assert_eq!(forget(at(LATER), 100).await, 0, "not yet");
    assert_eq!(forget(at(LATER + 1), 4).await, 4);
    assert_eq!(forget(at(LATER + 1), 4).await, 2);
    assert_eq!(refusal(store, retry).await, Refusal::NotMember, "forgotten");
}

async fn a_message_that_has_gone_can_be_unsent(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (group, messages) = long_group(store, 6).await;
    let gone = let_go_of(store, group, 6).await;
    let unsent = unsend(store, &gone[3]).await;
    assert_eq!(read(store, move |tx| tx.find_unsend(group, 4)).await, Some(unsent));
    let found = read(store, move |tx| tx.list_entries(group, user(2), Range::After(1), 6)).await;
    assert_eq!(found.archived, [Archived { unsent: vec![4], ..elsewhere(group, 2..=6) }]);
    let found = read(store, move |tx| Box::pin(async move { tx.find_entries(group, &[3, 4]).await })).await;
    assert_eq!(found.archived, [Archived { unsent: vec![4], ..elsewhere(group, 3..=4) }]);
    let again = store.send(messages[3].clone()).await.expect("answered");
    let EntryBody::Message { content: None, .. } = &again.entry.body else {
        panic!("a retry does not bring it back: {again:?}")
    };
    assert_eq!((again.new, again.entry.seq, again.entry.id), (false, 4, gone[3].id));
}

async fn what_a_former_member_sees_last_stays(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2), user(3)]).await;
    send(store, group, user(1), "first").await;
    let last_message = send(store, group, user(1), "heard by all").await;
    let left = remove(store, group, user(2), MemberState::Left).await;
    let unsent = send(store, group, user(1), "regretted").await;
    unsend(store, &unsent).await;
    assert_eq!((last_message.seq, left, unsent.seq), (2, 3, 4));
    let kicked = remove(store, group, user(3), MemberState::Kicked).await;
    assert_eq!(kicked, 6, "after the unsend");
    for _ in 0..KEPT {
        send(store, group, user(1), "on and on").await;
    }
    let last_of = |viewer| {
        read(store, move |tx| {
            Box::pin(async move { Ok(tx.overview(user(viewer), Scope::These(&[group])).await?.pop()) })
        })
    };
    let before = [last_of(2).await, last_of(3).await];
    let_go_of(store, group, u32::try_from(kicked).unwrap_or(0)).await;
    for (viewer, seq, before) in [(2, left, &before[0]), (3, kicked, &before[1])] {
        let after = last_of(viewer).await.expect("a conversation");
        assert_eq!(after.last_entry.as_ref().map(|entry| entry.seq), Some(seq));
        assert_eq!(Some(after.last_entry), before.clone().map(|before| before.last_entry));
    }
    let found = read(store, move |tx| tx.list_entries(group, user(1), Range::After(0), 6)).await;
    assert_eq!(seqs(&found.entries), [left, kicked]);
    assert_eq!(found.archived, [elsewhere(group, 1..=2), elsewhere(group, 4..=5)]);
}

async fn a_marker_below_the_ledger_has_all_unread(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    for _ in 0..20 {
        send(store, group, user(1), "old").await;
    }
    // Most of what stays is no message.
    for _ in 0..KEPT {
        let notice = a_notice(group, user(1), NoticeKind::Renamed);
        write(store, move |tx| tx.append_entry(notice)).await;
    }
    let unread = |read_seq: Seq| {
        write(store, move |tx| {
            Box::pin(async move {
                tx.advance_read(group, user(2), read_seq, at(LATER)).await?;
                let row = tx.overview(user(2), Scope::These(&[group])).await?.pop();
                Ok(row.map(|row| row.unread))
            })
        })
    };
    assert_eq!(unread(5).await, Some(15));
    let_go_of(store, group, 10).await;
    assert_eq!(unread(6).await, Some(100), "nobody can count them");
    assert_eq!(unread(10).await, Some(10), "all that is unread is here");
    assert_eq!(unread(19).await, Some(1));
    assert_eq!(unread(220).await, Some(0));
}

async fn what_others_wait_for_is_known(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let waits = || read(store, |tx| tx.first_awaited());
    assert_eq!(waits().await, None);
    let mut sent = Vec::new();
    for _ in 0..3 {
        sent.push(send(store, group, user(1), "followed").await.server_time);
    }
    assert_eq!(waits().await, Some(sent[0]), "nobody has confirmed anything");
    let rows = read(store, |tx| tx.list_outbox(0, 10)).await;
    for (name, row, expected) in
        [("a", 1, Some(sent[2])), ("b", 0, Some(sent[1])), ("b", 2, Some(sent[2])), ("a", 2, None)]
    {
        let pos = rows[row].pos;
        write(store, move |tx| Box::pin(async move { tx.confirm_outbox(name, pos, at(0)).await })).await;
        assert_eq!(waits().await, expected, "{name} has confirmed {row}");
    }
}
