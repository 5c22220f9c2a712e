//! What [`kith_domain::ports::DeletionRepository`] promises.

use kith_domain::{
    Account, FriendRequest, Interval, PasswordHash,
    account::AccountState,
    conversation::{ConversationSettings, Draft},
    event::LogLine,
    friendship::RequestStatus,
    sign_in::AdminGrant,
    text::Username,
};

use crate::{
    Case,
    accounts::{a_grant, an_account, an_identity, full_account},
    devices::{a_device, a_token, token_hash},
    fixtures::{a_direct, a_group, at, code, join, remove, send, unsend, user, with_members},
    friend_requests::a_request,
    store::StoreAndBus,
};

/// The suite.
pub const DELETIONS: &[Case<StoreAndBus>] = cases![
    a_deletion_is_set_and_taken_back,
    due_accounts_are_found_longest_due_first,
    what_opens_an_account_is_erased,
    open_requests_of_both_directions_are_found,
    conversations_are_found_past_ones_too,
    own_messages_of_a_span_are_found,
    what_is_private_is_erased,
    a_finished_deletion_is_listed,
];

async fn a_deletion_is_set_and_taken_back(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&an_account(1)));
    for deletes_at in [Some(at(9)), None] {
        change!(subject, tx => tx.set_deletes_at(user(1), deletes_at));
        let found = ask!(subject, tx => tx.find_account(user(1)));
        assert_eq!(found, Some(Account { deletes_at, ..an_account(1) }));
    }
}

async fn due_accounts_are_found_longest_due_first(subject: &StoreAndBus) {
    for (number, deletes_at) in [(1, Some(at(9))), (2, Some(at(5))), (3, None), (4, Some(at(10)))] {
        let account = Account { deletes_at, ..an_account(number) };
        change!(subject, tx => tx.insert_account(&account));
    }
    for (now, limit, expected) in
        [(4, 9, vec![]), (9, 9, vec![2, 1]), (9, 1, vec![2]), (10, 9, vec![2, 1, 4])]
    {
        let due = ask!(subject, tx => tx.due_deletions(at(now), limit));
        assert_eq!(due, expected.into_iter().map(user).collect::<Vec<_>>(), "at {now}, {limit} of them");
    }
    change!(subject, tx => tx.finish_deletion(user(2), at(9)));
    assert_eq!(ask!(subject, tx => tx.due_deletions(at(9), 9)), [user(1)], "what is finished is not due");
}

async fn what_opens_an_account_is_erased(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&full_account()));
    change!(subject, tx => tx.insert_account(&an_account(2)));
    for number in [1, 2] {
        change!(subject, tx => tx.upsert_identity(&an_identity(number, "a@example.org", true)));
        change!(subject, tx => tx.update_password(user(number), &PasswordHash::from_phc("x".to_owned())));
        change!(subject, tx => tx.insert_device(&a_device(number, number)));
    }
    change!(subject, tx => tx.insert_admin_grant(&AdminGrant { user_id: Some(user(1)), ..a_grant(None) }));
    change!(subject, tx => tx.insert_refresh_token(&a_token(1, 1)));
    change!(subject, tx => tx.insert_refresh_token(&a_token(2, 2)));
    assert_eq!(ask!(subject, tx => tx.device_ids(user(1))).len(), 1);
    let name = || Username::from_store("Nobody".to_owned());
    for again in [false, true] {
        change!(subject, tx => tx.erase_identity(user(1), &name(), &code(7)));
        let mut expected = Account { friend_code: code(7), last_online: None, ..an_account(1) };
        expected.profile.username = name();
        assert_eq!(ask!(subject, tx => tx.find_account(user(1))), Some(expected), "again: {again}");
        assert_eq!(ask!(subject, tx => tx.find_account_by_identity("google", "subject-1")), None);
        assert_eq!(ask!(subject, tx => tx.find_password(user(1))), None);
        assert!(!ask!(subject, tx => tx.is_admin(user(1))));
        assert_eq!(ask!(subject, tx => tx.device_ids(user(1))), []);
        assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(1))), None);
    }
    assert!(ask!(subject, tx => tx.find_account_by_identity("google", "subject-2")).is_some());
    assert!(ask!(subject, tx => tx.find_password(user(2))).is_some());
    assert_eq!(ask!(subject, tx => tx.device_ids(user(2))).len(), 1);
    assert!(ask!(subject, tx => tx.find_refresh_token(&token_hash(2))).is_some());
}

