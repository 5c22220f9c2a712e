//! What [`kith_domain::ports::DeviceRepository`] promises.

use kith_domain::{
    Account, Device, DeviceId,
    sign_in::{RefreshToken, SecretHash},
    text::DeviceName,
};

use crate::{
    Case,
    accounts::an_account,
    fixtures::{at, user},
    store::StoreAndBus,
};

/// The suite.
pub const DEVICES: &[Case<StoreAndBus>] = cases![
    a_device_reads_back,
    live_devices_are_listed_last_seen_first,
    signing_out_is_final_and_takes_the_tokens,
    last_seen_only_goes_forward,
    ended_devices_are_told,
    a_refresh_token_reads_back_and_is_unique,
    a_refresh_token_is_spent_once,
    what_ended_long_ago_is_purged,
];

fn device(number: u64) -> DeviceId {
    DeviceId::new(number)
}

/// A device that signed in at 0 and lives until 1,000.
pub fn a_device(number: u64, owner: u64) -> Device {
    Device {
        id: device(number),
        user_id: user(owner),
        name: DeviceName::from_store("Firefox on Linux".to_owned()),
        client: "web".to_owned(),
        created_at: at(0),
        last_seen: at(0),
        authenticated_at: at(0),
        reauthenticated: false,
        expires_at: at(1_000),
        revoked_at: None,
    }
}

pub(crate) fn token_hash(number: u8) -> SecretHash {
    [number; 32]
}

pub(crate) fn a_token(number: u8, of: u64) -> RefreshToken {
    RefreshToken {
        token_hash: token_hash(number),
        device_id: device(of),
        user_id: user(1),
        issued_at: at(1),
        spent_at: None,
        sealed_successor: None,
    }
}

async fn a_device_reads_back(subject: &StoreAndBus) {
    let full = || Device {
        client: "native".to_owned(),
        last_seen: at(3),
        authenticated_at: at(2),
        reauthenticated: true,
        revoked_at: Some(at(4)),
        ..a_device(2, 1)
    };
    change!(subject, tx => tx.insert_device(&a_device(1, 1)));
    change!(subject, tx => tx.insert_device(&full()));
    assert_eq!(ask!(subject, tx => tx.find_device(device(1))), Some(a_device(1, 1)));
    assert_eq!(ask!(subject, tx => tx.find_device(device(2))), Some(full()));
    assert_eq!(ask!(subject, tx => tx.find_device(device(3))), None);
}

async fn live_devices_are_listed_last_seen_first(subject: &StoreAndBus) {
    for (number, owner, seen, expires, revoked) in [
        (1, 1, 5, 1_000, None),
        (2, 1, 9, 1_000, None),
        (3, 1, 7, 500, None),
        (4, 1, 8, 1_000, Some(at(8))),
        (5, 2, 9, 1_000, None),
    ] {
        let row = Device {
            last_seen: at(seen),
            expires_at: at(expires),
            revoked_at: revoked,
            ..a_device(number, owner)
        };
        change!(subject, tx => tx.insert_device(&row));
    }
    for (now, expected) in [(499, vec![2, 3, 1]), (500, vec![2, 1]), (1_000, vec![])] {
        let listed = ask!(subject, tx => tx.list_devices(user(1), at(now)));
        assert_eq!(listed.iter().map(|device| device.id.get()).collect::<Vec<_>>(), expected, "at {now}");
    }
}

async fn signing_out_is_final_and_takes_the_tokens(subject: &StoreAndBus) {
    for number in [1, 2] {
        change!(subject, tx => tx.insert_device(&a_device(number.into(), 1)));
        change!(subject, tx => tx.insert_refresh_token(&a_token(number, number.into())));
    }
    change!(subject, tx => tx.revoke_device(device(1), at(5)));
    change!(subject, tx => tx.revoke_device(device(1), at(9)));
    let found = ask!(subject, tx => tx.find_device(device(1)));
    assert_eq!(found.and_then(|device| device.revoked_at), Some(at(5)));
    assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(1))), None);
    assert_eq!(ask!(subject, tx => tx.find_device(device(2))), Some(a_device(2, 1)));
    assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(2))), Some(a_token(2, 2)));
}

