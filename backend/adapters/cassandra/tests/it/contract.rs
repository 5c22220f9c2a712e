//! The history keeps the contract of its port.

use std::sync::Arc;

use kith_contract::history::{HISTORY, a_conversation, texts};
use kith_domain::ports::{History, HistoryError};
use kith_harness::Cassandra;

use crate::{answers, history};

#[tokio::test(flavor = "multi_thread")]
async fn the_history() {
    let cassandra = tokio::task::block_in_place(Cassandra::shared);
    kith_contract::run("history", HISTORY, async || {
        let history = history(cassandra, "kith");
        answers(&history).await;
        (Arc::new(history) as Arc<dyn History>, ())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_agree_on_the_table() {
    let cassandra = tokio::task::block_in_place(Cassandra::shared);
    let (one, two) = (history(cassandra, "at_once"), history(cassandra, "at_once"));
    let (first, second) = tokio::join!(one.check(), two.check());
    for (history, outcome) in [(&one, first), (&two, second)] {
        // Servers may be slow to agree, but must.
        if !matches!(outcome, Ok(()) | Err(HistoryError::Unavailable(_))) {
            panic!("{outcome:?}");
        }
        answers(history).await;
    }
    let entries = texts(a_conversation(), 1..=3);
    one.put(&entries).await.expect("put by one");
    assert!(two.covers(&entries).await.expect("read by the other"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_another_shape_is_refused() {
    let cassandra = tokio::task::block_in_place(Cassandra::shared);
    let driver = scylla::client::session_builder::SessionBuilder::new()
        .known_node(cassandra.address())
        .build()
        .await
        .expect("a session");
    for statement in [
        "CREATE KEYSPACE another WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
        "CREATE TABLE another.history (seq bigint PRIMARY KEY)",
    ] {
        driver.query_unpaged(statement, ()).await.expect("a statement");
    }
    let refused = history(cassandra, "another").check().await;
    assert!(matches!(refused, Err(HistoryError::Internal(_))), "{refused:?}");
}
