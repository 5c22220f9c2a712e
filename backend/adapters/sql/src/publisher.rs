//! Publishes and answers what was committed, in commit order and beside the one who writes: the next group begins while
//! the senders of this one are told.

use kith_domain::{event::LiveEvent, ports::Bus};

use crate::sync::{Task, mpsc, spawn};

/// Groups that may wait here. A bus that cannot follow holds those up who write, as it must, after these.
const WAITING: usize = 2;

/// The publishing task, as the one sees it who writes groups `G`.
pub(crate) struct Publisher<G> {
    groups: mpsc::Sender<G>,
    task: Task,
}

impl<G: Send + 'static> Publisher<G> {
    /// Starts the task, which publishes and answers one group after the other by `tell`.
    pub(crate) fn start<F>(tell: impl Fn(G) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        let (groups, mut committed) = mpsc::channel(WAITING);
        let task = spawn(async move {
            while let Some(group) = committed.recv().await {
                tell(group).await;
            }
        });
        Self { groups, task }
    }

    /// Hands a group over; waits while the bus is behind. False when the task has died: then nobody hears of this
    /// group, nor of any later one.
    pub(crate) async fn publish(&self, group: G) -> bool {
        self.groups.send(group).await.is_ok()
    }

    /// Ends the task after what was handed over.
    pub(crate) async fn stop(self) {
        drop(self.groups);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the publishing task did not end well");
        }
    }
}

/// Publishes what a commit has brought about.
pub(crate) async fn publish_all(bus: &dyn Bus, events: Vec<LiveEvent>) {
    if !events.is_empty() && bus.publish(events).await.is_err() {
        // The node is ending; live delivery is at most once, and what is durable is found by the next sync.
        tracing::debug!("the bus is closed: events of a commit were not published");
    }
}
