//! The bus of a single node: a queue from those who commit to the one hub that knows the sockets.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use kith_domain::{
    event::LiveEvent,
    ports::{Bus, BusClosed},
};
use tokio::sync::mpsc;

/// A bounded queue with one subscriber. What is published before the subscription waits in the queue.
#[derive(Debug)]
pub struct InProcessBus {
    sender: mpsc::Sender<LiveEvent>,
    receiver: Mutex<Option<mpsc::Receiver<LiveEvent>>>,
}

impl InProcessBus {
    /// A bus that holds at most `capacity` events; with more under way, publishers wait.
    ///
    /// # Panics
    /// When `capacity` is 0.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel(capacity);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }

    /// The receiver of this node's events; `None` when it was handed out before. Dropping it closes the bus.
    #[must_use]
    pub fn subscribe(&self) -> Option<mpsc::Receiver<LiveEvent>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn publish(&self, events: Vec<LiveEvent>) -> Result<(), BusClosed> {
        for event in events {
            self.sender.send(event).await.map_err(|_| BusClosed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_one_subscriber_and_without_it_no_bus() {
        let bus = InProcessBus::new(1);
        let events = bus.subscribe();
        assert!(events.is_some());
        assert!(bus.subscribe().is_none());
        drop(events);
        assert_eq!(bus.publish(Vec::new()).await, Ok(()), "nothing to deliver");
        let typing = LiveEvent::Typing {
            conversation_id: kith_domain::ConversationId::new(1),
            user_id: kith_domain::UserId::new(2),
        };
        assert_eq!(bus.publish(vec![typing]).await, Err(BusClosed));
    }
}
