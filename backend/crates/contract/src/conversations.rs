//! What [`kith_domain::ports::ConversationRepository`] promises.

use kith_domain::{
    Conversation, ConversationId, ConversationKind, ConversationState, HistoryVisibility, JoinPolicy,
    MemberState, NoticeKind, Pair, Seq, UserId,
    conversation::ConversationSettings,
    ports::{
        Cursor, PageRequest, Store, StoreError, StoreExt,
        conversations::{Overview, Scope},
    },
};

use crate::{
    Case,
    fixtures::{
        a_direct, a_group, a_member, a_notice, at, code, join, name, read, remove, send, unsend, user,
        with_members, write,
    },
    store::StoreAndBus,
};

/// The suite.
pub const CONVERSATIONS: &[Case<StoreAndBus>] = cases![
    a_conversation_reads_back,
    a_pair_and_a_code_are_taken_once,
    an_update_leaves_the_head_alone,
    a_closed_group_is_not_found_by_its_code,
    an_overview_holds_the_persons_own_things,
    an_overview_of_a_direct_conversation_has_the_peers_marker,
    unread_counts_what_waits,
    unread_stops_at_100,
    many_entries_count_as_100,
    a_former_member_keeps_the_picture_of_the_end,
    the_last_entry_is_no_unsend,
    the_list_is_by_activity_in_pages,
    a_hidden_direct_conversation_returns_with_the_next_entry,
    a_hidden_ended_group_returns_with_a_new_membership,
    heads_are_what_the_list_shows,
    these_are_read_listed_or_not,
];

/// All of a person's list.
pub(crate) async fn overviews(store: &dyn Store, user: UserId) -> Vec<Overview> {
    read(store, move |tx| Box::pin(async move { tx.overview(user, Scope::All).await })).await
}

/// One conversation as a person's list shows it.
pub(crate) async fn overview(store: &dyn Store, user: UserId, id: ConversationId) -> Overview {
    let found =
        read(store, move |tx| Box::pin(async move { tx.overview(user, Scope::These(&[id])).await })).await;
    match <[Overview; 1]>::try_from(found) {
        Ok([overview]) => overview,
        Err(found) => panic!("not one overview but {}", found.len()),
    }
}

async fn listed(store: &dyn Store, user: UserId) -> Vec<ConversationId> {
    overviews(store, user).await.into_iter().map(|overview| overview.conversation.id).collect()
}

async fn hide(store: &dyn Store, id: ConversationId, user: UserId, at: Seq) {
    let settings = ConversationSettings { hidden_at_seq: Some(at), ..ConversationSettings::default() };
    write(store, move |tx| Box::pin(async move { tx.put_settings(id, user, &settings).await })).await;
}

async fn read_up_to(store: &dyn Store, id: ConversationId, user: UserId, seq: Seq) {
    write(store, move |tx| tx.advance_read(id, user, seq, at(5))).await;
}

async fn a_conversation_reads_back(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = Conversation {
        join_policy: JoinPolicy::Approval,
        history_visibility: HistoryVisibility::All,
        member_count: 3,
        members_version: 9,
        ..a_group()
    };
    for row in [group, Conversation { name: None, encrypted: true, ..a_group() }, a_direct(user(7), user(3))]
    {
        let (id, stored) = (row.id, row.clone());
        write(store, move |tx| Box::pin(async move { tx.insert_conversation(&stored).await })).await;
        let found = read(store, move |tx| tx.find_conversation(id)).await;
        assert_eq!(found.as_ref(), Some(&row));
        let locked = write(store, move |tx| tx.lock_conversation(id)).await;
        assert_eq!(locked, Some(row));
    }
    assert_eq!(read(store, |tx| tx.find_conversation(a_group().id)).await, None);
}

