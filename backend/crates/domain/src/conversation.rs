//! Conversations and their members.

use serde::{Deserialize, Serialize};

use crate::{
    blob::BlobKey,
    clock::Timestamp,
    code::ShareCode,
    entry::Seq,
    friendship::Pair,
    id::{ConversationId, UserId},
    refusal::Refusal,
    text::GroupName,
};

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* $variant),* }
        impl $name {
            /// Its name on the wire and in the store.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
            /// The one of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

named! {
    /// Whether a conversation is between exactly two friends or in a group.
    ConversationKind {
        /// Two people.
        Direct = "direct",
        /// A group.
        Group = "group",
    }
}
named! {
    /// What a member may do.
    Role {
        /// Runs the group.
        Admin = "admin",
        /// Takes part.
        Member = "member",
    }
}
named! {
    /// How one joins by group code.
    JoinPolicy {
        /// At once.
        Open = "open",
        /// After an admin's approval.
        Approval = "approval",
    }
}
named! {
    /// What somebody new sees; fixed at the moment of joining.
    HistoryVisibility {
        /// Only what comes after joining.
        FromJoining = "from_joining",
        /// Everything.
        All = "all",
    }
}
named! {
    /// Whether anybody is left in it.
    ConversationState {
        /// In use.
        Open = "open",
        /// The last member left.
        Closed = "closed",
    }
}
named! {
    /// How somebody stands to a conversation.
    MemberState {
        /// Takes part.
        Active = "active",
        /// Left by themselves.
        Left = "left",
        /// Was removed.
        Kicked = "kicked",
    }
}

/// A conversation as its row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its number.
    pub id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// The region whose ledger orders it, chosen at creation.
    pub home_region: String,
    /// Whether its contents are end-to-end encrypted.
    pub encrypted: bool,
    /// A group's name.
    pub name: Option<GroupName>,
    /// Where a group's picture lies.
    pub avatar: Option<BlobKey>,
    /// A group's code.
    pub group_code: Option<ShareCode>,
    /// How one joins by code.
    pub join_policy: JoinPolicy,
    /// What newcomers see.
    pub history_visibility: HistoryVisibility,
    /// When it began.
    pub created_at: Timestamp,
    /// The newest seq; 0 before the first entry.
    pub last_seq: Seq,
    /// Every entry up to this one has left the ledger and lies in the history; 0 while none has.
    pub archived_to: Seq,
    /// When the newest entry came.
    pub last_activity: Timestamp,
    /// How many members are active.
    pub member_count: u32,
    /// Rises with each change of membership.
    pub members_version: u64,
    /// A direct conversation's two sides and whether each may write.
    pub direct: Option<DirectGate>,
    /// Whether anybody is left in it.
    pub state: ConversationState,
}

impl Conversation {
    /// The largest group.
    pub const MAX_MEMBERS: usize = 10_000;
}

/// What lets the two sides of a direct conversation write. It lies in the conversation's own row, so that a
/// send and an unfriending cannot pass each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectGate {
    /// The two.
    pub pair: Pair,
    /// Whether they are friends.
    pub friends: bool,
    /// Whether the lower id blocks the higher.
    pub low_blocks: bool,
    /// Whether the higher id blocks the lower.
    pub high_blocks: bool,
}

impl DirectGate {
    /// Whether `sender` blocks the other side.
    #[must_use]
    pub fn blocked_by(&self, sender: UserId) -> bool {
        if sender == self.pair.low() { self.low_blocks } else { self.high_blocks }
    }

    /// May `sender` write?
    ///
    /// # Errors
    /// [`Refusal::BlockedByYou`] before [`Refusal::NotFriends`]; being blocked looks like being unfriended.
    pub fn may_send(&self, sender: UserId) -> Result<(), Refusal> {
        if self.blocked_by(sender) {
            Err(Refusal::BlockedByYou)
        } else if self.friends && !self.blocked_by(self.pair.other(sender)) {
            Ok(())
        } else {
            Err(Refusal::NotFriends)
        }
    }
}

/// Somebody's standing in a conversation, past ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The person.
    pub user_id: UserId,
    /// What they may do.
    pub role: Role,
    /// Whether they take part.
    pub state: MemberState,
    /// When they last joined.
    pub joined_at: Timestamp,
    /// The seq of the notice by which they last joined.
    pub joined_seq: Seq,
    /// What the conversation looked like when the membership ended.
    pub ended: Option<EndedMembership>,
}

/// The picture of a group that a former member keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedMembership {
    /// The last seq they may see: the notice by which they left or were removed.
    pub seq: Seq,
    /// When that was.
    pub at: Timestamp,
    /// The group's name then.
    pub name: Option<GroupName>,
    /// How many members it had then.
    pub member_count: u32,
}

/// May `sender` write, given their row in `conversation`? Pure; the committer asks it inside its transaction.
///
/// # Errors
/// [`Refusal::NotFound`] for somebody who was never in it, [`Refusal::NotMember`] for a former member, else what
/// [`DirectGate::may_send`] says.
pub fn may_send(
    conversation: &Conversation,
    member: Option<MemberState>,
    sender: UserId,
) -> Result<(), Refusal> {
    may_send_through(conversation.direct.as_ref(), member, sender)
}

/// [`may_send`] for a caller that has read only the gate of a direct conversation (`None` for a group).
///
/// # Errors
/// Those of [`may_send`].
pub fn may_send_through(
    gate: Option<&DirectGate>,
    member: Option<MemberState>,
    sender: UserId,
) -> Result<(), Refusal> {
    match member {
        None => return Err(Refusal::NotFound),
        Some(MemberState::Left | MemberState::Kicked) => return Err(Refusal::NotMember),
        Some(MemberState::Active) => {}
    }
    gate.map_or(Ok(()), |gate| gate.may_send(sender))
}

/// A person's own settings of a conversation, shared by their devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationSettings {
    /// Silent until then.
    pub muted_until: Option<Timestamp>,
    /// Kept on top of the list.
    pub pinned: bool,
    /// Hidden from the list at this `last_seq`: a direct conversation returns with a later message.
    pub hidden_at_seq: Option<Seq>,
    /// What is typed but not sent.
    pub draft: Option<Draft>,
    /// The draft's version, which goes on counting when the draft is cleared.
    pub draft_version: u64,
}

/// A message on its way to being written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What was typed so far.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Seq>,
    /// One higher with each change.
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_write_in_a_direct_conversation() {
        let (low, high) = (UserId::new(1), UserId::new(2));
        let pair = Pair::new(high, low).unwrap();
        let ok = Ok(());
        for (friends, low_blocks, high_blocks, low_may, high_may) in [
            (true, false, false, ok.clone(), ok.clone()),
            (false, false, false, Err(Refusal::NotFriends), Err(Refusal::NotFriends)),
            (false, true, false, Err(Refusal::BlockedByYou), Err(Refusal::NotFriends)),
            (false, false, true, Err(Refusal::NotFriends), Err(Refusal::BlockedByYou)),
            (false, true, true, Err(Refusal::BlockedByYou), Err(Refusal::BlockedByYou)),
            (true, true, false, Err(Refusal::BlockedByYou), Err(Refusal::NotFriends)),
        ] {
            let gate = DirectGate { pair, friends, low_blocks, high_blocks };
            assert_eq!((gate.may_send(low), gate.may_send(high)), (low_may, high_may), "{gate:?}");
        }
    }
}
