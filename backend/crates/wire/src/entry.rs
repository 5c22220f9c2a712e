//! Timeline entries. This is the hot path: a view borrows everything and is encoded straight into bytes.

use kith_domain::{
    ConversationId, Entry as DomainEntry, EntryBody, EntryId, NoticeKind, Role as DomainRole, Seq, Timestamp,
    UserId, view::EntriesPage,
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::{account::Brief, content::Content, group::Role, links::Links, scalar};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A message.
    Message,
    /// Says that an earlier message was unsent; not shown by itself.
    Unsend,
    /// Something that happened to the conversation.
    Notice,
}

/// One entry of a timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entry)]
pub struct Entry<'a> {
    /// The conversation.
    #[schema(value_type = scalar::Id)]
    pub conversation_id: ConversationId,
    /// Its place: alone decides the order.
    #[schema(value_type = scalar::SeqNumber)]
    pub seq: Seq,
    /// Its number.
    #[schema(value_type = scalar::Id)]
    pub id: EntryId,
    /// What it is.
    pub kind: EntryKind,
    /// Who caused it.
    #[schema(value_type = scalar::Id)]
    pub sender_id: UserId,
    /// Messages: the sender's own name for it, a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub client_msg_id: Option<uuid::Uuid>,
    /// Messages: the sender's local time with its offset, for display only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub client_time: Option<&'a str>,
    /// When the server gave it its seq.
    #[schema(value_type = scalar::Time)]
    pub server_time: Timestamp,
    /// Messages that were not unsent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content<'a>>,
    /// Present and true for a message that was unsent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsent: Option<bool>,
    /// Unsends: the erased message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub target_seq: Option<Seq>,
    /// Notices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice<'a>>,
}

/// What happened to a conversation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub struct Notice<'a> {
    /// The kind of happening.
    #[serde(rename = "type", serialize_with = "kind_name")]
    #[schema(value_type = NoticeType)]
    pub kind: NoticeKind,
    /// Whom it happened to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Id>)]
    pub user_id: Option<UserId>,
    /// Who did it.
    #[schema(value_type = scalar::Id)]
    pub by: UserId,
    /// The new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The new role.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "role_name")]
    #[schema(value_type = Option<Role>)]
    pub role: Option<DomainRole>,
}

/// The names of [`NoticeKind`]: one list, so that a new kind is described as soon as it exists.
pub struct NoticeType;

impl utoipa::PartialSchema for NoticeType {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("What happened."))
            .enum_values(Some(NoticeKind::ALL.iter().map(|kind| kind.as_str())))
            .into()
    }
}

impl ToSchema for NoticeType {}

fn kind_name<S: Serializer>(kind: &NoticeKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

fn role_name<S: Serializer>(role: &Option<DomainRole>, serializer: S) -> Result<S::Ok, S::Error> {
    role.map(DomainRole::as_str).serialize(serializer)
}

impl<'a> Entry<'a> {
    /// Shows an entry.
    #[must_use]
    pub fn new(entry: &'a DomainEntry, links: &Links) -> Self {
        let bare = |kind| Self {
            conversation_id: entry.conversation_id,
            seq: entry.seq,
            id: entry.id,
            kind,
            sender_id: entry.sender_id,
            client_msg_id: None,
            client_time: None,
            server_time: entry.server_time,
            content: None,
            unsent: None,
            target_seq: None,
            notice: None,
        };
        match &entry.body {
            EntryBody::Message { client_msg_id, client_time, content } => Self {
                client_msg_id: Some(*client_msg_id),
                client_time: Some(client_time.as_str()),
                content: content.as_ref().map(|content| Content::new(content, links)),
                unsent: content.is_none().then_some(true),
                ..bare(EntryKind::Message)
            },
            EntryBody::Unsend { target_seq } => {
                Self { target_seq: Some(*target_seq), ..bare(EntryKind::Unsend) }
            }
            EntryBody::Notice(notice) => Self {
                notice: Some(Notice {
                    kind: notice.kind,
                    user_id: notice.user_id,
                    by: entry.sender_id,
                    name: notice.name.as_ref().map(|name| name.as_str()),
                    role: notice.role,
                }),
                ..bare(EntryKind::Notice)
            },
        }
    }
}

/// A page of a timeline, ascending by seq.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EntriesPage)]
pub struct Entries<'a> {
    /// The entries.
    pub items: Vec<Entry<'a>>,
    /// The seq to go on from in the direction asked for, when more follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub next: Option<Seq>,
    /// Everybody named in the page, former members too.
    pub users: Vec<Brief<'a>>,
    /// Targets of replies that lie outside the page.
    pub quoted: Vec<Entry<'a>>,
}

