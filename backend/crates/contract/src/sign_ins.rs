//! What [`kith_domain::ports::SignInRepository`] promises.

use kith_domain::{
    DeviceId,
    ports::SignInStep,
    sign_in::{PendingSignIn, SignInCode, SignInNotice, SignInTarget},
};

use crate::{Case, fixtures::at, store::StoreAndBus};

/// The suite.
pub const SIGN_INS: &[Case<StoreAndBus>] = cases![
    a_pending_sign_in_is_taken_once,
    a_step_is_seen_without_being_taken,
    a_code_is_redeemed_once_and_later_uses_are_seen,
    a_notice_is_taken_once,
    what_expired_is_purged,
];

fn pending(number: u8, target: SignInTarget) -> PendingSignIn {
    PendingSignIn {
        state_hash: [number; 32],
        browser_hash: [7; 32],
        provider: "google".to_owned(),
        nonce: "nonce".to_owned(),
        code_verifier: "verifier".to_owned(),
        target,
        device_name: "Firefox".to_owned(),
        fresh: number == 2,
        expires_at: at(100),
    }
}

fn browser() -> SignInTarget {
    SignInTarget::Browser { return_to: "/chats?x=\"1\"".to_owned() }
}

fn native() -> SignInTarget {
    SignInTarget::Native {
        redirect_uri: "http://127.0.0.1:9/cb".to_owned(),
        code_challenge: "challenge".to_owned(),
        state: Some("ä".to_owned()),
    }
}

fn sign_in_code(number: u8) -> SignInCode {
    SignInCode {
        code_hash: [number; 32],
        device_id: DeviceId::new(5),
        code_challenge: "challenge".to_owned(),
        expires_at: at(100),
        used_at: None,
    }
}

fn notice(number: u8) -> SignInNotice {
    SignInNotice {
        ticket_hash: [number; 32],
        code: "account_suspended".to_owned(),
        reason: (number == 1).then(|| "spam".to_owned()),
        until: (number == 1).then(|| at(9)),
        expires_at: at(100),
    }
}

async fn a_pending_sign_in_is_taken_once(subject: &StoreAndBus) {
    for (number, target) in [(1, browser()), (2, native())] {
        let stored = pending(number, target.clone());
        change!(subject, tx => tx.insert_pending_sign_in(&stored));
        let taken = change!(subject, tx => tx.take_pending_sign_in(&[number; 32]));
        assert_eq!(taken, Some(pending(number, target)));
        assert_eq!(change!(subject, tx => tx.take_pending_sign_in(&[number; 32])), None);
    }
    assert_eq!(change!(subject, tx => tx.take_pending_sign_in(&[9; 32])), None);
}

async fn a_code_is_redeemed_once_and_later_uses_are_seen(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_sign_in_code(&sign_in_code(1)));
    let used = || SignInCode { used_at: Some(at(5)), ..sign_in_code(1) };
    for (time, expected) in [(5, sign_in_code(1)), (6, used()), (7, used())] {
        assert_eq!(change!(subject, tx => tx.redeem_sign_in_code(&[1; 32], at(time))), Some(expected));
    }
    assert_eq!(change!(subject, tx => tx.redeem_sign_in_code(&[2; 32], at(5))), None);
}

async fn a_step_is_seen_without_being_taken(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_pending_sign_in(&pending(1, browser())));
    change!(subject, tx => tx.insert_sign_in_code(&sign_in_code(2)));
    change!(subject, tx => tx.insert_sign_in_notice(&notice(3)));
    for number in 1..=4 {
        for (kind, step) in [
            (1, SignInStep::Pending([number; 32])),
            (2, SignInStep::Code([number; 32])),
            (3, SignInStep::Notice([number; 32])),
        ] {
            for _ in 0..2 {
                assert_eq!(ask!(subject, tx => tx.has_sign_in_step(step)), number == kind, "{step:?}");
            }
        }
    }
}

async fn a_notice_is_taken_once(subject: &StoreAndBus) {
    for number in [1, 2] {
        change!(subject, tx => tx.insert_sign_in_notice(&notice(number)));
        assert_eq!(change!(subject, tx => tx.take_sign_in_notice(&[number; 32])), Some(notice(number)));
        assert_eq!(change!(subject, tx => tx.take_sign_in_notice(&[number; 32])), None);
    }
}

async fn what_expired_is_purged(subject: &StoreAndBus) {
    for (now, kept) in [(100, true), (101, false)] {
        change!(subject, tx => tx.insert_pending_sign_in(&pending(1, browser())));
        change!(subject, tx => tx.insert_sign_in_code(&sign_in_code(1)));
        change!(subject, tx => tx.insert_sign_in_notice(&notice(1)));
        change!(subject, tx => tx.purge_sign_ins(at(now)));
        assert_eq!(change!(subject, tx => tx.take_pending_sign_in(&[1; 32])).is_some(), kept);
        assert_eq!(change!(subject, tx => tx.redeem_sign_in_code(&[1; 32], at(1))).is_some(), kept);
        assert_eq!(change!(subject, tx => tx.take_sign_in_notice(&[1; 32])).is_some(), kept);
        change!(subject, tx => tx.purge_sign_ins(at(1_000)));
    }
}
