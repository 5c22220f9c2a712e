//! A person's own settings of a conversation.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    conversation::ConversationSettings,
    id::{ConversationId, UserId},
};

/// Settings.
#[async_trait]
pub trait SettingsRepository {
    /// What is stored; the default otherwise.
    async fn find_settings(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<ConversationSettings, StoreError>;
    /// Stores all of it.
    async fn put_settings(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        settings: &ConversationSettings,
    ) -> Result<(), StoreError>;
}
