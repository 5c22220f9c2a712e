//! The index behind searching messages.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    access::Intervals,
    clock::Timestamp,
    entry::Seq,
    id::{ConversationId, EntryId, UserId},
    search::{SearchOrder, SearchTerms},
};

/// Why the index did not do it. What it holds is derived from the ledger, so nothing is lost.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the search index is unavailable")]
pub struct SearchError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

/// The place of a message in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDocument {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The message's place in it.
    pub seq: Seq,
    /// Orders what is known of the message: its own seq, or that of the unsend which erased it.
    pub version: Seq,
    /// What it is found by; `None` once it was erased.
    pub body: Option<SearchBody>,
}

/// What a message is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchBody {
    /// Its number, which rises with time.
    pub id: EntryId,
    /// Who sent it.
    pub sender_id: UserId,
    /// When.
    pub server_time: Timestamp,
    /// Its terms, parted by blanks: [`crate::search::index_terms`].
    pub terms: String,
}

/// How far an index has followed the ledger; it is stored with the documents, so that neither is ahead of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchMark {
    /// The epoch of the ledger it was built from.
    pub epoch: String,
    /// Up to where it has followed the outbox; `None` for one that follows the log of entries, which keeps its place itself.
    pub outbox_pos: Option<u64>,
    /// Up to which message older entries were read, while that is not done.
    pub rebuilt_to: Option<EntryId>,
}

/// A mark as an index stores it, with the index's own format.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredMark {
    format: u32,
    epoch: String,
    outbox_pos: Option<u64>,
    /// As a number: 0, before the first message, is no id.
    rebuilt_to: Option<u64>,
}

impl SearchMark {
    /// The text that an index of `format` stores.
    #[must_use]
    pub fn encode(&self, format: u32) -> String {
        let Self { epoch, outbox_pos, rebuilt_to } = self.clone();
        let rebuilt_to = rebuilt_to.map(EntryId::get);
        // Plain fields: encoding them cannot fail.
        serde_json::to_string(&StoredMark { format, epoch, outbox_pos, rebuilt_to }).unwrap_or_default()
    }

    /// The mark of such a text; `None` for one of another format.
    #[must_use]
    pub fn decode(text: &str, format: u32) -> Option<Self> {
        let stored: StoredMark = serde_json::from_str(text).ok()?;
        let StoredMark { format: found, epoch, outbox_pos, rebuilt_to } = stored;
        let rebuilt_to = rebuilt_to.map(EntryId::new);
        (found == format).then_some(Self { epoch, outbox_pos, rebuilt_to })
    }
}

/// What is searched for.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    /// The terms.
    pub terms: SearchTerms,
    /// The conversations, and which seqs of each.
    pub conversations: HashMap<ConversationId, Intervals>,
    /// Only messages of this person.
    pub sender_id: Option<UserId>,
    /// No messages of these people in those conversations.
    pub left_out: LeftOut,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: SearchOrder,
    /// Only what follows this place in the order.
    pub after: Option<SearchPlace>,
    /// At most so many.
    pub limit: usize,
}

/// People whose messages are left out, and where.
#[derive(Debug, Clone, Default)]
pub struct LeftOut {
    /// The people.
    pub senders: HashSet<UserId>,
    /// The conversations in which they are.
    pub conversations: HashSet<ConversationId>,
}

/// A place in the order of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchPlace {
    /// How much the terms weigh in the message; 0 in the order of time.
    pub weight: u32,
    /// The message.
    pub id: EntryId,
}

/// A message that may be a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCandidate {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The message's place in it.
    pub seq: Seq,
    /// Its place in the order.
    pub place: SearchPlace,
}

/// An index of all messages.
///
/// - What was put is found when the call returns, and by every later process.
/// - A message is there once, whatever is put how often: the document with the highest version counts, and one of the
///   same version as the stored one changes nothing. An erased message is found by nothing, and its terms are not
///   brought back by an older version.
/// - The mark is stored together with the documents of its call; documents that come without one leave it as it is.
/// - An index that is missing, of another format, damaged, or told to forget has no mark, and is empty.
/// - Candidates contain all terms; that the terms stand side by side where they must is for the caller to see. They lie
///   in the conversations and seqs asked for. Places are strictly in order, the same for the same documents.
/// - A failed call changes nothing that was promised; it is worth a retry.
#[async_trait]
pub trait Search: Send + Sync {
    /// The mark of the last call that gave one.
    async fn mark(&self) -> Result<Option<SearchMark>, SearchError>;
    /// Empties the index and gives it a mark.
    async fn reset(&self, mark: SearchMark) -> Result<(), SearchError>;
    /// Puts documents, and the mark that holds with them if they change it.
    async fn put(&self, documents: Vec<SearchDocument>, mark: Option<SearchMark>) -> Result<(), SearchError>;
    /// Candidates in the order asked for.
    async fn search(&self, query: SearchQuery) -> Result<Vec<SearchCandidate>, SearchError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mark_of_the_same_format_is_read() {
        for (outbox_pos, rebuilt_to) in [(Some(u64::MAX), Some(7)), (Some(0), None), (None, Some(0))] {
            let rebuilt_to = rebuilt_to.map(EntryId::new);
            let mark = SearchMark { epoch: "e".to_owned(), outbox_pos, rebuilt_to };
            assert_eq!(SearchMark::decode(&mark.encode(1), 1), Some(mark.clone()));
            assert_eq!(SearchMark::decode(&mark.encode(0), 1), None);
        }
        let unreadable = r#"{"format":1,"epoch":"e","outbox_pos":7,"rebuilt_to":"x"}"#;
        for text in ["", "{}", "null", "{\"format\":1}", unreadable] {
            assert_eq!(SearchMark::decode(text, 1), None, "{text}");
        }
    }
}
