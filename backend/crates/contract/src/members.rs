//! What [`kith_domain::ports::MemberRepository`] promises.

use kith_domain::{
    ConversationId, Interval, Intervals, Member, MemberState, Role, Seq,
    conversation::EndedMembership,
    ports::{Cursor, PageRequest, Store},
};

use crate::{
    Case,
    fixtures::{a_direct, a_group, a_member, at, name, read, user, with_members, write},
    store::StoreAndBus,
};

/// The suite.
pub const MEMBERS: &[Case<StoreAndBus>] = cases![
    a_member_reads_back_and_is_replaced,
    members_are_listed_admins_first,
    only_active_members_count,
    the_longest_standing_member_is_found,
    memberships_say_from_where_entries_come,
    two_people_share_groups_only,
    intervals_open_and_close,
    requests_to_join_stand_once,
    requests_are_listed_oldest_first,
];

async fn put(store: &dyn Store, member: Member) {
    write(store, move |tx| Box::pin(async move { tx.put_member(&member).await })).await;
}

fn ended(seq: Seq) -> Option<EndedMembership> {
    Some(EndedMembership { seq, at: at(9), name: Some(name("Then")), member_count: 4 })
}

/// A group with an admin who came last, a founder, a newcomer, and one who left.
async fn a_crowd(store: &dyn Store) -> ConversationId {
    let group = with_members(store, a_group(), &[]).await;
    let member = |number, joined: u64| Member {
        joined_seq: joined,
        joined_at: at(i64::try_from(joined).unwrap_or(0)),
        ..a_member(group, user(number))
    };
    put(store, member(1, 10)).await;
    put(store, member(2, 1)).await;
    put(store, Member { role: Role::Admin, ..member(3, 20) }).await;
    put(store, Member { state: MemberState::Left, ended: ended(7), role: Role::Admin, ..member(4, 0) }).await;
    put(store, member(5, 10)).await;
    group
}

async fn a_member_reads_back_and_is_replaced(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[]).await;
    let active = Member { role: Role::Admin, joined_seq: 3, joined_at: at(3), ..a_member(group, user(1)) };
    let kicked = Member { state: MemberState::Kicked, ended: ended(8), ..active.clone() };
    let nameless = Member {
        state: MemberState::Left,
        ended: ended(8).map(|ended| EndedMembership { name: None, ..ended }),
        ..active.clone()
    };
    for member in [active.clone(), kicked, nameless, active] {
        put(store, member.clone()).await;
        assert_eq!(read(store, move |tx| tx.find_member(group, user(1))).await, Some(member));
    }
    assert_eq!(read(store, move |tx| tx.find_member(group, user(2))).await, None);
}

async fn members_are_listed_admins_first(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = a_crowd(store).await;
    for (limit, after, expected) in [
        (10, None, vec![3, 2, 1, 5]),
        (2, None, vec![3, 2, 1]),
        (2, Some(Cursor(0, 2)), vec![1, 5]),
        (2, Some(Cursor(0, 4)), vec![]),
    ] {
        let members = read(store, move |tx| tx.list_members(group, PageRequest { limit, after })).await;
        let users: Vec<_> = members.iter().map(|member| member.user_id.get()).collect();
        assert_eq!(users, expected);
    }
}

async fn only_active_members_count(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = a_crowd(store).await;
    let other = with_members(store, a_group(), &[user(7), user(2)]).await;
    let (members, all, admins) = read(store, move |tx| {
        Box::pin(async move {
            let asked = [other, group, ConversationId::new(i64::MAX as u64)];
            Ok((tx.member_ids(&asked).await?, tx.all_member_ids(&asked).await?, tx.admin_ids(group).await?))
        })
    })
    .await;
    let mut expected = [1, 2, 3, 5].map(|number| (group, user(number))).to_vec();
    expected.extend([2, 7].map(|number| (other, user(number))));
    expected.sort_unstable();
    assert_eq!((&members, admins), (&expected, vec![user(3)]));
    expected.push((group, user(4)));
    expected.sort_unstable();
    assert_eq!(all, expected, "those who have gone as well");
    assert_eq!(read(store, |tx| tx.member_ids(&[])).await, []);
}

async fn the_longest_standing_member_is_found(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = a_crowd(store).await;
    for (except, expected) in [(9, 2), (2, 1)] {
        let member = read(store, move |tx| tx.longest_standing(group, user(except))).await;
        assert_eq!(member.map(|member| member.user_id), Some(user(expected)));
    }
    let alone = with_members(store, a_group(), &[user(1)]).await;
    assert_eq!(read(store, move |tx| tx.longest_standing(alone, user(1))).await, None);
}

