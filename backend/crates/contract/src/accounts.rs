//! What [`kith_domain::ports::AccountRepository`] promises.

use kith_domain::{
    Account, Gender, LinkedIdentity, PasswordHash, Profile, UserId,
    account::AccountState,
    event::LogLine,
    sign_in::AdminGrant,
    text::{Introduction, Username},
};

use crate::{
    Case,
    fixtures::{a_group, a_message, at, code, user, with_members},
    store::StoreAndBus,
};

/// The suite.
pub const ACCOUNTS: &[Case<StoreAndBus>] = cases![
    an_account_reads_back,
    ids_and_codes_are_unique,
    several_accounts_are_found_at_once,
    deleted_accounts_are_found_by_id_only,
    an_identity_opens_its_account_for_ever,
    a_profile_is_replaced,
    a_password_is_kept_apart_from_the_account,
    a_code_is_replaced_unless_another_has_it,
    last_online_is_noted,
    user_seq_counts_the_log,
    a_grant_waits_for_its_address,
    a_grant_is_withdrawn,
    a_verified_address_finds_its_account,
    the_highest_id_is_that_of_any_row,
];

/// The account of a person, named `User<n>`, with a code made of the same number.
pub fn an_account(number: u64) -> Account {
    Account {
        id: user(number),
        profile: Profile {
            username: Username::from_store(format!("User{number}")),
            gender: None,
            gender_shared: false,
            introduction: None,
            avatar: None,
        },
        friend_code: code(number),
        created_at: at(1),
        last_online: None,
        state: AccountState::Active,
        deletes_at: None,
        password_set: false,
        user_seq: 0,
    }
}

pub(crate) fn full_account() -> Account {
    Account {
        profile: Profile {
            username: Username::from_store("Zoë 林 😀".to_owned()),
            gender: Some(Gender::NonBinary),
            gender_shared: true,
            introduction: Some(Introduction::from_store("two\nlines".to_owned())),
            avatar: "avatars/00112233445566778899aabbccddeeff".parse().ok(),
        },
        last_online: Some(at(5)),
        ..an_account(1)
    }
}

pub(crate) fn an_identity(number: u64, email: &str, email_verified: bool) -> LinkedIdentity {
    LinkedIdentity {
        issuer: "google".to_owned(),
        subject: format!("subject-{number}"),
        user_id: user(number),
        email: Some(email.to_owned()),
        email_verified,
    }
}

pub(crate) fn a_grant(user_id: Option<UserId>) -> AdminGrant {
    AdminGrant {
        email: "root@example.org".to_owned(),
        provider: "google".to_owned(),
        user_id,
        granted_at: at(1),
    }
}

async fn an_account_reads_back(subject: &StoreAndBus) {
    assert_eq!(ask!(subject, tx => tx.find_account(user(1))), None);
    change!(subject, tx => tx.insert_account(&full_account()));
    assert_eq!(ask!(subject, tx => tx.find_account(user(1))), Some(full_account()));
    assert_eq!(ask!(subject, tx => tx.find_account_by_code(&code(1))), Some(full_account()));
    let states = [AccountState::Suspended { until: at(9) }, AccountState::Banned, AccountState::Deleted];
    let genders = [Gender::Female, Gender::Male, Gender::Other];
    for (number, (state, gender)) in (2..).zip(states.into_iter().zip(genders)) {
        let mut account = Account { state, ..an_account(number) };
        account.profile.gender = Some(gender);
        let stored = account.clone();
        change!(subject, tx => tx.insert_account(&stored));
        assert_eq!(ask!(subject, tx => tx.find_account(user(number))), Some(account));
    }
}

async fn ids_and_codes_are_unique(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&an_account(1)));
    conflict!(subject, tx => tx.insert_account(&Account { friend_code: code(2), ..an_account(1) }));
    conflict!(subject, tx => tx.insert_account(&Account { friend_code: code(1), ..an_account(2) }));
    assert_eq!(ask!(subject, tx => tx.find_account(user(2))), None);
}

async fn several_accounts_are_found_at_once(subject: &StoreAndBus) {
    for number in 1..=4 {
        change!(subject, tx => tx.insert_account(&an_account(number)));
    }
    let mut found = ask!(subject, tx => tx.find_accounts(&[user(4), user(9), user(2)]));
    found.sort_by_key(|account| account.id);
    assert_eq!(found, [an_account(2), an_account(4)]);
    assert_eq!(ask!(subject, tx => tx.find_accounts(&[])), []);
}

