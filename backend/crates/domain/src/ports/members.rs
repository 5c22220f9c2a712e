//! Members, their intervals, and requests to join.

use async_trait::async_trait;

use super::{PageRequest, StoreError};
use crate::{
    access::{Interval, Intervals},
    clock::Timestamp,
    conversation::Member,
    entry::Seq,
    id::{ConversationId, UserId},
};

/// Members.
#[async_trait]
pub trait MemberRepository {
    /// The person's row in the conversation, past or present.
    async fn find_member(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Option<Member>, StoreError>;
    /// Adds or replaces the person's row.
    async fn put_member(&mut self, member: &Member) -> Result<(), StoreError>;
    /// Active members: admins first, then by when they joined, then id; at most `request.limit` + 1; the cursor is
    /// (0, offset).
    async fn list_members(
        &mut self,
        conversation: ConversationId,
        request: PageRequest,
    ) -> Result<Vec<Member>, StoreError>;
    /// Who takes part in each of those conversations, ascending by both. One statement.
    async fn member_ids(
        &mut self,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, UserId)>, StoreError>;
    /// As [`member_ids`](Self::member_ids), with those who have gone.
    async fn all_member_ids(
        &mut self,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, UserId)>, StoreError>;
    /// Active admins.
    async fn admin_ids(&mut self, conversation: ConversationId) -> Result<Vec<UserId>, StoreError>;
    /// The active member who has been in it longest, `except` left aside.
    async fn longest_standing(
        &mut self,
        conversation: ConversationId,
        except: UserId,
    ) -> Result<Option<Member>, StoreError>;
    /// The person's active memberships with the first seq of the open interval: what a socket is routed by.
    async fn active_memberships(&mut self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StoreError>;
    /// Whether the two are active members of one group.
    async fn share_a_group(&mut self, a: UserId, b: UserId) -> Result<bool, StoreError>;

    /// Opens an interval.
    async fn open_interval(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        from: Seq,
    ) -> Result<(), StoreError>;
    /// Ends the open interval at `to`, included.
    async fn close_interval(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        to: Seq,
    ) -> Result<(), StoreError>;
    /// The person's intervals, oldest first.
    async fn intervals(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<Intervals, StoreError>;
    /// The intervals of one person in several conversations.
    async fn intervals_of(
        &mut self,
        user: UserId,
        conversations: &[ConversationId],
    ) -> Result<Vec<(ConversationId, Interval)>, StoreError>;

    /// Files a request to join; `false` when one stood.
    async fn insert_join_request(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Takes a request out; `false` when there was none.
    async fn delete_join_request(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<bool, StoreError>;
    /// Whether a request stands.
    async fn has_join_request(
        &mut self,
        conversation: ConversationId,
        user: UserId,
    ) -> Result<bool, StoreError>;
    /// Requests, oldest first, at most `request.limit` + 1; the cursor is (`created_at`, user id).
    async fn list_join_requests(
        &mut self,
        conversation: ConversationId,
        request: PageRequest,
    ) -> Result<Vec<(UserId, Timestamp)>, StoreError>;
}
