//! What waits for the writer, and the groups it is committed in.

use std::collections::VecDeque;

use kith_domain::{
    ConversationId,
    event::LiveEvent,
    ports::{SendError, SentMessage, StoreError, store::Job},
};

use crate::{committed::Pending, committer::Draft, queue::Accepted, sync::oneshot};

/// The most sends of one group: beyond this the time per message hardly falls, while the first one's wait grows.
pub(crate) const MAX_SENDS: usize = 256;
/// The most jobs of one group.
const MAX_JOBS: usize = 64;

/// What waits for the writer.
pub(crate) enum Work {
    /// A closure over a transaction.
    Job {
        /// What is to be done.
        job: Job,
        /// Told after the durable commit.
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    /// A message.
    Send {
        /// The message, encoded before the queue so that the writer need not.
        draft: Box<Draft>,
        /// Told after the durable commit.
        answer: oneshot::Sender<Result<SentMessage, SendError>>,
    },
}

impl Work {
    fn fail(self, error: StoreError) {
        match self {
            // Whoever asked may be gone: then there is nobody to tell.
            Self::Job { answer, .. } => drop(answer.send(Err(error))),
            Self::Send { answer, .. } => drop(answer.send(Err(error.into()))),
        }
    }
}

/// Work that is committed together, and what it has done so far.
#[derive(Default)]
pub(crate) struct Group {
    /// Not yet run, in arrival order.
    pub(crate) waiting: VecDeque<Work>,
    /// Run, and to be answered after the commit.
    pub(crate) done: Vec<Pending>,
    /// To be published after the commit.
    pub(crate) events: Vec<LiveEvent>,
    /// Conversations of which an entry was erased.
    pub(crate) erased: Vec<ConversationId>,
    jobs: usize,
    sends: usize,
}

impl Group {
    /// Takes what waits, up to the size of a group.
    pub(crate) fn gather(first: Work, accepted: &mut Accepted<Work>) -> Self {
        let mut group = Self::default();
        let mut next = Some(first);
        while let Some(work) = next {
            match work {
                Work::Job { .. } => group.jobs += 1,
                Work::Send { .. } => group.sends += 1,
            }
            group.waiting.push_back(work);
            let room = group.sends < MAX_SENDS && group.jobs < MAX_JOBS;
            next = if room { accepted.next_now() } else { None };
        }
        group
    }

    /// Whether it has no job.
    pub(crate) fn is_sends_only(&self) -> bool {
        self.jobs == 0
    }

    /// How much work it is.
    pub(crate) fn work(&self) -> u64 {
        (self.jobs + self.sends) as u64
    }

    /// Takes the next messages, as long as no job lies between them.
    pub(crate) fn next_sends(
        &mut self,
    ) -> (Vec<Draft>, Vec<oneshot::Sender<Result<SentMessage, SendError>>>) {
        let (mut drafts, mut answers) = (Vec::new(), Vec::new());
        while let Some(work) = self.waiting.pop_front() {
            match work {
                Work::Send { draft, answer } => {
                    drafts.push(*draft);
                    answers.push(answer);
                }
                job @ Work::Job { .. } => {
                    self.waiting.push_front(job);
                    break;
                }
            }
        }
        (drafts, answers)
    }

    /// Answers all of it alike.
    pub(crate) fn fail(self, error: &StoreError) {
        self.done.into_iter().for_each(|pending| pending.fail(error.clone()));
        self.waiting.into_iter().for_each(|work| work.fail(error.clone()));
    }
}
