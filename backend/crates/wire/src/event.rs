//! Events of the socket: `{type, …}`, encoded once and shared by all who get them.

use std::{borrow::Cow, collections::BTreeMap};

use kith_domain::{
    ConversationId, LiveEvent, PersonalEvent, Seq, Timestamp, UserId,
    event::{RemovalReason, SessionEnd},
    view::ConversationView,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    account::User, conversation::Conversation, entry::Entry, friendship::FriendRequest, links::Links,
    problem::Problem, scalar,
};

mod schema;

pub use schema::schema_json;

/// An event's name, for the `event` header, and its JSON.
pub type Encoded = (&'static str, Vec<u8>);

/// Why a conversation is gone from a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RemovalReason)]
pub enum Removal {
    /// The person left.
    Left,
    /// The person was removed.
    Kicked,
    /// The person hid it.
    Hidden,
}

impl From<RemovalReason> for Removal {
    fn from(reason: RemovalReason) -> Self {
        match reason {
            RemovalReason::Left => Self::Left,
            RemovalReason::Kicked => Self::Kicked,
            RemovalReason::Hidden => Self::Hidden,
        }
    }
}

/// Why a socket is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionAction {
    /// Signed out, here or from another device.
    SignedOut,
    /// The account was suspended.
    Suspended,
    /// The account was banned.
    Banned,
    /// The account is on its way out; it can be restored until then.
    Deleting,
}

