//! Opening: migrations, versions, the epoch.

use kith_contract::fixtures::{a_group, read, send, user, with_members};
use kith_domain::ports::{Store, StoreError};
use kith_harness::Postgres;
use kith_sql::{
    postgres::{OpenError, Options, PostgresStore},
    testing::{CountingRandom, RecordingBus},
};

use crate::support::{Node, ask, connect, fresh_database, options};

async fn refusal(url: &str) -> OpenError {
    let random = CountingRandom::default();
    let opened =
        PostgresStore::open(url, Options::default(), std::sync::Arc::<RecordingBus>::default(), &random);
    opened.await.expect_err("it must not open")
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_start_at_once_migrate_once() {
    let url = Postgres::shared().create_database().unwrap();
    let nodes: [Node; 4] = Node::several(&url).await;
    let epochs: Vec<_> = nodes.iter().map(|node| node.store.epoch()).collect();
    assert!(epochs.iter().all(|epoch| *epoch == epochs[0]), "{epochs:?}");
    let migrations: i64 = ask(&url, "SELECT COUNT(*) FROM _sqlx_migrations WHERE success").await;
    let files =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).unwrap().count();
    assert_eq!(migrations, files as i64);
}

#[tokio::test]
async fn the_engines_have_the_same_migrations() {
    let names = |engine| {
        let path = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().file_name());
        let mut names: Vec<_> = files.collect();
        names.sort();
        names
    };
    assert_eq!(names("postgres"), names("sqlite"));
}

#[tokio::test]
async fn what_was_answered_is_there_after_opening_again() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(1)).await;
    let group = with_members(&*node.store, a_group(), &[user(1)]).await;
    let sent = send(&*node.store, group, user(1), "kept").await;
    node.store.close().await;
    assert!(matches!(node.store.check().await, Err(StoreError::Unavailable(_))), "a closed store says so");
    let again = Node::open(&url, options(1)).await;
    assert_eq!(again.store.epoch(), node.store.epoch());
    assert_eq!(read(&*again.store, move |tx| tx.find_entry(group, 1)).await, Some(sent));
}

#[tokio::test]
async fn a_store_of_a_newer_release_is_refused() {
    let url = fresh_database().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, '\\x00', 0)";
    sqlx::query(newer).execute(&mut connect(&url).await).await.unwrap();
    let refused = refusal(&url).await;
    assert!(matches!(refused, OpenError::NewerStore(9999)), "{refused:?}");
}

#[tokio::test]
async fn another_encoding_and_no_server_are_refused() {
    let server = Postgres::shared();
    let create = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    sqlx::query(create).execute(&mut connect(&server.url()).await).await.unwrap();
    let refused = refusal(&server.url().replace("/postgres", "/latin")).await;
    assert!(matches!(&refused, OpenError::Encoding(encoding) if encoding == "LATIN1"), "{refused:?}");
    let refused = refusal("postgres://kith@127.0.0.1:1/kith").await;
    assert!(matches!(refused, OpenError::Connect(_)), "{refused:?}");
    let refused = refusal("kith").await;
    assert!(matches!(refused, OpenError::Url(_)), "{refused:?}");
}

#[tokio::test]
async fn another_epoch_takes_the_node_out() {
    let url = fresh_database().await;
    let node = Node::open(&url, options(0)).await;
    assert!(node.store.check().await.is_ok());
    let change = "UPDATE meta SET value = 'of a restored backup' WHERE name = 'epoch'";
    sqlx::query(change).execute(&mut connect(&url).await).await.unwrap();
    assert!(matches!(node.store.check().await, Err(StoreError::Internal(_))));
}
