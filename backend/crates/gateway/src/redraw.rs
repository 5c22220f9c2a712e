//! Draws changed groups afresh for the members who are here, in the background: a group of thousands must not hold up
//! anybody's messages.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{StreamExt, stream};
use kith_domain::{ConversationId, UserId, view::Standing};
use kith_wire::Event;
use tokio::sync::Notify;

use crate::{frames, gateway::Inner, hub::Command};

/// Members for whom a conversation is drawn at the same time.
const DRAWN_AT_ONCE: usize = 4;

#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<ConversationId>,
    known: HashSet<ConversationId>,
}

/// Conversations to be drawn, each at most once: what changes again before its turn comes is drawn once.
#[derive(Debug, Default)]
pub(crate) struct Redraws {
    waiting: Mutex<Waiting>,
    news: Notify,
}

impl Redraws {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a conversation drawn.
    pub(crate) fn push(&self, id: ConversationId) {
        let mut waiting = self.waiting();
        if waiting.known.insert(id) {
            waiting.queue.push_back(id);
            self.news.notify_one();
        }
    }

    async fn next(&self) -> ConversationId {
        loop {
            {
                let mut waiting = self.waiting();
                if let Some(id) = waiting.queue.pop_front() {
                    waiting.known.remove(&id);
                    return id;
                }
            }
            self.news.notified().await;
        }
    }
}

/// Draws what waits, conversation by conversation.
pub(crate) async fn run(inner: Arc<Inner>) {
    loop {
        let id = inner.redraws.next().await;
        let mut members = HashSet::new();
        for shard in &inner.shards {
            members.extend(shard.hub.members(id).await);
        }
        stream::iter(members).for_each_concurrent(DRAWN_AT_ONCE, |user| draw(&inner, user, id)).await;
    }
}

async fn draw(inner: &Inner, user: UserId, conversation: ConversationId) {
    match inner.services.live.view(user, conversation).await {
        Ok(Some(view)) if view.standing == Standing::Active => {
            let tail = frames::message_tail(&Event::conversation(&view, &inner.settings.links));
            for shard in &inner.shards {
                shard.hub.send(Command::Redrawn { conversation, user, tail: tail.clone() });
            }
        }
        // They have gone meanwhile and are told so by another event.
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, conversation.id = %conversation, "a changed group could not be drawn")
        }
    }
}
