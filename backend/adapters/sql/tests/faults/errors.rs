//! What the store answers when the disk fails, and what is left.

use std::{ffi::c_int, sync::Arc};

use futures_util::FutureExt;
use kith_contract::fixtures::{a_group, a_message, user, with_members};
use kith_domain::ports::{SendError, SentMessage, Store, StoreError};
use kith_sql::testing::{self, RecordingBus};
use rusqlite::ffi::{SQLITE_FULL, SQLITE_IOERR_FSYNC, SQLITE_IOERR_WRITE};

use crate::{
    disk::{Call, Disk},
    image::{self, Cut},
    power_cut::{answered, check, send_all},
};

const LOG: &str = "kith.db-wal";
const DATABASE: &str = "kith.db";

/// What senders are told when the log fails.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// It may be there or not.
    Unknown,
    /// It is not there; there was no room.
    Full,
}

fn told(outcome: &Result<SentMessage, SendError>) -> Option<Told> {
    match outcome {
        Err(SendError::Store(StoreError::UnknownOutcome(_))) => Some(Told::Unknown),
        Err(SendError::Store(StoreError::Full)) => Some(Told::Full),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_log_is_told_and_loses_nothing() {
    let rows: [(Call, c_int, Told); 3] = [
        (Call::Sync, SQLITE_IOERR_FSYNC, Told::Unknown),
        (Call::Write, SQLITE_IOERR_WRITE, Told::Unknown),
        (Call::Write, SQLITE_FULL, Told::Full),
    ];
    for (call, code, expected) in rows {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::watch(directory.path());
        let bus = Arc::new(RecordingBus::default());
        let store = testing::open(directory.path(), testing::options(), Arc::clone(&bus) as _).await.unwrap();
        let group = with_members(&store, a_group(), &[user(1)]).await;
        let mut messages: Vec<_> =
            (0..20).map(|n| a_message(group, user(1), &format!("message {n}"))).collect();
        assert_eq!(send_all(&store, &disk, &messages, 0).await, 20);
        bus.drain();

        let what = format!("{call:?} {code}");
        disk.fail(call, LOG, code);
        let struck = a_message(group, user(1), "struck");
        let outcome = store.send(struck.clone()).await;
        assert_eq!(told(&outcome).as_ref(), Some(&expected), "{what}: {outcome:?}");
        assert!(bus.drain().is_empty(), "{what}: nobody is shown what nobody was answered");
        messages.push(struck.clone());

        let next = a_message(group, user(1), "next");
        if expected == Told::Full {
            assert!(store.send(struck).await.unwrap().new, "{what}: nothing of it was left");
            assert_eq!(store.send(next).await.unwrap().entry.seq, 22, "{what}");
            assert!(store.fatal().now_or_never().is_none(), "{what}");
            store.close().await;
            continue;
        }
        store.fatal().await;
        let refused = store.send(next).await;
        assert!(matches!(refused, Err(SendError::Store(StoreError::Unavailable(_)))), "{what}: {refused:?}");
        assert!(store.check().await.is_err(), "{what}");
        store.close().await;

        let steps = disk.steps();
        for cut in [Cut::Process, Cut::Power(1), Cut::Power(2), Cut::Power(3)] {
            let image = tempfile::tempdir().unwrap();
            image::build(&steps, cut, image.path());
            let what = format!("{what}, {cut:?}");
            check(image.path(), group, &answered(&steps, &messages), &what).await;
            let bus = Arc::new(RecordingBus::default());
            let store = testing::open(image.path(), testing::options(), bus).await.unwrap();
            // Asked again as a client does: it becomes the one message it is, whatever had become of it.
            assert_eq!(store.send(struck.clone()).await.unwrap().entry.seq, 21, "{what}");
            assert!(!store.send(struck.clone()).await.unwrap().new, "{what}");
            store.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_fails_ends_the_store_and_loses_nothing() {
    for (call, code) in [(Call::Write, SQLITE_IOERR_WRITE), (Call::Sync, SQLITE_IOERR_FSYNC)] {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::watch(directory.path());
        let bus = Arc::new(RecordingBus::default());
        let store = testing::open(directory.path(), testing::options(), bus).await.unwrap();
        let group = with_members(&store, a_group(), &[user(1)]).await;
        disk.fail(call, DATABASE, code);
        let messages: Vec<_> =
            (0..200).map(|n| a_message(group, user(1), &format!("{n}").repeat(1_000))).collect();
        // Those that come after the checkpoint are refused.
        let accepted = send_all(&store, &disk, &messages, 0).await;
        store.fatal().await;
        assert!(disk.has_failed());
        store.close().await;

        let steps = disk.steps();
        let answered = answered(&steps, &messages);
        assert!(accepted > 0 && answered.len() == accepted);
        for cut in [Cut::Process, Cut::Power(1), Cut::Power(2), Cut::Power(3), Cut::Power(4)] {
            let image = tempfile::tempdir().unwrap();
            image::build(&steps, cut, image.path());
            check(image.path(), group, &answered, &format!("{call:?} {code}, {cut:?}")).await;
        }
    }
}
