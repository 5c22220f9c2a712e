//! Conversations.

use async_trait::async_trait;

use super::{PageRequest, StoreError};
use crate::{
    access::Intervals,
    clock::Timestamp,
    code::ShareCode,
    conversation::{Conversation, ConversationKind, ConversationSettings, Member},
    entry::{Entry, Seq},
    friendship::Pair,
    id::{ConversationId, UserId},
};

/// Everything a list shows of one conversation for one person, read by a fixed number of statements whatever the
/// count of conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The conversation's row.
    pub conversation: Conversation,
    /// The person's membership, past or present.
    pub member: Member,
    /// The person's own settings; default where nothing is stored.
    pub settings: ConversationSettings,
    /// Up to where the person has read.
    pub read_seq: Seq,
    /// When that marker last moved.
    pub read_at: Timestamp,
    /// Up to where the other side of a direct conversation has read.
    pub peer_read_seq: Option<Seq>,
    /// When that marker last moved.
    pub peer_read_at: Option<Timestamp>,
    /// Messages with `seq > read_seq` that the person may see, not their own, not unsent, not by somebody they block;
    /// 0 for a former member; stops at 100, and at 2,000 scanned rows it says 100. So it does where the marker lies in what
    /// has left the ledger: that is above [`super::retention::KEPT`] entries, and the ledger's window, ago.
    pub unread: u32,
    /// The newest message or notice the person may see.
    pub last_entry: Option<Entry>,
}

/// Which of a person's conversations are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Those of their list: active, or ended and not hidden, newest activity first, at most `limit` + 1; the cursor is
    /// (`last_activity`, id).
    List(PageRequest),
    /// All of their list.
    All,
    /// These, listed or hidden; those they never were in are left out.
    These(&'a [ConversationId]),
}

/// A conversation as far as a person may search it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchScope {
    /// Which.
    pub conversation_id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// Whether its contents are end-to-end encrypted.
    pub encrypted: bool,
    /// What the person may see of it.
    pub intervals: Intervals,
}

/// Conversations.
#[async_trait]
pub trait ConversationRepository {
    /// The conversation, its row locked until the transaction ends. Lock several in ascending order of ids.
    async fn lock_conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// The conversation.
    async fn find_conversation(&mut self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// The direct conversation of a pair.
    async fn find_direct(&mut self, pair: Pair) -> Result<Option<ConversationId>, StoreError>;
    /// The open group with that code.
    async fn find_group_by_code(&mut self, code: &ShareCode) -> Result<Option<ConversationId>, StoreError>;
    /// Adds a conversation; [`StoreError::Conflict`] when its pair or code is taken.
    async fn insert_conversation(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
    /// Writes all that may change of a conversation but `last_seq` and `last_activity`, which
    /// [`super::EntryRepository::append_entry`] moves, and `archived_to`, which
    /// [`super::RetentionRepository::remove_entries`] does.
    async fn update_conversation(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
    /// A person's conversations as a list shows them.
    async fn overview(&mut self, user: UserId, scope: Scope<'_>) -> Result<Vec<Overview>, StoreError>;
    /// What a person may search: every conversation of their list, or one that they are or were in, listed or hidden.
    /// In the order of ids.
    async fn search_scopes(
        &mut self,
        user: UserId,
        only: Option<ConversationId>,
    ) -> Result<Vec<SearchScope>, StoreError>;
    /// Ids and `last_seq` (as far as the person may see) of every conversation of their list.
    async fn heads_of(&mut self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StoreError>;
}
