//! Publishes and answers what the writer has committed, in commit order and beside the writer: the next group begins
//! while the senders of this one are told.

use std::sync::Arc;

use kith_domain::{
    event::LiveEvent,
    ports::{Bus, SendError, SentMessage, StoreError},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// Groups that may wait here. A bus that cannot follow holds the writer up, as it must, after these.
const WAITING: usize = 2;

/// An answer that waits for the commit.
pub(crate) enum Pending {
    /// To a job.
    Job(oneshot::Sender<Result<(), StoreError>>, Result<(), StoreError>),
    /// To a message.
    Send(oneshot::Sender<Result<SentMessage, SendError>>, Result<SentMessage, SendError>),
}

impl Pending {
    fn answer(self) {
        match self {
            // Whoever asked may be gone: then there is nobody to tell.
            Self::Job(answer, result) => drop(answer.send(result)),
            Self::Send(answer, result) => drop(answer.send(result)),
        }
    }

    /// Answers that nothing of it was committed, or that nobody knows.
    pub(crate) fn fail(self, error: StoreError) {
        match self {
            Self::Job(answer, _) => drop(answer.send(Err(error))),
            Self::Send(answer, _) => drop(answer.send(Err(error.into()))),
        }
    }
}

/// A group after its durable commit.
pub(crate) struct Committed {
    /// What its jobs and messages publish.
    pub(crate) events: Vec<LiveEvent>,
    /// Who waits for it.
    pub(crate) answers: Vec<Pending>,
}

/// The publishing task, as the writer sees it.
pub(crate) struct Publisher {
    groups: mpsc::Sender<Committed>,
    task: JoinHandle<()>,
}

impl Publisher {
    /// Starts the task.
    pub(crate) fn start(bus: Arc<dyn Bus>) -> Self {
        let (groups, committed) = mpsc::channel(WAITING);
        Self { groups, task: tokio::spawn(run(bus, committed)) }
    }

    /// Hands a group over; waits while the bus is behind. False when the task has died: then nobody hears of this
    /// group, nor of any later one.
    pub(crate) async fn publish(&self, group: Committed) -> bool {
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

async fn run(bus: Arc<dyn Bus>, mut committed: mpsc::Receiver<Committed>) {
    while let Some(Committed { events, answers }) = committed.recv().await {
        if !events.is_empty() && bus.publish(events).await.is_err() {
            // The node is ending; live delivery is at most once, and what is durable is found by the next sync.
            tracing::debug!("the bus is closed: events of a commit were not published");
        }
        answers.into_iter().for_each(Pending::answer);
    }
}
