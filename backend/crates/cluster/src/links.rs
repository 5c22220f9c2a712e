//! The ways to the other nodes: chooses who gets which event, counts what is sent, and says who is here.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use kith_domain::{ConversationId, LiveEvent, NodeNumber, UserId, ports::Broker};
use serde_json::value::RawValue;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    audiences::Audiences,
    envelope::{self, Boot, EnvelopeError, Saying},
    metrics::Metrics,
    node_set::NodeSet,
    routes::Routes,
};

/// Batches of events that may wait to be sent. With more, some are not sent, which their receivers find out.
const WAITING: usize = 1_024;
/// Comings and goings are gathered for so long.
const GATHER: Duration = Duration::from_millis(10);
/// Events that are looked at together.
const EVENTS_AT_ONCE: usize = 512;
/// Users named in one message.
const USERS_AT_ONCE: usize = 10_000;
/// The most bytes of events in one message; one event alone may be larger.
const MAX_BYTES: usize = 512 << 10;

/// What is to be sent.
#[derive(Debug)]
pub(crate) enum Order {
    /// Events of this node.
    Events(Vec<LiveEvent>),
    /// The nodes that are there, this one left aside.
    Peers(HashMap<NodeNumber, Boot>),
    /// A sign of life to everybody, this node included.
    Ping,
    /// Tell a node who is here.
    Present(NodeNumber),
    /// Ask a node who is there.
    Ask(NodeNumber),
}

/// Hands orders over.
#[derive(Debug, Clone)]
pub(crate) struct LinksHandle {
    orders: mpsc::Sender<Order>,
    skipped: Arc<AtomicBool>,
}

impl LinksHandle {
    pub(crate) fn new() -> (Self, mpsc::Receiver<Order>) {
        let (orders, waiting) = mpsc::channel(WAITING);
        (Self { orders, skipped: Arc::default() }, waiting)
    }

    /// Hands events over without waiting: whoever commits must not wait for a broker.
    pub(crate) fn events(&self, events: Vec<LiveEvent>) {
        if self.orders.try_send(Order::Events(events)).is_err() {
            self.skipped.store(true, Ordering::Relaxed);
        }
    }

    /// Hands anything else over; at the end of the node nobody takes it.
    pub(crate) async fn order(&self, order: Order) {
        let _ = self.orders.send(order).await;
    }
}

/// What the ways are made of.
pub(crate) struct Links {
    pub(crate) own: NodeNumber,
    pub(crate) boot: Boot,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) routes: Arc<Routes>,
    pub(crate) audiences: Arc<Audiences>,
    pub(crate) metrics: Metrics,
    pub(crate) skipped: Arc<AtomicBool>,
    /// The nodes that are there, and how much was sent to each.
    peers: HashMap<NodeNumber, Peer>,
    /// Who has sockets here.
    present: HashSet<UserId>,
    /// Sent to this node itself.
    own_count: u64,
}

#[derive(Debug, Clone, Copy)]
struct Peer {
    boot: Boot,
    count: u64,
}

/// Somebody's first socket came, or their last one went.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) user: UserId,
    pub(crate) here: bool,
}

/// The conversation whose members an event is for, if it is for them.
fn audience_of(event: &LiveEvent) -> Option<ConversationId> {
    match event {
        LiveEvent::Entry(entry) => Some(entry.conversation_id),
        LiveEvent::Read { conversation_id, to_members: true, .. }
        | LiveEvent::Typing { conversation_id, .. }
        | LiveEvent::ConversationChanged(conversation_id) => Some(*conversation_id),
        _ => None,
    }
}

/// Events together with those that wait behind them, as what is asked about many conversations at once costs hardly more than
/// about one; and the order that follows them, if it was taken.
fn with_more(order: Order, orders: &mut mpsc::Receiver<Order>) -> (Order, Option<Order>) {
    let Order::Events(mut events) = order else { return (order, None) };
    while events.len() < EVENTS_AT_ONCE {
        match orders.try_recv() {
            Ok(Order::Events(more)) => events.extend(more),
            Ok(other) => return (Order::Events(events), Some(other)),
            Err(_) => break,
        }
    }
    (Order::Events(events), None)
}