async fn deleted_accounts_are_found_by_id_only(subject: &StoreAndBus) {
    let gone = || Account { state: AccountState::Deleted, ..an_account(1) };
    change!(subject, tx => tx.insert_account(&gone()));
    change!(subject, tx => tx.upsert_identity(&an_identity(1, "a@example.org", true)));
    assert_eq!(ask!(subject, tx => tx.find_account(user(1))), Some(gone()));
    assert_eq!(ask!(subject, tx => tx.find_accounts(&[user(1)])), [gone()]);
    assert_eq!(ask!(subject, tx => tx.find_account_by_code(&code(1))), None);
    assert_eq!(ask!(subject, tx => tx.find_account_by_identity("google", "subject-1")), None);
    assert_eq!(ask!(subject, tx => tx.find_account_by_verified_email("a@example.org", "google")), None);
}

async fn an_identity_opens_its_account_for_ever(subject: &StoreAndBus) {
    for number in [1, 2] {
        change!(subject, tx => tx.insert_account(&an_account(number)));
    }
    change!(subject, tx => tx.upsert_identity(&an_identity(1, "old@example.org", true)));
    // The same identity under another account: the address changes, the account does not.
    let moved = LinkedIdentity { user_id: user(2), ..an_identity(1, "new@example.org", true) };
    change!(subject, tx => tx.upsert_identity(&moved));
    for (issuer, name, expected) in [
        ("google", "subject-1", Some(an_account(1))),
        ("google", "subject-2", None),
        ("google", "Subject-1", None),
        ("facebook", "subject-1", None),
    ] {
        assert_eq!(ask!(subject, tx => tx.find_account_by_identity(issuer, name)), expected);
    }
    for (email, expected) in [("old@example.org", None), ("new@example.org", Some(user(1)))] {
        assert_eq!(ask!(subject, tx => tx.find_account_by_verified_email(email, "google")), expected);
    }
}

async fn a_profile_is_replaced(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&full_account()));
    change!(subject, tx => tx.insert_account(&an_account(2)));
    change!(subject, tx => tx.update_profile(user(1), &an_account(1).profile));
    let expected = Account { profile: an_account(1).profile, ..full_account() };
    assert_eq!(ask!(subject, tx => tx.find_account(user(1))), Some(expected));
    change!(subject, tx => tx.update_profile(user(1), &full_account().profile));
    assert_eq!(ask!(subject, tx => tx.find_account(user(1))), Some(full_account()));
    assert_eq!(ask!(subject, tx => tx.find_account(user(2))), Some(an_account(2)));
}

async fn a_password_is_kept_apart_from_the_account(subject: &StoreAndBus) {
    for number in [1, 2] {
        change!(subject, tx => tx.insert_account(&an_account(number)));
    }
    assert_eq!(ask!(subject, tx => tx.find_password(user(1))), None);
    for text in ["first", "second"] {
        let hash = || PasswordHash::from_phc(text.to_owned());
        change!(subject, tx => tx.update_password(user(1), &hash()));
        assert_eq!(ask!(subject, tx => tx.find_password(user(1))), Some(hash()));
        let account = ask!(subject, tx => tx.find_account(user(1)));
        assert_eq!(account, Some(Account { password_set: true, ..an_account(1) }));
    }
    assert_eq!(ask!(subject, tx => tx.find_password(user(2))), None);
    assert_eq!(ask!(subject, tx => tx.find_password(user(3))), None);
}

async fn a_code_is_replaced_unless_another_has_it(subject: &StoreAndBus) {
    for number in [1, 2] {
        change!(subject, tx => tx.insert_account(&an_account(number)));
    }
    conflict!(subject, tx => tx.update_friend_code(user(1), &code(2)));
    change!(subject, tx => tx.update_friend_code(user(1), &code(3)));
    assert_eq!(ask!(subject, tx => tx.find_account_by_code(&code(1))), None);
    let found = ask!(subject, tx => tx.find_account_by_code(&code(3)));
    assert_eq!(found, Some(Account { friend_code: code(3), ..an_account(1) }));
    assert_eq!(ask!(subject, tx => tx.find_account_by_code(&code(2))), Some(an_account(2)));
}

