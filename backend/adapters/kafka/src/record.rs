//! An entry as a record: JSON that says of which version it is.

use kith_domain::{
    ConversationId, Entry, EntryBody, EntryFields, EntryId, Seq, Timestamp, UnreadableEntry, UserId,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The version of the format that is written. Fields may be added within a version: readers pass over what they do not
/// know. A change that old readers would misunderstand takes a new version, which they refuse.
pub const VERSION: u32 = 1;

/// A record that is no entry to this version of Kith.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It was written by a newer version of Kith.
    #[error("it has format {found}, and this version of Kith reads format {VERSION}: update it")]
    Version {
        /// The version it says.
        found: u32,
    },
    /// It has no content.
    #[error("it is empty")]
    Empty,
    /// It is no JSON of that format.
    #[error("it is malformed")]
    Json(#[from] serde_json::Error),
    /// Its fields make no entry.
    #[error(transparent)]
    Entry(#[from] UnreadableEntry),
}

/// What every version has.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    version: u32,
    conversation_id: ConversationId,
    seq: Seq,
    id: EntryId,
    sender_id: UserId,
    /// Milliseconds since the Unix epoch.
    server_time: i64,
    /// As [`EntryFields::kind`].
    kind: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_seq: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_msg_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_time: Option<String>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    body: Option<&'a RawValue>,
}

/// The record of an entry.
///
/// # Errors
/// Never, for an entry that was read or parsed.
pub(crate) fn encode(entry: &Entry) -> Result<Vec<u8>, serde_json::Error> {
    let fields = EntryFields::from(&entry.body);
    let record = Record {
        version: VERSION,
        conversation_id: entry.conversation_id,
        seq: entry.seq,
        id: entry.id,
        sender_id: entry.sender_id,
        server_time: entry.server_time.as_millis(),
        kind: fields.kind,
        target_seq: fields.target_seq,
        client_msg_id: fields.client_msg_id,
        client_time: fields.client_time,
        body: fields.body.as_deref().map(serde_json::from_str).transpose()?,
    };
    serde_json::to_vec(&record)
}

/// The entry of a record.
///
/// # Errors
/// [`RecordError`] for anything that [`encode`] of this version did not write.
pub(crate) fn decode(bytes: &[u8]) -> Result<Entry, RecordError> {
    let Versioned { version } = serde_json::from_slice(bytes)?;
    if version != VERSION {
        return Err(RecordError::Version { found: version });
    }
    let record: Record<'_> = serde_json::from_slice(bytes)?;
    let fields = EntryFields {
        kind: record.kind,
        target_seq: record.target_seq,
        client_msg_id: record.client_msg_id,
        client_time: record.client_time,
        body: record.body.map(|body| body.get().to_owned()),
    };
    Ok(Entry {
        conversation_id: record.conversation_id,
        seq: record.seq,
        id: record.id,
        sender_id: record.sender_id,
        server_time: Timestamp::from_millis(record.server_time),
        body: EntryBody::try_from(fields)?,
    })
}

#[cfg(test)]
mod tests {
    use kith_contract::history::{a_conversation, a_text, an_entry, an_unsend};
    use kith_domain::{Notice, NoticeKind};

    use super::*;

    #[test]
    fn entries_read_back() {
        let here = a_conversation();
        for entry in [
            a_text(here, 1, Some("hi \"there\"\n再見")),
            a_text(here, 2, None),
            an_unsend(here, 3, 2),
            an_entry(here, 4, EntryBody::Notice(Notice::about(NoticeKind::Joined, UserId::new(9)))),
        ] {
            let record = encode(&entry).unwrap();
            assert_eq!(decode(&record).unwrap(), entry, "{}", String::from_utf8_lossy(&record));
        }
    }

    #[test]
    fn the_first_version_stays_readable() {
        let stored = r#"{"version":1,"conversation_id":"70","seq":2,"id":"1002","sender_id":"7","server_time":1764000000002,"kind":0,"client_msg_id":"00000000-0000-0002-0000-000000000001","client_time":"2026-11-24T21:15:45.123+08:00","body":{"type":"text","text":"hi"}}"#;
        let entry = a_text(ConversationId::new(70), 2, Some("hi"));
        assert_eq!(decode(stored.as_bytes()).unwrap(), entry);
        assert_eq!(String::from_utf8(encode(&entry).unwrap()).unwrap(), stored);
        let longer = stored.replace(r#""seq":2"#, r#""seq":2,"added":{"later":[1]}"#);
        assert_eq!(decode(longer.as_bytes()).unwrap(), entry, "what is not known is passed over");
    }

    #[test]
    fn anything_else_is_refused() {
        let whole =
            String::from_utf8(encode(&a_text(ConversationId::new(70), 2, Some("hi"))).unwrap()).unwrap();
        let newer = decode(br#"{"version":2,"conversation":[1]}"#);
        assert!(matches!(newer, Err(RecordError::Version { found: 2 })), "{newer:?}");
        for bytes in [
            String::new(),
            "{}".to_owned(),
            "null".to_owned(),
            r#"{"version":-1}"#.to_owned(),
            r#"{"version":1}"#.to_owned(),
            whole[..whole.len() - 1].to_owned(),
            whole.replace(r#""kind":0"#, r#""kind":9"#),
            whole.replace(r#""type":"text""#, r#""type":"video""#),
        ] {
            assert!(decode(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }
}
