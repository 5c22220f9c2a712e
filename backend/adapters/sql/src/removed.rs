//! Messages that have left the ledger and are remembered for their retries.

use std::sync::Arc;

use kith_domain::{
    ClientTime, Content, ContentHash, Entry, EntryBody, EntryId, Refusal, Seq, Timestamp,
    ports::{SendMessage, SentMessage, StoreError},
};
use rusqlite::{Connection, params};

use crate::{media_row, rows::Columns, transaction::Failure};

const FIND: &str = "SELECT seq, id, server_time, client_time, content_hash, unsent FROM sent_messages \
     WHERE client_msg_id = ?1 AND sender_id = ?2 AND conversation_id = ?3";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[FIND];

/// A message that was stored and has left the ledger.
pub(crate) struct Removed {
    seq: Seq,
    id: EntryId,
    server_time: Timestamp,
    client_time: ClientTime,
    hash: ContentHash,
    unsent: bool,
}

impl Removed {
    /// Reads it from columns that begin at `first`, which are null where there is none.
    pub(crate) fn read(row: &impl Columns, first: usize) -> Result<Option<Self>, StoreError> {
        let Some(seq) = row.opt_number(first)? else { return Ok(None) };
        let hash = row.bytes(first + 4)?;
        Ok(Some(Self {
            seq,
            id: EntryId::from_i64(row.signed(first + 1)?),
            server_time: row.time(first + 2)?,
            client_time: ClientTime::from_store(row.text(first + 3)?),
            hash: ContentHash::try_from(hash).map_err(|_| StoreError::corrupt("a content hash"))?,
            unsent: row.flag(first + 5)?,
        }))
    }

    /// What a retry is answered with. What it says is what was said, as its hash is the same; `content` is that, as it
    /// is stored.
    pub(crate) fn answer(
        &self,
        message: &SendMessage,
        content: Option<Content>,
    ) -> Result<SentMessage, Refusal> {
        if self.hash != message.content_hash {
            return Err(Refusal::IdReused);
        }
        let entry = Entry {
            conversation_id: message.conversation_id,
            seq: self.seq,
            id: self.id,
            sender_id: message.sender_id,
            server_time: self.server_time,
            body: EntryBody::Message {
                client_msg_id: message.client_msg_id,
                client_time: self.client_time.clone(),
                content: content.filter(|_| !self.unsent),
            },
        };
        Ok(SentMessage { entry: Arc::new(entry), new: false })
    }
}

/// What an earlier try of the message that has left the ledger has to be answered with, if there was one.
pub(crate) fn find(
    connection: &Connection,
    message: &SendMessage,
) -> Result<Option<Result<SentMessage, Refusal>>, Failure> {
    let removed = {
        let mut statement = connection.prepare_cached(FIND)?;
        let mut rows = statement.query(params![
            message.client_msg_id.as_bytes(),
            message.sender_id.as_i64(),
            message.conversation_id.as_i64(),
        ])?;
        match rows.next()? {
            Some(row) => Removed::read(row, 0)?,
            None => None,
        }
    };
    let Some(removed) = removed else { return Ok(None) };
    let filled = media_row::fill(connection, message)?.unwrap_or(None);
    let content = filled.or_else(|| message.content.clone().into_text());
    Ok(Some(removed.answer(message, content)))
}
