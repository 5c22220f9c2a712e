//! What is told to open sockets after a commit. Live delivery is at most once: `seq`, `heads` and `/sync` make it
//! complete.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    entry::{Entry, Seq},
    id::{ConversationId, DeviceId, UserId},
    view::{ConversationView, FriendRequestView, UserView},
};

/// Something that happened, for the sockets it concerns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum LiveEvent {
    /// A new entry, for every member who may see its seq.
    Entry(Arc<Entry>),
    /// Somebody read up to a seq.
    Read {
        /// The conversation.
        conversation_id: ConversationId,
        /// Who read.
        user_id: UserId,
        /// Up to where.
        read_seq: Seq,
        /// Whether the other members are told too (up to 20 members), or the reader's devices only.
        to_members: bool,
    },
    /// Somebody is typing; the typist is not told.
    Typing {
        /// The conversation.
        conversation_id: ConversationId,
        /// Who types.
        user_id: UserId,
    },
    /// Somebody came or went, for their friends.
    Presence {
        /// Who.
        user_id: UserId,
        /// Whether they are online.
        online: bool,
        /// When they last went, if they are away.
        last_online: Option<Timestamp>,
        /// When this was true.
        as_of: Timestamp,
        /// Their friends.
        watchers: Arc<[UserId]>,
    },
    /// A friend's profile changed, for each friend as they see it.
    FriendProfile {
        /// Who is told.
        watchers: Arc<[UserId]>,
        /// The friend.
        user: Box<UserView>,
    },
    /// A group changed; each member who is online gets it freshly drawn.
    ConversationChanged(ConversationId),
    /// Who may receive a conversation's entries changed; sockets learn their new routes from it.
    Membership {
        /// The conversation.
        conversation_id: ConversationId,
        /// Who came or went.
        user_id: UserId,
        /// How.
        change: MembershipChange,
    },
    /// A personal event.
    Personal {
        /// Whose devices are told.
        user_id: UserId,
        /// Its place in the user's log, where it has one.
        user_seq: Option<u64>,
        /// What happened.
        event: PersonalEvent,
    },
    /// Devices whose sockets end now.
    SessionEnded {
        /// The account.
        user_id: UserId,
        /// The devices; `None` means all.
        devices: Option<Vec<DeviceId>>,
        /// What to tell them.
        end: SessionEnd,
    },
}

/// A change of who receives a conversation's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MembershipChange {
    /// Entries from this seq on.
    Joined {
        /// The first visible seq.
        from: Seq,
    },
    /// No entry after this seq.
    Ended {
        /// The last visible seq.
        at: Seq,
    },
}

/// Why a socket is ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionEnd {
    /// Signed out, here or from another device.
    SignedOut,
    /// Suspended until a moment, with the reason given to the person.
    Suspended {
        /// The reason.
        reason: String,
        /// Until when.
        until: Timestamp,
    },
    /// The account is on its way out.
    Deleting {
        /// When it is deleted for good.
        at: Timestamp,
    },
    /// Banned, with the reason given to the person.
    Banned {
        /// The reason.
        reason: String,
    },
}

/// An event for one person's devices.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PersonalEvent {
    /// A friend request came or changed.
    FriendRequest(Box<FriendRequestView>),
    /// Somebody is a friend now.
    Friend(Box<UserView>),
    /// Somebody is no friend any more.
    FriendRemoved(UserId),
    /// The person blocks somebody, or does so no more.
    Block {
        /// Whom.
        user_id: UserId,
        /// Whether the block stands.
        blocked: bool,
    },
    /// The person's own profile changed on another device.
    Profile(Box<UserView>),
    /// A conversation was created, joined, or its own settings changed.
    Conversation(Box<ConversationView>),
    /// A conversation is gone from the list.
    ConversationRemoved {
        /// Which.
        conversation_id: ConversationId,
        /// Why.
        reason: RemovalReason,
    },
    /// Somebody asks to join a group that the person runs.
    JoinRequest {
        /// The group.
        group_id: ConversationId,
        /// Who asks.
        user: Box<UserView>,
    },
}

/// Why a conversation is gone from a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RemovalReason {
    /// The person left.
    Left,
    /// The person was removed.
    Kicked,
    /// The person hid it.
    Hidden,
}

/// A line of a person's log of low-rate events. It names what happened; a reader draws it freshly, so that a
/// replay shows the present state and never what the person may no longer see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLine {
    /// See [`PersonalEvent::FriendRequest`].
    FriendRequest(crate::id::FriendRequestId),
    /// See [`PersonalEvent::Friend`].
    Friend(UserId),
    /// See [`PersonalEvent::FriendRemoved`].
    FriendRemoved(UserId),
    /// See [`PersonalEvent::Block`].
    Block(UserId),
    /// See [`PersonalEvent::Profile`].
    Profile,
    /// See [`PersonalEvent::Conversation`].
    Conversation(ConversationId),
    /// See [`PersonalEvent::ConversationRemoved`].
    ConversationRemoved(ConversationId, RemovalReason),
    /// See [`PersonalEvent::JoinRequest`].
    JoinRequest(ConversationId, UserId),
}
