//! Messages that wait for a lane, and the groups they are committed in.

use kith_domain::ports::{SendError, SentMessage, StoreError};

use crate::{committer::Draft, sync::oneshot};

/// Told after the durable commit.
pub(super) type Answer = oneshot::Sender<Result<SentMessage, SendError>>;

/// A message that waits for its lane.
pub(super) struct Waiting {
    pub(super) draft: Draft,
    pub(super) answer: Answer,
}

/// Messages that are committed together, and who waits for each.
#[derive(Default)]
pub(super) struct Group {
    pub(super) drafts: Vec<Draft>,
    pub(super) answers: Vec<Answer>,
}

impl Extend<Waiting> for Group {
    fn extend<T: IntoIterator<Item = Waiting>>(&mut self, waiting: T) {
        for Waiting { draft, answer } in waiting {
            self.drafts.push(draft);
            self.answers.push(answer);
        }
    }
}

/// Answers all alike.
pub(super) fn fail(answers: Vec<Answer>, error: &StoreError) {
    for answer in answers {
        // Whoever asked may be gone: then there is nobody to tell.
        let _ = answer.send(Err(error.clone().into()));
    }
}
