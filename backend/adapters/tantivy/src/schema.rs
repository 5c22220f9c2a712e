//! What the index holds of a message.

use kith_domain::{ConversationId, Seq, ports::search::SearchDocument};
use tantivy::{
    TantivyDocument, Term,
    schema::{
        BytesOptions, FAST, Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
    },
};

/// Raised whenever the fields or the terms of a text change: an index of another format is built anew.
pub(crate) const FORMAT: u32 = 1;

/// The names under which columns are opened.
pub(crate) const VERSION: &str = "version";
pub(crate) const CONVERSATION: &str = "conversation";
pub(crate) const SEQ: &str = "seq";
pub(crate) const ID: &str = "id";
pub(crate) const SENDER: &str = "sender";
pub(crate) const TIME: &str = "time";

/// The fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    /// Conversation and seq, by which a document is found again.
    pub(crate) key: Field,
    pub(crate) version: Field,
    pub(crate) conversation: Field,
    pub(crate) seq: Field,
    pub(crate) id: Field,
    pub(crate) sender: Field,
    pub(crate) time: Field,
    pub(crate) terms: Field,
}

pub(crate) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    // The terms come parted by blanks. How often they occur weighs; where they stand is judged on the text itself.
    let terms = TextFieldIndexing::default()
        .set_tokenizer("whitespace")
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let fields = Fields {
        key: schema.add_bytes_field("key", BytesOptions::default().set_indexed()),
        version: schema.add_u64_field(VERSION, FAST),
        conversation: schema.add_u64_field(CONVERSATION, NumericOptions::default().set_fast().set_indexed()),
        seq: schema.add_u64_field(SEQ, FAST),
        id: schema.add_u64_field(ID, FAST),
        sender: schema.add_u64_field(SENDER, FAST),
        time: schema.add_i64_field(TIME, FAST),
        terms: schema.add_text_field("terms", TextOptions::default().set_indexing_options(terms)),
    };
    (schema.build(), fields)
}

impl Fields {
    /// The term that stands for one message.
    pub(crate) fn key_term(&self, conversation: ConversationId, seq: Seq) -> Term {
        Term::from_field_bytes(self.key, &key(conversation, seq))
    }

    /// The document as it is stored. Of an erased one nothing remains but its place and version.
    pub(crate) fn document(&self, document: &SearchDocument) -> TantivyDocument {
        let mut stored = TantivyDocument::new();
        stored.add_bytes(self.key, &key(document.conversation_id, document.seq));
        stored.add_u64(self.version, document.version);
        if let Some(body) = &document.body {
            stored.add_u64(self.conversation, document.conversation_id.get());
            stored.add_u64(self.seq, document.seq);
            stored.add_u64(self.id, body.id.get());
            stored.add_u64(self.sender, body.sender_id.get());
            stored.add_i64(self.time, body.server_time.as_millis());
            stored.add_text(self.terms, &body.terms);
        }
        stored
    }
}

fn key(conversation: ConversationId, seq: Seq) -> [u8; 16] {
    (u128::from(conversation.get()) << 64 | u128::from(seq)).to_be_bytes()
}
