//! What the index is to hold of entries.

use kith_domain::{
    Entry, EntryBody,
    ports::{
        StoreError,
        search::{SearchBody, SearchDocument},
    },
    search::index_terms,
};

use super::unavailable;

/// What the index is to hold of entries. Texts are taken apart on a thread of their own, away from those who chat.
pub(super) async fn documents(entries: Vec<Entry>) -> Result<Vec<SearchDocument>, StoreError> {
    tokio::task::spawn_blocking(move || entries.iter().filter_map(document).collect())
        .await
        .map_err(unavailable)
}

/// `None` for what is not searched. A message that is unsent by now has its unsend after it in the ledger, which is what
/// erases it.
fn document(entry: &Entry) -> Option<SearchDocument> {
    let (seq, body) = match &entry.body {
        EntryBody::Message { content: Some(content), .. } => {
            let terms = index_terms(&content.search_text());
            if terms.is_empty() {
                return None;
            }
            let body = SearchBody {
                id: entry.id,
                sender_id: entry.sender_id,
                server_time: entry.server_time,
                terms,
            };
            (entry.seq, Some(body))
        }
        EntryBody::Unsend { target_seq } => (*target_seq, None),
        EntryBody::Message { content: None, .. } | EntryBody::Notice(_) => return None,
    };
    Some(SearchDocument { conversation_id: entry.conversation_id, seq, version: entry.seq, body })
}
