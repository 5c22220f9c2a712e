//! In which order this node publishes what its transactions did: for each conversation in the order of their commits.
//!
//! A transaction takes its turn while it holds the conversation's row, so that turns are taken in the order of the commits;
//! it publishes when all earlier turns of its conversations have ended. Waiting cannot go round in circles: who waits came
//! later.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    future::poll_fn,
    sync::Arc,
    task::{Poll, Waker},
};

use kith_domain::ConversationId;

use crate::sync::{Mutex, lock};

/// The turns that have not ended.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Those of each conversation that has any, in their order.
    queues: HashMap<ConversationId, VecDeque<u64>>,
    /// Who waits for the turn of that number.
    waiting: HashMap<u64, Waker>,
    /// How many were taken.
    taken: u64,
}

impl Turns {
    /// Takes a turn for conversations whose rows the caller has locked.
    pub(super) fn take(self: &Arc<Self>, mut conversations: Vec<ConversationId>) -> Turn {
        conversations.sort_unstable();
        conversations.dedup();
        let mut state = lock(&self.0);
        let number = state.taken;
        state.taken += 1;
        for id in &conversations {
            state.queues.entry(*id).or_default().push_back(number);
        }
        drop(state);
        Turn { turns: Arc::clone(self), conversations, number }
    }
}

/// A place in the order. Dropping it lets the next ones go on, whether anything was published or not.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    conversations: Vec<ConversationId>,
    number: u64,
}

impl Turn {
    /// Resolves when every earlier turn has ended.
    pub(super) async fn comes(&mut self) {
        poll_fn(|cx| {
            let mut state = lock(&self.turns.0);
            let is_first = |id| state.queues.get(id).and_then(VecDeque::front) == Some(&self.number);
            if self.conversations.iter().all(is_first) {
                return Poll::Ready(());
            }
            state.waiting.insert(self.number, cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = lock(&self.turns.0);
        let State { queues, waiting, .. } = &mut *state;
        waiting.remove(&self.number);
        let mut woken: Vec<Waker> = Vec::new();
        for id in self.conversations.drain(..) {
            let Entry::Occupied(mut queue) = queues.entry(id) else { continue };
            // It need not be the first one: a turn that is given up has not come.
            queue.get_mut().retain(|number| *number != self.number);
            match queue.get().front() {
                // Who waits for another conversation as well asks again.
                Some(first) => woken.extend(waiting.remove(first)),
                None => drop(queue.remove()),
            }
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

#[cfg(all(test, feature = "loom"))]
mod loom_tests;
#[cfg(all(test, not(feature = "loom")))]
mod tests;
