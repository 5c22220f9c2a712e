//! What [`kith_domain::ports::EntryRepository`] promises.

use kith_domain::{
    ClientTime, Entry, EntryBody, MemberState, Notice, NoticeKind, Role, Seq,
    ports::{
        Store,
        entries::{NewEntry, Range},
    },
};

use crate::{
    Case,
    fixtures::{
        a_group, a_message, a_notice, join, name, read, remove, say, send, unsend, user, with_members, write,
    },
    store::StoreAndBus,
};

/// The suite.
pub const ENTRIES: &[Case<StoreAndBus>] = cases![
    an_entry_takes_the_next_seq_and_reads_back,
    entries_are_found_by_their_places,
    pages_go_both_ways,
    pages_stay_in_the_persons_intervals,
    positions_are_answered_together,
    an_erased_message_keeps_its_place,
    only_messages_are_erased,
];

fn seqs(entries: &[Entry]) -> Vec<Seq> {
    entries.iter().map(|entry| entry.seq).collect()
}

async fn an_entry_takes_the_next_seq_and_reads_back(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let other = with_members(store, a_group(), &[user(1)]).await;
    send(store, other, user(1), "elsewhere").await;
    send(store, group, user(1), "first").await;
    let notice = Notice {
        kind: NoticeKind::RoleChanged,
        user_id: Some(user(2)),
        name: Some(name("a \"name\" 名")),
        role: Some(Role::Admin),
    };
    let bodies = [
        EntryBody::Notice(Notice::plain(NoticeKind::Created)),
        EntryBody::Notice(notice),
        EntryBody::Unsend { target_seq: 1 },
    ];
    let mut activity = None;
    for (body, seq) in bodies.into_iter().zip(2..) {
        let new = NewEntry { body, ..a_notice(group, user(1), NoticeKind::Created) };
        if !matches!(new.body, EntryBody::Unsend { .. }) {
            activity = Some(new.server_time);
        }
        let given = new.clone();
        let entry = write(store, move |tx| tx.append_entry(given)).await;
        let expected = Entry {
            conversation_id: group,
            seq,
            id: new.id,
            sender_id: user(1),
            server_time: new.server_time,
            body: new.body,
        };
        assert_eq!(entry, expected);
        assert_eq!(read(store, move |tx| tx.find_entry(group, seq)).await, Some(expected));
        let row = read(store, move |tx| tx.find_conversation(group)).await.expect("the conversation");
        assert_eq!((row.last_seq, Some(row.last_activity)), (seq, activity), "an unsend is no activity");
    }
    let rows = read(store, |tx| tx.list_outbox(0, 10)).await;
    let rows: Vec<_> = rows.iter().map(|row| (row.conversation_id, row.seq)).collect();
    assert_eq!(rows, [(other, 1), (group, 1), (group, 2), (group, 3), (group, 4)]);
    let unsend = read(store, move |tx| tx.find_unsend(group, 1)).await;
    assert_eq!(unsend.map(|entry| entry.seq), Some(4));
    assert_eq!(read(store, move |tx| tx.find_unsend(group, 2)).await, None);
    assert_eq!(read(store, move |tx| tx.find_entry(group, 9)).await, None);
}

async fn entries_are_found_by_their_places(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    for _ in 0..4 {
        send(store, group, user(1), "x").await;
    }
    let found =
        read(store, move |tx| Box::pin(async move { tx.find_entries(group, &[4, 9, 2, 2]).await })).await;
    assert_eq!(seqs(&found.entries), [2, 4], "ascending, once, as far as they exist");
}

async fn page(
    store: &dyn Store,
    group: kith_domain::ConversationId,
    viewer: u64,
    range: Range,
    limit: u32,
) -> Vec<Seq> {
    seqs(&read(store, move |tx| tx.list_entries(group, user(viewer), range, limit)).await.entries)
}

