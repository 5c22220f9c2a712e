//! How an entry lies in its row.

use kith_domain::{
    ConversationId, Entry, EntryBody, EntryFields, EntryId, Seq, Timestamp, UnreadableEntry, UserId,
    ports::HistoryError,
};
use scylla::{
    DeserializeRow, SerializeRow,
    value::{CqlTimestamp, MaybeUnset},
};
use uuid::Uuid;

use crate::errors::internal;

/// Places of a conversation in one partition.
const BUCKET: u64 = 8_192;

/// The part of a conversation that holds `seq`.
pub(crate) fn bucket(seq: Seq) -> i64 {
    column(seq / BUCKET)
}

/// A seq as a signed column holds it.
pub(crate) fn column(seq: Seq) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// A row as it is written; what is unset stays as it is.
#[derive(Debug, Default, SerializeRow)]
pub(crate) struct Written {
    pub(crate) conversation_id: i64,
    pub(crate) bucket: i64,
    seq: i64,
    id: MaybeUnset<i64>,
    sender_id: MaybeUnset<i64>,
    server_time: MaybeUnset<CqlTimestamp>,
    kind: MaybeUnset<i8>,
    target_seq: MaybeUnset<i64>,
    client_msg_id: MaybeUnset<Uuid>,
    client_time: MaybeUnset<String>,
    unsent: MaybeUnset<bool>,
    body: MaybeUnset<String>,
    /// Of two writes of a column the one with the higher number counts.
    written: i64,
}

impl Written {
    /// What has to be written for an entry: its own row, and for an unsend the erased message's.
    pub(crate) fn of(entry: &Entry) -> impl Iterator<Item = Self> + use<> {
        let conversation_id = entry.conversation_id.as_i64();
        let fields = EntryFields::from(&entry.body);
        let erased = fields.target_seq.map(|seq| Self::erased(conversation_id, seq, entry.seq));
        let place = match &entry.body {
            // That of its unsend is not known here, but every number above the message's own does.
            EntryBody::Message { content: None, .. } => {
                Self::erased(conversation_id, entry.seq, entry.seq + 1)
            }
            EntryBody::Message { .. } | EntryBody::Unsend { .. } | EntryBody::Notice(_) => Self {
                body: MaybeUnset::from_option(fields.body),
                ..Self::at(conversation_id, entry.seq, entry.seq)
            },
        };
        let own = Self {
            id: MaybeUnset::Set(entry.id.as_i64()),
            sender_id: MaybeUnset::Set(entry.sender_id.as_i64()),
            server_time: MaybeUnset::Set(CqlTimestamp(entry.server_time.as_millis())),
            kind: MaybeUnset::from_option(i8::try_from(fields.kind).ok()),
            target_seq: MaybeUnset::from_option(fields.target_seq.map(column)),
            client_msg_id: MaybeUnset::from_option(fields.client_msg_id),
            client_time: MaybeUnset::from_option(fields.client_time),
            ..place
        };
        std::iter::once(own).chain(erased)
    }

    /// About how many bytes it takes.
    pub(crate) fn size_hint(&self) -> usize {
        let body = match &self.body {
            MaybeUnset::Set(body) => body.len(),
            MaybeUnset::Unset => 0,
        };
        body + 160
    }

    fn at(conversation_id: i64, seq: Seq, written: Seq) -> Self {
        let (bucket, seq, written) = (bucket(seq), column(seq), column(written));
        Self { conversation_id, bucket, seq, written, ..Self::default() }
    }

    fn erased(conversation_id: i64, seq: Seq, written: Seq) -> Self {
        Self {
            unsent: MaybeUnset::Set(true),
            body: MaybeUnset::Set(String::new()),
            ..Self::at(conversation_id, seq, written)
        }
    }
}

/// A row as it is read.
#[derive(Debug, DeserializeRow)]
pub(crate) struct Row {
    seq: i64,
    id: Option<i64>,
    sender_id: Option<i64>,
    server_time: Option<CqlTimestamp>,
    kind: Option<i8>,
    target_seq: Option<i64>,
    client_msg_id: Option<Uuid>,
    client_time: Option<String>,
    unsent: Option<bool>,
    body: Option<String>,
}

impl Row {
    /// The entry; `None` when only its erasure is there yet.
    pub(crate) fn into_entry(self, conversation: ConversationId) -> Result<Option<Entry>, HistoryError> {
        let (Some(id), Some(sender), Some(time), Some(kind)) =
            (self.id, self.sender_id, self.server_time, self.kind)
        else {
            return Ok(None);
        };
        let number =
            |value: i64| u64::try_from(value).map_err(|_| internal(UnreadableEntry("a negative seq")));
        let fields = EntryFields {
            kind: kind.into(),
            target_seq: self.target_seq.map(number).transpose()?,
            client_msg_id: self.client_msg_id,
            client_time: self.client_time,
            body: self.body.filter(|_| self.unsent != Some(true)),
        };
        Ok(Some(Entry {
            conversation_id: conversation,
            seq: number(self.seq)?,
            id: EntryId::from_i64(id),
            sender_id: UserId::from_i64(sender),
            server_time: Timestamp::from_millis(time.0),
            body: EntryBody::try_from(fields).map_err(internal)?,
        }))
    }
}
