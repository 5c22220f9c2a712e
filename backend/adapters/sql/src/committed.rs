//! What the writer has committed, and how it is told.

use kith_domain::{
    ConversationId,
    event::LiveEvent,
    ports::{Bus, SendError, SentMessage, StoreError},
};

use crate::{publisher::publish_all, sync::oneshot, tails::Tails};

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
    /// Conversations of which it erased an entry.
    pub(crate) erased: Vec<ConversationId>,
    /// Who waits for it.
    pub(crate) answers: Vec<Pending>,
}

impl Committed {
    /// Tells of it: the tails first, so that nobody who was answered reads an older state there, then the bus, so that
    /// events are on their way before the answer.
    pub(crate) async fn tell(self, bus: &dyn Bus, tails: &Tails) {
        let Self { events, erased, answers } = self;
        tails.commit(&erased, &events);
        publish_all(bus, events).await;
        answers.into_iter().for_each(Pending::answer);
    }
}

#[cfg(all(test, feature = "loom"))]
mod loom_tests;