impl Links {
    pub(crate) fn new(
        own: NodeNumber,
        boot: Boot,
        broker: Arc<dyn Broker>,
        routes: Arc<Routes>,
        audiences: Arc<Audiences>,
        metrics: Metrics,
        handle: &LinksHandle,
    ) -> Self {
        Self {
            own,
            boot,
            broker,
            routes,
            audiences,
            metrics,
            skipped: Arc::clone(&handle.skipped),
            peers: HashMap::new(),
            present: HashSet::new(),
            own_count: 0,
        }
    }

    /// Runs until both inboxes are closed.
    pub(crate) async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut arrivals: mpsc::UnboundedReceiver<Arrival>,
    ) {
        let mut gathered: HashMap<UserId, bool> = HashMap::new();
        let mut flush_at: Option<Instant> = None;
        loop {
            let flush = async {
                match flush_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // News of who is here go before events, so that nobody misses what follows their coming.
                biased;
                Some(Arrival { user, here }) = arrivals.recv() => {
                    gathered.insert(user, here);
                    flush_at.get_or_insert_with(|| Instant::now() + GATHER);
                }
                () = flush => {
                    flush_at = None;
                    self.announce(std::mem::take(&mut gathered)).await;
                }
                order = orders.recv() => {
                    let Some(order) = order else { return };
                    let mut next = Some(order);
                    while let Some(order) = next.take() {
                        let (order, after) = with_more(order, &mut orders);
                        self.carry_out(order).await;
                        next = after;
                    }
                }
            }
        }
    }

    async fn carry_out(&mut self, order: Order) {
        if self.skipped.swap(false, Ordering::Relaxed) {
            // A number is left out, so that everybody sees that something is missing.
            self.metrics.skipped.inc();
            self.peers.values_mut().for_each(|peer| peer.count += 1);
        }
        match order {
            Order::Events(events) => self.send_events(events).await,
            Order::Peers(peers) => self.meet(peers).await,
            Order::Ping => {
                for node in self.nodes() {
                    self.say(node, &Saying::Ping).await;
                }
                self.own_count += 1;
                let sealed = envelope::seal(self.own, self.boot, self.own_count, &Saying::Ping);
                self.hand_over(self.own, sealed).await;
            }
            Order::Present(node) => self.tell_present(node).await,
            Order::Ask(node) => self.say(node, &Saying::Ask).await,
        }
    }

    fn nodes(&self) -> Vec<NodeNumber> {
        self.peers.keys().copied().collect()
    }

    /// Takes over who is there. Whoever is new is told who is here, and asked in turn.
    async fn meet(&mut self, peers: HashMap<NodeNumber, Boot>) {
        self.peers.retain(|node, peer| peers.get(node) == Some(&peer.boot));
        let new: Vec<_> = peers.into_iter().filter(|(node, _)| !self.peers.contains_key(node)).collect();
        for (node, boot) in new {
            self.peers.insert(node, Peer { boot, count: 0 });
            self.tell_present(node).await;
            self.say(node, &Saying::Ask).await;
        }
    }

    async fn announce(&mut self, gathered: HashMap<UserId, bool>) {
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for (user, here) in gathered {
            let changed = if here { self.present.insert(user) } else { self.present.remove(&user) };
            match (changed, here) {
                (true, true) => came.push(user),
                (true, false) => went.push(user),
                (false, _) => {}
            }
        }
        for node in self.nodes() {
            for some in came.chunks(USERS_AT_ONCE) {
                self.say(node, &Saying::Came(some)).await;
            }
            for some in went.chunks(USERS_AT_ONCE) {
                self.say(node, &Saying::Went(some)).await;
            }
        }
    }

    async fn tell_present(&mut self, node: NodeNumber) {
        let users: Vec<UserId> = self.present.iter().copied().collect();
        let mut first = true;
        for some in users.chunks(USERS_AT_ONCE) {
            self.say(node, &Saying::Present { users: some, first }).await;
            first = false;
        }
        if first {
            self.say(node, &Saying::Present { users: &[], first }).await;
        }
    }

    async fn send_events(&mut self, events: Vec<LiveEvent>) {
        let now = std::time::Instant::now();
        for event in &events {
            if let LiveEvent::Membership { conversation_id, user_id, .. } = event {
                self.audiences.changed(*conversation_id, *user_id, now);
            }
        }
        if self.peers.is_empty() {
            return;
        }
        self.audiences.learn(events.iter().filter_map(audience_of)).await;
        let mut for_nodes: HashMap<NodeNumber, Vec<usize>> = HashMap::new();
        let mut encoded: Vec<Box<RawValue>> = Vec::with_capacity(events.len());
        for event in &events {
            let targets = self.targets(event).await;
            let concerned: Vec<NodeNumber> =
                self.peers.keys().copied().filter(|node| targets.has(*node)).collect();
            if concerned.is_empty() {
                continue;
            }
            match envelope::encode(event) {
                Ok(text) => {
                    for node in concerned {
                        for_nodes.entry(node).or_default().push(encoded.len());
                    }
                    encoded.push(text);
                }
                Err(error) => tracing::error!(%error, "an event cannot be told to other nodes"),
            }
        }
        for (node, indexes) in for_nodes {
            let mut part: Vec<&RawValue> = Vec::new();
            let mut bytes = 0;
            for index in indexes {
                let text = &encoded[index];
                if bytes + text.get().len() > MAX_BYTES && !part.is_empty() {
                    self.say(node, &Saying::Events(&part)).await;
                    part.clear();
                    bytes = 0;
                }
                bytes += text.get().len();
                part.push(text);
            }
            self.metrics.events_sent.inc_by(part.len() as u64);
            self.say(node, &Saying::Events(&part)).await;
        }
    }

    async fn targets(&self, event: &LiveEvent) -> Targets {
        if let Some(conversation) = audience_of(event) {
            return self.members(conversation).await;
        }
        match event {
            LiveEvent::Read { user_id, .. } | LiveEvent::Personal { user_id, .. } => self.users(&[*user_id]),
            LiveEvent::Presence { watchers, .. } | LiveEvent::FriendProfile { watchers, .. } => {
                self.users(watchers)
            }
            // Every node remembers audiences, and devices that are signed out. The others have an audience.
            LiveEvent::Membership { .. }
            | LiveEvent::SessionEnded { .. }
            | LiveEvent::Entry(_)
            | LiveEvent::Typing { .. }
            | LiveEvent::ConversationChanged(_) => Targets::All,
        }
    }

    fn users(&self, users: &[UserId]) -> Targets {
        Targets::Some(self.routes.nodes_of(users))
    }

    async fn members(&self, conversation: ConversationId) -> Targets {
        match self.audiences.of(conversation).await {
            Ok(members) => self.users(&members),
            Err(error) => {
                tracing::warn!(%error, "an event goes to all nodes: its conversation's members are not known");
                Targets::All
            }
        }
    }

    /// Sends something to a node, under the next number.
    async fn say(&mut self, node: NodeNumber, saying: &Saying<'_>) {
        let Some(peer) = self.peers.get_mut(&node) else { return };
        peer.count += 1;
        let sealed = envelope::seal(self.own, self.boot, peer.count, saying);
        self.hand_over(node, sealed).await;
    }

    async fn hand_over(&self, node: NodeNumber, sealed: Result<Bytes, EnvelopeError>) {
        let sent = match sealed {
            Ok(bytes) => self.broker.send(&[node], bytes).await,
            Err(error) => return tracing::error!(%error, "a message to another node cannot be written"),
        };
        if let Err(error) = sent {
            // Its number is spent: the receiver will see that something is missing.
            self.metrics.failed.inc();
            tracing::debug!(%error, %node, "a message to another node was not sent");
        }
    }
}

/// The nodes an event goes to.
#[derive(Debug)]
enum Targets {
    All,
    Some(NodeSet),
}

impl Targets {
    fn has(&self, node: NodeNumber) -> bool {
        match self {
            Self::All => true,
            Self::Some(set) => set.contains(node),
        }
    }
}
