//! Who takes part in a conversation, remembered, so that the nodes a message goes to are found without asking the ledger.
//! Whoever has just gone is still among them for a while: they are told of their going.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use kith_domain::{
    ConversationId, UserId,
    ports::{Store, StoreError, StoreExt},
};
use smallvec::SmallVec;

/// Conversations of one generation; the memory holds two.
const GENERATION: usize = 50_000;
/// How long somebody who left is still told of the conversation.
const FAREWELL: Duration = Duration::from_secs(60);

/// The memory.
pub(crate) struct Audiences {
    store: Arc<dyn Store>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    young: HashMap<ConversationId, Arc<[UserId]>>,
    old: HashMap<ConversationId, Arc<[UserId]>>,
    gone: HashMap<ConversationId, SmallVec<[(UserId, Instant); 2]>>,
    /// Counts what was forgotten: an answer of the ledger is kept only if nothing was since it was asked.
    changes: u64,
}

impl State {
    fn find(&mut self, conversation: ConversationId) -> Option<Arc<[UserId]>> {
        if let Some(members) = self.young.get(&conversation) {
            return Some(Arc::clone(members));
        }
        let members = self.old.remove(&conversation)?;
        self.keep(conversation, Arc::clone(&members));
        Some(members)
    }

    fn keep(&mut self, conversation: ConversationId, members: Arc<[UserId]>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(conversation, members);
    }
}

impl Audiences {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The membership of `user` changed, at `now`.
    pub(crate) fn changed(&self, conversation: ConversationId, user: UserId, now: Instant) {
        let mut state = self.state();
        state.changes += 1;
        state.young.remove(&conversation);
        state.old.remove(&conversation);
        state.gone.entry(conversation).or_default().push((user, now + FAREWELL));
    }

    /// Forgets who takes part in these: it may have changed.
    pub(crate) fn forget(&self, conversations: &[ConversationId]) {
        let mut state = self.state();
        state.changes += 1;
        for conversation in conversations {
            state.young.remove(conversation);
            state.old.remove(conversation);
        }
    }

    /// Forgets whose farewell is over.
    pub(crate) fn purge(&self, now: Instant) {
        self.state().gone.retain(|_, gone| {
            gone.retain(|(_, until)| *until > now);
            !gone.is_empty()
        });
    }

    /// Asks about all of these that are not remembered at once. What fails here is asked again, one by one.
    pub(crate) async fn learn(&self, conversations: impl Iterator<Item = ConversationId>) {
        let (missing, changes) = {
            let state = self.state();
            let unknown = |id: &ConversationId| !state.young.contains_key(id) && !state.old.contains_key(id);
            let missing: BTreeSet<ConversationId> = conversations.filter(unknown).collect();
            (missing, state.changes)
        };
        if missing.len() < 2 {
            return;
        }
        if let Err(error) = self.ask(missing.into_iter().collect(), changes).await {
            tracing::debug!(%error, "who takes part in some conversations was not learnt");
        }
    }

    /// Asks the ledger who takes part in each of these, and remembers it if nothing was forgotten since there were
    /// `changes`.
    async fn ask(
        &self,
        conversations: Vec<ConversationId>,
        changes: u64,
    ) -> Result<HashMap<ConversationId, Arc<[UserId]>>, StoreError> {
        let mut members: HashMap<ConversationId, Vec<UserId>> =
            conversations.iter().map(|id| (*id, Vec::new())).collect();
        let rows = self
            .store
            .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.member_ids(&conversations).await }))
            .await?;
        for (conversation, user) in rows {
            members.entry(conversation).or_default().push(user);
        }
        let members: HashMap<_, Arc<[UserId]>> =
            members.into_iter().map(|(id, members)| (id, members.into())).collect();
        let mut state = self.state();
        if state.changes == changes {
            members.iter().for_each(|(id, members)| state.keep(*id, Arc::clone(members)));
        }
        Ok(members)
    }

    /// Who takes part, and who did until a moment ago.
    pub(crate) async fn of(&self, conversation: ConversationId) -> Result<Arc<[UserId]>, StoreError> {
        let changes = {
            let mut state = self.state();
            let gone = state.gone.get(&conversation).cloned();
            match (state.find(conversation), gone) {
                (Some(members), None) => return Ok(members),
                (Some(members), Some(gone)) => return Ok(with(&members, &gone)),
                (None, _) => state.changes,
            }
        };
        let members = self.ask(vec![conversation], changes).await?.remove(&conversation).unwrap_or_default();
        Ok(match self.state().gone.get(&conversation) {
            Some(gone) => with(&members, gone),
            None => members,
        })
    }
}

fn with(members: &[UserId], gone: &[(UserId, Instant)]) -> Arc<[UserId]> {
    members.iter().copied().chain(gone.iter().map(|(user, _)| *user)).collect()
}