/// What a MESSAGE frame carries. Events with `user_seq` are replayed by `/sync`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = Event)]
pub enum Event<'a> {
    /// A new entry.
    #[schema(title = "EntryEvent")]
    Entry {
        /// The conversation.
        #[schema(value_type = scalar::Id)]
        conversation_id: ConversationId,
        /// Its place.
        #[schema(value_type = scalar::SeqNumber)]
        seq: Seq,
        /// The entry.
        entry: Entry<'a>,
    },
    /// Somebody read up to a seq.
    #[schema(title = "ReadEvent")]
    Read {
        /// The conversation.
        #[schema(value_type = scalar::Id)]
        conversation_id: ConversationId,
        /// Who read.
        #[schema(value_type = scalar::Id)]
        user_id: UserId,
        /// Up to where.
        #[schema(value_type = scalar::SeqNumber)]
        read_seq: Seq,
    },
    /// Somebody is typing; it holds for six seconds.
    #[schema(title = "TypingEvent")]
    Typing {
        /// The conversation.
        #[schema(value_type = scalar::Id)]
        conversation_id: ConversationId,
        /// Who types.
        #[schema(value_type = scalar::Id)]
        user_id: UserId,
    },
    /// A friend came or went.
    #[schema(title = "PresenceEvent")]
    Presence {
        /// Who.
        #[schema(value_type = scalar::Id)]
        user_id: UserId,
        /// Whether they are online.
        online: bool,
        /// When they last went.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<scalar::Time>)]
        last_online: Option<Timestamp>,
        /// When this was true.
        #[schema(value_type = scalar::Time)]
        as_of: Timestamp,
    },
    /// A conversation was created, joined or changed, or its settings were.
    #[schema(title = "ConversationEvent")]
    Conversation {
        /// The conversation as it stands.
        conversation: Box<Conversation<'a>>,
        /// Its place among the personal events, if it is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// A conversation is gone from the list.
    #[schema(title = "ConversationRemovedEvent")]
    ConversationRemoved {
        /// Which.
        #[schema(value_type = scalar::Id)]
        conversation_id: ConversationId,
        /// Why.
        reason: Removal,
        /// Its place among the personal events.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// A friend request came or changed.
    #[schema(title = "FriendRequestEvent")]
    FriendRequest {
        /// The request.
        request: FriendRequest<'a>,
        /// Its place among the personal events.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// Somebody is a friend now.
    #[schema(title = "FriendEvent")]
    Friend {
        /// Who.
        user: User<'a>,
        /// Its place among the personal events.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// Somebody is no friend any more.
    #[schema(title = "FriendRemovedEvent")]
    FriendRemoved {
        /// Who.
        #[schema(value_type = scalar::Id)]
        user_id: UserId,
        /// Its place among the personal events.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// The receiver blocks somebody, or does so no more; told to their own devices.
    #[schema(title = "BlockEvent")]
    Block {
        /// Whom.
        #[schema(value_type = scalar::Id)]
        user_id: UserId,
        /// Whether the block stands.
        blocked: bool,
        /// Its place among the personal events.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// The own profile changed on another device, or a friend's did (the latter is not replayed).
    #[schema(title = "ProfileEvent")]
    Profile {
        /// The profile as it stands.
        user: User<'a>,
        /// Its place among the personal events, if it is the own one.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// Somebody asks to join a group that the receiver runs.
    #[schema(title = "JoinRequestEvent")]
    JoinRequest {
        /// The group.
        #[schema(value_type = scalar::Id)]
        group_id: ConversationId,
        /// Who asks.
        user: User<'a>,
        /// Its place among the personal events.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_seq: Option<u64>,
    },
    /// Where conversations that changed since the last one stand: the check against silent loss.
    #[schema(title = "HeadsEvent")]
    Heads {
        /// The newest seq of each.
        #[schema(value_type = std::collections::HashMap<String, u64>)]
        heads: BTreeMap<ConversationId, Seq>,
        /// The last personal event there is.
        user_seq: u64,
    },
    /// The socket is about to be closed.
    #[schema(title = "SessionEvent")]
    Session {
        /// Why.
        action: SessionAction,
        /// The reason given to the person.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// When a suspension ends, or the account is deleted for good.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<scalar::Time>)]
        until: Option<Timestamp>,
    },
    /// A SEND was refused.
    #[schema(title = "ErrorEvent")]
    Error {
        /// The receipt that the SEND asked for.
        #[serde(skip_serializing_if = "Option::is_none")]
        receipt: Option<&'a str>,
        /// The problem's code.
        code: &'static str,
        /// A sentence for people.
        #[schema(value_type = String)]
        detail: Cow<'a, str>,
        /// After how many milliseconds the next try is welcome.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
        /// The trace in which it is logged.
        #[serde(skip_serializing_if = "Option::is_none")]
        trace_id: Option<&'a str>,
    },
}

impl<'a> Event<'a> {
    /// The `type`, which is also the `event` header.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Entry { .. } => "entry",
            Self::Read { .. } => "read",
            Self::Typing { .. } => "typing",
            Self::Presence { .. } => "presence",
            Self::Conversation { .. } => "conversation",
            Self::ConversationRemoved { .. } => "conversation_removed",
            Self::FriendRequest { .. } => "friend_request",
            Self::Friend { .. } => "friend",
            Self::FriendRemoved { .. } => "friend_removed",
            Self::Block { .. } => "block",
            Self::Profile { .. } => "profile",
            Self::JoinRequest { .. } => "join_request",
            Self::Heads { .. } => "heads",
            Self::Session { .. } => "session",
            Self::Error { .. } => "error",
        }
    }

    /// What is shown of a live event. `None` for [`LiveEvent::ConversationChanged`], which each receiver gets drawn
    /// for themselves ([`Event::conversation`]), and for [`LiveEvent::Membership`], which only moves routes.
    #[must_use]
    pub fn live(event: &'a LiveEvent, links: &Links) -> Option<Self> {
        Some(match event {
            LiveEvent::Entry(entry) => Self::Entry {
                conversation_id: entry.conversation_id,
                seq: entry.seq,
                entry: Entry::new(entry, links),
            },
            LiveEvent::Read { conversation_id, user_id, read_seq, to_members: _ } => {
                Self::Read { conversation_id: *conversation_id, user_id: *user_id, read_seq: *read_seq }
            }
            LiveEvent::Typing { conversation_id, user_id } => {
                Self::Typing { conversation_id: *conversation_id, user_id: *user_id }
            }
            LiveEvent::Presence { user_id, online, last_online, as_of, watchers: _ } => Self::Presence {
                user_id: *user_id,
                online: *online,
                last_online: *last_online,
                as_of: *as_of,
            },
            LiveEvent::FriendProfile { watchers: _, user } => {
                Self::Profile { user: User::new(user, links), user_seq: None }
            }
            LiveEvent::Personal { user_id: _, user_seq, event } => Self::personal(event, *user_seq, links),
            LiveEvent::SessionEnded { user_id: _, devices: _, end } => Self::session(end),
            LiveEvent::ConversationChanged(_) | LiveEvent::Membership { .. } => return None,
        })
    }

    /// A personal event with its place in the person's log, where it has one.
    #[must_use]
    pub fn personal(event: &'a PersonalEvent, user_seq: Option<u64>, links: &Links) -> Self {
        match event {
            PersonalEvent::FriendRequest(request) => {
                Self::FriendRequest { request: FriendRequest::new(request, links), user_seq }
            }
            PersonalEvent::Friend(user) => Self::Friend { user: User::new(user, links), user_seq },
            PersonalEvent::FriendRemoved(user_id) => Self::FriendRemoved { user_id: *user_id, user_seq },
            PersonalEvent::Block { user_id, blocked } => {
                Self::Block { user_id: *user_id, blocked: *blocked, user_seq }
            }
            PersonalEvent::Profile(user) => Self::Profile { user: User::new(user, links), user_seq },
            PersonalEvent::Conversation(view) => {
                Self::Conversation { conversation: Box::new(Conversation::new(view, links)), user_seq }
            }
            PersonalEvent::ConversationRemoved { conversation_id, reason } => Self::ConversationRemoved {
                conversation_id: *conversation_id,
                reason: (*reason).into(),
                user_seq,
            },
            PersonalEvent::JoinRequest { group_id, user } => {
                Self::JoinRequest { group_id: *group_id, user: User::new(user, links), user_seq }
            }
        }
    }

    /// A group that changed, as one member sees it.
    #[must_use]
    pub fn conversation(view: &'a ConversationView, links: &Links) -> Self {
        Self::Conversation { conversation: Box::new(Conversation::new(view, links)), user_seq: None }
    }

    /// Where conversations stand.
    #[must_use]
    pub fn heads(heads: impl IntoIterator<Item = (ConversationId, Seq)>, user_seq: u64) -> Self {
        Self::Heads { heads: heads.into_iter().collect(), user_seq }
    }

    /// The end of a socket.
    #[must_use]
    pub fn session(end: &'a SessionEnd) -> Self {
        match end {
            SessionEnd::SignedOut => {
                Self::Session { action: SessionAction::SignedOut, reason: None, until: None }
            }
            SessionEnd::Suspended { reason, until } => {
                Self::Session { action: SessionAction::Suspended, reason: Some(reason), until: Some(*until) }
            }
            SessionEnd::Deleting { at } => {
                Self::Session { action: SessionAction::Deleting, reason: None, until: Some(*at) }
            }
            SessionEnd::Banned { reason } => {
                Self::Session { action: SessionAction::Banned, reason: Some(reason), until: None }
            }
        }
    }

    /// A refused SEND.
    #[must_use]
    pub fn error(receipt: Option<&'a str>, problem: &'a Problem) -> Self {
        Self::Error {
            receipt,
            code: problem.code(),
            detail: Cow::Borrowed(&problem.detail),
            retry_after_ms: problem.retry_after_ms,
            trace_id: problem.trace_id.as_deref(),
        }
    }

    /// The event's name and JSON.
    #[must_use]
    pub fn encode(&self) -> Encoded {
        let mut body = Vec::with_capacity(512);
        // Writing to memory cannot fail and every map key is a string; an empty body would be refused by the reader.
        if serde_json::to_writer(&mut body, self).is_err() {
            body.clear();
        }
        (self.name(), body)
    }
}

#[cfg(test)]
mod tests;
