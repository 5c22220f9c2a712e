//! Whenever the power goes, what was answered is there.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use kith_contract::fixtures::{a_group, a_message, read, user, with_members};
use kith_domain::{
    ConversationId,
    ports::{SendMessage, Store},
};
use kith_sql::{
    SqlStore,
    testing::{self, RecordingBus},
};

use crate::{
    disk::{Disk, Step},
    image::{self, Cut},
};

/// Messages of one round; they are sent at once.
const BURST: usize = 40;
/// The most that anything takes.
const WAIT: Duration = Duration::from_secs(45);
/// Crashes that are tried.
const CRASHES: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_the_power() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Disk::watch(directory.path());
    let bus = Arc::new(RecordingBus::default());
    let store = testing::open(directory.path(), testing::options(), bus).await.unwrap();
    let group = with_members(&store, a_group(), &[user(1)]).await;
    let begun = disk.steps().len();

    let mut messages = Vec::new();
    // The log is moved into the database again and again, and begun afresh.
    while messages.len() < 20 * BURST {
        for _ in 0..5 {
            let first = messages.len();
            messages.extend((0..BURST).map(|n| a_message(group, user(1), &format!("{n}").repeat(300))));
            assert_eq!(send_all(&store, &disk, &messages, first).await, BURST);
        }
        let syncs = database_syncs(&disk);
        let moved = async {
            while database_syncs(&disk) == syncs {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(WAIT, moved).await.expect("a quiet store moves its log");
    }
    let steps = disk.steps();
    store.close().await;

    let span = (steps.len() - begun) as u64;
    for crash in 0..CRASHES {
        let at = begun + ((crash + 1) * span / CRASHES) as usize;
        let image = tempfile::tempdir().unwrap();
        image::build(&steps[..at], Cut::Power(crash), image.path());
        let what = format!("crash {crash}, after {at} of {} steps", steps.len());
        check(image.path(), group, &answered(&steps[..at], &messages), &what).await;
    }
}

/// Sends the messages from number `first` on at once and notes which were accepted; how many.
pub(crate) async fn send_all(store: &SqlStore, disk: &Disk, messages: &[SendMessage], first: usize) -> usize {
    let sends = messages.iter().enumerate().skip(first).map(|(number, message)| async move {
        let accepted = store.send(message.clone()).await.is_ok();
        if accepted {
            disk.answered(number);
        }
        accepted
    });
    join_all(sends).await.into_iter().filter(|accepted| *accepted).count()
}

fn database_syncs(disk: &Disk) -> usize {
    disk.steps().iter().filter(|step| matches!(step, Step::Sync(name, _) if name == "kith.db")).count()
}

/// The messages that were answered.
pub(crate) fn answered(steps: &[Step], messages: &[SendMessage]) -> Vec<SendMessage> {
    let number = |step: &Step| if let Step::Answered(number) = step { Some(*number) } else { None };
    steps.iter().filter_map(number).map(|number| messages[number].clone()).collect()
}

/// Opens what is left: it is sound, has all of `messages`, and knows their names.
pub(crate) async fn check(
    directory: &std::path::Path,
    group: ConversationId,
    messages: &[SendMessage],
    what: &str,
) {
    let store = testing::open(directory, testing::options(), Arc::new(RecordingBus::default())).await;
    let store = store.unwrap_or_else(|error| panic!("{what}: {error}"));
    let damage = store.integrity().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(damage.is_empty(), "{what}: {damage:?}");
    let found = read(&store, move |tx| tx.find_conversation(group)).await;
    let last_seq = found.map_or(0, |conversation| conversation.last_seq);
    assert!(last_seq >= messages.len() as u64, "{what}: {last_seq} of {}", messages.len());
    for message in messages {
        let sent = store.send(message.clone()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(!sent.new, "{what}: {} was answered and is not there", message.client_msg_id);
    }
    store.close().await;
}
