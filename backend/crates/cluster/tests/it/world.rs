//! A store and nodes over it.

use std::{sync::Arc, time::Duration};

use kith_cluster::{Cluster, ClusterBus, Means, NodeLease};
use kith_contract::fixtures::{a_group, user, with_members};
use kith_domain::{
    ConversationId, LiveEvent, NodeNumber, Seq,
    event::MembershipChange,
    ports::{Bus, Roster, Store},
};
use kith_embedded::SystemClock;
use kith_sql::testing::{TempStore, temp_store};
use prometheus_client::registry::Registry;
use tokio::{sync::mpsc, time::timeout};

use crate::broker::LossyBroker;

/// Nothing here takes longer on a machine that does anything else as well.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    /// Keeps the store's directory.
    _opened: TempStore,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) broker: Arc<LossyBroker>,
    pub(crate) group: ConversationId,
}

pub(crate) struct Node {
    pub(crate) number: NodeNumber,
    pub(crate) bus: Arc<ClusterBus>,
    pub(crate) cluster: Cluster,
    pub(crate) events: mpsc::Receiver<LiveEvent>,
    pub(crate) roster: Arc<dyn Roster>,
}

pub(crate) fn number(number: u16) -> NodeNumber {
    NodeNumber::try_from(number).unwrap()
}

impl World {
    /// A group of users 1, 2 and 3.
    pub(crate) async fn new() -> Self {
        let opened = temp_store().await;
        let store: Arc<dyn Store> = opened.store.clone();
        let group = with_members(&*store, a_group(), &[user(1), user(2), user(3)]).await;
        Self { _opened: opened, store, broker: Arc::default(), group }
    }

    pub(crate) async fn node(&self, boot: u64) -> Node {
        let (bus, parts) = ClusterBus::new(100);
        let lease = NodeLease::take(&*self.store, &SystemClock, None, boot).await.expect("a number");
        let number = lease.number();
        let received = self.broker.connect(number);
        let means = Means {
            store: self.store.clone(),
            clock: Arc::new(SystemClock),
            broker: self.broker.clone(),
            received,
        };
        let (cluster, events) = Cluster::start(parts, lease, means, &mut Registry::default());
        let roster = cluster.roster();
        Node { number, bus, cluster, events, roster }
    }

    pub(crate) fn typing(&self, by: u64) -> LiveEvent {
        LiveEvent::Typing { conversation_id: self.group, user_id: user(by) }
    }

    /// An event that every node is told.
    pub(crate) fn told_everywhere(&self) -> LiveEvent {
        let change = MembershipChange::Ended { at: 1 };
        LiveEvent::Membership { conversation_id: self.group, user_id: user(50), change }
    }
}

impl Node {
    pub(crate) async fn publish(&self, event: LiveEvent) {
        self.bus.publish(vec![event]).await.expect("the bus is open");
    }

    /// The next event that `wanted` takes; others are passed over.
    pub(crate) async fn wait_for<T>(&mut self, wanted: impl Fn(&LiveEvent) -> Option<T>) -> T {
        let look = async {
            loop {
                let event = self.events.recv().await.expect("the node is there");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        timeout(DEADLINE, look).await.expect("it comes in time")
    }

    /// Waits for an entry.
    pub(crate) async fn entry(&mut self) -> Seq {
        self.wait_for(|event| match event {
            LiveEvent::Entry(entry) => Some(entry.seq),
            _ => None,
        })
        .await
    }
}

/// Has `from` publish until `to` hears of it: then each knows of the other.
pub(crate) async fn meet(world: &World, from: &Node, to: &mut Node) {
    let publish = async {
        loop {
            from.publish(world.typing(1)).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let heard = to.wait_for(|event| matches!(event, LiveEvent::Typing { .. }).then_some(()));
    tokio::select! {
        () = heard => {}
        () = publish => {}
    }
}
