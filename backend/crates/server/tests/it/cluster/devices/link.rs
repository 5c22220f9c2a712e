//! How a device gets its socket.

use std::time::Duration;

use super::nodes::Node;
use crate::harness::{Person, Received, Socket};

/// A socket that is connected, and subscribed unless it was to be left out.
pub(super) struct Link {
    pub(super) socket: Socket,
    pub(super) node: Node,
    pub(super) epoch: String,
    /// What came before the subscription's receipt.
    pub(super) early: Vec<Received>,
}

/// As long as it may take, SYN to receipt.
const LIMIT: Duration = Duration::from_secs(8);

/// Connects to a node; `None` when that does not work there now.
pub(super) async fn connect(node: Node, person: &Person, subscribe: bool) -> Option<Link> {
    tokio::time::timeout(LIMIT, attempt(node, person, subscribe)).await.ok().flatten()
}

async fn attempt(node: Node, person: &Person, subscribe: bool) -> Option<Link> {
    let mut socket = Socket::reach(&node.http).await.ok()?;
    socket.say_connect(&person.access_token).await;
    let connected = socket.frame().await.ok()?;
    if connected.command != "CONNECTED" {
        return None;
    }
    let epoch = connected.header("epoch").to_owned();
    let mut early = Vec::new();
    if subscribe {
        socket.say_subscribe().await;
        loop {
            let frame = socket.frame().await.ok()?;
            match frame.command {
                "RECEIPT" => break,
                "ERROR" => return None,
                _ => early.push(frame),
            }
        }
    }
    Some(Link { socket, node, epoch, early })
}
