//! Timeline entries.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    clock::Timestamp,
    content::Content,
    conversation::Role,
    id::{ConversationId, EntryId, UserId},
    text::GroupName,
};

/// The place of an entry in its conversation: 1, 2, 3 … without holes. It alone decides order, paging, read
/// markers and resume.
pub type Seq = u64;

/// The sender's own name for a message, made once before the first try.
pub type ClientMsgId = Uuid;

/// The sender's local time with its offset, kept as written: for display only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientTime(String);

/// A text that is no RFC 3339 date-time with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 date-time with an offset")]
pub struct InvalidClientTime;

impl FromStr for ClientTime {
    type Err = InvalidClientTime;
    fn from_str(text: &str) -> Result<Self, InvalidClientTime> {
        let plain = (20..=35).contains(&text.len()) && text.is_ascii() && text.as_bytes()[10] == b'T';
        if plain && Timestamp::parse(text).is_some() {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidClientTime)
        }
    }
}

impl ClientTime {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// As stored, where only parsed times lie.
    #[must_use]
    pub fn from_store(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for ClientTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its place.
    pub seq: Seq,
    /// Its number.
    pub id: EntryId,
    /// Who caused it.
    pub sender_id: UserId,
    /// When the server gave it its seq.
    pub server_time: Timestamp,
    /// What it is.
    pub body: EntryBody,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryBody {
    /// A message.
    Message {
        /// The sender's own name for it.
        client_msg_id: ClientMsgId,
        /// The sender's local time.
        client_time: ClientTime,
        /// What it says; `None` once it was unsent.
        content: Option<Content>,
    },
    /// Says that an earlier message was unsent; not shown by itself.
    Unsend {
        /// The erased message.
        target_seq: Seq,
    },
    /// Something that happened to the conversation.
    Notice(Notice),
}

/// What happened to a conversation. `by` is the entry's sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The kind of happening.
    pub kind: NoticeKind,
    /// Whom it happened to.
    pub user_id: Option<UserId>,
    /// The new name.
    pub name: Option<GroupName>,
    /// The new role.
    pub role: Option<Role>,
}

impl Notice {
    /// A notice of `kind` about nobody in particular.
    #[must_use]
    pub fn plain(kind: NoticeKind) -> Self {
        Self { kind, user_id: None, name: None, role: None }
    }
    /// A notice of `kind` about `user_id`.
    #[must_use]
    pub fn about(kind: NoticeKind, user_id: UserId) -> Self {
        Self { user_id: Some(user_id), ..Self::plain(kind) }
    }
}

macro_rules! notice_kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal)*) => {
        /// The kinds of happening, with their names on the wire and in the store.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum NoticeKind { $($(#[$doc])* $variant),* }
        impl NoticeKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// Its name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
            /// The kind of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

notice_kinds! {
    /// The conversation began.
    Created = "created"
    /// A group has a new name.
    Renamed = "renamed"
    /// A group has a new picture.
    AvatarChanged = "avatar_changed"
    /// Somebody joined or was added.
    Joined = "joined"
    /// Somebody left.
    Left = "left"
    /// Somebody was removed.
    Kicked = "kicked"
    /// Somebody has a new role.
    RoleChanged = "role_changed"
    /// Joining by code works differently now.
    JoinPolicyChanged = "join_policy_changed"
    /// Newcomers see something else now.
    HistoryVisibilityChanged = "history_visibility_changed"
}

/// How long after its `server_time` a message can be unsent: one hour.
pub const UNSEND_WINDOW_MILLIS: i64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_times() {
        for (text, valid) in [
            ("2026-11-24T21:15:45+08:00", true),
            ("2026-11-24T21:15:45.123Z", true),
            ("2026-11-24T21:15:45", false),
            ("2026-11-24 21:15:45Z", false),
            ("2026-13-24T21:15:45Z", false),
            ("now", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<ClientTime>().is_ok(), valid, "{text:?}");
        }
    }
}
