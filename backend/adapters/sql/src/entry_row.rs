//! How an entry lies in its row.

use kith_domain::{
    ConversationId, Entry, EntryBody, EntryFields, EntryId, UnreadableEntry, UserId, ports::StoreError,
};
use uuid::Uuid;

use crate::rows::Columns;

/// The columns of an entry `e`, in the order that [`read_entry`] reads them.
macro_rules! entry_columns {
    () => {
        "e.conversation_id, e.seq, e.id, e.sender_id, e.server_time, e.kind, e.target_seq, e.client_msg_id, \
         e.client_time, e.body"
    };
}
pub(crate) use entry_columns;

/// Reads [`entry_columns!`], the first of which stands at 0.
pub(crate) fn read_entry(row: &impl Columns) -> Result<Entry, StoreError> {
    let fields = EntryFields {
        kind: row.signed(5)?,
        target_seq: row.opt_number(6)?,
        client_msg_id: row.opt_bytes(7)?.and_then(|bytes| Uuid::from_slice(&bytes).ok()),
        client_time: row.opt_text(8)?,
        body: row.opt_text(9)?,
    };
    Ok(Entry {
        conversation_id: ConversationId::from_i64(row.signed(0)?),
        seq: row.number(1)?,
        id: EntryId::from_i64(row.signed(2)?),
        sender_id: UserId::from_i64(row.signed(3)?),
        server_time: row.time(4)?,
        body: EntryBody::try_from(fields).map_err(|UnreadableEntry(what)| StoreError::corrupt(what))?,
    })
}
