//! What [`kith_domain::ports::DraftRepository`] promises.

use kith_domain::draft::DraftVersion;

use crate::{
    Case,
    fixtures::{a_group, at, user, with_members},
    store::StoreAndBus,
};

/// The suite.
pub const DRAFTS: &[Case<StoreAndBus>] =
    cases![versions_are_listed_newest_first, ten_versions_are_kept, old_versions_are_purged];

fn a_version(number: u64) -> DraftVersion {
    DraftVersion {
        text: format!("text {number} 林"),
        reply_to: number.is_multiple_of(2).then_some(number),
        version: number,
        saved_at: at(i64::try_from(number).unwrap_or(0)),
    }
}

async fn versions_are_listed_newest_first(subject: &StoreAndBus) {
    let here = with_members(&*subject.store, a_group(), &[user(1)]).await;
    let there = with_members(&*subject.store, a_group(), &[user(1)]).await;
    for (conversation, person, number) in [(here, 1, 1), (here, 1, 2), (there, 1, 3), (here, 2, 4)] {
        let version = a_version(number);
        change!(subject, tx => tx.insert_draft_version(conversation, user(person), &version));
    }
    for (since, expected) in [(0, vec![2, 1]), (2, vec![2]), (3, vec![])] {
        let found = ask!(subject, tx => tx.list_draft_versions(here, user(1), at(since)));
        assert_eq!(found, expected.into_iter().map(a_version).collect::<Vec<_>>(), "since {since}");
    }
}

async fn ten_versions_are_kept(subject: &StoreAndBus) {
    let here = with_members(&*subject.store, a_group(), &[user(1)]).await;
    for number in 1..=12 {
        let version = a_version(number);
        change!(subject, tx => tx.insert_draft_version(here, user(1), &version));
    }
    let found = ask!(subject, tx => tx.list_draft_versions(here, user(1), at(0)));
    assert_eq!(found, (3..=12).rev().map(a_version).collect::<Vec<_>>());
}

async fn old_versions_are_purged(subject: &StoreAndBus) {
    let here = with_members(&*subject.store, a_group(), &[user(1), user(2)]).await;
    for (person, number) in [(1, 1), (1, 2), (2, 3)] {
        let version = a_version(number);
        change!(subject, tx => tx.insert_draft_version(here, user(person), &version));
    }
    assert_eq!(change!(subject, tx => tx.purge_draft_versions(at(3))), 2);
    assert_eq!(ask!(subject, tx => tx.list_draft_versions(here, user(1), at(0))), []);
    assert_eq!(ask!(subject, tx => tx.list_draft_versions(here, user(2), at(0))), [a_version(3)]);
    // What comes afterwards is numbered on.
    change!(subject, tx => tx.insert_draft_version(here, user(1), &a_version(9)));
    assert_eq!(ask!(subject, tx => tx.list_draft_versions(here, user(1), at(0))), [a_version(9)]);
}
