//! The bus: brings events to the nodes that hold sockets of their recipients.

use async_trait::async_trait;

use crate::event::LiveEvent;

/// The node is shutting down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bus is closed")]
pub struct BusClosed;

/// The bus. Delivery is at most once and in the order of publishing per node; a subscriber that cannot follow
/// holds the publisher up rather than losing events.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Hands over events in order.
    async fn publish(&self, events: Vec<LiveEvent>) -> Result<(), BusClosed>;
}
