//! What [`kith_domain::ports::ExportRepository`] promises.

use kith_domain::{
    BlobKey,
    blob::Area,
    ports::exports::{Export, ReadyExport},
};

use crate::{
    Case,
    accounts::{an_account, an_identity},
    fixtures::{at, user},
    store::StoreAndBus,
};

/// The suite.
pub const EXPORTS: &[Case<StoreAndBus>] = cases![
    an_export_waits_and_is_completed_once,
    an_archive_is_named_before_it_is_stored,
    a_new_request_discards_the_archive_before,
    who_waits_longest_is_first,
    exports_end,
    identities_are_listed,
];

fn ready(number: u8) -> ReadyExport {
    let name = format!("{number:032x}");
    ReadyExport {
        archive: BlobKey::parse(Area::Export, &name).expect("a key"),
        size_bytes: 5_000_000_000,
        expires_at: at(100),
    }
}

/// Begins and completes an export; whether it was taken.
async fn complete(subject: &StoreAndBus, person: u64, requested_at: i64, archive: &ReadyExport) -> bool {
    let (person, requested_at) = (user(person), at(requested_at));
    let (begun, archive) = (archive.archive, archive.clone());
    change!(subject, tx => tx.begin_export(person, requested_at, begun))
        && change!(subject, tx => tx.complete_export(person, requested_at, &archive))
}

async fn an_export_waits_and_is_completed_once(subject: &StoreAndBus) {
    assert_eq!(ask!(subject, tx => tx.find_export(user(1))), None);
    change!(subject, tx => tx.request_export(user(1), at(1)));
    let waiting = Export { requested_at: at(1), ready: None };
    assert_eq!(ask!(subject, tx => tx.find_export(user(1))), Some(waiting));
    for (requested_at, number, taken) in [(2, 1, false), (1, 2, true), (1, 3, false)] {
        assert_eq!(complete(subject, 1, requested_at, &ready(number)).await, taken, "archive {number}");
    }
    assert!(!complete(subject, 2, 1, &ready(4)).await);
    let complete = Export { requested_at: at(1), ready: Some(ready(2)) };
    assert_eq!(ask!(subject, tx => tx.find_export(user(1))), Some(complete));
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), []);
}

async fn an_archive_is_named_before_it_is_stored(subject: &StoreAndBus) {
    change!(subject, tx => tx.request_export(user(1), at(1)));
    assert!(!change!(subject, tx => tx.complete_export(user(1), at(1), &ready(1))), "it was not begun");
    assert!(
        !change!(subject, tx => tx.begin_export(user(1), at(2), ready(1).archive)),
        "nobody asked for it"
    );
    assert!(change!(subject, tx => tx.begin_export(user(1), at(1), ready(1).archive)));
    assert_eq!(ask!(subject, tx => tx.waiting_exports(9)), [(user(1), at(1))], "it waits on");
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), []);
    // Cut off, and begun anew.
    assert!(change!(subject, tx => tx.begin_export(user(1), at(1), ready(2).archive)));
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), [ready(1).archive]);
    assert!(!change!(subject, tx => tx.complete_export(user(1), at(1), &ready(1))), "it is discarded");
    change!(subject, tx => tx.forget_discarded(&[ready(1).archive]));
    // Cut off, and asked for anew.
    change!(subject, tx => tx.request_export(user(1), at(3)));
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), [ready(2).archive]);
    change!(subject, tx => tx.forget_discarded(&[ready(2).archive]));
    // Cut off, and never asked for again.
    assert!(change!(subject, tx => tx.begin_export(user(1), at(3), ready(3).archive)));
    change!(subject, tx => tx.erase_private(user(1)));
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), [ready(3).archive]);
}

async fn a_new_request_discards_the_archive_before(subject: &StoreAndBus) {
    change!(subject, tx => tx.request_export(user(1), at(1)));
    assert!(complete(subject, 1, 1, &ready(1)).await);
    change!(subject, tx => tx.request_export(user(1), at(2)));
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), [ready(1).archive]);
    let waiting = Export { requested_at: at(2), ready: None };
    assert_eq!(ask!(subject, tx => tx.find_export(user(1))), Some(waiting));
}

async fn who_waits_longest_is_first(subject: &StoreAndBus) {
    for (number, requested) in [(1, 5), (2, 3), (3, 4)] {
        change!(subject, tx => tx.request_export(user(number), at(requested)));
    }
    assert!(complete(subject, 3, 4, &ready(1)).await);
    let waiting = [(user(2), at(3)), (user(1), at(5))];
    assert_eq!(ask!(subject, tx => tx.waiting_exports(9)), waiting);
    assert_eq!(ask!(subject, tx => tx.waiting_exports(1)), waiting[..1]);
}

async fn exports_end(subject: &StoreAndBus) {
    for (number, expires_at) in [(1, 100), (2, 101)] {
        let archive = ReadyExport { expires_at: at(expires_at), ..ready(number) };
        let person = user(number.into());
        change!(subject, tx => tx.request_export(person, at(1)));
        assert!(complete(subject, number.into(), 1, &archive).await);
    }
    change!(subject, tx => tx.request_export(user(3), at(1)));
    assert_eq!(change!(subject, tx => tx.expire_exports(at(100))), 1);
    assert_eq!(ask!(subject, tx => tx.list_discarded(9)), [ready(1).archive]);
    for (number, kept) in [(1, false), (2, true), (3, true)] {
        assert_eq!(ask!(subject, tx => tx.find_export(user(number))).is_some(), kept, "person {number}");
    }
}

async fn identities_are_listed(subject: &StoreAndBus) {
    change!(subject, tx => tx.insert_account(&an_account(1)));
    for number in [1, 2] {
        change!(subject, tx => tx.upsert_identity(&an_identity(number, "a@example.org", true)));
    }
    assert_eq!(ask!(subject, tx => tx.list_identities(user(1))), [an_identity(1, "a@example.org", true)]);
    assert_eq!(ask!(subject, tx => tx.list_identities(user(3))), []);
}
