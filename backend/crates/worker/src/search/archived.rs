//! Reads what has left the ledger, for an index that is built anew.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
};

use kith_domain::{
    ConversationId, Entry, EntryBody, Seq,
    ports::{History, Store, StoreError, StoreExt as _, entries::Archived},
};

/// Entries of one reading.
const PIECE: Seq = 500;
/// Conversations of one look.
const CONVERSATIONS: u32 = 500;

/// A walk through the history of all conversations, which goes on where it stopped. It begins anew with the process.
pub(super) struct ArchivedMessages {
    store: Arc<dyn Store>,
    history: Arc<dyn History>,
    walk: Mutex<Walk>,
}

#[derive(Default, Clone)]
struct Walk {
    /// Up to where each conversation was read.
    read: HashMap<ConversationId, Seq>,
    /// The conversations of this round up to this one are done.
    after: Option<ConversationId>,
    /// Whether one round is done.
    once: bool,
}

impl ArchivedMessages {
    pub(super) fn new(store: Arc<dyn Store>, history: Arc<dyn History>) -> Self {
        Self { store, history, walk: Mutex::default() }
    }

    /// Forgets what was read.
    pub(super) fn begin(&self) {
        *self.walk.lock().unwrap_or_else(PoisonError::into_inner) = Walk::default();
    }

    /// Whether all were read once.
    pub(super) fn is_read_once(&self) -> bool {
        self.walk.lock().unwrap_or_else(PoisonError::into_inner).once
    }

    /// Some more entries; empty at the end of a round, and the next one reads what has left the ledger since.
    ///
    /// # Errors
    /// The first failure; the next call reads the same again.
    pub(super) async fn next(&self) -> Result<Vec<Entry>, StoreError> {
        let mut walk = self.walk.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut entries = Vec::new();
        loop {
            let after = walk.after;
            let some: Vec<(ConversationId, Seq)> =
                self.store.read::<_, StoreError, _>(move |tx| tx.list_archives(after, CONVERSATIONS)).await?;
            if some.is_empty() {
                walk = Walk { after: None, once: true, ..walk };
                break;
            }
            for (conversation, archived_to) in some {
                let low = walk.read.get(&conversation).map_or(1, |read| read + 1);
                if low <= archived_to {
                    let high = archived_to.min(low + (PIECE - 1));
                    entries = self.piece(conversation, low..=high).await?;
                    walk.read.insert(conversation, high);
                    break;
                }
                walk.after = Some(conversation);
            }
            if !entries.is_empty() {
                break;
            }
        }
        *self.walk.lock().unwrap_or_else(PoisonError::into_inner) = walk;
        Ok(entries)
    }

    async fn piece(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, StoreError> {
        let span = (conversation, seqs.clone());
        let archived: Vec<Archived> = self
            .store
            .read::<_, StoreError, _>(move |tx| Box::pin(async move { tx.list_archived(&[span]).await }))
            .await?;
        let read = self.history.range(conversation, seqs).await;
        let mut entries = read.map_err(super::unavailable)?;
        // What the ledger knows to be unsent is not put into the index, whatever the history still says.
        let unsent = |seq| archived.iter().any(|run| run.unsent.binary_search(&seq).is_ok());
        entries.retain(|entry| !matches!(entry.body, EntryBody::Message { .. }) || !unsent(entry.seq));
        Ok(entries)
    }
}
