//! Messages that wait for a lane.
//!
//! Each conversation has one of a few queues. A lane takes what some of them hold and keeps them until it is done, so that a
//! conversation's messages are placed in the order in which they came. What waits together shares the price of a commit, which
//! is most of what a single message costs: a lane takes from all queues that are nobody's, and a second one begins beside it
//! only when there is enough for both, or when the first takes long.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use kith_domain::{ConversationId, ports::StoreError};
use tokio::{
    sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::{Instant, sleep_until, timeout},
};

use super::group::{Group, Waiting};
use crate::{
    errors::unavailable,
    group::MAX_SENDS,
    outbox::spread,
    sync::{Mutex, lock},
};

/// As many messages are worth a commit beside another one. A message that shares with so many costs an eighth of what it does
/// alone (`cargo bench -p kith-sql --bench committer -- postgres`).
const WORTHWHILE: usize = 64;
/// After this long a lane holds up nobody but those whose queues it has: it may wait for a lock or a standby.
const SLOW: Duration = Duration::from_millis(200);

/// The queues of a store.
pub(super) struct Queues {
    state: Mutex<State>,
    /// One permit for each message that may still come to wait.
    room: Arc<Semaphore>,
    /// Something has come or a queue is free again.
    changed: Notify,
}

struct State {
    queues: Vec<Queue>,
    /// When each lane that holds queues took them.
    begun: Vec<Instant>,
    /// Where the next lane looks first.
    next: usize,
    closed: bool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Waiting, OwnedSemaphorePermit)>,
    taken: bool,
}

/// What a lane took.
pub(super) struct Taken {
    pub(super) group: Group,
    pub(super) held: Held,
}

/// The queues that a lane holds until this is dropped.
pub(super) struct Held {
    queues: Arc<Queues>,
    numbers: Vec<usize>,
    begun: Instant,
}

/// Why a lane gets nothing now.
enum Nothing {
    /// Until something changes.
    Yet,
    /// Until something changes, or then.
    Before(Instant),
    /// Nothing will come any more.
    Ever,
}

impl Queues {
    /// `count` queues, in which `room` messages may wait in all.
    pub(super) fn new(count: u32, room: usize) -> Self {
        let queues = (0..count.max(1)).map(|_| Queue::default()).collect();
        Self {
            state: Mutex::new(State { queues, begun: Vec::new(), next: 0, closed: false }),
            room: Arc::new(Semaphore::new(room.clamp(1, Semaphore::MAX_PERMITS))),
            changed: Notify::new(),
        }
    }

    /// Lets a message wait for a lane; `patience` is how long for room.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is none, or the queues are closed.
    pub(super) async fn put(&self, waiting: Waiting, patience: Duration) -> Result<(), StoreError> {
        // Where there is room no timer is taken.
        let permit = match Arc::clone(&self.room).try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::Closed) => return Err(closed()),
            Err(TryAcquireError::NoPermits) => {
                let room = timeout(patience, Arc::clone(&self.room).acquire_owned()).await;
                let room = room.map_err(|_| unavailable("too many messages are waiting"))?;
                room.map_err(|AcquireError { .. }| closed())?
            }
        };
        {
            let mut state = lock(&self.state);
            if state.closed {
                return Err(closed());
            }
            let number = state.number(waiting.draft.message.conversation_id);
            state.queues[number].waiting.push_back((waiting, permit));
        }
        self.changed.notify_one();
        Ok(())
    }

    /// What a lane is to commit next; `None` once the queues are closed and empty.
    pub(super) async fn take(self: &Arc<Self>) -> Option<Taken> {
        loop {
            let changed = self.changed.notified();
            let nothing = match self.try_take(Instant::now()) {
                Ok(taken) => {
                    // There may be enough for another lane.
                    self.changed.notify_one();
                    return Some(taken);
                }
                Err(nothing) => nothing,
            };
            match nothing {
                Nothing::Yet => changed.await,
                Nothing::Before(then) => tokio::select! {
                    () = changed => {}
                    () = sleep_until(then) => {}
                },
                Nothing::Ever => {
                    self.changed.notify_one();
                    return None;
                }
            }
        }
    }

    fn try_take(self: &Arc<Self>, now: Instant) -> Result<Taken, Nothing> {
        let mut state = lock(&self.state);
        let free: usize = state.free().map(|queue| queue.waiting.len()).sum();
        if free == 0 {
            let ended = state.closed && state.queues.iter().all(|queue| queue.waiting.is_empty());
            return Err(if ended { Nothing::Ever } else { Nothing::Yet });
        }
        if let Some(oldest) = state.begun.iter().min()
            && free < WORTHWHILE
            && now < *oldest + SLOW
        {
            return Err(Nothing::Before(*oldest + SLOW));
        }
        let (mut group, mut numbers) = (Group::default(), Vec::new());
        let count = state.queues.len();
        for number in (state.next..state.next + count).map(|number| number % count) {
            let queue = &mut state.queues[number];
            if queue.taken || queue.waiting.is_empty() || group.drafts.len() >= WORTHWHILE {
                continue;
            }
            let fit = queue.waiting.len().min(MAX_SENDS - group.drafts.len());
            group.extend(queue.waiting.drain(..fit).map(|(waiting, _room)| waiting));
            queue.taken = true;
            numbers.push(number);
        }
        state.next = numbers.last().map_or(0, |last| (last + 1) % count);
        state.begun.push(now);
        drop(state);
        Ok(Taken { group, held: Held { queues: Arc::clone(self), numbers, begun: now } })
    }

    /// Takes nothing new. Lanes end after what has come.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.room.close();
        self.changed.notify_one();
    }
}

