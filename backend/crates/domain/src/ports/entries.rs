//! Timeline entries.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    Timestamp,
    entry::{Entry, EntryBody, Seq},
    id::{ConversationId, EntryId, UserId},
};

/// An entry without its place. Messages come through [`super::Store::send`]; this is for notices and unsends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its number.
    pub id: EntryId,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Who causes it.
    pub sender_id: UserId,
    /// Its time.
    pub server_time: Timestamp,
    /// What it is.
    pub body: EntryBody,
}

/// Which entries of a timeline are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The newest ones below a seq (the newest of all for `Seq::MAX`).
    Before(Seq),
    /// The oldest ones above a seq.
    After(Seq),
}

/// Entries. All lists are ascending by seq.
#[async_trait]
pub trait EntryRepository {
    /// Gives the entry the next seq of its conversation, stores it with its outbox row and moves the conversation's
    /// `last_seq` and, unless it is an unsend, `last_activity`. The conversation's row must be locked.
    async fn append_entry(&mut self, entry: NewEntry) -> Result<Entry, StoreError>;
    /// The entry at that place.
    async fn find_entry(
        &mut self,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Option<Entry>, StoreError>;
    /// The entries at those places, as far as they exist.
    async fn find_entries(
        &mut self,
        conversation: ConversationId,
        seqs: &[Seq],
    ) -> Result<Vec<Entry>, StoreError>;
    /// The entries at those places of several conversations, in any order, as far as they exist. One statement.
    async fn find_entries_at(&mut self, places: &[(ConversationId, Seq)]) -> Result<Vec<Entry>, StoreError>;
    /// Messages of all conversations with ids above `after`, ascending by id, at most `limit`; unsent ones too.
    async fn list_messages(&mut self, after: EntryId, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// At most `limit` entries of `range` that lie in one of the person's intervals.
    async fn list_entries(
        &mut self,
        conversation: ConversationId,
        viewer: UserId,
        range: Range,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;
    /// For each (conversation, from, limit): the entries with `seq > from` that the person may see, or the newest
    /// `limit` of them when there are more. A fixed number of statements whatever the count; empty for limit 0.
    async fn list_entries_after(
        &mut self,
        viewer: UserId,
        positions: &[(ConversationId, Seq, u32)],
    ) -> Result<Vec<Entry>, StoreError>;
    /// Erases a message's content, its references included, and marks it as unsent. A medium that no other message
    /// refers to is gone with it.
    async fn erase_entry(&mut self, conversation: ConversationId, seq: Seq) -> Result<(), StoreError>;
    /// The unsend entry of a message.
    async fn find_unsend(
        &mut self,
        conversation: ConversationId,
        target: Seq,
    ) -> Result<Option<Entry>, StoreError>;
}
