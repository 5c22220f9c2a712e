//! Read models: what one person may see of another person, a request or a conversation.

use serde::{Deserialize, Serialize};

use crate::{
    account::Gender,
    blob::BlobKey,
    clock::Timestamp,
    code::ShareCode,
    conversation::{ConversationKind, Draft, HistoryVisibility, JoinPolicy, Role},
    entry::{Entry, Seq},
    friendship::{Relation, RequestStatus},
    id::{ConversationId, FriendRequestId, UserId},
    ports::search::SearchPlace,
    refusal::Refusal,
    search::SnippetPart,
    text::{GroupName, Introduction, Username},
};

/// An account as one viewer may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// Whose it is.
    pub id: UserId,
    /// What they are called.
    pub username: Username,
    /// Where their picture lies.
    pub avatar: Option<BlobKey>,
    /// What they are to the viewer.
    pub relation: Relation,
    /// Own accounts only.
    pub friend_code: Option<ShareCode>,
    /// Own and friends only.
    pub introduction: Option<Introduction>,
    /// Own, and friends where shared.
    pub gender: Option<Gender>,
    /// Own only.
    pub gender_shared: Option<bool>,
    /// Own only: when the account was made.
    pub created_at: Option<Timestamp>,
    /// Friends only.
    pub online: Option<bool>,
    /// Own and friends only.
    pub last_online: Option<Timestamp>,
    /// Own only: whether an account password is set.
    pub password_set: Option<bool>,
    /// Own only: when the account is deleted for good.
    pub deletes_at: Option<Timestamp>,
    /// Whether the account is deleted.
    pub deleted: bool,
}

/// A friend request as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FriendRequestView {
    /// Its number.
    pub id: FriendRequestId,
    /// The other side.
    pub user: UserView,
    /// Whether the viewer is asked (else: asks).
    pub incoming: bool,
    /// What the viewer sees of it.
    pub status: RequestStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How the conversation stands for the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// Takes part.
    Active,
    /// Left.
    Left,
    /// Was removed.
    Kicked,
    /// Nobody is left in it.
    Closed,
}

/// A conversation as one person sees it. For a former member it is the picture taken when they went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationView {
    /// Its number.
    pub id: ConversationId,
    /// Direct or group.
    pub kind: ConversationKind,
    /// A group's name.
    pub name: Option<GroupName>,
    /// Where a group's picture lies, while a member.
    pub avatar: Option<BlobKey>,
    /// The other side of a direct conversation.
    pub peer: Option<UserView>,
    /// The viewer's role in a group, while a member.
    pub role: Option<Role>,
    /// How many take part.
    pub member_count: u32,
    /// A group's code, while a member.
    pub group_code: Option<ShareCode>,
    /// How one joins a group.
    pub join_policy: Option<JoinPolicy>,
    /// What newcomers see.
    pub history_visibility: Option<HistoryVisibility>,
    /// Whether it is end-to-end encrypted.
    pub encrypted: bool,
    /// The newest seq the viewer may see.
    pub last_seq: Seq,
    /// Up to where the viewer has read.
    pub read_seq: Seq,
    /// Up to where the other side of a direct conversation has read.
    pub peer_read_seq: Option<Seq>,
    /// How many messages wait; 100 means more than 99.
    pub unread: u32,
    /// Silent until then.
    pub muted_until: Option<Timestamp>,
    /// Kept on top.
    pub pinned: bool,
    /// Hidden from the list for now.
    pub hidden: bool,
    /// What is typed but not sent.
    pub draft: Option<Draft>,
    /// The newest entry that shows in a list: a message or notice, never an unsend.
    pub last_entry: Option<Entry>,
    /// Why the viewer cannot write, if they cannot: a refusal of [`crate::conversation::may_send`].
    #[serde(with = "cannot_send")]
    pub cannot_send: Option<Refusal>,
    /// How it stands for the viewer.
    pub standing: Standing,
    /// Rises with each change of membership.
    pub members_version: u64,
    /// When something last happened in it, as far as the viewer may see.
    pub last_activity: Timestamp,
}

/// Name and picture of somebody named in a timeline, former members included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserBrief {
    /// Who.
    pub id: UserId,
    /// What they are called.
    pub username: Username,
    /// Where their picture lies.
    pub avatar: Option<BlobKey>,
    /// Whether the account is deleted.
    pub deleted: bool,
}

/// A member of a group as another member sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// Who.
    pub user: UserView,
    /// What they may do.
    pub role: Role,
    /// When they joined.
    pub joined_at: Timestamp,
}

/// Up to where somebody has read, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkerView {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Up to where the viewer has read.
    pub read_seq: Seq,
    /// Up to where the other side of a direct conversation has read.
    pub peer_read_seq: Option<Seq>,
    /// How many messages wait; 100 means more than 99.
    pub unread: u32,
}

