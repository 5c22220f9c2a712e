//! A running node: services, controllers, jobs, and its orderly end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use kith_domain::{
    Clock,
    ports::{History, Limits, Presence, Store},
};
use kith_embedded::{InProcessLimits, InProcessPresence, ZipArchives};
use kith_gateway::{Gateway, GatewaySettings};
use kith_rest::{AppState, Draining};
use kith_services::{Context, Services};
use kith_wire::Links;
use kith_worker::{AccountJobs, Notifier, Retention, SearchIndexer};
use prometheus_client::registry::Registry;

use super::{
    Engine, Storage,
    following::{Following, search_source},
    history, identity,
    live::{Company, Lively},
    measured_search::MeasuredSearch,
    media::MediaParts,
    node_limits::NodeLimits,
    remote,
    search_index::SearchIndex,
};
use crate::{
    config::Config,
    web::{self, WebSettings},
};

/// A running node.
pub(crate) struct Node {
    pub(crate) router: Router,
    pub(crate) registry: Arc<Registry>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) indexer: Arc<SearchIndexer>,
    search: SearchIndex,
    pub(super) services: Arc<Services>,
    pub(super) limits: Arc<dyn NodeLimits>,
    pub(super) company: Company,
    pub(super) following: Following,
    pub(super) account_jobs: AccountJobs,
    pub(super) retention: Option<Arc<Retention>>,
    gateway: Gateway,
    draining: Draining,
}

impl Node {
    /// Puts the parts together.
    pub(crate) async fn assemble(
        config: &Config,
        storage: Storage,
        bound: SocketAddr,
    ) -> anyhow::Result<Self> {
        let origin = config.origin(bound);
        let secure = origin.starts_with("https://");
        let mut registry = Registry::default();
        let media = MediaParts::open(config, &storage, &config.file_origin(bound), &mut registry)?;
        let links = Links::new(&origin, &media.public_url);
        let pages =
            || axum::routing::any(web::serve).with_state(WebSettings::new(&origin, &media.file_origin));
        let identity = identity::build(config, &storage, &origin)?;
        let (limits, presence) = (storage.limits.clone(), storage.presence.clone());
        let history = history::open(config, &mut registry)?;
        let mut context = context(config, &storage, &media, history.clone(), limits.clone(), presence);
        context.search = Arc::new(MeasuredSearch::new(context.search, &mut registry));
        let push = remote::ask(|remote| remote.push(config, &storage.clock))?;
        context.wakes_devices = push.is_some();
        let services = Arc::new(Services::new(context, identity.parts));
        let account_jobs =
            AccountJobs::new(services.deletions.clone(), services.exports.clone(), &mut registry);
        let indexer = SearchIndexer::new(
            storage.store.clone(),
            storage.search.port.clone(),
            storage.clock.clone(),
            search_source(config),
            &mut registry,
        );
        let indexer = Arc::new(indexer.with_history(history.clone()));
        let notifier = push.map(|push| {
            let (store, clock) = (storage.store.clone(), storage.clock.clone());
            Arc::new(Notifier::new(store, storage.presence.clone(), push, clock, &mut registry))
        });
        let following =
            Following::build(config, &storage, &indexer, history.clone(), notifier, &mut registry).await?;
        let retention = history.map(|history| {
            let window = Duration::from_secs(86_400 * u64::from(config.cluster.ledger_days));
            let (store, clock) = (storage.store.clone(), storage.clock.clone());
            Arc::new(Retention::new(store, history, clock, window, &mut registry))
        });
        let Lively { events, roster, company } =
            storage.live.start(&storage.store, &storage.clock, &mut registry)?;
        let gateway = Gateway::start(
            gateway_settings(config, &origin, links.clone()),
            services.clone(),
            events,
            roster,
            &mut registry,
        )
        .context("the gateway cannot be started")?;
        let draining = Draining::default();

        let mut router = Router::new();
        if config.has_role("api") {
            let (services, store) = (services.clone(), storage.store.clone());
            let state = AppState::new(services, store, &origin, links, secure, draining.clone());
            router = router.merge(kith_rest::router(state));
            router = router.fallback_service(pages());
        }
        if let Some(dev) = &identity.dev {
            router = router.nest(kith_identity::dev::MOUNT_PATH, dev.router());
        }
        if config.has_role("gateway") {
            router = router.merge(gateway.router());
        }
        if config.has_role("api") {
            router = media.serve(router, &origin, pages(), &mut registry);
        }
        let registry = Arc::new(registry);
        if config.server.dev && config.server.metrics_listen.is_none() {
            router = router.merge(crate::metrics::router(registry.clone()));
        }
        Ok(Self {
            router: kith_rest::with_request_ids(router),
            registry,
            store: storage.store.clone(),
            clock: storage.clock,
            indexer,
            search: storage.search,
            engine: storage.engine,
            services,
            limits,
            company,
            following,
            account_jobs,
            retention,
            gateway,
            draining,
        })
    }

    /// Resolves when the store cannot be trusted any more.
    pub(crate) async fn fatal(&self) -> Arc<dyn std::error::Error + Send + Sync> {
        tokio::select! {
            error = self.engine.fatal() => error,
            error = self.company.fatal() => error,
        }
    }

    /// Stops taking new work and sends the sockets away, spread over the configured time.
    pub(crate) async fn drain(&self, config: &Config) {
        self.draining.start();
        self.gateway.drain(Duration::from_secs(config.server.drain_seconds)).await;
    }

    /// Leaves the other nodes, and ends the index and the store: what was accepted is durable.
    pub(crate) async fn close(self) {
        self.company.leave().await;
        self.search.close().await;
        self.engine.close().await;
    }
}

/// What use cases work with.
fn context(
    config: &Config,
    storage: &Storage,
    media: &MediaParts,
    history: Option<Arc<dyn History>>,
    limits: Arc<dyn Limits>,
    presence: Arc<dyn Presence>,
) -> Context {
    Context {
        store: storage.store.clone(),
        bus: storage.bus.clone(),
        blobs: media.blobs.clone(),
        archives: Arc::new(ZipArchives),
        inspector: media.inspector.clone(),
        presence,
        search: storage.search.port.clone(),
        history,
        wakes_devices: false,
        limits,
        passwords: identity::password_hasher(storage),
        clock: storage.clock.clone(),
        random: storage.random.clone(),
        ids: storage.ids.clone(),
        region: config.server.region.clone().into(),
    }
}

/// What use cases work with on a store that is not served.
pub(crate) fn offline_context(config: &Config, storage: &Storage) -> anyhow::Result<Arc<Context>> {
    let limits = Arc::new(InProcessLimits::unlimited());
    // Nothing is given out.
    let file_origin = config.file_origin(config.server.listen);
    let media = MediaParts::open(config, storage, &file_origin, &mut Registry::default())?;
    let history = history::open(config, &mut Registry::default())?;
    let presence = Arc::new(InProcessPresence::new());
    Ok(Arc::new(context(config, storage, &media, history, limits, presence)))
}

fn gateway_settings(config: &Config, origin: &str, links: Links) -> GatewaySettings {
    let limited = !config.server.no_limits;
    let defaults = GatewaySettings::default();
    GatewaySettings {
        shards: config.gateway.shards.unwrap_or(defaults.shards),
        origins: vec![origin.to_owned()],
        links,
        handshakes_per_second: config.gateway.handshakes_per_second,
        sockets_per_user: limited.then_some(config.gateway.sockets_per_user),
        sockets_per_address: limited.then_some(config.gateway.sockets_per_address),
        ..defaults
    }
}
