//! What becomes of messages when backends are terminated, and when the server is killed or hangs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use kith_contract::fixtures::{a_group, a_message, read, send, user, with_members};
use kith_domain::{
    ConversationId, Entry,
    ports::{SendError, SendMessage, Store, StoreError, StoreExt},
};
use kith_harness::Postgres;
use kith_sql::postgres::{Options, PostgresStore};

use crate::support::{Node, connect, eventually, fresh_database, options};

/// What a client keeps of a message: with what it was acknowledged, if it was.
pub(crate) struct Outgoing {
    pub(crate) message: SendMessage,
    pub(crate) acknowledged: Option<Arc<Entry>>,
}

/// Sends messages one after another, from several clients, until `done`. Panics about any answer that is neither an
/// acknowledgement nor a reason to try again.
pub(crate) async fn keep_sending(
    store: &PostgresStore,
    groups: &[ConversationId],
    done: &AtomicBool,
) -> Vec<Outgoing> {
    let clients = groups.iter().flat_map(|group| [*group; 4]).map(async |group| {
        let mut sent = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let message = a_message(group, user(1), "hello");
            let acknowledged = match store.send(message.clone()).await {
                Ok(sent) => Some(sent.entry),
                Err(SendError::Store(StoreError::Unavailable(_) | StoreError::UnknownOutcome(_))) => {
                    eventually("the database answers", async || {
                        done.load(Ordering::Relaxed) || store.check().await.is_ok()
                    })
                    .await;
                    None
                }
                Err(other) => panic!("{other:?}"),
            };
            sent.push(Outgoing { message, acknowledged });
        }
        sent
    });
    join_all(clients).await.into_iter().flatten().collect()
}

/// Every acknowledged message is stored where it was said to be; the others are stored once when they are sent again; and
/// there is nothing else.
pub(crate) async fn check_nothing_is_lost(
    store: &PostgresStore,
    groups: &[ConversationId],
    sent: Vec<Outgoing>,
) {
    assert!(sent.iter().any(|outgoing| outgoing.acknowledged.is_some()), "nothing was acknowledged at all");
    for some in sent.chunks(200) {
        let again = join_all(some.iter().map(|outgoing| store.send(outgoing.message.clone()))).await;
        for (again, Outgoing { acknowledged, .. }) in again.into_iter().zip(some) {
            let again = again.unwrap();
            if let Some(entry) = acknowledged {
                assert!(!again.new && again.entry == *entry, "{again:?} instead of {entry:?}");
            }
        }
    }
    for &group in groups {
        let count = sent.iter().filter(|outgoing| outgoing.message.conversation_id == group).count() as u64;
        let row = read(store, move |tx| tx.find_conversation(group)).await.unwrap();
        assert_eq!(row.last_seq, count, "each has one seq");
        let seqs: Vec<u64> = (1..=count).collect();
        let entries =
            read(store, move |tx| Box::pin(async move { tx.find_entries(group, &seqs).await })).await;
        assert_eq!(entries.entries.len() as u64, count);
    }
}

pub(crate) async fn two_groups(store: &PostgresStore) -> [ConversationId; 2] {
    [with_members(store, a_group(), &[user(1)]).await, with_members(store, a_group(), &[user(1)]).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn terminated_backends_lose_nothing() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(0)).await;
    let store = &*node.store;
    let groups = two_groups(store).await;
    let done = AtomicBool::new(false);
    let terminate = async {
        let mut operator = connect(&url).await;
        let kill = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'kith'";
        let mut terminated = 0;
        while terminated < 60 {
            let count: i64 = sqlx::query_scalar(kill).fetch_one(&mut operator).await.unwrap();
            terminated += count;
            // The next ones while messages go through again.
            node.published(10).await;
        }
        done.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(keep_sending(store, &groups, &done), terminate);
    check_nothing_is_lost(store, &groups, sent).await;
    assert!(store.check().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_has_every_acknowledged_message_when_it_is_back() {
    let server = Postgres::start().unwrap();
    let url = server.create_database().unwrap();
    let node = Node::open(&url, options(0)).await;
    let store = &*node.store;
    let groups = two_groups(store).await;
    let done = AtomicBool::new(false);
    let kill = async {
        for _ in 0..2 {
            node.published(20).await;
            server.kill();
            let down = store.check().await;
            assert!(matches!(down, Err(StoreError::Unavailable(_))), "{down:?}");
            let refused = store.write::<_, StoreError, _>(|tx| tx.outbox_head()).await;
            assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
            tokio::task::block_in_place(|| server.restart()).unwrap();
            eventually("the node has recovered", async || store.check().await.is_ok()).await;
        }
        done.store(true, Ordering::Relaxed);
    };
    let (sent, ()) = tokio::join!(keep_sending(store, &groups, &done), kill);
    check_nothing_is_lost(store, &groups, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_answered_for_in_time() {
    let server = Postgres::start().unwrap();
    let url = server.create_database().unwrap();
    let limit = Duration::from_secs(2);
    let options = Options { work_limit: limit, commit_limit: limit, patience: limit, ..options(0) };
    let node = Node::open(&url, options).await;
    let store = &*node.store;
    let groups = two_groups(store).await;
    let message = a_message(groups[0], user(1), "into the void");
    send(store, groups[0], user(1), "before").await;
    server.pause();
    let (sent, job, readiness) = tokio::join!(
        store.send(message.clone()),
        store.write::<_, StoreError, _>(|tx| tx.outbox_head()),
        store.check(),
    );
    server.resume();
    assert!(
        matches!(sent, Err(SendError::Store(StoreError::Unavailable(_)))),
        "no COMMIT was sent: {sent:?}"
    );
    assert!(matches!(job, Err(StoreError::Unavailable(_))), "{job:?}");
    assert!(matches!(readiness, Err(StoreError::Unavailable(_))), "{readiness:?}");
    eventually("the node has recovered", async || store.send(message.clone()).await.is_ok()).await;
    let seqs = vec![1, 2, 3];
    let stored = read(store, move |tx| {
        let group = groups[0];
        Box::pin(async move { tx.find_entries(group, &seqs).await })
    })
    .await;
    assert_eq!(stored.entries.len(), 2);
}
