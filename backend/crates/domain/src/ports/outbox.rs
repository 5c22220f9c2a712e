//! The outbox: what was committed, in commit order, for everything that follows the ledger.

use async_trait::async_trait;

use super::StoreError;
use crate::{clock::Timestamp, entry::Seq, id::ConversationId};

/// The consumer that publishes the log of entries, where there is one.
pub const LOG: &str = "log";

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
/// out of `pos` order, so that rows can appear below others.
#[async_trait]
pub trait OutboxRepository {
    /// Rows above `after`, ascending, at most `limit`, for whoever goes on behind the last one: nothing appears below a
    /// row that was listed. What might be overtaken yet is left for later calls, and held up no longer than until those
    /// who were writing at the time have ended, well or not.
    async fn list_outbox(&mut self, after: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;
    /// All rows above `after` that are there, ascending, at most `limit`, for whoever looks again later: others may appear
    /// between them.
    async fn peek_outbox(&mut self, after: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError>;
    /// The highest `pos`; 0 when nothing was ever written.
    async fn outbox_head(&mut self) -> Result<u64, StoreError>;
    /// Up to where a named consumer has confirmed.
    async fn consumer_position(&mut self, consumer: &str) -> Result<u64, StoreError>;
    /// Confirms up to `pos`; it never goes back.
    async fn confirm_outbox(&mut self, consumer: &str, pos: u64, at: Timestamp) -> Result<(), StoreError>;
    /// Forgets a consumer: rows wait for it no more, and should it come back it begins anew.
    async fn forget_consumer(&mut self, consumer: &str) -> Result<(), StoreError>;
    /// Removes rows that every known consumer confirmed before `before`; returns how many.
    async fn purge_outbox(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