async fn last_seen_only_goes_forward(subject: &StoreAndBus) {
    for number in [1, 2, 3] {
        change!(subject, tx => tx.insert_device(&a_device(number, 1)));
    }
    let seen = |tx| vec![(device(1), at(tx)), (device(2), at(4)), (device(9), at(9)), (device(1), at(3))];
    for (time, expected) in [(5, 5), (2, 5), (6, 6)] {
        change!(subject, tx => tx.touch_devices(&seen(time)));
        for (number, expected) in [(1, expected), (2, 4), (3, 0)] {
            let found = ask!(subject, tx => tx.find_device(device(number)));
            assert_eq!(found.map(|device| device.last_seen), Some(at(expected)), "device {number}");
        }
    }
    change!(subject, tx => tx.touch_devices(&[]));
}

async fn ended_devices_are_told(subject: &StoreAndBus) {
    for number in [1, 2, 3] {
        change!(subject, tx => tx.insert_device(&a_device(number, 1)));
    }
    change!(subject, tx => tx.insert_device(&Device { expires_at: at(500), ..a_device(4, 1) }));
    change!(subject, tx => tx.revoke_device(device(2), at(5)));
    let all = || [1, 2, 4, 9].map(device);
    for (now, expected) in [(6, vec![2, 9]), (500, vec![2, 4, 9]), (1_000, vec![1, 2, 4, 9])] {
        let mut ended = ask!(subject, tx => tx.ended_devices(&all(), at(now)));
        ended.sort();
        assert_eq!(ended, expected.into_iter().map(device).collect::<Vec<_>>(), "at {now}");
    }
    assert_eq!(ask!(subject, tx => tx.ended_devices(&[], at(6))), []);
    let leaving = Account { deletes_at: Some(at(9)), ..an_account(1) };
    change!(subject, tx => tx.insert_account(&leaving));
    let ended = ask!(subject, tx => tx.ended_devices(&[device(1)], at(6)));
    assert_eq!(ended, [device(1)], "the account is on its way out");
}

async fn a_refresh_token_reads_back_and_is_unique(subject: &StoreAndBus) {
    let full =
        || RefreshToken { spent_at: Some(at(2)), sealed_successor: Some(vec![0, 255, 7]), ..a_token(2, 1) };
    change!(subject, tx => tx.insert_refresh_token(&a_token(1, 1)));
    change!(subject, tx => tx.insert_refresh_token(&full()));
    conflict!(subject, tx => tx.insert_refresh_token(&a_token(1, 2)));
    assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(1))), Some(a_token(1, 1)));
    assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(2))), Some(full()));
    assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(3))), None);
}

async fn a_refresh_token_is_spent_once(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_refresh_token(&a_token(1, 1)));
    assert!(change!(subject, tx => tx.spend_refresh_token(&token_hash(1), at(5), b"first")));
    assert!(!change!(subject, tx => tx.spend_refresh_token(&token_hash(1), at(6), b"second")));
    assert!(!change!(subject, tx => tx.spend_refresh_token(&token_hash(2), at(6), b"of nothing")));
    let expected =
        RefreshToken { spent_at: Some(at(5)), sealed_successor: Some(b"first".to_vec()), ..a_token(1, 1) };
    assert_eq!(ask!(subject, tx => tx.find_refresh_token(&token_hash(1))), Some(expected));
}

async fn what_ended_long_ago_is_purged(subject: &StoreAndBus) {
    for (number, expires, revoked) in
        [(1, 1_000, None), (2, 99, None), (3, 100, None), (4, 1_000, Some(at(99))), (5, 1_000, Some(at(100)))]
    {
        let row = Device { expires_at: at(expires), revoked_at: revoked, ..a_device(number.into(), 1) };
        change!(subject, tx => tx.insert_device(&row));
        change!(subject, tx => tx.insert_refresh_token(&a_token(number, number.into())));
    }
    for (number, spent) in [(11, 99), (12, 100)] {
        change!(subject, tx => tx.insert_refresh_token(&RefreshToken { spent_at: Some(at(spent)), ..a_token(number, 1) }));
    }
    assert_eq!(change!(subject, tx => tx.purge_devices(at(100))), 2);
    for (number, kept) in [(1, true), (2, false), (3, true), (4, false), (5, true)] {
        let found = ask!(subject, tx => tx.find_device(device(number.into())));
        let token = ask!(subject, tx => tx.find_refresh_token(&token_hash(number)));
        assert_eq!((found.is_some(), token.is_some()), (kept, kept), "device {number}");
    }
    for (number, kept) in [(11, false), (12, true)] {
        let token = ask!(subject, tx => tx.find_refresh_token(&token_hash(number)));
        assert_eq!(token.is_some(), kept, "spent token {number}");
    }
}
