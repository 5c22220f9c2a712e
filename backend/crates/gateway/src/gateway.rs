//! The gateway as a whole: starts its tasks, mounts its route, drains.

use std::{
    fmt,
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, routing::get};
use kith_domain::{LiveEvent, ports::Roster};
use kith_services::Services;
use kith_wire::{close::CloseCode, trace::TraceIds};
use prometheus_client::registry::Registry as MetricsRegistry;
use tokio::sync::mpsc;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    addresses::Addresses,
    admission::Admission,
    attendance::Attendance,
    connection::Connection,
    dispatcher, flusher, heads,
    hub::Hub,
    metrics::Metrics,
    presence::{self, PresenceHandle},
    redraw::{self, Redraws},
    revocation,
    settings::GatewaySettings,
    shard::{self, Shard},
    sweep,
    ticks::Ticks,
    upgrade,
};

/// What the parts of the gateway share.
pub(crate) struct Inner {
    pub(crate) settings: GatewaySettings,
    pub(crate) services: Arc<Services>,
    pub(crate) shards: Vec<Arc<Shard>>,
    pub(crate) attendance: Attendance,
    pub(crate) addresses: Addresses,
    pub(crate) admission: Admission,
    pub(crate) presence: PresenceHandle,
    pub(crate) redraws: Redraws,
    pub(crate) metrics: Metrics,
    pub(crate) trace_ids: TraceIds,
    pub(crate) ticks: Arc<Ticks>,
    /// The tasks of sockets.
    pub(crate) tasks: TaskTracker,
    draining: AtomicBool,
    stopped: CancellationToken,
    next_session: AtomicU64,
}

impl Inner {
    /// Whether new sockets are refused because the node is going away.
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// A name for the `session` header; it means nothing to anybody but who reads logs.
    pub(crate) fn session_id(&self) -> String {
        self.next_session.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// How many sockets are open.
    pub(crate) fn connections(&self) -> usize {
        self.shards.iter().map(|shard| shard.connections.len()).sum()
    }

    /// Looks at each open socket; `each` must be quick.
    pub(crate) fn for_each_connection(&self, mut each: impl FnMut(&Arc<Connection>)) {
        self.shards.iter().for_each(|shard| shard.connections.for_each(&mut each));
    }

    /// All open sockets at this moment.
    pub(crate) fn snapshot(&self) -> Vec<Arc<Connection>> {
        let mut all = Vec::with_capacity(self.connections());
        self.for_each_connection(|connection| all.push(Arc::clone(connection)));
        all
    }
}

/// The gateway of this node. Clones are handles to the same one.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
    /// Ends the background work with the last handle.
    _stop: Arc<DropGuard>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Starts the shards, and on the present Tokio runtime the background work. All of it ends with [`Gateway::drain`] or
    /// when the last handle is dropped.
    ///
    /// `events` are the live events of this node, in commit order: what the bus hands to its subscriber. The gateway
    /// takes them as long as it lives. `roster` is told who has sockets here, where other nodes have to know. Its metrics are registered with `registry`, prefixed `kith_gateway_`.
    ///
    /// # Errors
    /// When the system gives no thread for a shard.
    pub fn start(
        settings: GatewaySettings,
        services: Arc<Services>,
        events: mpsc::Receiver<LiveEvent>,
        roster: Option<Arc<dyn Roster>>,
        registry: &mut MetricsRegistry,
    ) -> io::Result<Self> {
        let (presence, changes) = PresenceHandle::new();
        let (ticks, stopped) = (Arc::new(Ticks::start()), CancellationToken::new());
        let (shards, inboxes): (Vec<_>, Vec<_>) =
            shard::start(settings.shards, &ticks, &stopped)?.into_iter().unzip();
        let inner = Arc::new(Inner {
            shards,
            attendance: Attendance::new(roster),
            addresses: Addresses::default(),
            admission: Admission::new(settings.handshakes_per_second),
            settings,
            services,
            presence,
            redraws: Redraws::default(),
            metrics: Metrics::register(registry),
            trace_ids: TraceIds::default(),
            ticks,
            tasks: TaskTracker::new(),
            draining: AtomicBool::new(false),
            stopped: stopped.clone(),
            next_session: AtomicU64::new(1),
        });
        for (shard, inboxes) in inner.shards.iter().zip(inboxes) {
            let metrics = inner.metrics.clone();
            shard.spawn(until(stopped.clone(), Hub::new(shard, metrics).run(inboxes)));
            shard.spawn(until(stopped.clone(), flusher::run(Arc::clone(shard))));
            shard.spawn(until(stopped.clone(), sweep::run(Arc::clone(&inner), Arc::clone(shard))));
        }
        tokio::spawn(until(stopped.clone(), dispatcher::run(Arc::clone(&inner), events)));
        tokio::spawn(until(stopped.clone(), presence::run(Arc::clone(&inner), changes)));
        tokio::spawn(until(stopped.clone(), revocation::run(Arc::clone(&inner))));
        tokio::spawn(until(stopped.clone(), heads::run(Arc::clone(&inner))));
        tokio::spawn(until(stopped.clone(), redraw::run(Arc::clone(&inner))));
        Ok(Self { inner, _stop: Arc::new(stopped.drop_guard()) })
    }

    /// The route `GET /ws`. Serve it with `ConnectInfo<SocketAddr>`, or set [`kith_wire::ClientAddress`] as an extension;
    /// without either, sockets are not counted by address.
    pub fn router(&self) -> Router {
        Router::new().route("/ws", get(upgrade::upgrade)).with_state(self.clone())
    }

    /// How many sockets are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inner.connections()
    }

    /// Refuses new sockets, closes the open ones with 1012 evenly spread over `over`, and stops. What a socket has
    /// asked for by then is answered first. Ready when all are gone, a few seconds after `over` at the latest.
    pub async fn drain(&self, over: Duration) {
        let inner = &self.inner;
        inner.draining.store(true, Ordering::Relaxed);
        let open = inner.snapshot();
        let steps = u32::try_from(open.len()).unwrap_or(u32::MAX).clamp(1, MAX_DRAIN_STEPS);
        let mut turns = tokio::time::interval((over / steps).max(Duration::from_millis(1)));
        for some in open.chunks(open.len().div_ceil(steps as usize).max(1)) {
            turns.tick().await;
            some.iter().for_each(|connection| connection.outbox.close(CloseCode::ServiceRestart));
        }
        inner.tasks.close();
        // The sweep ends what does not end by itself.
        inner.tasks.wait().await;
        inner.stopped.cancel();
    }
}

/// Runs `work` until the gateway stops.
async fn until(stopped: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stopped.cancelled() => {}
        () = work => {}
    }
}

/// Sockets are closed in at most so many steps.
const MAX_DRAIN_STEPS: u32 = 600;
