//! A running node: services, controllers, jobs, and its orderly end.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use kith_domain::{
    Clock,
    ports::{Limits, Presence, Store},
};
use kith_embedded::{InProcessLimits, InProcessPresence, LimitValues, Rate, ZipArchives};
use kith_files::FileOrigin;
use kith_gateway::{Gateway, GatewaySettings};
use kith_rest::{AppState, Draining};
use kith_services::{Context, Services};
use kith_sql::SqlStore;
use kith_tantivy::TantivySearch;
use kith_wire::Links;
use kith_worker::{AccountJobs, Consumer, EntryCounter, IndexingError, Janitor, Relay, SearchIndexer, every};
use prometheus_client::registry::Registry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Storage, identity, media::MediaParts};
use crate::{
    config::Config,
    deletions_file, file_host,
    web::{self, WebSettings},
};

/// How often accounts are looked for whose time has come: an index answers, and what a crash cut off goes on soon.
const DELETION_PERIOD: Duration = Duration::from_secs(5);

/// How often somebody who waits for an export is looked for.
const EXPORT_PERIOD: Duration = Duration::from_secs(2);

/// A running node.
pub(crate) struct Node {
    pub(crate) router: Router,
    pub(crate) registry: Arc<Registry>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sql: Arc<SqlStore>,
    pub(crate) indexer: Arc<SearchIndexer>,
    search: TantivySearch,
    services: Arc<Services>,
    limits: Arc<InProcessLimits>,
    counter: Arc<EntryCounter>,
    account_jobs: AccountJobs,
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
        let file_origin = config.file_origin(bound);
        let links = Links::new(&origin, &file_origin);
        let secure = origin.starts_with("https://");
        let mut registry = Registry::default();
        let media = MediaParts::open(config, &storage, &file_origin, &mut registry)?;
        let identity = identity::build(config, &storage, &origin)?;
        let limits = Arc::new(limits(config));
        let presence: Arc<dyn Presence> = Arc::new(InProcessPresence::new());
        let context = context(config, &storage, &media, limits.clone() as Arc<dyn Limits>, presence);
        let services = Arc::new(Services::new(context, identity.parts));
        let counter = Arc::new(EntryCounter::new(&mut registry));
        let account_jobs =
            AccountJobs::new(services.deletions.clone(), services.exports.clone(), &mut registry);
        let indexer = Arc::new(SearchIndexer::new(
            storage.store.clone(),
            Arc::new(storage.search.clone()),
            storage.clock.clone(),
            &mut registry,
        ));
        let events = storage.bus.subscribe().context("the bus has another subscriber")?;
        let gateway = Gateway::start(
            gateway_settings(config, &origin, links.clone()),
            services.clone(),
            events,
            &mut registry,
        )
        .context("the gateway cannot be started")?;
        let draining = Draining::default();

