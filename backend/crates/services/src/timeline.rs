//! Whole timelines: what the ledger has, and from the history what has left it. Nobody else knows both.
//!
//! A reading asks the ledger first, in one transaction; that says which places are the history's ([`Archived`]), and
//! which messages of these were unsent since. The history is read after the transaction: nobody waits in the database for
//! another service. An entry leaves the ledger only when the history has it, so that what one reading misses in the
//! ledger is always in the history by then.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kith_domain::{
    ConversationId, Entry, EntryBody, Interval, Seq, UserId,
    ports::{
        History, HistoryError, Transaction,
        entries::{Archived, Found},
    },
};

use crate::{Context, ServiceError};

/// Entries of one question to the history.
const PIECE: Seq = 500;
/// Questions to the history at once, for one reading.
const AT_ONCE: usize = 16;
/// How long a page waits for what it shows beside its own entries. It is worth more without than late.
const PATIENCE: Duration = Duration::from_secs(1);

/// There is no history, or none is named in the settings any more.
#[derive(Debug, thiserror::Error)]
#[error("entries have left the ledger, and no history is set up")]
struct NoHistory;

impl Context {
    /// Everything that was found, ascending by conversation and seq.
    ///
    /// # Errors
    /// [`ServiceError::History`]: an answer is whole or none.
    pub(crate) async fn whole(&self, found: Found) -> Result<Vec<Entry>, ServiceError> {
        let Found { mut entries, archived } = found;
        if archived.is_empty() {
            return Ok(entries);
        }
        entries.extend(self.archived(archived).await?);
        entries.sort_unstable_by_key(|entry| (entry.conversation_id, entry.seq));
        Ok(entries)
    }

    /// The entries of places that have left the ledger, in the order of the places.
    ///
    /// # Errors
    /// [`ServiceError::History`].
    pub(crate) async fn archived(&self, archived: Vec<Archived>) -> Result<Vec<Entry>, ServiceError> {
        if archived.is_empty() {
            return Ok(Vec::new());
        }
        let history = self.history.clone().ok_or_else(|| HistoryError::Unavailable(Arc::new(NoHistory)))?;
        let read = archived.into_iter().flat_map(pieces).map(|piece| read_piece(Arc::clone(&history), piece));
        let read: Vec<_> = read.collect();
        Ok(stream::iter(read).buffered(AT_ONCE).try_concat().await?)
    }

    /// [`Context::archived`] for what an answer can do without: nothing when it does not come soon.
    pub(crate) async fn archived_if_there(&self, archived: Vec<Archived>) -> Vec<Entry> {
        if archived.is_empty() {
            return Vec::new();
        }
        let read = tokio::time::timeout(PATIENCE, self.archived(archived)).await;
        match read {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "an answer lacks what the history has"
                );
                Vec::new()
            }
            Err(_) => {
                tracing::warn!("an answer lacks what the history has, as that takes too long");
                Vec::new()
            }
        }
    }

    /// The person's messages in the span that are not unsent, ascending.
    ///
    /// # Errors
    /// [`ServiceError::History`].
    pub(crate) async fn own_messages(
        &self,
        id: ConversationId,
        user: UserId,
        span: Interval,
    ) -> Result<Vec<Entry>, ServiceError> {
        let found = self.read(move |tx| Box::pin(own_messages(tx, id, user, span))).await?;
        let mut entries = self.whole(found).await?;
        entries.retain(|entry| {
            entry.sender_id == user && matches!(entry.body, EntryBody::Message { content: Some(_), .. })
        });
        Ok(entries)
    }

    /// Has the history erase what `unsends` erase, as far as that is there already. Whoever follows the ledger does so
    /// too, sooner or later, and until then readers go by the ledger; so this may fail.
    pub(crate) async fn erase_in_history(&self, unsends: &[Entry]) {
        let Some(history) = self.history.as_ref().filter(|_| !unsends.is_empty()) else { return };
        if let Err(error) = history.put(unsends).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what was unsent is erased later");
        }
    }
}

/// The run in parts that are asked for one by one.
fn pieces(run: Archived) -> impl Iterator<Item = Archived> {
    let Archived { conversation_id, seqs, unsent } = run;
    let (low, high) = seqs.into_inner();
    (low..=high).step_by(PIECE as usize).map(move |low| {
        let seqs = low..=high.min(low + (PIECE - 1));
        let unsent = unsent.iter().copied().filter(|seq| seqs.contains(seq)).collect();
        Archived { conversation_id, seqs, unsent }
    })
}

/// The entries of a piece, without what was unsent since.
async fn read_piece(history: Arc<dyn History>, piece: Archived) -> Result<Vec<Entry>, HistoryError> {
    let Archived { conversation_id, seqs, unsent } = piece;
    let mut entries = history.range(conversation_id, seqs).await?;
    for entry in &mut entries {
        if let EntryBody::Message { content, .. } = &mut entry.body
            && unsent.binary_search(&entry.seq).is_ok()
        {
            *content = None;
        }
    }
    Ok(entries)
}

async fn own_messages(
    tx: &mut dyn Transaction,
    id: ConversationId,
    user: UserId,
    span: Interval,
) -> Result<Found, ServiceError> {
    let archived_to = tx.find_conversation(id).await?.map_or(0, |conversation| conversation.archived_to);
    // Of what has left, the ledger may have single entries still; the history has all.
    let low = span.from.max(archived_to.saturating_add(1));
    let seqs = tx.sent_seqs(id, user, Interval { from: low, to: span.to }).await?;
    let mut found = tx.find_entries(id, &seqs).await?;
    if span.from < low {
        let high = span.to.unwrap_or(Seq::MAX).min(archived_to);
        found.archived = tx.list_archived(&[(id, span.from..=high)]).await?;
    }
    Ok(found)
}