/// A page of a timeline, ascending by seq.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntriesPage {
    /// The entries.
    pub items: Vec<Entry>,
    /// The seq to go on from in the direction asked for, when more follow.
    pub next: Option<Seq>,
    /// Everybody who sent an entry of the page or is named in it, former members too.
    pub users: Vec<UserBrief>,
    /// Targets of replies that lie outside the page, as far as the viewer may see them.
    pub quoted: Vec<Entry>,
}

/// Entries with media, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MediaPage {
    /// The entries.
    pub items: Vec<Entry>,
    /// The seq to go on below, when more follow.
    pub next: Option<Seq>,
    /// Everybody who sent one, former members too.
    pub users: Vec<UserBrief>,
}

/// What a group code leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPreview {
    /// Only for members.
    pub id: Option<ConversationId>,
    /// The group's name.
    pub name: GroupName,
    /// Where the group's picture lies.
    pub avatar: Option<BlobKey>,
    /// How many take part.
    pub member_count: u32,
    /// How one joins.
    pub join_policy: JoinPolicy,
    /// How the viewer stands to it.
    pub state: JoinState,
}

/// How somebody stands to a group they look at by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinState {
    /// Nothing yet.
    None,
    /// A member.
    Member,
    /// Waiting for an admin.
    Requested,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    /// The message as it stands.
    pub entry: Entry,
    /// The part of its text around the first hit.
    pub snippet: Vec<SnippetPart>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// The messages in the order asked for.
    pub items: Vec<FoundMessage>,
    /// Where to go on, when there may be more.
    pub next: Option<SearchPlace>,
    /// Everybody who sent one of them.
    pub users: Vec<UserBrief>,
    /// Encrypted conversations, which only their members' devices could search.
    pub not_searched: Vec<ConversationId>,
    /// Newer messages may be missing, because the index is behind or being built; `None` when it is not.
    pub as_of: Option<Timestamp>,
}

/// Where a device stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncPositions {
    /// Per conversation, the last seq it holds without a hole.
    pub conversations: std::collections::HashMap<ConversationId, Seq>,
    /// The last personal event it has applied.
    pub user_seq: u64,
    /// The epoch its positions belong to.
    pub epoch: Option<String>,
    /// Markers that have not moved since this moment are not wanted.
    pub markers_since: Option<Timestamp>,
}

/// Everything after a device's positions.
#[derive(Debug, Clone)]
pub struct SyncAnswer {
    /// The ledger's epoch.
    pub epoch: String,
    /// The server's clock.
    pub server_time: Timestamp,
    /// The positions belong to another history: drop cached timelines.
    pub reload: bool,
    /// Everybody named in the entries.
    pub users: Vec<UserBrief>,
    /// Targets of replies outside the entries.
    pub quoted: Vec<Entry>,
    /// Conversations in which something is new to the device, newest activity first.
    pub conversations: Vec<SyncedConversation>,
    /// Conversations the device named whose membership ended, or which were hidden.
    pub removed: Vec<ConversationId>,
    /// Markers that moved.
    pub markers: Vec<MarkerView>,
    /// Personal events after the device's `user_seq`.
    pub user_events: Vec<(u64, crate::event::PersonalEvent)>,
    /// False when the log does not reach back that far: read the lists again.
    pub user_events_complete: bool,
    /// The last personal event there is.
    pub user_seq: u64,
}

/// What is new in one conversation.
#[derive(Debug, Clone)]
pub struct SyncedConversation {
    /// The conversation as it stands.
    pub conversation: ConversationView,
    /// The entries after the position, ascending; the newest page of them when `complete` is false.
    pub entries: Vec<Entry>,
    /// Whether the entries reach back to the position.
    pub complete: bool,
}

/// Refusals to send by their codes, as nodes tell each other.
mod cannot_send {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

    use crate::refusal::Refusal;

    const NAMES: [(&str, Refusal); 4] = [
        ("not_friends", Refusal::NotFriends),
        ("blocked_by_you", Refusal::BlockedByYou),
        ("not_member", Refusal::NotMember),
        ("not_found", Refusal::NotFound),
    ];

    pub(super) fn serialize<S: Serializer>(refusal: &Option<Refusal>, to: S) -> Result<S::Ok, S::Error> {
        let Some(refusal) = refusal else { return None::<&str>.serialize(to) };
        let known = NAMES.iter().find(|(_, known)| known == refusal);
        let (name, _) = known.ok_or_else(|| ser::Error::custom("no refusal to send"))?;
        Some(name).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Refusal>, D::Error> {
        let Some(name) = Option::<String>::deserialize(from)? else { return Ok(None) };
        let known = NAMES.into_iter().find(|(known, _)| *known == name);
        known.map(|(_, refusal)| Some(refusal)).ok_or_else(|| de::Error::custom("no refusal to send"))
    }
}