async fn pages_go_both_ways(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    assert!(page(store, group, 1, Range::Before(Seq::MAX), 5).await.is_empty());
    for _ in 0..10 {
        send(store, group, user(1), "x").await;
    }
    for (range, limit, expected) in [
        (Range::Before(Seq::MAX), 3, vec![8, 9, 10]),
        (Range::Before(8), 3, vec![5, 6, 7]),
        (Range::Before(2), 3, vec![1]),
        (Range::Before(1), 3, vec![]),
        (Range::Before(0), 3, vec![]),
        (Range::After(0), 3, vec![1, 2, 3]),
        (Range::After(8), 3, vec![9, 10]),
        (Range::After(10), 3, vec![]),
        (Range::After(Seq::MAX), 3, vec![]),
        (Range::After(0), 0, vec![]),
    ] {
        assert_eq!(page(store, group, 1, range, limit).await, expected, "{range:?}");
    }
}

async fn pages_stay_in_the_persons_intervals(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    send(store, group, user(1), "before").await;
    join(store, group, user(2)).await;
    send(store, group, user(1), "seen").await;
    remove(store, group, user(2), MemberState::Left).await;
    send(store, group, user(1), "away").await;
    send(store, group, user(1), "away").await;
    join(store, group, user(2)).await;
    send(store, group, user(1), "seen again").await;
    for (range, limit, expected) in [
        (Range::Before(Seq::MAX), 100, vec![2, 3, 4, 7, 8]),
        (Range::Before(Seq::MAX), 3, vec![4, 7, 8]),
        (Range::Before(7), 2, vec![3, 4]),
        (Range::After(0), 100, vec![2, 3, 4, 7, 8]),
        (Range::After(3), 2, vec![4, 7]),
    ] {
        assert_eq!(page(store, group, 2, range, limit).await, expected, "{range:?}");
    }
    assert!(page(store, group, 3, Range::After(0), 100).await.is_empty(), "never in it");
}

async fn positions_are_answered_together(subject: &StoreAndBus) {
    let store = &*subject.store;
    let mut groups = Vec::new();
    for _ in 0..3 {
        let group = with_members(store, a_group(), &[user(1)]).await;
        for _ in 0..5 {
            send(store, group, user(1), "x").await;
        }
        groups.push(group);
    }
    let foreign = with_members(store, a_group(), &[user(2)]).await;
    send(store, foreign, user(2), "secret").await;
    let [a, b, c] = groups[..] else { panic!("three groups") };
    for (positions, expected) in [
        (vec![], vec![]),
        (vec![(a, 3, 10), (b, 5, 10), (c, 0, 2)], vec![(a, 4), (a, 5), (c, 4), (c, 5)]),
        (vec![(a, 0, 0), (foreign, 0, 10)], vec![]),
        (vec![(c, 4, 1), (a, 4, 1)], vec![(a, 5), (c, 5)]),
    ] {
        let entries =
            read(store, move |tx| Box::pin(async move { tx.list_entries_after(user(1), &positions).await }))
                .await;
        let mut found: Vec<_> =
            entries.entries.iter().map(|entry| (entry.conversation_id, entry.seq)).collect();
        for &group in &groups {
            let seqs: Vec<_> = found.iter().filter(|(id, _)| *id == group).map(|(_, seq)| seq).collect();
            assert!(seqs.is_sorted(), "ascending in each");
        }
        found.sort();
        assert_eq!(found, expected);
    }
}

async fn an_erased_message_keeps_its_place(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    send(store, group, user(1), "question").await;
    let mut reply = a_message(group, user(1), "answer");
    say(&mut reply, "answer", Some(1));
    let sent = store.send(reply.clone()).await.expect("accepted").entry;
    let unsent = unsend(store, &sent).await;
    let found = read(store, move |tx| tx.find_entry(group, 2)).await;
    let erased = EntryBody::Message {
        client_msg_id: reply.client_msg_id,
        client_time: ClientTime::from_store(reply.client_time.to_string()),
        content: None,
    };
    assert_eq!(found, Some(Entry { body: erased, ..(*sent).clone() }));
    assert_eq!(read(store, move |tx| tx.find_unsend(group, 2)).await, Some(unsent));
}

async fn only_messages_are_erased(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let notice = write(store, move |tx| tx.append_entry(a_notice(group, user(1), NoticeKind::Created))).await;
    write(store, move |tx| tx.erase_entry(group, 1)).await;
    assert_eq!(read(store, move |tx| tx.find_entry(group, 1)).await, Some(notice));
}
