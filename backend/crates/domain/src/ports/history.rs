//! The history: entries that are older than the ledger's window. (Files to take away are [`super::Archives`].)

use std::{ops::RangeInclusive, sync::Arc};

use async_trait::async_trait;

use crate::{
    entry::{Entry, Seq},
    id::ConversationId,
};

/// Why the history did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum HistoryError {
    /// Too few of its servers answered in time. What was being put may be there in part; worth a retry.
    #[error("the history is unavailable")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// An entry that was asked for is not there.
    #[error("the history lacks entry {seq} of conversation {conversation_id}")]
    Missing {
        /// The conversation.
        conversation_id: ConversationId,
        /// The first place without an entry.
        seq: Seq,
    },
    /// A row that cannot be read, a schema that is another, a statement that cannot run: a fault of ours.
    #[error("the history failed")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// What happened in conversations, for ever. The ledger's worker fills it, and the ledger lets go of what it holds.
///
/// - What was put is there when the call returns, and survives the loss of a server.
/// - Putting is idempotent, and order does not matter: entries may come twice, late, and in parts.
/// - An unsend erases the message it names, whichever of the two comes first; no replay brings the text back. A message
///   that comes without content stays without.
/// - An answer is complete or an error, never a part and never an empty list in place of one.
/// - Every call ends within a bounded time, with [`HistoryError::Unavailable`] if it must, and the history recovers by
///   itself when its servers are back.
#[async_trait]
pub trait History: Send + Sync {
    /// Puts entries of any conversations, in any order.
    async fn put(&self, entries: &[Entry]) -> Result<(), HistoryError>;

    /// Every entry of `seqs`, ascending. [`HistoryError::Missing`] names the first place that has none.
    async fn range(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError>;

    /// Reads the places of `entries` back and compares: whether each of them is there just as given. Only then may the
    /// ledger let them go. A message that was unsent since, or that another ledger put there, is not as given.
    async fn covers(&self, entries: &[Entry]) -> Result<bool, HistoryError>;

    /// Whether it can be used right now.
    async fn check(&self) -> Result<(), HistoryError>;
}