async fn open_requests_of_both_directions_are_found(subject: &StoreAndBus) {
    use RequestStatus::{Accepted, Cancelled, Pending, Rejected};
    for (number, from, to, sender_status, receiver_status) in [
        (11, 1, 2, Pending, Some(Pending)),
        (12, 3, 1, Pending, Some(Pending)),
        (13, 1, 4, Pending, Some(Rejected)),
        (14, 5, 1, Pending, Some(Rejected)),
        (15, 1, 6, Accepted, Some(Accepted)),
        (16, 7, 1, Cancelled, Some(Cancelled)),
        // Withheld from the person: to the one who asked it goes on looking open.
        (17, 8, 1, Pending, None),
        (18, 1, 9, Pending, None),
        (19, 2, 3, Pending, Some(Pending)),
    ] {
        let request = FriendRequest { sender_status, receiver_status, ..a_request(number, from, to) };
        change!(subject, tx => tx.put_friend_request(&request));
    }
    for (limit, expected) in [(9, vec![11, 12, 13, 14, 18]), (2, vec![11, 12])] {
        let found = ask!(subject, tx => tx.open_friend_requests(user(1), limit));
        assert_eq!(found.iter().map(|id| id.get()).collect::<Vec<_>>(), expected);
    }
}

async fn conversations_are_found_past_ones_too(subject: &StoreAndBus) {
    let store = &*subject.store;
    let here = with_members(store, a_group(), &[user(1), user(2)]).await;
    let left = with_members(store, a_group(), &[user(1), user(2)]).await;
    let _other = with_members(store, a_group(), &[user(2)]).await;
    remove(store, left, user(1), kith_domain::MemberState::Left).await;
    join(store, left, user(1)).await;
    remove(store, left, user(1), kith_domain::MemberState::Kicked).await;
    for (after, limit, expected) in [
        (None, 9, vec![here, left]),
        (None, 1, vec![here]),
        (Some(here), 9, vec![left]),
        (Some(left), 9, vec![]),
    ] {
        assert_eq!(ask!(subject, tx => tx.conversations_of(user(1), after, limit)), expected);
    }
}

async fn own_messages_of_a_span_are_found(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let mut sent = Vec::new();
    for sender in [1, 2, 1, 1, 2, 1] {
        sent.push(send(store, group, user(sender), "hi").await);
    }
    unsend(store, &sent[2]).await;
    for (from, to, expected) in
        [(1, None, vec![1, 4, 6]), (1, Some(4), vec![1, 4]), (2, Some(3), vec![]), (5, Some(900), vec![6])]
    {
        let span = Interval { from, to };
        assert_eq!(ask!(subject, tx => tx.sent_seqs(group, user(1), span)), expected, "{span:?}");
    }
}

async fn what_is_private_is_erased(subject: &StoreAndBus) {
    let store = &*subject.store;
    let direct = with_members(store, a_direct(user(1), user(2)), &[user(1), user(2)]).await;
    let group = with_members(store, a_group(), &[user(2)]).await;
    let settings = || ConversationSettings {
        draft: Some(Draft { text: "secret".to_owned(), reply_to: None, version: 1 }),
        draft_version: 1,
        ..ConversationSettings::default()
    };
    for person in [1, 2] {
        change!(subject, tx => tx.put_settings(direct, user(person), &settings()));
        change!(subject, tx => tx.insert_block(user(person), user(9), at(1)));
        change!(subject, tx => tx.append_log(user(person), LogLine::Profile, at(1)));
        change!(subject, tx => tx.insert_join_request(group, user(person), at(1)));
    }
    for _again in [false, true] {
        change!(subject, tx => tx.erase_private(user(1)));
        for (person, kept) in [(1, false), (2, true)] {
            let found = ask!(subject, tx => tx.find_settings(direct, user(person)));
            assert_eq!(found.draft.is_some(), kept);
            assert_eq!(ask!(subject, tx => tx.is_blocked(user(person), user(9))), kept);
            assert_eq!(ask!(subject, tx => tx.log_head(user(person))), u64::from(kept));
            assert_eq!(ask!(subject, tx => tx.has_join_request(group, user(person))), kept);
            assert_eq!(!ask!(subject, tx => tx.intervals(direct, user(person))).0.is_empty(), kept);
        }
    }
}

async fn a_finished_deletion_is_listed(subject: &StoreAndBus) {
    for number in [1, 2] {
        let account = Account { deletes_at: Some(at(1)), ..an_account(number) };
        change!(subject, tx => tx.insert_account(&account));
    }
    assert_eq!(ask!(subject, tx => tx.list_deletions()), []);
    change!(subject, tx => tx.finish_deletion(user(2), at(5)));
    change!(subject, tx => tx.finish_deletion(user(1), at(6)));
    change!(subject, tx => tx.finish_deletion(user(2), at(7)));
    assert_eq!(ask!(subject, tx => tx.list_deletions()), [(user(2), at(5)), (user(1), at(6))]);
    let found = ask!(subject, tx => tx.find_account(user(1)));
    assert_eq!(found, Some(Account { state: AccountState::Deleted, ..an_account(1) }));
}
