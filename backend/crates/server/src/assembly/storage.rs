//! The store, its bus and its sources.

use std::sync::Arc;

use anyhow::Context as _;
use kith_domain::{
    Clock, Random,
    ports::{Bus, StoreExt as _},
    snowflake::Snowflakes,
};
use kith_embedded::{InProcessBus, OffsetClock, SystemClock, SystemRandom};
use kith_sql::{Options, SqlStore};
use kith_tantivy::TantivySearch;

use crate::config::Config;

/// Events that may wait between the store and the sockets; with more, writers wait.
const BUS_CAPACITY: usize = 8_192;

/// What the rest of a node is built on.
pub(crate) struct Storage {
    pub(crate) store: Arc<SqlStore>,
    pub(crate) search: TantivySearch,
    pub(crate) bus: Arc<InProcessBus>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) ids: Arc<Snowflakes>,
}

/// Opens the store with everything it needs.
pub(crate) async fn open_storage(config: &Config) -> anyhow::Result<Storage> {
    let bus = Arc::new(InProcessBus::new(BUS_CAPACITY));
    let store = open_store(config, Arc::clone(&bus) as Arc<dyn Bus>).await?;
    let high_water: u64 = store
        .read(|tx| Box::pin(async move { anyhow::Ok(tx.highest_id().await?) }))
        .await
        .context("cannot read the store")?;
    Ok(Storage {
        store,
        search: open_search(config),
        bus,
        clock: clock(config)?,
        random: Arc::new(SystemRandom),
        ids: Arc::new(Snowflakes::new(config.server.node, high_water)),
    })
}

/// Opens the store alone.
pub(crate) async fn open_store(config: &Config, bus: Arc<dyn Bus>) -> anyhow::Result<Arc<SqlStore>> {
    let directory = &config.storage.data_dir;
    let options = Options {
        floor_bytes: config.storage.floor_bytes,
        ballast_bytes: config.storage.ballast_bytes,
        node: config.server.node,
        ..Options::default()
    };
    let store = SqlStore::open(directory, options, bus, &SystemRandom)
        .await
        .with_context(|| format!("cannot open the store in {}", directory.display()))?;
    Ok(Arc::new(store))
}

/// The search index beside the store, whose lock on the data directory must be held.
pub(crate) fn open_search(config: &Config) -> TantivySearch {
    TantivySearch::new(config.storage.data_dir.join("search"))
}

/// A bus without sockets behind it, for the command line.
pub(crate) fn silent_bus() -> Arc<dyn Bus> {
    let bus = InProcessBus::new(1);
    drop(bus.subscribe());
    Arc::new(bus)
}

fn clock(config: &Config) -> anyhow::Result<Arc<dyn Clock>> {
    let Some(file) = &config.server.clock_offset_file else { return Ok(Arc::new(SystemClock)) };
    let clock = OffsetClock::open(SystemClock, file.clone())
        .with_context(|| format!("server.clock_offset_file: {}", file.display()))?;
    let following = clock.clone();
    tokio::spawn(async move { following.follow().await });
    Ok(Arc::new(clock))
}
