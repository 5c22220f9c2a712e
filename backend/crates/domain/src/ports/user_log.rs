//! A person's log of low-rate events, numbered without holes.

use async_trait::async_trait;

use super::StoreError;
use crate::{clock::Timestamp, event::LogLine, id::UserId};

/// The user log.
#[async_trait]
pub trait UserLogRepository {
    /// Adds a line and returns its number, one above the last.
    async fn append_log(&mut self, user: UserId, line: LogLine, at: Timestamp) -> Result<u64, StoreError>;
    /// Lines above `after`, ascending, at most `limit`. `None` when lines in between were purged.
    async fn list_log(
        &mut self,
        user: UserId,
        after: u64,
        limit: u32,
    ) -> Result<Option<Vec<(u64, LogLine)>>, StoreError>;
    /// The last number; 0 for an empty log.
    async fn log_head(&mut self, user: UserId) -> Result<u64, StoreError>;
    /// Last numbers of several people: what `heads` are drawn from.
    async fn log_heads(&mut self, users: &[UserId]) -> Result<Vec<(UserId, u64)>, StoreError>;
    /// Removes lines older than `before`.
    async fn purge_log(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