async fn last_online_is_noted(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&an_account(1)));
    change!(subject, tx => tx.update_last_online(user(1), at(7)));
    let expected = Account { last_online: Some(at(7)), ..an_account(1) };
    assert_eq!(ask!(subject, tx => tx.find_account(user(1))), Some(expected));
}

async fn user_seq_counts_the_log(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&an_account(1)));
    for number in 1..=3 {
        change!(subject, tx => tx.append_log(user(1), LogLine::Profile, at(1)));
        let found = ask!(subject, tx => tx.find_account(user(1)));
        assert_eq!(found.map(|account| account.user_seq), Some(number));
    }
}

async fn a_grant_waits_for_its_address(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_admin_grant(&a_grant(None)));
    assert!(!ask!(subject, tx => tx.is_admin(user(1))));
    for (email, provider) in [("root@example.org", "dev"), ("other@example.org", "google")] {
        change!(subject, tx => tx.claim_admin_grants(email, provider, user(1)));
        assert!(!ask!(subject, tx => tx.is_admin(user(1))), "{email} of {provider}");
    }
    change!(subject, tx => tx.claim_admin_grants("Root@Example.org", "google", user(1)));
    assert!(ask!(subject, tx => tx.is_admin(user(1))));
    // Whoever has the address later gets nothing: the grant is the account's now.
    change!(subject, tx => tx.claim_admin_grants("root@example.org", "google", user(2)));
    change!(subject, tx => tx.insert_admin_grant(&a_grant(Some(user(2)))));
    assert!(ask!(subject, tx => tx.is_admin(user(1))));
    assert!(!ask!(subject, tx => tx.is_admin(user(2))));
}

async fn a_grant_is_withdrawn(subject: &StoreAndBus) {
    assert!(!change!(subject, tx => tx.delete_admin_grant("root@example.org", "google")));
    change!(subject, tx => tx.insert_admin_grant(&a_grant(Some(user(1)))));
    assert!(ask!(subject, tx => tx.is_admin(user(1))));
    assert!(!change!(subject, tx => tx.delete_admin_grant("root@example.org", "dev")));
    assert!(change!(subject, tx => tx.delete_admin_grant("ROOT@example.org", "google")));
    assert!(!ask!(subject, tx => tx.is_admin(user(1))));
}

async fn a_verified_address_finds_its_account(subject: &StoreAndBus) {
    for (number, email, verified) in [(1, "Anna@Example.org", true), (2, "ben@example.org", false)] {
        change!(subject, tx => tx.insert_account(&an_account(number)));
        change!(subject, tx => tx.upsert_identity(&an_identity(number, email, verified)));
    }
    for (email, issuer, expected) in [
        ("anna@example.org", "google", Some(user(1))),
        ("ANNA@EXAMPLE.ORG", "google", Some(user(1))),
        ("anna@example.org", "dev", None),
        ("ben@example.org", "google", None),
        ("nobody@example.org", "google", None),
    ] {
        let found = ask!(subject, tx => tx.find_account_by_verified_email(email, issuer));
        assert_eq!(found, expected, "{email} of {issuer}");
    }
}

async fn the_highest_id_is_that_of_any_row(subject: &StoreAndBus) {
    use crate::{devices::a_device, friend_requests::a_request};
    assert_eq!(ask!(subject, tx => tx.highest_id()), 0);
    change!(subject, tx => tx.insert_account(&an_account(10)));
    assert_eq!(ask!(subject, tx => tx.highest_id()), 10);
    change!(subject, tx => tx.insert_device(&a_device(11, 10)));
    assert_eq!(ask!(subject, tx => tx.highest_id()), 11);
    change!(subject, tx => tx.put_friend_request(&a_request(12, 10, 9)));
    assert_eq!(ask!(subject, tx => tx.highest_id()), 12);
    let group = a_group();
    let expected = group.id.get();
    let group = with_members(&*subject.store, group, &[user(10)]).await;
    assert_eq!(ask!(subject, tx => tx.highest_id()), expected);
    let message = a_message(group, user(10), "hello");
    let expected = message.id.get();
    assert!(subject.store.send(message).await.is_ok());
    assert_eq!(ask!(subject, tx => tx.highest_id()), expected);
}
