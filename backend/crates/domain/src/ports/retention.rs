//! Letting go of entries that the history has.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    entry::{Entry, Seq},
    id::ConversationId,
};

/// So many entries of a conversation, unsends not counted, stay in the ledger whatever their age. Lists, first pages and
/// catching up then need no history. Unread is said to be 99+ where the marker lies below them, which is twice as many
/// entries as 99+ needs: only where most of them are the reader's own, notices or unsent can it say too much.
pub const KEPT: u32 = 200;

/// How long a retry of a message is recognised after the message left the ledger: 30 days.
pub const REMEMBERED_SECONDS: i64 = 30 * 86_400;

/// What a look for conversations with old entries found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aged {
    /// Those with something to let go of.
    pub conversations: Vec<ConversationId>,
    /// The last one that was looked at; `None` when there was none.
    pub last: Option<ConversationId>,
}

/// Letting go of entries that the history has. Of a conversation, the oldest entries go first, so that what has gone is
/// everything up to [`crate::Conversation::archived_to`].
#[async_trait]
pub trait RetentionRepository {
    /// The time of the first entry that somebody who follows the outbox has not confirmed; it must be found
    /// when its turn comes. The beginning of time where it is not there.
    async fn first_awaited(&mut self) -> Result<Option<Timestamp>, StoreError>;

    /// Looks at `limit` conversations, by id, above `after`: which of them have more than [`KEPT`] entries in the ledger,
    /// the oldest from before `before`.
    async fn list_aged(
        &mut self,
        after: Option<ConversationId>,
        before: Timestamp,
        limit: u32,
    ) -> Result<Aged, StoreError>;

    /// The oldest entries of a conversation that the ledger has, without a hole, as long as they are from before `before`
    /// and not among the newest [`KEPT`] that are no unsends; at most `limit`.
    async fn list_removable(
        &mut self,
        conversation: ConversationId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError>;

    /// Lets go of entries that [`Self::list_removable`] gave, if they are still the conversation's oldest and just as
    /// given; else changes nothing and says `false`. What its lists show a former member as the last entry stays.
    /// Messages are remembered as removed `at` that time, for their retries.
    async fn remove_entries(&mut self, entries: &[Entry], at: Timestamp) -> Result<bool, StoreError>;

    /// Conversations by id above `after` of which something has gone, with up to where; at most `limit`.
    async fn list_archives(
        &mut self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, Seq)>, StoreError>;

    /// Forgets messages that were removed before `before`, at most `limit`; how many.
    async fn forget_removed(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// The places of `entries` in order, if they are a run of one conversation without a hole: the conversation, the first seq
/// and the last.
#[must_use]
pub fn run_of(entries: &[Entry]) -> Option<(ConversationId, Seq, Seq)> {
    let (first, last) = (entries.first()?, entries.last()?);
    let dense = entries.windows(2).all(|pair| {
        pair[0].conversation_id == pair[1].conversation_id && pair[0].seq.checked_add(1) == Some(pair[1].seq)
    });
    dense.then_some((first.conversation_id, first.seq, last.seq))
}
