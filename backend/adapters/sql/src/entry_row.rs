//! How an entry lies in its row.

use kith_domain::{
    Content, ConversationId, Entry, EntryBody, EntryId, Notice, NoticeKind, UserId, conversation::Role,
    entry::ClientTime, ports::StoreError, text::GroupName,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::rows::Columns;

/// `entries.kind` of a message.
pub(crate) const MESSAGE: i64 = 0;
/// `entries.kind` of an unsend.
pub(crate) const UNSEND: i64 = 1;
/// `entries.kind` of a notice.
pub(crate) const NOTICE: i64 = 2;

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
    let body = match row.signed(5)? {
        MESSAGE => EntryBody::Message {
            client_msg_id: row
                .opt_bytes(7)?
                .and_then(|bytes| Uuid::from_slice(&bytes).ok())
                .ok_or_else(|| StoreError::corrupt("a message without its client id"))?,
            client_time: ClientTime::from_store(row.text(8)?),
            content: row
                .opt_text(9)?
                .map(|json| Content::from_json(&json).map_err(|_| StoreError::corrupt("a message's content")))
                .transpose()?,
        },
        UNSEND => EntryBody::Unsend {
            target_seq: row
                .opt_number(6)?
                .ok_or_else(|| StoreError::corrupt("an unsend without a target"))?,
        },
        NOTICE => EntryBody::Notice(
            notice_from_json(&row.text(9)?).ok_or_else(|| StoreError::corrupt("a notice's body"))?,
        ),
        _ => return Err(StoreError::corrupt("an unknown kind of entry")),
    };
    Ok(Entry {
        conversation_id: ConversationId::from_i64(row.signed(0)?),
        seq: row.number(1)?,
        id: EntryId::from_i64(row.signed(2)?),
        sender_id: UserId::from_i64(row.signed(3)?),
        server_time: row.time(4)?,
        body,
    })
}

/// The stored form of a notice.
pub(crate) fn notice_to_json(notice: &Notice) -> String {
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), notice.kind.as_str().into());
    if let Some(user) = notice.user_id {
        fields.insert("user_id".to_owned(), user.to_string().into());
    }
    if let Some(name) = &notice.name {
        fields.insert("name".to_owned(), name.as_str().into());
    }
    if let Some(role) = notice.role {
        fields.insert("role".to_owned(), role.as_str().into());
    }
    Value::Object(fields).to_string()
}

fn notice_from_json(json: &str) -> Option<Notice> {
    let fields: Map<String, Value> = serde_json::from_str(json).ok()?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    Some(Notice {
        kind: NoticeKind::from_name(text("kind")?)?,
        user_id: text("user_id").map(str::parse).transpose().ok()?,
        name: text("name").map(|name| GroupName::from_store(name.to_owned())),
        role: match text("role") {
            Some(role) => Some(Role::from_name(role)?),
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_read_back() {
        for &kind in NoticeKind::ALL {
            let plain = Notice::plain(kind);
            let full = Notice {
                kind,
                user_id: Some(UserId::new(7)),
                name: Some(GroupName::from_store("a \"b\"".to_owned())),
                role: Some(Role::Admin),
            };
            for notice in [plain, full] {
                assert_eq!(notice_from_json(&notice_to_json(&notice)), Some(notice));
            }
        }
    }
}