impl<'a> Entries<'a> {
    /// Shows a page.
    #[must_use]
    pub fn new(page: &'a EntriesPage, links: &Links) -> Self {
        Self {
            items: page.items.iter().map(|entry| Entry::new(entry, links)).collect(),
            next: page.next,
            users: page.users.iter().map(|user| Brief::new(user, links)).collect(),
            quoted: page.quoted.iter().map(|entry| Entry::new(entry, links)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kith_domain::{
        ClientTime, Content as DomainContent, Notice as DomainNotice, text::GroupName, text::MessageText,
    };

    use super::*;

    fn entry(body: EntryBody) -> DomainEntry {
        DomainEntry {
            conversation_id: ConversationId::new(9),
            seq: 4,
            id: EntryId::new(90),
            sender_id: UserId::new(7),
            server_time: Timestamp::from_millis(1_764_000_945_007),
            body,
        }
    }

    fn message(content: Option<DomainContent>) -> EntryBody {
        EntryBody::Message {
            client_msg_id: uuid::Uuid::from_u128(1),
            client_time: ClientTime::from_store("2025-11-25T00:15:45+08:00".to_owned()),
            content,
        }
    }

    #[test]
    fn entries_as_the_wire_shows_them() {
        let text = MessageText::parse("text", "hi".to_owned()).unwrap();
        let head = r#"{"conversation_id":"9","seq":4,"id":"90","kind":"#;
        let sent = r#""server_time":"2025-11-24T16:15:45.007Z""#;
        let client = r#""client_msg_id":"00000000-0000-0000-0000-000000000001","client_time":"2025-11-25T00:15:45+08:00""#;
        let renamed = DomainNotice {
            name: Some(GroupName::parse("name", "Hikers").unwrap()),
            ..DomainNotice::plain(NoticeKind::Renamed)
        };
        let promoted = DomainNotice {
            role: Some(DomainRole::Admin),
            ..DomainNotice::about(NoticeKind::RoleChanged, UserId::new(8))
        };
        for (body, rest) in [
            (
                message(Some(DomainContent::Text { text, reply_to: Some(2) })),
                format!(
                    r#""message","sender_id":"7",{client},{sent},"content":{{"type":"text","text":"hi","reply_to":2}}}}"#
                ),
            ),
            (message(None), format!(r#""message","sender_id":"7",{client},{sent},"unsent":true}}"#)),
            (
                EntryBody::Unsend { target_seq: 3 },
                format!(r#""unsend","sender_id":"7",{sent},"target_seq":3}}"#),
            ),
            (
                EntryBody::Notice(renamed),
                format!(
                    r#""notice","sender_id":"7",{sent},"notice":{{"type":"renamed","by":"7","name":"Hikers"}}}}"#
                ),
            ),
            (
                EntryBody::Notice(promoted),
                format!(
                    r#""notice","sender_id":"7",{sent},"notice":{{"type":"role_changed","user_id":"8","by":"7","role":"admin"}}}}"#
                ),
            ),
        ] {
            let entry = entry(body);
            assert_eq!(
                serde_json::to_string(&Entry::new(&entry, &Links::default())).unwrap(),
                format!("{head}{rest}")
            );
        }
    }
}