async fn a_pair_and_a_code_are_taken_once(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (direct, group) = (a_direct(user(1), user(2)), a_group());
    let (direct_id, group_id, group_code) = (direct.id, group.id, group.group_code.clone());
    for row in [direct, group.clone()] {
        write(store, move |tx| Box::pin(async move { tx.insert_conversation(&row).await })).await;
    }
    let second = Conversation { group_code: group_code.clone(), ..a_group() };
    for row in [a_direct(user(2), user(1)), second] {
        let outcome: Result<(), StoreError> =
            store.write(move |tx| Box::pin(async move { tx.insert_conversation(&row).await })).await;
        assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    }
    let found = read(store, move |tx| {
        Box::pin(async move {
            let (Some(pair), Some(other)) = (Pair::new(user(1), user(2)), Pair::new(user(1), user(3))) else {
                return Err(StoreError::corrupt("no pair"));
            };
            let code = group_code.unwrap_or_else(|| code(0));
            Ok((
                tx.find_direct(pair).await?,
                tx.find_direct(other).await?,
                tx.find_group_by_code(&code).await?,
            ))
        })
    })
    .await;
    assert_eq!(found, (Some(direct_id), None, Some(group_id)));
}

async fn an_update_leaves_the_head_alone(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = a_group();
    let id = with_members(store, group.clone(), &[user(1)]).await;
    let sent = send(store, id, user(1), "hi").await;
    let changed = Conversation {
        name: Some(name("Climbers")),
        group_code: Some(code(1)),
        join_policy: JoinPolicy::Approval,
        history_visibility: HistoryVisibility::All,
        member_count: 7,
        members_version: 3,
        ..group
    };
    let stored = changed.clone();
    write(store, move |tx| Box::pin(async move { tx.update_conversation(&stored).await })).await;
    let found = read(store, move |tx| tx.find_conversation(id)).await;
    assert_eq!(found, Some(Conversation { last_seq: 1, last_activity: sent.server_time, ..changed }));
}

async fn a_closed_group_is_not_found_by_its_code(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = a_group();
    let code = group.group_code.clone().unwrap_or_else(|| code(0));
    with_members(store, group.clone(), &[]).await;
    let closed = Conversation { state: ConversationState::Closed, ..group };
    write(store, move |tx| Box::pin(async move { tx.update_conversation(&closed).await })).await;
    let found = read(store, move |tx| Box::pin(async move { tx.find_group_by_code(&code).await })).await;
    assert_eq!(found, None);
}

async fn an_overview_holds_the_persons_own_things(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let sent = send(store, group, user(2), "hi").await;
    let fresh = overview(store, user(1), group).await;
    assert_eq!(fresh.settings, ConversationSettings::default());
    assert_eq!((fresh.read_seq, fresh.peer_read_seq, fresh.unread), (0, None, 1));
    assert_eq!(fresh.member, a_member(group, user(1)));
    assert_eq!(fresh.last_entry, Some(sent));

    let settings = ConversationSettings { pinned: true, draft_version: 4, ..ConversationSettings::default() };
    let stored = settings.clone();
    write(store, move |tx| Box::pin(async move { tx.put_settings(group, user(1), &stored).await })).await;
    read_up_to(store, group, user(1), 1).await;
    let later = overview(store, user(1), group).await;
    assert_eq!((later.settings, later.read_seq, later.read_at, later.unread), (settings, 1, at(5), 0));
    let other = overview(store, user(2), group).await;
    assert_eq!((other.settings, other.read_seq), (ConversationSettings::default(), 0), "nobody else's");
}

async fn an_overview_of_a_direct_conversation_has_the_peers_marker(subject: &StoreAndBus) {
    let store = &*subject.store;
    let id = with_members(store, a_direct(user(1), user(2)), &[user(1), user(2)]).await;
    send(store, id, user(1), "hi").await;
    assert_eq!(overview(store, user(1), id).await.peer_read_seq, Some(0));
    read_up_to(store, id, user(2), 1).await;
    let (mine, theirs) = (overview(store, user(1), id).await, overview(store, user(2), id).await);
    assert_eq!((mine.read_seq, mine.peer_read_seq, mine.peer_read_at), (0, Some(1), Some(at(5))));
    assert_eq!((theirs.read_seq, theirs.peer_read_seq), (1, Some(0)));
    assert_eq!(mine.conversation.kind, ConversationKind::Direct);
}

