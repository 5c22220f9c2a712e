//! Accounts on their way out, and what is erased of them.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    access::Interval,
    clock::Timestamp,
    code::ShareCode,
    entry::Seq,
    id::{ConversationId, DeviceId, FriendRequestId, UserId},
    text::Username,
};

/// What deleting an account takes, in steps that may each be done again.
#[async_trait]
pub trait DeletionRepository {
    /// Sets when the account is deleted for good, or takes that back.
    async fn set_deletes_at(&mut self, user: UserId, at: Option<Timestamp>) -> Result<(), StoreError>;
    /// Accounts whose time has come by `now` and which are not erased yet, the longest due first.
    async fn due_deletions(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError>;
    /// All devices of the person, signed out or not.
    async fn device_ids(&mut self, user: UserId) -> Result<Vec<DeviceId>, StoreError>;
    /// Erases who the person was and all that opens the account: the profile, the code, identities, operators' grants,
    /// the password, devices with their tokens.
    async fn erase_identity(
        &mut self,
        user: UserId,
        name: &Username,
        code: &ShareCode,
    ) -> Result<(), StoreError>;
    /// Friend requests to or from the person that are still open for either side, at most `limit`.
    async fn open_friend_requests(
        &mut self,
        user: UserId,
        limit: u32,
    ) -> Result<Vec<FriendRequestId>, StoreError>;
    /// Conversations that the person is or was in, by id, above `after`, at most `limit`.
    async fn conversations_of(
        &mut self,
        user: UserId,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError>;
    /// The person's messages in the span that the ledger has and that are not unsent, ascending. A span without an end goes on to the head.
    async fn sent_seqs(
        &mut self,
        conversation: ConversationId,
        sender: UserId,
        span: Interval,
    ) -> Result<Vec<Seq>, StoreError>;
    /// Erases what nobody but the person sees: settings, drafts and their versions, blocks, requests to join, the log, the
    /// row of an export, and the intervals by which their conversations are found. Read markers stay: to the others they
    /// say which of their messages were read.
    async fn erase_private(&mut self, user: UserId) -> Result<(), StoreError>;
    /// Marks the account as deleted and adds it to the list of deletions.
    async fn finish_deletion(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError>;
    /// Everybody who was deleted, the first one first.
    async fn list_deletions(&mut self) -> Result<Vec<(UserId, Timestamp)>, StoreError>;
}