async fn memberships_say_from_where_entries_come(subject: &StoreAndBus) {
    let store = &*subject.store;
    let whole = with_members(store, a_group(), &[user(1), user(2)]).await;
    let again = with_members(store, a_group(), &[user(1)]).await;
    let left = with_members(store, a_group(), &[user(1)]).await;
    write(store, move |tx| {
        Box::pin(async move {
            tx.close_interval(again, user(1), 4).await?;
            tx.open_interval(again, user(1), 9).await?;
            tx.close_interval(left, user(1), 4).await?;
            let gone = Member { state: MemberState::Left, ended: ended(4), ..a_member(left, user(1)) };
            tx.put_member(&gone).await
        })
    })
    .await;
    let mut memberships = read(store, |tx| tx.active_memberships(user(1))).await;
    memberships.sort();
    assert_eq!(memberships, [(whole, 1), (again, 9)]);
}

async fn two_people_share_groups_only(subject: &StoreAndBus) {
    let store = &*subject.store;
    with_members(store, a_group(), &[user(1), user(2)]).await;
    with_members(store, a_direct(user(1), user(3)), &[user(1), user(3)]).await;
    let left = with_members(store, a_group(), &[user(1), user(4)]).await;
    put(store, Member { state: MemberState::Left, ended: ended(1), ..a_member(left, user(4)) }).await;
    for (a, b, shared) in [(1, 2, true), (2, 1, true), (1, 3, false), (1, 4, false), (2, 3, false)] {
        assert_eq!(read(store, move |tx| tx.share_a_group(user(a), user(b))).await, shared, "{a} and {b}");
    }
}

async fn intervals_open_and_close(subject: &StoreAndBus) {
    let store = &*subject.store;
    let (group, other) =
        (with_members(store, a_group(), &[]).await, with_members(store, a_group(), &[]).await);
    write(store, move |tx| {
        Box::pin(async move {
            tx.open_interval(group, user(1), 3).await?;
            tx.close_interval(group, user(1), 5).await?;
            tx.open_interval(group, user(1), 9).await?;
            tx.open_interval(group, user(2), 1).await?;
            tx.open_interval(other, user(1), 2).await
        })
    })
    .await;
    let twice = [Interval { from: 3, to: Some(5) }, Interval { from: 9, to: None }];
    let found = read(store, move |tx| tx.intervals(group, user(1))).await;
    assert_eq!(found, Intervals(twice.to_vec()));
    assert_eq!(read(store, move |tx| tx.intervals(group, user(3))).await, Intervals::default());
    let mut several = read(store, move |tx| {
        Box::pin(async move { tx.intervals_of(user(1), &[group, other, a_group().id]).await })
    })
    .await;
    several.sort_by_key(|(id, interval)| (*id, interval.from));
    let expected = [(group, twice[0]), (group, twice[1]), (other, Interval { from: 2, to: None })];
    assert_eq!(several, expected);
}

async fn requests_to_join_stand_once(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[]).await;
    let standing = async || read(store, move |tx| tx.has_join_request(group, user(1))).await;
    assert!(!standing().await);
    assert!(write(store, move |tx| tx.insert_join_request(group, user(1), at(1))).await);
    assert!(!write(store, move |tx| tx.insert_join_request(group, user(1), at(2))).await, "one stood");
    assert!(standing().await);
    assert!(write(store, move |tx| tx.delete_join_request(group, user(1))).await);
    assert!(!write(store, move |tx| tx.delete_join_request(group, user(1))).await, "there was none");
    assert!(!standing().await);
}

async fn requests_are_listed_oldest_first(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[]).await;
    for (number, millis) in [(5, 30), (2, 10), (9, 20), (3, 20)] {
        write(store, move |tx| tx.insert_join_request(group, user(number), at(millis))).await;
    }
    let all = [(user(2), at(10)), (user(3), at(20)), (user(9), at(20)), (user(5), at(30))];
    for (limit, after, expected) in [
        (10, None, &all[..]),
        (1, None, &all[..2]),
        (10, Some(Cursor(at(20).as_millis(), 3)), &all[2..]),
        (10, Some(Cursor(at(30).as_millis(), 5)), &[]),
    ] {
        let page = read(store, move |tx| tx.list_join_requests(group, PageRequest { limit, after })).await;
        assert_eq!(page, expected);
    }
}
