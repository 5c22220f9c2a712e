//! The outbox: what was committed, in commit order, for everything that follows the ledger.

use async_trait::async_trait;

use super::StoreError;
use crate::{clock::Timestamp, entry::Seq, id::ConversationId};

/// One committed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place in the outbox.
    pub pos: u64,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The entry.
    pub seq: Seq,
}

/// The outbox. Rows appear with the commit of their entry. On engines with parallel writers, commits can finish
/// out of `pos` order: readers re-read with slack.
#[async_trait]
pub trait OutboxRepository {
    /// Rows above `after`, ascending, at most `limit`.
    async fn list_outbox(&mut self, after: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;
    /// The highest `pos`; 0 when nothing was ever written.
    async fn outbox_head(&mut self) -> Result<u64, StoreError>;
    /// Up to where a named consumer has confirmed.
    async fn consumer_position(&mut self, consumer: &str) -> Result<u64, StoreError>;
    /// Confirms up to `pos`; it never goes back.
    async fn confirm_outbox(&mut self, consumer: &str, pos: u64, at: Timestamp) -> Result<(), StoreError>;
    /// Removes rows that every known consumer confirmed before `before`; returns how many.
    async fn purge_outbox(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
