//! Takes what other nodes send: notices what is missing, learns who is where, passes events on.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use kith_domain::{LiveEvent, NodeNumber, ports::Received};
use tokio::sync::{mpsc, watch};

use crate::{
    audiences::Audiences,
    delivery::Inflow,
    envelope::{self, Boot, Message},
    links::{LinksHandle, Order},
    metrics::Metrics,
    recovery::RecoveryHandle,
    routes::Routes,
};

/// A node is asked who is there once in so long: its answer names everybody, and while much is lost that would be most of what
/// is said.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// Whom to ask who is there.
#[derive(Default)]
pub(crate) struct Questions {
    owed: HashSet<NodeNumber>,
    asked: HashMap<NodeNumber, Instant>,
}

impl Questions {
    /// Whether `node`, of which something came, is to be asked now.
    fn is_due(&mut self, node: NodeNumber, now: Instant) -> bool {
        let waited = self.asked.get(&node).is_none_or(|at| now.duration_since(*at) >= ASK_EVERY);
        let due = waited && self.owed.remove(&node);
        if due {
            self.asked.insert(node, now);
        }
        due
    }
}

/// What the inbox works with.
pub(crate) struct Inbox {
    pub(crate) own: NodeNumber,
    pub(crate) boot: Boot,
    pub(crate) routes: Arc<Routes>,
    pub(crate) audiences: Arc<Audiences>,
    pub(crate) links: LinksHandle,
    pub(crate) recovery: RecoveryHandle,
    pub(crate) delivery: mpsc::Sender<Inflow>,
    pub(crate) metrics: Metrics,
    /// When this node last heard itself through the broker.
    pub(crate) heard_itself: watch::Sender<Instant>,
    /// The last message of each node.
    pub(crate) last: HashMap<NodeNumber, (Boot, u64, Instant)>,
    pub(crate) questions: Questions,
}

impl Inbox {
    /// Runs until the broker's queue is closed.
    pub(crate) async fn run(mut self, mut received: mpsc::Receiver<Received>) {
        while let Some(received) = received.recv().await {
            match received {
                Received::Payload(bytes) => self.take(&bytes).await,
                Received::Gap => {
                    let heard = *self.heard_itself.borrow();
                    self.lost_something(heard);
                }
            }
        }
    }

    /// Something of somebody is missing since `since`. Each is asked with the next that comes of it, a second from now at the
    /// latest.
    fn lost_something(&mut self, since: Instant) {
        self.metrics.gaps.inc();
        self.recovery.since(since);
        self.questions.owed.extend(self.last.keys());
    }

    async fn take(&mut self, bytes: &Bytes) {
        let envelope = match envelope::open(bytes) {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::warn!(%error, "a message of another node is passed over");
                return self.lost_something(Instant::now());
            }
        };
        if envelope.from == self.own {
            if envelope.boot == self.boot {
                self.heard_itself.send_replace(Instant::now());
            } else {
                tracing::error!(node = %self.own, "another process sends under the number of this node");
            }
            return;
        }
        self.count(envelope.from, envelope.boot, envelope.count).await;
        self.obey(envelope.from, envelope.message).await;
    }

    /// Finds out whether something is missing before a message.
    async fn count(&mut self, from: NodeNumber, boot: Boot, count: u64) {
        let now = Instant::now();
        let missing_since = match self.last.entry(from) {
            Entry::Vacant(vacant) => {
                vacant.insert((boot, count, now));
                // A node counts from 1 when it meets this one; what went before was not for here.
                (count > 1).then_some(now)
            }
            Entry::Occupied(mut last) => {
                let (last_boot, last_count, heard) = last.insert((boot, count, now));
                if last_boot != boot {
                    self.routes.forget(from);
                    Some(heard)
                } else if count == 1 {
                    // It lost sight of this node for a while and has met it again.
                    Some(heard)
                } else {
                    (count != last_count + 1).then_some(heard)
                }
            }
        };
        if let Some(since) = missing_since {
            self.metrics.gaps.inc();
            self.recovery.since(since);
            self.questions.owed.insert(from);
        }
        if self.questions.is_due(from, now) {
            self.links.order(Order::Ask(from)).await;
        }
    }

    async fn obey(&mut self, from: NodeNumber, message: Message) {
        match message {
            Message::Ping => {}
            Message::Events(events) => {
                self.metrics.events_received.inc_by(events.len() as u64);
                for event in events {
                    if let LiveEvent::Membership { conversation_id, user_id, .. } = &event {
                        self.audiences.changed(*conversation_id, *user_id, Instant::now());
                    }
                    if self.delivery.send(Inflow::Event(event)).await.is_err() {
                        return;
                    }
                }
            }
            Message::Came(users) => self.routes.add(from, &users),
            Message::Went(users) => self.routes.remove(from, &users),
            Message::Present { users, first } => {
                if first {
                    self.routes.forget(from);
                }
                self.routes.add(from, &users);
            }
            Message::Ask => self.links.order(Order::Present(from)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_asked_when_something_is_missing_and_not_too_often() {
        let (mut questions, start) = (Questions::default(), Instant::now());
        let [a, b] = [1, 2].map(|number| NodeNumber::try_from(number).unwrap());
        for (millis, missing, from, asked) in [
            (0, None, a, false),
            (0, Some(a), a, true),
            (10, None, a, false),
            (20, Some(a), a, false),
            (20, Some(b), b, true),
            (900, Some(a), a, false),
            (1_000, None, a, true),
            (5_000, None, a, false),
        ] {
            questions.owed.extend(missing);
            let due = questions.is_due(from, start + Duration::from_millis(millis));
            assert_eq!(due, asked, "{millis} ms, {from}");
        }
    }
}