        let mut router = Router::new();
        if config.has_role("api") {
            let (services, store) = (services.clone(), storage.store.clone());
            let state = AppState::new(services, store, &origin, links, secure, draining.clone());
            router = router.merge(kith_rest::router(state));
            let pages = axum::routing::any(web::serve).with_state(WebSettings::new(&origin, &file_origin));
            router = router.fallback_service(pages);
        }
        if let Some(dev) = &identity.dev {
            router = router.nest(kith_identity::dev::MOUNT_PATH, dev.router());
        }
        if config.has_role("gateway") {
            router = router.merge(gateway.router());
        }
        if config.has_role("api") {
            let pages = axum::routing::any(web::serve).with_state(WebSettings::new(&origin, &file_origin));
            let at = FileOrigin { page_origin: origin, secure: file_origin.starts_with("https://") };
            // Whoever looks for a page there is sent to the one origin.
            let files = kith_files::router(media.files, &at, &mut registry).fallback_service(pages);
            router = file_host::split(router, files, &file_origin);
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
            sql: storage.store,
            services,
            limits,
            counter,
            account_jobs,
            gateway,
            draining,
        })
    }

    /// Resolves when the store cannot be trusted any more.
    pub(crate) async fn fatal(&self) -> Arc<dyn std::error::Error + Send + Sync> {
        self.sql.fatal().await
    }

    /// Starts the background jobs of this node's roles.
    pub(crate) fn start_jobs(&self, config: &Config, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let mut jobs = Vec::new();
        let limits = self.limits.clone();
        jobs.push(tokio::spawn(every(Duration::from_secs(60), "limit memory", stop.clone(), move || {
            limits.retain_recent();
            std::future::ready(Ok::<(), std::convert::Infallible>(()))
        })));
        if config.has_role("gateway") {
            let presence = self.services.presence.clone();
            jobs.push(tokio::spawn(every(
                Duration::from_secs(1),
                "presence sweeper",
                stop.clone(),
                move || {
                    let presence = presence.clone();
                    async move { presence.sweep().await }
                },
            )));
        }
        if config.has_role("worker") {
            jobs.extend(self.start_worker(&config.storage.data_dir, stop));
        }
        jobs
    }

    fn start_worker(&self, data_dir: &Path, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let consumers: Vec<Arc<dyn Consumer>> = vec![self.counter.clone()];
        let relay = Arc::new(Relay::new(self.store.clone(), self.clock.clone(), consumers));
        let janitor = Arc::new(Janitor::new(self.services.clone(), self.store.clone(), self.clock.clone()));
        let hourly = janitor.clone();
        let media = self.services.media.clone();
        let integrity = self.sql.clone();
        let (exporting, erasing) = (self.account_jobs.clone(), self.account_jobs.clone());
        let (deletions, data_dir) = (self.services.deletions.clone(), data_dir.to_owned());
        let (indexer, stopping) = (self.indexer.clone(), stop.clone());
        vec![
            tokio::spawn(every(Duration::from_secs(1), "outbox relay", stop.clone(), move || {
                let relay = relay.clone();
                async move { relay.step().await }
            })),
            // Apart from the relay, so that a slow index holds up nobody else.
            tokio::spawn(every(Duration::from_secs(1), "search indexer", stop.clone(), move || {
                let (indexer, stopping) = (indexer.clone(), stopping.clone());
                async move {
                    while indexer.step().await? && !stopping.is_cancelled() {}
                    Ok::<(), IndexingError>(())
                }
            })),
            tokio::spawn(every(Duration::from_secs(60), "outbox janitor", stop.clone(), move || {
                let janitor = janitor.clone();
                async move { janitor.purge_outbox().await }
            })),
            tokio::spawn(every(Duration::from_secs(60), "media janitor", stop.clone(), move || {
                let media = media.clone();
                async move { media.purge().await }
            })),
            tokio::spawn(every(Duration::from_secs(3600), "expiry janitor", stop.clone(), move || {
                let janitor = hourly.clone();
                async move { janitor.purge_expired().await }
            })),
            tokio::spawn(every(EXPORT_PERIOD, "export", stop.clone(), move || {
                let jobs = exporting.clone();
                async move { jobs.prepare_exports().await }
            })),
            tokio::spawn(every(DELETION_PERIOD, "account deletion", stop.clone(), move || {
                let (jobs, deletions, data_dir) = (erasing.clone(), deletions.clone(), data_dir.clone());
                async move {
                    jobs.erase_due().await?;
                    deletions_file::write(&data_dir, &deletions.list().await?)
                }
            })),
            // With the first tick after the start, then nightly; damage is reported, never served silently.
            tokio::spawn(every(Duration::from_secs(86_400), "integrity check", stop.clone(), move || {
                let store = integrity.clone();
                async move {
                    for damage in store.integrity().await? {
                        tracing::error!(%damage, "the database is damaged; restore a backup");
                    }
                    Ok::<(), kith_domain::ports::StoreError>(())
                }
            })),
        ]
    }

    /// Stops taking new work and sends the sockets away, spread over the configured time.
    pub(crate) async fn drain(&self, config: &Config) {
        self.draining.start();
        self.gateway.drain(Duration::from_secs(config.server.drain_seconds)).await;
    }

    /// Ends the index and the store: what was accepted is durable.
    pub(crate) async fn close(&self) {
        self.search.close().await;
        self.sql.close().await;
    }
}

/// What use cases work with.
fn context(
    config: &Config,
    storage: &Storage,
    media: &MediaParts,
    limits: Arc<dyn Limits>,
    presence: Arc<dyn Presence>,
) -> Context {
    Context {
        store: storage.store.clone(),
        bus: storage.bus.clone(),
        blobs: media.blobs(),
        archives: Arc::new(ZipArchives),
        inspector: media.inspector(),
        presence,
        search: Arc::new(storage.search.clone()),
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
    Ok(Arc::new(context(config, storage, &media, limits, Arc::new(InProcessPresence::new()))))
}

fn limits(config: &Config) -> InProcessLimits {
    if config.server.no_limits {
        return InProcessLimits::unlimited();
    }
    let mut values = LimitValues::DEFAULT;
    if config.server.dev
        && let Some(rate) = Rate::new(1_000_000, Duration::from_secs(60))
    {
        // On one's own machine everybody shares one address.
        values.sign_ins = rate;
    }
    InProcessLimits::new(&values)
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
