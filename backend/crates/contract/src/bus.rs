//! What [`Bus`] promises.

use std::sync::Arc;

use futures_util::FutureExt;
use kith_domain::{
    event::LiveEvent,
    id::{ConversationId, UserId},
    ports::{Bus, BusClosed},
};
use tokio::sync::{Mutex, mpsc};

use crate::Case;

/// A bus and the events that one node gets from it.
pub struct BusAndNode {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// What arrives.
    pub events: Mutex<mpsc::Receiver<LiveEvent>>,
    /// How many events the bus takes before a publisher waits.
    pub capacity: usize,
}

impl AsRef<BusAndNode> for BusAndNode {
    fn as_ref(&self) -> &BusAndNode {
        self
    }
}

/// The suite.
pub const BUS: &[Case<BusAndNode>] = cases![
    events_arrive_in_the_order_of_publishing,
    a_publisher_waits_for_a_slow_subscriber_and_nothing_is_lost,
    several_publishers_get_everything_through,
    a_bus_without_a_subscriber_is_closed,
    a_publisher_that_waits_learns_of_the_end,
];

/// An event that carries a number.
fn event(number: u64) -> LiveEvent {
    LiveEvent::Typing { conversation_id: ConversationId::new(number), user_id: UserId::new(1) }
}

fn number(event: &LiveEvent) -> u64 {
    match event {
        LiveEvent::Typing { conversation_id, .. } => conversation_id.get(),
        other => panic!("nobody published {other:?}"),
    }
}

async fn receive(node: &BusAndNode, count: usize) -> Vec<u64> {
    let mut events = node.events.lock().await;
    let mut numbers = Vec::new();
    while numbers.len() < count {
        numbers.push(number(&events.recv().await.expect("the bus is open")));
    }
    numbers
}

async fn events_arrive_in_the_order_of_publishing(node: &BusAndNode) {
    let all: Vec<u64> = (1..=30).collect();
    let publish = async {
        for part in all.chunks(7) {
            node.bus.publish(part.iter().map(|n| event(*n)).collect()).await.expect("open");
        }
        node.bus.publish(Vec::new()).await.expect("open");
    };
    let ((), received) = tokio::join!(publish, receive(node, all.len()));
    assert_eq!(received, all);
}

async fn a_publisher_waits_for_a_slow_subscriber_and_nothing_is_lost(node: &BusAndNode) {
    let all: Vec<u64> = (1..=3 * node.capacity as u64).collect();
    let mut publish = node.bus.publish(all.iter().map(|n| event(*n)).collect());
    assert!((&mut publish).now_or_never().is_none(), "there is no room for all of them");
    let (published, received) = tokio::join!(publish, receive(node, all.len()));
    assert_eq!(published, Ok(()));
    assert_eq!(received, all);
}

async fn several_publishers_get_everything_through(node: &BusAndNode) {
    let publish = |from: u64| async move {
        for n in from..from + 50 {
            node.bus.publish(vec![event(n)]).await.expect("open");
        }
    };
    let ((), (), received) = tokio::join!(publish(100), publish(200), receive(node, 100));
    for from in [100, 200] {
        let of_one: Vec<u64> = received.iter().copied().filter(|n| (from..from + 50).contains(n)).collect();
        assert_eq!(of_one, (from..from + 50).collect::<Vec<_>>(), "each publisher's order is kept");
    }
}

async fn a_bus_without_a_subscriber_is_closed(node: &BusAndNode) {
    node.events.lock().await.close();
    assert_eq!(node.bus.publish(vec![event(1)]).await, Err(BusClosed));
}

async fn a_publisher_that_waits_learns_of_the_end(node: &BusAndNode) {
    let mut publish = node.bus.publish((1..=3 * node.capacity as u64).map(event).collect());
    assert!((&mut publish).now_or_never().is_none());
    node.events.lock().await.close();
    assert_eq!(publish.await, Err(BusClosed));
}
