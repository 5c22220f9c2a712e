//! Timeline entries.

use std::ops::RangeInclusive;

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

/// Places of a conversation whose entries have left the ledger: the history has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The places.
    pub seqs: RangeInclusive<Seq>,
    /// Messages among them that the ledger knows to be unsent, ascending, whatever the history still says of them.
    pub unsent: Vec<Seq>,
}

/// What was found in the ledger of what was asked for, and where the rest lies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What the ledger has.
    pub entries: Vec<Entry>,
    /// What it had, in the order of the question; none of it is among the entries.
    pub archived: Vec<Archived>,
}

/// Entries. All lists are ascending by seq.
#[async_trait]
pub trait EntryRepository {
    /// Gives the entry the next seq of its conversation, stores it with its outbox row and moves the conversation's
    /// `last_seq` and, unless it is an unsend, `last_activity`. The conversation's row must be locked.
    async fn append_entry(&mut self, entry: NewEntry) -> Result<Entry, StoreError>;
    /// The entry at that place, if the ledger has it.
    async fn find_entry(
        &mut self,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Option<Entry>, StoreError>;
    /// The entries at those places, as far as they exist, each once.
    async fn find_entries(&mut self, conversation: ConversationId, seqs: &[Seq])
    -> Result<Found, StoreError>;
    /// The entries at those places of several conversations, in any order, as far as the ledger has them. One statement.
    async fn find_entries_at(&mut self, places: &[(ConversationId, Seq)]) -> Result<Vec<Entry>, StoreError>;
    /// As much of each span as has left the ledger, in the order given. Two statements at most.
    async fn list_archived(
        &mut self,
        spans: &[(ConversationId, RangeInclusive<Seq>)],
    ) -> Result<Vec<Archived>, StoreError>;
    /// Messages of all conversations with ids above `after`, ascending by id, at most `limit`, as far as the ledger has
    /// them; unsent ones too.
    async fn list_messages(&mut self, after: EntryId, limit: u32) -> Result<Vec<Entry>, StoreError>;
    /// At most `limit` entries of `range` that lie in one of the person's intervals.
    async fn list_entries(
        &mut self,
        conversation: ConversationId,
        viewer: UserId,
        range: Range,
        limit: u32,
    ) -> Result<Found, StoreError>;
    /// For each (conversation, from, limit): the entries with `seq > from` that the person may see, or the newest
    /// `limit` of them when there are more. A fixed number of statements whatever the count; empty for limit 0.
    async fn list_entries_after(
        &mut self,
        viewer: UserId,
        positions: &[(ConversationId, Seq, u32)],
    ) -> Result<Found, StoreError>;
    /// Erases a message's content, its references included, and marks it as unsent. A medium that no other message
    /// refers to is gone with it. Of a message that has left the ledger, the references go and a retry is answered
    /// without content; its text is the history's to erase.
    async fn erase_entry(&mut self, conversation: ConversationId, seq: Seq) -> Result<(), StoreError>;
    /// The unsend entry of a message, if the ledger has it.
    async fn find_unsend(
        &mut self,
        conversation: ConversationId,
        target: Seq,
    ) -> Result<Option<Entry>, StoreError>;
}
