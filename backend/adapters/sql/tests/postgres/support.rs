//! Databases and nodes.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kith_domain::Random as _;
use kith_harness::Postgres;
use kith_sql::{
    postgres::{Options, PostgresStore},
    testing::{CountingRandom, RecordingBus},
};
use sqlx::{Connection, PgConnection};
use tokio::sync::OnceCell;

/// The address of a fresh database with all tables: a copy of one that was migrated once.
pub(crate) async fn fresh_database() -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let server = Postgres::shared();
    let template = TEMPLATE.get_or_init(async || {
        let url = server.create_database().unwrap();
        Node::open(&url, Options::default()).await.store.close().await;
        url.rsplit('/').next().unwrap().to_owned()
    });
    server.create_database_like(template.await).unwrap()
}

/// A store, and what it has published.
pub(crate) struct Node {
    pub(crate) store: Arc<PostgresStore>,
    pub(crate) bus: Arc<RecordingBus>,
}

impl Node {
    pub(crate) async fn open(url: &str, options: Options) -> Self {
        let bus = Arc::new(RecordingBus::default());
        let random = CountingRandom::default();
        // So that no two nodes would make the same epoch.
        random.fill(&mut vec![0; 8 * usize::from(options.node)]);
        let store = PostgresStore::open(url, options, Arc::clone(&bus) as _, &random).await;
        Self { store: Arc::new(store.unwrap_or_else(|error| panic!("no store: {error:?}"))), bus }
    }

    /// Resolves when it has published so many events more.
    pub(crate) async fn published(&self, count: usize) {
        let seen = AtomicUsize::new(0);
        eventually("messages arrive", async || {
            let new = self.bus.drain().len();
            seen.fetch_add(new, Ordering::Relaxed) + new >= count
        })
        .await;
    }

    /// Several nodes on one database.
    pub(crate) async fn several<const N: usize>(url: &str) -> [Self; N] {
        let nodes = (0..N).map(|number| Self::open(url, options(number as u16)));
        let nodes = futures_util::future::join_all(nodes).await;
        nodes.try_into().unwrap_or_else(|_| unreachable!("as many as were asked for"))
    }
}

/// Those of a node among several in one test.
pub(crate) fn options(node: u16) -> Options {
    Options { connections: 8, node, ..Options::default() }
}

/// A connection of the test's own.
pub(crate) async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

/// The one value that a statement gives.
pub(crate) async fn ask<T>(url: &str, statement: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(statement).fetch_one(&mut connect(url).await).await.unwrap()
}

/// Asks until the answer is yes.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let limit = Duration::from_secs(60);
    assert!(tokio::time::timeout(limit, waiting).await.is_ok(), "{what}: not after {limit:?}");
}
