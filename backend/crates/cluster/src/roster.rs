//! Who has sockets at this node: told to the other nodes, and remembered for this one.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use async_trait::async_trait;
use kith_domain::{ConversationId, UserId, ports::Roster};
use tokio::sync::{Notify, mpsc};

use crate::links::Arrival;

/// Whoever has a socket here, as the gateway says.
#[derive(Debug)]
pub(crate) struct Attendants {
    arrivals: mpsc::UnboundedSender<Arrival>,
    here: RwLock<HashSet<UserId>>,
    missed: Notify,
}

impl Attendants {
    /// Nobody yet. Comings and goings are also handed to `arrivals`.
    pub(crate) fn new(arrivals: mpsc::UnboundedSender<Arrival>) -> Self {
        Self { arrivals, here: RwLock::default(), missed: Notify::new() }
    }

    fn note(&self, user: UserId, here: bool) {
        let mut users = self.here.write().unwrap_or_else(PoisonError::into_inner);
        if here {
            users.insert(user);
        } else {
            users.remove(&user);
        }
        drop(users);
        // At the end of the node nobody is told.
        let _ = self.arrivals.send(Arrival { user, here });
    }

    /// Those of the conversations that have one of the members named with them here.
    pub(crate) fn conversations_of(&self, members: &[(ConversationId, UserId)]) -> HashSet<ConversationId> {
        let here = self.here.read().unwrap_or_else(PoisonError::into_inner);
        members
            .iter()
            .filter(|(_, user)| here.contains(user))
            .map(|(conversation, _)| *conversation)
            .collect()
    }

    /// Events may have been lost, and what the ledger knows of them was told.
    pub(crate) fn tell_missed(&self) {
        self.missed.notify_one();
    }
}

#[async_trait]
impl Roster for Attendants {
    fn arrived(&self, user: UserId) {
        self.note(user, true);
    }

    fn left(&self, user: UserId) {
        self.note(user, false);
    }

    async fn missed(&self) {
        self.missed.notified().await;
    }
}
