//! The gateway as a whole: starts its tasks, mounts its route, drains.

use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, routing::get};
use kith_domain::LiveEvent;
use kith_services::Services;
use kith_wire::close::CloseCode;
use prometheus_client::registry::Registry as MetricsRegistry;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    admission::Admission,
    connections::Connections,
    heads,
    hub::{Hub, HubHandle},
    metrics::Metrics,
    presence::{self, PresenceHandle},
    redraw::{self, Redraws},
    revocation,
    settings::GatewaySettings,
    sweep,
    ticks::Ticks,
    upgrade,
};

/// What the parts of the gateway share.
pub(crate) struct Inner {
    pub(crate) settings: GatewaySettings,
    pub(crate) services: Arc<Services>,
    pub(crate) connections: Connections,
    pub(crate) admission: Admission,
    pub(crate) hub: HubHandle,
    pub(crate) presence: PresenceHandle,
    pub(crate) redraws: Redraws,
    pub(crate) metrics: Metrics,
    pub(crate) ticks: Ticks,
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
}

/// The gateway of this node. Clones are handles to the same one.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("connections", &self.connections()).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Starts the hub, the sweep and the background work on the present Tokio runtime.
    ///
    /// `events` are the live events of this node, in commit order: what the bus hands to its subscriber. The gateway
    /// takes them as long as it lives. Its metrics are registered with `registry`, prefixed `kith_gateway_`.
    #[must_use]
    pub fn start(
        settings: GatewaySettings,
        services: Arc<Services>,
        events: mpsc::Receiver<LiveEvent>,
        registry: &mut MetricsRegistry,
    ) -> Self {
        let (hub, commands) = HubHandle::new();
        let (presence, changes) = PresenceHandle::new();
        let inner = Arc::new(Inner {
            connections: Connections::default(),
            admission: Admission::new(settings.handshakes_per_second),
            settings,
            services,
            hub,
            presence,
            redraws: Redraws::default(),
            metrics: Metrics::register(registry),
            ticks: Ticks::start(),
            tasks: TaskTracker::new(),
            draining: AtomicBool::new(false),
            stopped: CancellationToken::new(),
            next_session: AtomicU64::new(1),
        });
        let gateway = Self { inner: Arc::clone(&inner) };
        gateway.background(Hub::new(Arc::clone(&inner)).run(events, commands));
        gateway.background(presence::run(Arc::clone(&inner), changes));
        gateway.background(sweep::run(Arc::clone(&inner)));
        gateway.background(revocation::run(Arc::clone(&inner)));
        gateway.background(heads::run(Arc::clone(&inner)));
        gateway.background(redraw::run(inner));
        gateway
    }

    /// Runs `work` until the gateway stops.
    fn background(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.inner.stopped.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// The route `GET /ws`. Serve it with `ConnectInfo<SocketAddr>`, or set [`kith_wire::ClientAddress`] as an extension;
    /// without either, sockets are not counted by address.
    pub fn router(&self) -> Router {
        Router::new().route("/ws", get(upgrade::upgrade)).with_state(self.clone())
    }

    /// How many sockets are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.inner.connections.len()
    }

    /// Refuses new sockets, closes the open ones with 1012 evenly spread over `over`, and stops. What a socket has
    /// asked for by then is answered first. Ready when all are gone, a few seconds after `over` at the latest.
    pub async fn drain(&self, over: Duration) {
        let inner = &self.inner;
        inner.draining.store(true, Ordering::Relaxed);
        let open = inner.connections.snapshot();
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

/// Sockets are closed in at most so many steps.
const MAX_DRAIN_STEPS: u32 = 600;
