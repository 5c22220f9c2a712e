//! The broker between nodes: brings bytes from one node to others.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::node::NodeNumber;

/// The broker is away, or refuses. What was to be sent is lost, and nobody is told: see [`Received::Gap`].
#[derive(Debug, Clone, thiserror::Error)]
#[error("the broker does not take messages")]
pub struct BrokerError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

/// What a node receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Bytes from some node.
    Payload(Bytes),
    /// The connection was lost, or more came than there was room for: something may be missing here.
    Gap,
}

/// A broker between nodes. Delivery is at most once, and in the order of sending for each pair of nodes. It keeps
/// nothing for a node that is not there. Each adapter hands out what its own node receives in a bounded queue; what
/// does not fit is dropped and told as [`Received::Gap`].
#[async_trait]
pub trait Broker: Send + Sync {
    /// Hands `payload` (at most 1 MiB) to each of `nodes`. Answers when it is on its way, not when it has arrived, and
    /// fails at once while the broker is away.
    async fn send(&self, nodes: &[NodeNumber], payload: Bytes) -> Result<(), BrokerError>;
}
