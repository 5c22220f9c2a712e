//! What the index holds of a message.

use kith_domain::{
    ConversationId, Seq,
    ports::search::{SearchBody, SearchDocument},
};
use serde_json::{Value, json};

/// Raised whenever the fields, the terms of a text or their weights change: an index of another format is built anew.
pub(crate) const FORMAT: u32 = 1;

/// The document that holds the mark; messages have names of digits.
pub(crate) const MARK: &str = "mark";

/// Weights are whole numbers of such steps.
pub(crate) const STEPS_PER_POINT: f64 = 1024.0;

/// BM25 with the usual parameters, for messages of 12 terms on average, and with every term as rare as any other: a word
/// that stands once in such a message weighs 1.
const WEIGHT: &str = "double norm = 1.2 * (0.25 + 0.75 * doc.length / 12.0); \
                      return Math.round(query.boost * 2.2 * doc.freq / (doc.freq + norm) * 1024.0) / 1024.0;";

/// Settings and fields of a new index.
pub(crate) fn index(shards: u32) -> Value {
    json!({
        "settings": {
            "number_of_shards": shards,
            // As soon as there is a second node, each part is on two.
            "auto_expand_replicas": "0-1",
            // Whoever puts documents makes them found.
            "refresh_interval": "-1",
            "similarity": {"message": {"type": "scripted", "script": {"source": WEIGHT}}},
        },
        "mappings": {
            "dynamic": "strict",
            // What was sent is not kept beside what is found by it.
            "_source": {"includes": [MARK]},
            "properties": {
                "conversation": {"type": "keyword"},
                "seq": {"type": "long"},
                "id": {"type": "long"},
                "sender": {"type": "keyword"},
                "time": {"type": "long"},
                // How often terms occur weighs; where they stand is judged on the text itself.
                "terms": {
                    "type": "text",
                    "analyzer": "whitespace",
                    "index_options": "freqs",
                    "similarity": "message",
                },
                MARK: {"type": "keyword", "index": false, "doc_values": false},
            },
        },
    })
}

/// The name of a message's document.
pub(crate) fn name(conversation: ConversationId, seq: Seq) -> String {
    format!("{conversation}-{seq}")
}

/// The message that a document of this name is of.
pub(crate) fn place(name: &str) -> Option<(ConversationId, Seq)> {
    let (conversation, seq) = name.split_once('-')?;
    Some((conversation.parse().ok()?, seq.parse().ok()?))
}

/// The document. Of an erased message nothing remains but its name and version.
pub(crate) fn document(document: &SearchDocument) -> Value {
    let Some(SearchBody { id, sender_id, server_time, terms }) = &document.body else { return json!({}) };
    json!({
        "conversation": document.conversation_id.to_string(),
        "seq": document.seq,
        "id": id.get(),
        "sender": sender_id.to_string(),
        "time": server_time.as_millis(),
        "terms": terms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let (conversation, seq) = (ConversationId::new(1_234_567_890_123_456_789), 42);
        assert_eq!(place(&name(conversation, seq)), Some((conversation, seq)));
        for other in [MARK, "", "-", "1", "1-", "-1", "1-x", "1-2-3"] {
            assert_eq!(place(other), None, "{other}");
        }
    }
}
