//! What [`kith_domain::ports::PushTokenRepository`] promises.

use kith_domain::{
    Account, ConversationId, Device, DeviceId, MemberState, Timestamp, UserId,
    account::AccountState,
    conversation::ConversationSettings,
    ports::push::{PushTarget, PushToken},
    text::Username,
};

use crate::{
    Case,
    accounts::an_account,
    devices::a_device,
    fixtures::{a_group, at, code, join, remove, send, user, with_members},
    store::StoreAndBus,
};

/// The suite.
pub const PUSH_TOKENS: &[Case<StoreAndBus>] = cases![
    a_device_has_one_token,
    a_token_is_of_the_device_that_said_it_last,
    a_token_of_any_length_is_kept,
    a_dead_token_goes_unless_it_was_replaced,
    a_token_goes_with_its_device,
    targets_are_devices_of_present_members,
    targets_are_signed_in_to_accounts_in_use,
    a_target_says_where_its_owner_stands,
    targets_come_in_pages,
];

fn token(text: &str) -> PushToken {
    PushToken::from_store(text.to_owned())
}

/// Adds an account with that number.
async fn an_owner(subject: &StoreAndBus, account: Account) {
    change!(subject, tx => tx.insert_account(&account));
}

/// Adds a device with a token that is named after both numbers.
async fn a_reachable_device(subject: &StoreAndBus, number: u64, owner: u64) {
    change!(subject, tx => tx.insert_device(&a_device(number, owner)));
    put(subject, number, owner, &format!("token-{owner}-{number}")).await;
}

async fn put(subject: &StoreAndBus, number: u64, owner: u64, text: &str) {
    let token = token(text);
    change!(subject, tx => tx.put_push_token(DeviceId::new(number), user(owner), &token));
}

async fn targets(subject: &StoreAndBus, group: ConversationId, now: Timestamp) -> Vec<PushTarget> {
    ask!(subject, tx => tx.list_push_targets(group, None, now, 100))
}

/// The tokens that a conversation's targets have at 1.
async fn tokens(subject: &StoreAndBus, group: ConversationId) -> Vec<String> {
    let targets = targets(subject, group, at(1)).await;
    targets.iter().map(|target| target.token.as_str().to_owned()).collect()
}

/// Persons 1 and 2, who are members of a group.
async fn a_pair(subject: &StoreAndBus) -> ConversationId {
    for number in [1, 2] {
        an_owner(subject, an_account(number)).await;
    }
    with_members(&*subject.store, a_group(), &[user(1), user(2)]).await
}

async fn a_device_has_one_token(subject: &StoreAndBus) {
    let group = a_pair(subject).await;
    a_reachable_device(subject, 11, 1).await;
    put(subject, 11, 1, "newer").await;
    assert_eq!(tokens(subject, group).await, ["newer"]);
    put(subject, 11, 1, "newer").await;
    assert_eq!(tokens(subject, group).await, ["newer"], "again changes nothing");
    for _ in 0..2 {
        change!(subject, tx => tx.delete_push_token(DeviceId::new(11)));
        assert_eq!(tokens(subject, group).await, [""; 0]);
    }
}

async fn a_token_is_of_the_device_that_said_it_last(subject: &StoreAndBus) {
    let group = a_pair(subject).await;
    for (number, owner) in [(11, 1), (12, 1), (21, 2)] {
        a_reachable_device(subject, number, owner).await;
    }
    for (number, owner) in [(12, 1), (21, 2), (11, 1)] {
        put(subject, number, owner, "the app").await;
        let having: Vec<_> = targets(subject, group, at(1))
            .await
            .into_iter()
            .filter(|target| target.token.as_str() == "the app")
            .map(|target| (target.user_id, target.device_id))
            .collect();
        assert_eq!(having, [(user(owner), DeviceId::new(number))]);
    }
}

async fn a_token_of_any_length_is_kept(subject: &StoreAndBus) {
    let group = a_pair(subject).await;
    // Nothing in it repeats, so that no engine makes it smaller.
    let mut long = String::new();
    for number in 0_u32.. {
        long.push_str(&format!("{:08x}", number.wrapping_mul(2_654_435_761)));
        if long.len() >= 4_096 {
            break;
        }
    }
    long.truncate(4_096);
    for (number, last) in [(11, "a"), (12, "b")] {
        change!(subject, tx => tx.insert_device(&a_device(number, 1)));
        put(subject, number, 1, &format!("{}{last}", &long[1..])).await;
    }
    let kept = tokens(subject, group).await;
    assert_eq!(kept, [format!("{}a", &long[1..]), format!("{}b", &long[1..])]);
}

async fn a_dead_token_goes_unless_it_was_replaced(subject: &StoreAndBus) {
    let group = a_pair(subject).await;
    for (number, owner) in [(11, 1), (12, 1), (21, 2)] {
        a_reachable_device(subject, number, owner).await;
    }
    put(subject, 12, 1, "newer").await;
    let dead = [(11, "token-1-11"), (12, "token-1-12"), (99, "token-2-21")];
    let dead = dead.map(|(number, text)| (DeviceId::new(number), token(text)));
    change!(subject, tx => tx.drop_push_tokens(&dead));
    assert_eq!(tokens(subject, group).await, ["newer", "token-2-21"]);
    change!(subject, tx => tx.drop_push_tokens(&[]));
}

