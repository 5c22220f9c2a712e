//! A primary with a synchronous standby: an acknowledged message is on both.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use kith_contract::fixtures::{a_message, a_notice, read, send, user};
use kith_domain::{
    NoticeKind,
    event::LiveEvent,
    ports::{SendError, Store, StoreError, StoreExt},
};
use kith_harness::Postgres;
use kith_sql::postgres::Options;

use crate::{
    failures::{check_nothing_is_lost, keep_sending, two_groups},
    support::{Node, ask, connect, eventually, options},
};

/// A primary that waits for its standby, and a database on it.
struct Pair {
    primary: Postgres,
    standby: Postgres,
    url: String,
}

impl Pair {
    async fn start() -> Self {
        let primary = Postgres::start().unwrap();
        let url = primary.create_database().unwrap();
        let standby = primary.start_standby("second").unwrap();
        let mut operator = connect(&url).await;
        for statement in
            ["ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (second)'", "SELECT pg_reload_conf()"]
        {
            sqlx::query(statement).execute(&mut operator).await.unwrap();
        }
        let synchronous = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'quorum'";
        eventually("the standby counts", async || ask::<i64>(&url, synchronous).await == 1).await;
        Self { primary, standby, url }
    }

    /// The same database on the standby.
    fn standby_url(&self) -> String {
        let (_, name) = self.url.rsplit_once('/').unwrap();
        self.standby.url().replace("/postgres", &format!("/{name}"))
    }
}

fn unknown<T>(outcome: &Result<T, SendError>) -> bool {
    matches!(outcome, Err(SendError::Store(StoreError::UnknownOutcome(_))))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_has_every_acknowledged_message() {
    let pair = Pair::start().await;
    let node = Node::open(&pair.url, options(0)).await;
    let groups = two_groups(&node.store).await;
    let done = AtomicBool::new(false);
    let kill = async {
        node.published(50).await;
        pair.primary.kill();
        done.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(keep_sending(&node.store, &groups, &done), kill);
    assert!(ask::<bool>(&pair.standby_url(), "SELECT pg_promote()").await);
    // It follows nobody now, and nobody follows it.
    for statement in ["ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"] {
        sqlx::query(statement).execute(&mut connect(&pair.standby_url()).await).await.unwrap();
    }
    let successor = Node::open(&pair.standby_url(), options(1)).await;
    assert_eq!(successor.store.epoch(), node.store.epoch(), "it is the same history");
    check_nothing_is_lost(&successor.store, &groups, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_standby_nothing_is_acknowledged_shown_or_lost() {
    let pair = Pair::start().await;
    let limit = Duration::from_secs(2);
    let node = Node::open(&pair.url, Options { commit_limit: limit, ..options(0) }).await;
    let store = &*node.store;
    let groups = two_groups(store).await;
    send(store, groups[0], user(1), "before").await;
    node.bus.drain();

    pair.standby.pause();
    let message = a_message(groups[0], user(1), "into the dark");
    let sent = store.send(message.clone()).await;
    assert!(unknown(&sent), "{sent:?}");
    let notice = a_notice(groups[1], user(1), NoticeKind::Renamed);
    let job = store.write::<_, StoreError, _>(move |tx| tx.append_entry(notice)).await;
    assert!(matches!(job, Err(StoreError::UnknownOutcome(_))), "{job:?}");
    // The wait goes on, and nobody sees what waits.
    for group in groups {
        let row = read(store, move |tx| tx.find_conversation(group)).await.unwrap();
        assert_eq!(row.last_seq, u64::from(group == groups[0]));
    }
    assert!(node.bus.drain().is_empty(), "nor does the bus hear of it");
    let retry = store.send(message.clone()).await;
    assert!(matches!(retry, Err(SendError::Store(_))), "a retry finds it held: {retry:?}");

    pair.standby.resume();
    eventually("the commits end", async || {
        let mut events = node.bus.drain();
        events.retain(|event| matches!(event, LiveEvent::Entry(entry) if entry.seq == 2));
        !events.is_empty()
    })
    .await;
    let retry = store.send(message).await.unwrap();
    assert_eq!((retry.new, retry.entry.seq), (false, 2), "it was stored, once");
    assert_eq!(send(store, groups[1], user(1), "goes on").await.seq, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_wait_for_the_standby_is_no_acknowledgement() {
    let pair = Pair::start().await;
    let node = Node::open(&pair.url, Options { commit_limit: Duration::from_secs(60), ..options(0) }).await;
    let store = &*node.store;
    let groups = two_groups(store).await;
    pair.standby.pause();
    let notice = a_notice(groups[1], user(1), NoticeKind::Renamed);
    let message = a_message(groups[0], user(1), "seen, and not safe");
    for cancel in [
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'",
    ] {
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        let operator = async {
            eventually("both wait", async || ask::<i64>(&pair.url, waiting).await == 2).await;
            sqlx::query(cancel).execute(&mut connect(&pair.url).await).await.unwrap();
        };
        let notice = notice.clone();
        let (sent, job, ()) = tokio::join!(
            store.send(message.clone()),
            store.write::<_, StoreError, _>(move |tx| {
                let mut notice = notice.clone();
                notice.id = kith_domain::EntryId::new(kith_contract::fixtures::fresh());
                Box::pin(async move { tx.append_entry(notice).await })
            }),
            operator,
        );
        assert!(unknown(&sent), "{cancel}: {sent:?}");
        assert!(matches!(job, Err(StoreError::UnknownOutcome(_))), "{cancel}: {job:?}");
    }
    pair.standby.resume();
    let retry = store.send(message).await.unwrap();
    assert_eq!((retry.new, retry.entry.seq), (false, 1), "the standby has it now");
}