async fn unread_counts_what_waits(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2), user(3)]).await;
    let counted = async |expected: u32, what: &str| {
        assert_eq!(overview(store, user(1), group).await.unread, expected, "{what}");
    };
    counted(0, "nothing yet").await;
    send(store, group, user(1), "my own").await;
    counted(0, "my own").await;
    let second = send(store, group, user(2), "one").await;
    send(store, group, user(3), "two").await;
    counted(2, "others'").await;
    write(store, move |tx| tx.append_entry(a_notice(group, user(2), NoticeKind::Renamed))).await;
    counted(2, "a notice").await;
    unsend(store, &second).await;
    counted(1, "unsent, and the unsend").await;
    write(store, |tx| tx.insert_block(user(1), user(3), at(1))).await;
    counted(0, "blocked by me").await;
    write(store, |tx| tx.delete_block(user(1), user(3))).await;
    counted(1, "no longer blocked").await;
    write(store, |tx| tx.insert_block(user(3), user(1), at(1))).await;
    counted(1, "who blocks me is counted").await;
    read_up_to(store, group, user(1), 5).await;
    counted(0, "read").await;
    send(store, group, user(2), "three").await;
    remove(store, group, user(1), MemberState::Kicked).await;
    counted(0, "a former member").await;
    send(store, group, user(2), "while away").await;
    join(store, group, user(1)).await;
    send(store, group, user(2), "back").await;
    counted(1, "only what came after joining again").await;
}

async fn fill(store: &dyn Store, group: ConversationId, sender: UserId, count: usize) {
    for _ in 0..count.div_ceil(250) {
        let some = (0..250).map(|_| send(store, group, sender, "x"));
        futures_util::future::join_all(some).await;
    }
}

async fn unread_stops_at_100(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    fill(store, group, user(2), 250).await;
    for (read, unread) in [(0, 100), (149, 100), (150, 100), (151, 99), (249, 1), (250, 0)] {
        read_up_to(store, group, user(1), read).await;
        assert_eq!(overview(store, user(1), group).await.unread, unread, "read up to {read}");
    }
}

async fn many_entries_count_as_100(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    // The person's own, so that none of them counts.
    fill(store, group, user(1), 2_000).await;
    assert_eq!(overview(store, user(1), group).await.unread, 0, "2,000 rows are looked at");
    send(store, group, user(1), "one more").await;
    assert_eq!(overview(store, user(1), group).await.unread, 100, "2,001 are not");
}

async fn a_former_member_keeps_the_picture_of_the_end(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = Conversation { member_count: 2, ..a_group() };
    let id = with_members(store, group.clone(), &[user(1), user(2)]).await;
    send(store, id, user(2), "seen").await;
    let end = remove(store, id, user(1), MemberState::Left).await;
    let renamed = Conversation { name: Some(name("Secret")), member_count: 9, ..group.clone() };
    write(store, move |tx| Box::pin(async move { tx.update_conversation(&renamed).await })).await;
    send(store, id, user(2), "unseen").await;
    let kept = overview(store, user(1), id).await;
    assert_eq!(kept.member.state, MemberState::Left);
    assert_eq!((kept.conversation.name, kept.conversation.member_count), (group.name, 2));
    assert_eq!((kept.conversation.last_seq, kept.unread), (end, 0));
    assert_eq!(kept.last_entry.as_ref().map(|entry| entry.seq), Some(end));
    assert_eq!(kept.last_entry.map(|entry| entry.server_time), Some(kept.conversation.last_activity));
}

