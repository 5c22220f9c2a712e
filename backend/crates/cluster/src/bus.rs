//! The bus of a node among others, and everything that runs behind it.

use std::{collections::HashMap, fmt, sync::Arc, time::Instant};

use async_trait::async_trait;
use kith_domain::{
    Clock, LiveEvent,
    ports::{Broker, Bus, BusClosed, Received, Roster, Store},
};
use prometheus_client::registry::Registry;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    audiences::Audiences,
    delivery::{self, Inflow},
    inbox::{Inbox, Questions},
    links::{Arrival, Links, LinksHandle, Order},
    metrics::Metrics,
    peers::{NodeLease, NumberLost, Peers},
    recovery::{Losses, Recovery, RecoveryHandle},
    roster::Attendants,
    routes::Routes,
    sequencer::Sequencer,
};

/// The bus: what is published here reaches the sockets of this node, and other nodes as far as it concerns theirs.
///
/// A publisher waits for this node's sockets, never for the broker.
#[derive(Debug)]
pub struct ClusterBus {
    delivery: mpsc::Sender<Inflow>,
    links: LinksHandle,
}

#[async_trait]
impl Bus for ClusterBus {
    async fn publish(&self, events: Vec<LiveEvent>) -> Result<(), BusClosed> {
        if events.is_empty() {
            return Ok(());
        }
        self.links.events(events.clone());
        for event in events {
            self.delivery.send(Inflow::Event(event)).await.map_err(|_| BusClosed)?;
        }
        Ok(())
    }
}

/// What a bus needs to be started: kept until the store is open, which publishes to the bus.
pub struct Parts {
    capacity: usize,
    links: LinksHandle,
    orders: mpsc::Receiver<Order>,
    delivery: mpsc::Sender<Inflow>,
    undelivered: mpsc::Receiver<Inflow>,
    attendants: Arc<Attendants>,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

/// What a node works with.
pub struct Means {
    /// The store that all nodes share.
    pub store: Arc<dyn Store>,
    /// The clock that leases are told by.
    pub clock: Arc<dyn Clock>,
    /// The broker between the nodes.
    pub broker: Arc<dyn Broker>,
    /// What it brings for this node's number.
    pub received: mpsc::Receiver<Received>,
}

impl fmt::Debug for Means {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Means").finish_non_exhaustive()
    }
}

impl ClusterBus {
    /// A bus that holds at most `capacity` events for the sockets of this node; with more, publishers wait.
    #[must_use]
    pub fn new(capacity: usize) -> (Arc<Self>, Parts) {
        let (delivery, undelivered) = mpsc::channel(capacity);
        let (links, orders) = LinksHandle::new();
        let (arriving, arrivals) = mpsc::unbounded_channel();
        let bus = Arc::new(Self { delivery: delivery.clone(), links: links.clone() });
        let attendants = Arc::new(Attendants::new(arriving));
        (bus, Parts { capacity, links, orders, delivery, undelivered, attendants, arrivals })
    }
}

/// A node among others. Dropping it ends its work; [`Cluster::stop`] also tells the others that it goes.
pub struct Cluster {
    tasks: JoinSet<()>,
    stop: CancellationToken,
    lost: watch::Receiver<Option<NumberLost>>,
    attendants: Arc<Attendants>,
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}

impl Cluster {
    /// Starts the work behind a bus on the present Tokio runtime. The receiver gets the events for this node's sockets,
    /// entries of a conversation in order. Metrics are registered with `registry`, prefixed `kith_cluster_`.
    #[must_use]
    pub fn start(
        parts: Parts,
        lease: NodeLease,
        means: Means,
        registry: &mut Registry,
    ) -> (Self, mpsc::Receiver<LiveEvent>) {
        let Parts { capacity, links, orders, delivery, undelivered, attendants, arrivals } = parts;
        let Means { store, clock, broker, received } = means;
        let (own, boot) = (lease.number, lease.boot);
        let metrics = Metrics::register(registry);
        metrics.node.set(own.get().into());
        let routes = Arc::new(Routes::default());
        let audiences = Arc::new(Audiences::new(Arc::clone(&store)));
        let losses = Losses::default();
        let (recovery, asked) = RecoveryHandle::new(losses.clone());
        let (heard_itself, hears_itself) = watch::channel(Instant::now());
        let (losing, lost) = watch::channel(None);
        let stop = CancellationToken::new();
        let (to_sockets, sockets) = mpsc::channel(capacity);

        let mut tasks = JoinSet::new();
        tasks.spawn(delivery::run(
            Arc::clone(&store),
            Arc::clone(&audiences),
            Sequencer::new(losses),
            undelivered,
            to_sockets,
        ));
        tasks.spawn(
            Links::new(
                own,
                boot,
                broker,
                Arc::clone(&routes),
                Arc::clone(&audiences),
                metrics.clone(),
                &links,
            )
            .run(orders, arrivals),
        );
        let reading = Recovery {
            store: Arc::clone(&store),
            audiences: Arc::clone(&audiences),
            attendants: Arc::clone(&attendants),
            delivery: delivery.clone(),
            metrics: metrics.clone(),
        };
        tasks.spawn(reading.run(asked));
        let inbox = Inbox {
            own,
            boot,
            routes: Arc::clone(&routes),
            audiences: Arc::clone(&audiences),
            links: links.clone(),
            recovery: recovery.clone(),
            delivery,
            metrics: metrics.clone(),
            heard_itself,
            last: HashMap::new(),
            questions: Questions::default(),
        };
        tasks.spawn(inbox.run(received));
        let peers = Peers {
            lease,
            store,
            clock,
            routes,
            audiences,
            links,
            recovery,
            metrics,
            heard_itself: hears_itself,
            lost: losing,
            stop: stop.clone(),
            known: HashMap::new(),
        };
        tasks.spawn(peers.run());
        (Self { tasks, stop, lost, attendants }, sockets)
    }

    /// Where the gateway tells who has sockets here.
    #[must_use]
    pub fn roster(&self) -> Arc<dyn Roster> {
        Arc::clone(&self.attendants) as Arc<dyn Roster>
    }

    /// Resolves when another process has taken this node's number: this one must end.
    pub async fn number_lost(&self) -> NumberLost {
        let mut lost = self.lost.clone();
        let seen = lost.wait_for(Option::is_some).await.map(|lost| lost.clone());
        match seen {
            Ok(Some(lost)) => lost,
            _ => std::future::pending().await,
        }
    }

    /// Gives the node's leases up and ends its work.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // The first to end is the one that was told so; the others serve the sockets that are still there.
        if let Some(Err(error)) = self.tasks.join_next().await {
            tracing::error!(%error, "a task between the nodes did not end well");
        }
        self.tasks.shutdown().await;
    }
}
