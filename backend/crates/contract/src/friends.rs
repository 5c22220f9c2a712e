//! What [`kith_domain::ports::FriendRepository`] promises of friendships and blocks.

use kith_domain::{
    Account, Pair, UserId,
    ports::{Cursor, PageRequest},
    text::Username,
};

use crate::{
    Case,
    accounts::an_account,
    fixtures::{at, code, user},
    store::StoreAndBus,
};

/// The suite.
pub const FRIENDS: &[Case<StoreAndBus>] = cases![
    a_friendship_is_of_both,
    friends_are_listed_by_folded_name,
    a_query_finds_parts_of_names_and_beginnings_first,
    a_query_is_taken_literally,
    friends_come_in_pages,
    friends_among_others_are_told,
    a_new_name_sorts_anew,
    blocks_have_a_direction,
    blocked_people_come_in_pages,
    blocks_among_others_are_told,
];

fn pair(a: u64, b: u64) -> Pair {
    let Some(pair) = Pair::new(user(a), user(b)) else { panic!("a pair of two") };
    pair
}

/// Person 100 with a friend of each name, numbered from 1 and, to lie on both sides of the pair, from 201 on.
async fn with_friends(subject: &StoreAndBus, names: &[&str]) {
    for (place, name) in (1..).zip(names) {
        let number = if place % 2 == 0 { place } else { 200 + place };
        let mut account = Account { friend_code: code(number), ..an_account(number) };
        account.profile.username = Username::from_store((*name).to_owned());
        change!(subject, tx => tx.insert_account(&account));
        change!(subject, tx => tx.insert_friendship(pair(100, number), at(0)));
    }
}

async fn list(subject: &StoreAndBus, query: Option<&'static str>, request: PageRequest) -> Vec<String> {
    let found = ask!(subject, tx => tx.list_friends(user(100), query, request));
    found.iter().map(|account| account.profile.username.to_string()).collect()
}

async fn a_friendship_is_of_both(subject: &StoreAndBus) {
    assert!(!ask!(subject, tx => tx.are_friends(pair(1, 2))));
    assert!(!change!(subject, tx => tx.delete_friendship(pair(1, 2))));
    for _ in 0..2 {
        change!(subject, tx => tx.insert_friendship(pair(2, 1), at(0)));
        assert!(ask!(subject, tx => tx.are_friends(pair(1, 2))));
        assert_eq!(ask!(subject, tx => tx.friend_ids(user(1))), [user(2)]);
        assert_eq!(ask!(subject, tx => tx.friend_ids(user(2))), [user(1)]);
    }
    assert!(change!(subject, tx => tx.delete_friendship(pair(1, 2))));
    assert!(!ask!(subject, tx => tx.are_friends(pair(1, 2))));
    assert_eq!(ask!(subject, tx => tx.friend_ids(user(1))), []);
}

async fn friends_are_listed_by_folded_name(subject: &StoreAndBus) {
    with_friends(subject, &["Zoë", "anna", "Émile", "Ben", "eva", "林美華", "Ben"]).await;
    change!(subject, tx => tx.insert_account(&an_account(300)));
    let listed = list(subject, None, PageRequest::FIRST).await;
    assert_eq!(listed, ["anna", "Ben", "Ben", "Émile", "eva", "Zoë", "林美華"]);
    let ids = ask!(subject, tx => tx.list_friends(user(100), None, PageRequest::FIRST));
    assert_eq!([ids[1].id, ids[2].id], [user(4), user(207)], "equal names by id");
}

async fn a_query_finds_parts_of_names_and_beginnings_first(subject: &StoreAndBus) {
    with_friends(subject, &["Marianne", "Ann-Kathrin", "Zoë", "anna", "Hannah", "Ben"]).await;
    for (query, expected) in [
        ("ann", &["Ann-Kathrin", "anna", "Hannah", "Marianne"] as &[&str]),
        ("zoe", &["Zoë"]),
        ("ben", &["Ben"]),
        ("x", &[]),
        ("", &["Ann-Kathrin", "anna", "Ben", "Hannah", "Marianne", "Zoë"]),
    ] {
        assert_eq!(list(subject, Some(query), PageRequest::FIRST).await, expected, "{query:?}");
    }
    let long: &'static str = Box::leak("a".repeat(100_000).into_boxed_str());
    assert_eq!(list(subject, Some(long), PageRequest::FIRST).await, [] as [&str; 0]);
}