impl State {
    fn number(&self, conversation: ConversationId) -> usize {
        spread(conversation, self.queues.len() as u64) as usize
    }

    fn free(&self) -> impl Iterator<Item = &Queue> {
        self.queues.iter().filter(|queue| !queue.taken)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = lock(&self.queues.state);
        for number in self.numbers.drain(..) {
            state.queues[number].taken = false;
        }
        if let Some(place) = state.begun.iter().position(|begun| *begun == self.begun) {
            state.begun.swap_remove(place);
        }
        drop(state);
        self.queues.changed.notify_one();
    }
}

fn closed() -> StoreError {
    unavailable("the store is closed")
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use kith_contract::fixtures::a_message;
    use kith_domain::{NewContent, UserId};
    use tokio::sync::oneshot;

    use super::*;
    use crate::committer::Draft;

    /// Two conversations of each of `count` queues.
    fn conversations(count: u64) -> Vec<[ConversationId; 2]> {
        let of = |queue| (1..).map(ConversationId::new).filter(move |id| spread(*id, count) == queue);
        let two = |queue| <[_; 2]>::try_from(of(queue).take(2).collect::<Vec<_>>()).expect("two were taken");
        (0..count).map(two).collect()
    }

    async fn put(queues: &Queues, conversation: ConversationId, text: &str) -> Result<(), StoreError> {
        let draft = Draft::new(a_message(conversation, UserId::new(1), text));
        queues.put(Waiting { draft, answer: oneshot::channel().0 }, Duration::ZERO).await
    }

    async fn put_many(queues: &Queues, conversation: ConversationId, count: usize) {
        for n in 0..count {
            put(queues, conversation, &n.to_string()).await.expect("there is room");
        }
    }

    fn texts(taken: &Taken, conversation: ConversationId) -> Vec<&str> {
        let messages = taken.group.drafts.iter().map(|draft| &draft.message);
        let of = messages.filter(|message| message.conversation_id == conversation);
        of.map(|message| match &message.content {
            NewContent::Text { text, .. } => text.as_str(),
            NewContent::Media { .. } => unreachable!("only text was put"),
        })
        .collect()
    }

    #[tokio::test]
    async fn little_goes_together_and_holds_all_it_came_from() {
        let queues = Arc::new(Queues::new(3, 1_000));
        let [[a, b], [c, _], _] = conversations(3).try_into().unwrap();
        for (conversation, text) in [(a, "1"), (c, "1"), (b, "1"), (a, "2")] {
            put(&queues, conversation, text).await.unwrap();
        }
        let now = Instant::now();
        let first = queues.try_take(now).ok().unwrap();
        assert_eq!(texts(&first, a), ["1", "2"]);
        assert_eq!((texts(&first, b), texts(&first, c)), (vec!["1"], vec!["1"]));
        put_many(&queues, a, 500).await;
        assert!(matches!(queues.try_take(now + SLOW), Err(Nothing::Yet)), "theirs are being placed");
        drop(first);
        assert_eq!(queues.try_take(now).ok().unwrap().group.drafts.len(), MAX_SENDS);
    }

    #[tokio::test]
    async fn a_second_lane_begins_with_enough_or_beside_a_slow_one() {
        let queues = Arc::new(Queues::new(3, 1_000));
        let [[a, _], [b, _], [c, _]] = conversations(3).try_into().unwrap();
        put(&queues, a, "1").await.unwrap();
        let now = Instant::now();
        let first = queues.try_take(now).ok().unwrap();
        put_many(&queues, b, WORTHWHILE - 1).await;
        let soon = now + SLOW / 2;
        assert!(matches!(queues.try_take(soon), Err(Nothing::Before(then)) if then == now + SLOW));
        put(&queues, b, "the last").await.unwrap();
        let second = queues.try_take(soon).ok().unwrap();
        assert_eq!(texts(&second, b).last(), Some(&"the last"));
        put(&queues, c, "1").await.unwrap();
        assert!(matches!(queues.try_take(soon), Err(Nothing::Before(then)) if then == now + SLOW));
        assert_eq!(texts(&queues.try_take(now + SLOW).ok().unwrap(), c), ["1"]);
        drop(first);
        put(&queues, a, "2").await.unwrap();
        assert!(matches!(queues.try_take(now + SLOW), Err(Nothing::Before(then)) if then == soon + SLOW));
    }

    #[tokio::test]
    async fn lanes_share_what_is_enough_for_all() {
        let queues = Arc::new(Queues::new(3, 1_000));
        let all = conversations(3);
        for [conversation, _] in &all {
            put_many(&queues, *conversation, WORTHWHILE).await;
        }
        let (first, second, third) = (queues.take().await, queues.take().await, queues.take().await);
        for taken in [first, second, third] {
            assert_eq!(taken.unwrap().group.drafts.len(), WORTHWHILE);
        }
    }

    #[tokio::test]
    async fn closed_queues_give_what_is_left_and_take_nothing() {
        let queues = Arc::new(Queues::new(2, 2));
        let [[a, b], _] = conversations(2).try_into().unwrap();
        put(&queues, a, "1").await.unwrap();
        put(&queues, b, "1").await.unwrap();
        let full = put(&queues, a, "2").await;
        assert!(matches!(full, Err(StoreError::Unavailable(_))), "{full:?}");
        queues.close();
        let late = put(&queues, a, "3").await;
        assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
        assert_eq!(queues.take().await.unwrap().group.drafts.len(), 2);
        assert!(queues.take().await.is_none());
        assert!(queues.take().await.is_none(), "each lane is told");
    }
}
