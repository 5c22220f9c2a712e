//! The store, its bus and its sources.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use kith_domain::{
    Clock, Random,
    ports::{Bus, Presence, Store, StoreExt as _},
    snowflake::Snowflakes,
};
use kith_embedded::{
    InProcessBus, InProcessLimits, InProcessPresence, LimitValues, OffsetClock, Rate, SystemClock,
    SystemRandom,
};
use kith_sql::{Options, SqlStore};

use super::{engine::Engine, live::Live, node_limits::NodeLimits, search_index::SearchIndex, shared};
use crate::config::Config;

/// Events that may wait between the store and the sockets; with more, writers wait.
const BUS_CAPACITY: usize = 8_192;

/// What the rest of a node is built on.
pub(crate) struct Storage {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) search: SearchIndex,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) live: Live,
    pub(crate) presence: Arc<dyn Presence>,
    pub(crate) limits: Arc<dyn NodeLimits>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) ids: Arc<Snowflakes>,
}

/// What differs between a node that is alone and one among others.
struct Place {
    engine: Arc<dyn Engine>,
    bus: Arc<dyn Bus>,
    live: Live,
    presence: Arc<dyn Presence>,
    limits: Arc<dyn NodeLimits>,
    node: u16,
}

/// Opens the store with everything it needs.
pub(crate) async fn open_storage(config: &Config) -> anyhow::Result<Storage> {
    let clock = clock(config)?;
    let Place { engine, bus, live, presence, limits, node } = place(config, &clock).await?;
    let store: Arc<dyn Store> = engine.clone();
    let high_water: u64 = store
        .read(|tx| Box::pin(async move { anyhow::Ok(tx.highest_id().await?) }))
        .await
        .context("cannot read the store")?;
    Ok(Storage {
        engine,
        store,
        search: SearchIndex::open(config)?,
        bus,
        live,
        presence,
        limits,
        clock,
        random: Arc::new(SystemRandom),
        ids: Arc::new(Snowflakes::new(node, high_water)),
    })
}

async fn place(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Place> {
    let unlimited =
        config.server.no_limits.then(|| Arc::new(InProcessLimits::unlimited()) as Arc<dyn NodeLimits>);
    if config.cluster.database_url.is_some() {
        let (shared, bus) = shared::join(config, &**clock, limit_values(config), BUS_CAPACITY).await?;
        let node = shared.lease.number().get();
        return Ok(Place {
            engine: shared::open_store(config, node, bus.clone()).await?,
            bus,
            presence: Arc::clone(&shared.presence),
            limits: unlimited.unwrap_or_else(|| Arc::clone(&shared.limits)),
            live: Live::Among(Box::new(shared)),
            node,
        });
    }
    let bus = Arc::new(InProcessBus::new(BUS_CAPACITY));
    Ok(Place {
        engine: open_store(config, bus.clone()).await?,
        bus: bus.clone(),
        live: Live::Alone(bus),
        presence: Arc::new(InProcessPresence::new()),
        limits: unlimited.unwrap_or_else(|| Arc::new(InProcessLimits::new(&limit_values(config)))),
        node: config.server.node.unwrap_or(0),
    })
}

fn limit_values(config: &Config) -> LimitValues {
    let mut values = LimitValues::DEFAULT;
    if config.server.dev
        && let Some(rate) = Rate::new(1_000_000, Duration::from_secs(60))
    {
        // On one's own machine everybody shares one address.
        values.sign_ins = rate;
    }
    values
}

/// Opens the store alone.
pub(crate) async fn open_store(config: &Config, bus: Arc<dyn Bus>) -> anyhow::Result<Arc<dyn Engine>> {
    let node = config.server.node.unwrap_or(0);
    if config.cluster.database_url.is_some() {
        return shared::open_store(config, node, bus).await;
    }
    let directory = &config.storage.data_dir;
    let options = Options {
        floor_bytes: config.storage.floor_bytes,
        ballast_bytes: config.storage.ballast_bytes,
        node,
        ..Options::default()
    };
    let store = SqlStore::open(directory, options, bus, &SystemRandom)
        .await
        .with_context(|| format!("cannot open the store in {}", directory.display()))?;
    Ok(Arc::new(store))
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
