//! Stores the messages of a group.

use std::sync::{Arc, LazyLock};

use kith_domain::{
    Content, ContentHash, ConversationId, Entry, EntryBody, NewContent, Refusal, Seq,
    event::LiveEvent,
    ports::{SendMessage, SentMessage, StoreError},
};
use rusqlite::{Connection, Statement, params};

use crate::{
    batch::Batch,
    entry_row::{entry_columns, read_entry},
    media_row, outbox,
    recent::Recent,
    removed,
    rows::{Columns, column},
    transaction::Failure,
};

/// A message on its way.
pub(crate) struct Draft {
    pub(crate) message: SendMessage,
    /// Its content as it will be stored; empty for one with an object, which is filled in here.
    pub(crate) body: String,
}

impl Draft {
    /// The message, encoded as far as that is possible outside the transaction: what is stored of an object is known only
    /// inside it.
    pub(crate) fn new(message: SendMessage) -> Self {
        let text = matches!(message.content, NewContent::Text { .. });
        let body = if text { message.content.to_json() } else { String::new() };
        Self { message, body }
    }
}

const EARLIER: &str = concat!(
    "SELECT ",
    entry_columns!(),
    ", e.content_hash FROM entries e WHERE e.client_msg_id = ?1 AND e.sender_id = ?2 AND e.conversation_id = ?3"
);
/// Changes nothing when an earlier try has stored the message. Most messages are no retries, so that looking for one
/// first would be a search of the index for nothing.
const INSERT: &str = "INSERT INTO entries (id, conversation_id, seq, sender_id, server_time, kind, unsent, \
     client_msg_id, client_time, content_hash, body) VALUES (?, ?, ?, ?, ?, 0, FALSE, ?, ?, ?, ?) \
     ON CONFLICT (client_msg_id, sender_id, conversation_id) WHERE client_msg_id IS NOT NULL DO NOTHING";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[EARLIER];

/// The heads are there already: replacing a row of three numbers is cheaper than updating it.
static HEADS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new("REPLACE INTO heads (conversation_id, last_seq, last_activity)", "(?, ?, ?)")
});

/// What became of a group.
#[derive(Default)]
pub(crate) struct Placed {
    /// One answer for each message, in the same order.
    pub(crate) answers: Vec<Result<SentMessage, Refusal>>,
    /// What is to be published after the commit.
    pub(crate) events: Vec<LiveEvent>,
}

/// Puts messages into the open transaction of the one connection that writes.
pub(crate) struct Committer {
    /// What it knows without asking the database.
    pub(crate) recent: Recent,
    node: u16,
}

impl Committer {
    /// `node` is noted in the outbox.
    pub(crate) fn new(node: u16) -> Self {
        Self { recent: Recent::default(), node }
    }

    /// Stores the messages in order. A refused message leaves nothing behind; after a failure the transaction must be
    /// rolled back and [`Recent::clear`] be called.
    pub(crate) fn place(&mut self, connection: &Connection, drafts: Vec<Draft>) -> Result<Placed, Failure> {
        self.recent.make_room();
        let mut placed = Placed::default();
        let mut moved: Vec<ConversationId> = Vec::new();
        let mut places: Vec<(ConversationId, Seq)> = Vec::new();
        let mut insert = connection.prepare_cached(INSERT)?;
        for draft in drafts {
            let answer = self.place_one(connection, &mut insert, draft, &mut moved)?;
            if let Ok(SentMessage { entry, new: true }) = &answer {
                places.push((entry.conversation_id, entry.seq));
                placed.events.push(LiveEvent::Entry(Arc::clone(entry)));
            }
            placed.answers.push(answer);
        }
        outbox::append_all(connection, self.node, &places)?;
        self.write_heads(connection, moved)?;
        Ok(placed)
    }

    fn place_one(
        &mut self,
        connection: &Connection,
        insert: &mut Statement<'_>,
        Draft { message, body }: Draft,
        moved: &mut Vec<ConversationId>,
    ) -> Result<Result<SentMessage, Refusal>, Failure> {
        let known = match self.recent.admit(connection, &message)? {
            Ok(known) => known,
            // A retry is answered whatever its sender may do by now.
            Err(refusal) => return Ok(earlier(connection, &message)?.unwrap_or(Err(refusal))),
        };
        if known.archived
            && let Some(answer) = removed::find(connection, &message)?
        {
            return Ok(answer);
        }
        let seq = known.last_seq + 1;
        let filled = match media_row::fill(connection, &message)? {
            Ok(filled) => filled,
            Err(refusal) => return Ok(earlier(connection, &message)?.unwrap_or(Err(refusal))),
        };
        let body = filled.as_ref().map_or(body, Content::to_json);
        let inserted = insert.execute(params![
            message.id.as_i64(),
            message.conversation_id.as_i64(),
            column(seq),
            message.sender_id.as_i64(),
            message.server_time.as_millis(),
            message.client_msg_id.as_bytes(),
            message.client_time.as_str(),
            message.content_hash,
            body,
        ])?;
        if inserted == 0 {
            let stored = earlier(connection, &message)?;
            return Ok(stored.ok_or_else(|| StoreError::corrupt("a message clashes with nothing"))?);
        }
        if let Some(media) = filled.as_ref().and_then(Content::media) {
            media_row::refer(connection, &message, seq, media)?;
        }
        known.last_seq = seq;
        known.last_activity = known.last_activity.max(message.server_time);
        if !std::mem::replace(&mut known.moved, true) {
            moved.push(message.conversation_id);
        }
        let entry = Arc::new(Entry {
            conversation_id: message.conversation_id,
            seq,
            id: message.id,
            sender_id: message.sender_id,
            server_time: message.server_time,
            body: EntryBody::Message {
                client_msg_id: message.client_msg_id,
                client_time: message.client_time,
                content: filled.or_else(|| message.content.into_text()),
            },
        });
        Ok(Ok(SentMessage { entry, new: true }))
    }

    /// Writes the heads that this group has moved, in the order of their table.
    fn write_heads(
        &mut self,
        connection: &Connection,
        mut moved: Vec<ConversationId>,
    ) -> Result<(), Failure> {
        moved.sort_unstable();
        let mut heads = Vec::with_capacity(moved.len());
        for id in moved {
            let known = self.recent.conversation(connection, id)?;
            let known = known.ok_or_else(|| StoreError::corrupt("a message without a conversation"))?;
            known.moved = false;
            heads.push(known.head());
        }
        Ok(HEADS.insert(connection, heads.into_iter())?)
    }
}

/// What an earlier try of the message has to be answered with, if there was one.
fn earlier(
    connection: &Connection,
    message: &SendMessage,
) -> Result<Option<Result<SentMessage, Refusal>>, Failure> {
    let mut statement = connection.prepare_cached(EARLIER)?;
    let mut rows = statement.query(params![
        message.client_msg_id.as_bytes(),
        message.sender_id.as_i64(),
        message.conversation_id.as_i64(),
    ])?;
    let Some(row) = rows.next()? else { return removed::find(connection, message) };
    let hash = ContentHash::try_from(row.bytes(10)?).map_err(|_| StoreError::corrupt("a content hash"))?;
    if hash != message.content_hash {
        return Ok(Some(Err(Refusal::IdReused)));
    }
    Ok(Some(Ok(SentMessage { entry: Arc::new(read_entry(row)?), new: false })))
}
