//! Earlier versions of drafts.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    draft::DraftVersion,
    id::{ConversationId, UserId},
};

/// Earlier versions of drafts: of each person and conversation the newest [`crate::draft::MAX_DRAFT_VERSIONS`].
#[async_trait]
pub trait DraftRepository {
    /// Adds a version, in place of the oldest one where there are enough.
    async fn insert_draft_version(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        version: &DraftVersion,
    ) -> Result<(), StoreError>;
    /// The versions saved at `since` or later, the newest first.
    async fn list_draft_versions(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        since: Timestamp,
    ) -> Result<Vec<DraftVersion>, StoreError>;
    /// Removes versions saved before `before`; returns how many.
    async fn purge_draft_versions(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