async fn the_last_entry_is_no_unsend(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    assert_eq!(overview(store, user(1), group).await.last_entry, None);
    send(store, group, user(1), "first").await;
    let second = send(store, group, user(1), "second").await;
    unsend(store, &second).await;
    let last = overview(store, user(1), group).await.last_entry;
    assert_eq!(last.map(|entry| entry.seq), Some(2));
}

async fn the_list_is_by_activity_in_pages(subject: &StoreAndBus) {
    let store = &*subject.store;
    let mut groups = Vec::new();
    for _ in 0..5 {
        groups.push(with_members(store, a_group(), &[user(1), user(2)]).await);
    }
    for index in [3, 0, 4] {
        send(store, groups[index], user(2), "hi").await;
    }
    // Those without entries have one time: by id.
    let expected = [groups[4], groups[0], groups[3], groups[2], groups[1]];
    assert_eq!(listed(store, user(1)).await, expected);
    let (mut after, mut seen) = (None, Vec::new());
    for _ in 0..3 {
        let request = PageRequest { limit: 2, after };
        let rows =
            read(store, move |tx| Box::pin(async move { tx.overview(user(1), Scope::List(request)).await }))
                .await;
        assert!(rows.len() <= 3, "one more than the limit");
        seen.extend(rows.iter().take(2).map(|row| row.conversation.id));
        after = rows
            .get(1)
            .map(|row| Cursor(row.conversation.last_activity.as_millis(), row.conversation.id.as_i64()));
    }
    assert_eq!(seen, expected);
    assert!(listed(store, user(9)).await.is_empty());
}

async fn a_hidden_direct_conversation_returns_with_the_next_entry(subject: &StoreAndBus) {
    let store = &*subject.store;
    let id = with_members(store, a_direct(user(1), user(2)), &[user(1), user(2)]).await;
    send(store, id, user(2), "hi").await;
    hide(store, id, user(1), 1).await;
    assert!(listed(store, user(1)).await.is_empty());
    assert_eq!(listed(store, user(2)).await, [id], "the other side keeps it");
    send(store, id, user(2), "are you there?").await;
    assert_eq!(listed(store, user(1)).await, [id]);
}

async fn a_hidden_ended_group_returns_with_a_new_membership(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let end = remove(store, group, user(1), MemberState::Kicked).await;
    assert_eq!(listed(store, user(1)).await, [group], "ended, not hidden");
    hide(store, group, user(1), end).await;
    send(store, group, user(2), "later").await;
    assert!(listed(store, user(1)).await.is_empty(), "hidden, whatever comes");
    join(store, group, user(1)).await;
    assert_eq!(listed(store, user(1)).await, [group], "a new membership");
    remove(store, group, user(1), MemberState::Left).await;
    assert_eq!(listed(store, user(1)).await, [group], "its end is not hidden");
}

async fn heads_are_what_the_list_shows(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let direct = with_members(store, a_direct(user(1), user(2)), &[user(1), user(2)]).await;
    let hidden = with_members(store, a_direct(user(1), user(3)), &[user(1), user(3)]).await;
    send(store, group, user(2), "hi").await;
    let end = remove(store, group, user(1), MemberState::Left).await;
    send(store, group, user(2), "unseen").await;
    send(store, direct, user(2), "hi").await;
    hide(store, hidden, user(1), 0).await;
    let mut heads = read(store, |tx| tx.heads_of(user(1))).await;
    heads.sort();
    assert_eq!(heads, [(group, end), (direct, 1)]);
}

async fn these_are_read_listed_or_not(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let hidden = with_members(store, a_direct(user(1), user(2)), &[user(1), user(2)]).await;
    let foreign = with_members(store, a_group(), &[user(2)]).await;
    hide(store, hidden, user(1), 0).await;
    let these = [group, hidden, foreign, a_group().id];
    let found =
        read(store, move |tx| Box::pin(async move { tx.overview(user(1), Scope::These(&these)).await }))
            .await;
    let mut ids: Vec<_> = found.into_iter().map(|overview| overview.conversation.id).collect();
    ids.sort();
    assert_eq!(ids, [group, hidden]);
}