async fn a_token_goes_with_its_device(subject: &StoreAndBus) {
    let group = a_pair(subject).await;
    for (number, owner) in [(11, 1), (12, 1), (13, 1), (21, 2)] {
        a_reachable_device(subject, number, owner).await;
    }
    change!(subject, tx => tx.revoke_device(DeviceId::new(11), at(0)));
    // Whatever becomes of the row of the device: nothing is left that a later row of that number could have.
    change!(subject, tx => tx.purge_devices(at(1)));
    change!(subject, tx => tx.insert_device(&a_device(11, 1)));
    assert_eq!(tokens(subject, group).await, ["token-1-12", "token-1-13", "token-2-21"]);
    change!(subject, tx => tx.purge_devices(at(2_000)));
    for (number, owner) in [(11, 1), (12, 1), (13, 1), (21, 2)] {
        change!(subject, tx => tx.insert_device(&a_device(number, owner)));
    }
    assert_eq!(tokens(subject, group).await, [""; 0], "purged");

    put(subject, 11, 1, "one").await;
    put(subject, 21, 2, "two").await;
    let name = Username::from_store("Nobody".to_owned());
    change!(subject, tx => tx.erase_identity(user(1), &name, &code(7)));
    change!(subject, tx => tx.insert_device(&a_device(11, 1)));
    assert_eq!(tokens(subject, group).await, ["two"], "erased");
}

async fn targets_are_devices_of_present_members(subject: &StoreAndBus) {
    for number in 1..=5 {
        an_owner(subject, an_account(number)).await;
        a_reachable_device(subject, 10 + number, number).await;
    }
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[1, 2, 3, 4].map(user)).await;
    with_members(store, a_group(), &[user(5)]).await;
    remove(store, group, user(2), MemberState::Left).await;
    remove(store, group, user(3), MemberState::Kicked).await;
    remove(store, group, user(4), MemberState::Left).await;
    let again = join(store, group, user(4)).await;
    let targets = targets(subject, group, at(1)).await;
    let found: Vec<_> = targets.iter().map(|target| (target.user_id, target.member_from)).collect();
    assert_eq!(found, [(user(1), 0), (user(4), again)]);
}

async fn targets_are_signed_in_to_accounts_in_use(subject: &StoreAndBus) {
    let states = [
        (1, AccountState::Active, None),
        (2, AccountState::Suspended { until: at(500) }, None),
        (3, AccountState::Banned, None),
        (4, AccountState::Active, Some(at(900))),
    ];
    for (number, state, deletes_at) in states {
        an_owner(subject, Account { state, deletes_at, ..an_account(number) }).await;
        a_reachable_device(subject, 10 + number, number).await;
    }
    let early = Device { expires_at: at(300), ..a_device(21, 1) };
    change!(subject, tx => tx.insert_device(&early));
    put(subject, 21, 1, "early").await;
    let group = with_members(&*subject.store, a_group(), &[1, 2, 3, 4].map(user)).await;
    for (now, expected) in
        [(299, vec![11, 21]), (300, vec![11]), (499, vec![11]), (500, vec![11, 12]), (1_000, vec![])]
    {
        let targets = targets(subject, group, at(now)).await;
        let devices: Vec<u64> = targets.iter().map(|target| target.device_id.get()).collect();
        assert_eq!(devices, expected, "at {now}");
    }
}

async fn a_target_says_where_its_owner_stands(subject: &StoreAndBus) {
    let group = a_pair(subject).await;
    let store = &*subject.store;
    let other = with_members(store, a_group(), &[user(1)]).await;
    a_reachable_device(subject, 11, 1).await;
    let plain = || PushTarget {
        user_id: user(1),
        device_id: DeviceId::new(11),
        token: token("token-1-11"),
        member_from: 0,
        read_seq: 0,
        muted_until: None,
    };
    assert_eq!(targets(subject, group, at(1)).await, [plain()]);
    for text in ["one", "two"] {
        send(store, group, user(2), text).await;
    }
    change!(subject, tx => tx.advance_read(group, user(1), 2, at(1)));
    let muted = ConversationSettings { muted_until: Some(at(70)), ..ConversationSettings::default() };
    change!(subject, tx => tx.put_settings(group, user(1), &muted));
    let expected = PushTarget { read_seq: 2, muted_until: Some(at(70)), ..plain() };
    assert_eq!(targets(subject, group, at(1)).await, [expected]);
    assert_eq!(targets(subject, other, at(1)).await, [plain()], "each conversation for itself");
}

async fn targets_come_in_pages(subject: &StoreAndBus) {
    let people: Vec<UserId> = (1..=3).map(user).collect();
    let mut all = Vec::new();
    for owner in 1..=3 {
        an_owner(subject, an_account(owner)).await;
        for number in 1..=owner {
            // Devices of a person who came earlier have higher numbers.
            let number = 100 - 10 * owner + number;
            a_reachable_device(subject, number, owner).await;
            all.push((user(owner), DeviceId::new(number)));
        }
    }
    let group = with_members(&*subject.store, a_group(), &people).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = ask!(subject, tx => tx.list_push_targets(group, after, at(1), 4));
        assert!(page.len() <= 4);
        seen.extend(page.iter().map(|target| (target.user_id, target.device_id)));
        let Some(last) = page.last() else { break };
        after = Some((last.user_id, last.device_id));
    }
    assert_eq!(seen, all);
}