async fn a_query_is_taken_literally(subject: &StoreAndBus) {
    with_friends(subject, &["100%", "a_b", "acb", "back\\slash", "it's"]).await;
    for (query, expected) in [
        ("%", &["100%"] as &[&str]),
        ("a_b", &["a_b"]),
        ("_", &["a_b"]),
        ("\\", &["back\\slash"]),
        ("'", &["it's"]),
        // No name has one, and not every engine can be asked for it.
        ("\0", &[]),
        ("a\0", &[]),
    ] {
        assert_eq!(list(subject, Some(query), PageRequest::FIRST).await, expected, "{query:?}");
    }
}

async fn friends_come_in_pages(subject: &StoreAndBus) {
    with_friends(subject, &["e", "d", "c", "b", "a"]).await;
    for query in [None, Some("")] {
        for (after, expected) in [
            (None, &["a", "b", "c"] as &[&str]),
            (Some(Cursor(0, 2)), &["c", "d", "e"]),
            (Some(Cursor(0, 4)), &["e"]),
            (Some(Cursor(0, 5)), &[]),
        ] {
            let page = list(subject, query, PageRequest { limit: 2, after }).await;
            assert_eq!(page, expected, "after {after:?}: two and the one that tells of more");
        }
    }
}

async fn friends_among_others_are_told(subject: &StoreAndBus) {
    for friend in [1, 3, 150] {
        change!(subject, tx => tx.insert_friendship(pair(100, friend), at(0)));
    }
    change!(subject, tx => tx.insert_friendship(pair(1, 2), at(0)));
    let others = || [2, 3, 100, 150, 151].map(user);
    let mut among = ask!(subject, tx => tx.friends_among(user(100), &others()));
    among.sort();
    assert_eq!(among, [user(3), user(150)]);
    assert_eq!(ask!(subject, tx => tx.friends_among(user(100), &[])), []);
}

async fn a_new_name_sorts_anew(subject: &StoreAndBus) {
    with_friends(subject, &["zoe", "ben"]).await;
    let mut profile = an_account(201).profile;
    profile.username = Username::from_store("Ángel".to_owned());
    change!(subject, tx => tx.update_profile(user(201), &profile));
    assert_eq!(list(subject, None, PageRequest::FIRST).await, ["Ángel", "ben"]);
    assert_eq!(list(subject, Some("angel"), PageRequest::FIRST).await, ["Ángel"]);
}

async fn blocks_have_a_direction(subject: &StoreAndBus) {
    assert!(!change!(subject, tx => tx.delete_block(user(1), user(2))));
    assert!(change!(subject, tx => tx.insert_block(user(1), user(2), at(0))));
    assert!(!change!(subject, tx => tx.insert_block(user(1), user(2), at(1))));
    for (blocker, blocked, expected) in [(1, 2, true), (2, 1, false), (1, 3, false)] {
        assert_eq!(ask!(subject, tx => tx.is_blocked(user(blocker), user(blocked))), expected);
    }
    assert_eq!(ask!(subject, tx => tx.blocked_ids(user(1))), [user(2)]);
    assert_eq!(ask!(subject, tx => tx.blocked_ids(user(2))), []);
    assert!(change!(subject, tx => tx.delete_block(user(1), user(2))));
    assert!(!ask!(subject, tx => tx.is_blocked(user(1), user(2))));
}

async fn blocked_people_come_in_pages(subject: &StoreAndBus) {
    for number in [4, 2, 3, 5] {
        change!(subject, tx => tx.insert_account(&an_account(number)));
        change!(subject, tx => tx.insert_block(user(1), user(number), at(0)));
    }
    for (after, expected) in
        [(None, &[2_u64, 3, 4] as &[u64]), (Some(Cursor(0, 3)), &[4, 5]), (Some(Cursor(0, 5)), &[])]
    {
        let page = ask!(subject, tx => tx.list_blocks(user(1), PageRequest { limit: 2, after }));
        let ids: Vec<UserId> = page.iter().map(|account| account.id).collect();
        assert_eq!(ids, expected.iter().map(|id| user(*id)).collect::<Vec<_>>(), "after {after:?}");
    }
}

async fn blocks_among_others_are_told(subject: &StoreAndBus) {
    for (blocker, blocked) in [(2, 1), (1, 3), (1, 2), (4, 2), (3, 9)] {
        change!(subject, tx => tx.insert_block(user(blocker), user(blocked), at(0)));
    }
    let among = ask!(subject, tx => tx.blocks_among(&[1, 2, 3].map(user), &[3, 2, 1].map(user)));
    assert_eq!(among, [(1, 2), (1, 3), (2, 1)].map(|(blocker, blocked)| (user(blocker), user(blocked))));
    assert_eq!(ask!(subject, tx => tx.blocks_among(&[], &[user(1)])), []);
    assert_eq!(ask!(subject, tx => tx.blocks_among(&[user(1)], &[])), []);
}
