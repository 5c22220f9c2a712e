//! How an entry's body is kept: the same fields in the ledger, in the history and in the log of entries.

use serde_json::{Map, Value};

use crate::{
    content::Content,
    conversation::Role,
    entry::{ClientMsgId, ClientTime, EntryBody, Notice, NoticeKind, Seq},
    text::GroupName,
};

/// [`EntryFields::kind`] of a message.
pub const MESSAGE: i64 = 0;
/// [`EntryFields::kind`] of an unsend.
pub const UNSEND: i64 = 1;
/// [`EntryFields::kind`] of a notice.
pub const NOTICE: i64 = 2;

/// An [`EntryBody`] as columns of a row or fields of a record. What a kind has no use for is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFields {
    /// [`MESSAGE`], [`UNSEND`] or [`NOTICE`].
    pub kind: i64,
    /// Of an unsend: the erased message.
    pub target_seq: Option<Seq>,
    /// Of a message: the sender's own name for it.
    pub client_msg_id: Option<ClientMsgId>,
    /// Of a message: the sender's local time.
    pub client_time: Option<String>,
    /// JSON: the content of a message, absent once it was unsent, or what a notice says.
    pub body: Option<String>,
}

/// Fields that are no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an entry: {0}")]
pub struct UnreadableEntry(pub &'static str);

impl From<&EntryBody> for EntryFields {
    fn from(body: &EntryBody) -> Self {
        match body {
            EntryBody::Message { client_msg_id, client_time, content } => Self {
                kind: MESSAGE,
                client_msg_id: Some(*client_msg_id),
                client_time: Some(client_time.as_str().to_owned()),
                body: content.as_ref().map(Content::to_json),
                ..Self::default()
            },
            EntryBody::Unsend { target_seq } => {
                Self { kind: UNSEND, target_seq: Some(*target_seq), ..Self::default() }
            }
            EntryBody::Notice(notice) => {
                Self { kind: NOTICE, body: Some(notice_to_json(notice)), ..Self::default() }
            }
        }
    }
}

impl TryFrom<EntryFields> for EntryBody {
    type Error = UnreadableEntry;

    fn try_from(fields: EntryFields) -> Result<Self, UnreadableEntry> {
        let EntryFields { kind, target_seq, client_msg_id, client_time, body } = fields;
        Ok(match kind {
            MESSAGE => Self::Message {
                client_msg_id: client_msg_id.ok_or(UnreadableEntry("a message without its client id"))?,
                client_time: client_time
                    .map(ClientTime::from_store)
                    .ok_or(UnreadableEntry("a message without its client time"))?,
                content: body
                    .map(|json| Content::from_json(&json).map_err(|_| UnreadableEntry("a message's content")))
                    .transpose()?,
            },
            UNSEND => {
                Self::Unsend { target_seq: target_seq.ok_or(UnreadableEntry("an unsend without a target"))? }
            }
            NOTICE => Self::Notice(
                body.as_deref().and_then(notice_from_json).ok_or(UnreadableEntry("a notice's body"))?,
            ),
            _ => return Err(UnreadableEntry("an unknown kind")),
        })
    }
}

fn notice_to_json(notice: &Notice) -> String {
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
    use uuid::Uuid;

    use super::*;
    use crate::{id::UserId, text::MessageText};

    fn a_message(content: Option<Content>) -> EntryBody {
        EntryBody::Message {
            client_msg_id: Uuid::from_u128(7),
            client_time: ClientTime::from_store("2026-11-24T21:15:45+08:00".to_owned()),
            content,
        }
    }

    #[test]
    fn bodies_read_back() {
        let text = Content::Text {
            text: MessageText::from_store("hi \"there\" 再見".to_owned()),
            reply_to: Some(3),
        };
        let mut bodies = vec![a_message(Some(text)), a_message(None), EntryBody::Unsend { target_seq: 9 }];
        for &kind in NoticeKind::ALL {
            let full = Notice {
                kind,
                user_id: Some(UserId::new(7)),
                name: Some(GroupName::from_store("a \"b\"".to_owned())),
                role: Some(Role::Admin),
            };
            bodies.extend([EntryBody::Notice(Notice::plain(kind)), EntryBody::Notice(full)]);
        }
        for body in bodies {
            assert_eq!(EntryBody::try_from(EntryFields::from(&body)), Ok(body));
        }
    }

    #[test]
    fn what_lacks_a_field_is_no_entry() {
        let message = EntryFields::from(&a_message(None));
        let notice = EntryFields::from(&EntryBody::Notice(Notice::plain(NoticeKind::Joined)));
        for (fields, error) in [
            (EntryFields { client_msg_id: None, ..message.clone() }, "a message without its client id"),
            (EntryFields { client_time: None, ..message.clone() }, "a message without its client time"),
            (EntryFields { body: Some("{}".to_owned()), ..message.clone() }, "a message's content"),
            (EntryFields { kind: UNSEND, ..message.clone() }, "an unsend without a target"),
            (EntryFields { body: None, ..notice.clone() }, "a notice's body"),
            (EntryFields { body: Some(r#"{"kind":"?"}"#.to_owned()), ..notice }, "a notice's body"),
            (EntryFields { kind: 3, ..message }, "an unknown kind"),
        ] {
            assert_eq!(EntryBody::try_from(fields), Err(UnreadableEntry(error)));
        }
    }
}
