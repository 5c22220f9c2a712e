//! Conversations as one person sees them, and their own settings.

use kith_domain::{
    ConversationId, ConversationKind, Seq, Timestamp,
    conversation::Draft as DomainDraft,
    draft,
    view::{ConversationView, Standing},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    account::User,
    entry::Entry,
    group::{HistoryVisibility, JoinPolicy, Role},
    links::Links,
    scalar,
};

/// Direct or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConversationKind)]
pub enum Kind {
    /// Two people.
    Direct,
    /// A group.
    Group,
}

impl From<ConversationKind> for Kind {
    fn from(kind: ConversationKind) -> Self {
        match kind {
            ConversationKind::Direct => Self::Direct,
            ConversationKind::Group => Self::Group,
        }
    }
}

/// How the conversation stands for the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConversationState)]
pub enum State {
    /// Takes part.
    Active,
    /// Left.
    Left,
    /// Was removed.
    Kicked,
    /// Nobody is left in it.
    Closed,
}

impl From<Standing> for State {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Active => Self::Active,
            Standing::Left => Self::Left,
            Standing::Kicked => Self::Kicked,
            Standing::Closed => Self::Closed,
        }
    }
}

/// What is typed but not sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Draft)]
pub struct Draft<'a> {
    /// What was typed so far.
    pub text: &'a str,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<Seq>,
    /// One higher with each change.
    pub version: u64,
}

impl<'a> From<&'a DomainDraft> for Draft<'a> {
    fn from(draft: &'a DomainDraft) -> Self {
        Self { text: &draft.text, reply_to: draft.reply_to, version: draft.version }
    }
}

/// A conversation as one person sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct Conversation<'a> {
    /// Its number.
    #[schema(value_type = scalar::Id)]
    pub id: ConversationId,
    /// Direct or group.
    pub kind: Kind,
    /// A group's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Where a group's picture lies, while the viewer is a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub avatar_url: Option<String>,
    /// The other side of a direct conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<User<'a>>,
    /// The viewer's role in a group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How many take part.
    pub member_count: u32,
    /// A group's code, while a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Code>)]
    pub group_code: Option<String>,
    /// How one joins a group by its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_policy: Option<JoinPolicy>,
    /// What newcomers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history_visibility: Option<HistoryVisibility>,
    /// Whether it is end-to-end encrypted.
    pub encrypted: bool,
    /// The newest seq the viewer may see.
    #[schema(value_type = scalar::SeqNumber)]
    pub last_seq: Seq,
    /// Up to where the viewer has read.
    #[schema(value_type = scalar::SeqNumber)]
    pub read_seq: Seq,
    /// Up to where the other side of a direct conversation has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub peer_read_seq: Option<Seq>,
    /// How many messages wait; 100 means more than 99.
    pub unread: u32,
    /// Silent until then; `9999-12-31T00:00:00.000Z` is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub muted_until: Option<Timestamp>,
    /// Kept on top of the list.
    pub pinned: bool,
    /// What is typed but not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft<'a>>,
    /// The newest message or notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_entry: Option<Entry<'a>>,
    /// Whether the viewer may write.
    pub can_send: bool,
    /// The code of what stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub cannot_send_reason: Option<&'static str>,
    /// How it stands for the viewer.
    pub state: State,
    /// Rises with each change of membership.
    pub members_version: u64,
}

impl<'a> Conversation<'a> {
    /// Shows what the viewer may see.
    #[must_use]
    pub fn new(view: &'a ConversationView, links: &Links) -> Self {
        Self {
            id: view.id,
            kind: view.kind.into(),
            name: view.name.as_ref().map(|name| name.as_str()),
            avatar_url: view.avatar.map(|key| links.avatar(key)),
            peer: view.peer.as_ref().map(|peer| User::new(peer, links)),
            role: view.role.map(Role::from),
            member_count: view.member_count,
            group_code: view.group_code.as_ref().map(ToString::to_string),
            join_policy: view.join_policy.map(JoinPolicy::from),
            history_visibility: view.history_visibility.map(HistoryVisibility::from),
            encrypted: view.encrypted,
            last_seq: view.last_seq,
            read_seq: view.read_seq,
            peer_read_seq: view.peer_read_seq,
            unread: view.unread,
            muted_until: view.muted_until,
            pinned: view.pinned,
            draft: view.draft.as_ref().map(Draft::from),
            last_entry: view.last_entry.as_ref().map(|entry| Entry::new(entry, links)),
            can_send: view.cannot_send.is_none(),
            cannot_send_reason: view.cannot_send.as_ref().map(kith_domain::Refusal::code),
            state: view.standing.into(),
            members_version: view.members_version,
        }
    }
}

/// Changes of one's own settings of a conversation: what is left out stays, null clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsBody {
    /// Silent until then; null sounds again.
    #[serde(default, deserialize_with = "scalar::nullable")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub muted_until: Option<Option<Timestamp>>,
    /// Kept on top of the list.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = bool, required = false)]
    pub pinned: Option<bool>,
    /// What is typed but not sent; null clears it.
    #[serde(default, deserialize_with = "scalar::nullable")]
    #[schema(value_type = Option<DraftBody>)]
    pub draft: Option<Option<DraftBody>>,
}

/// A draft to keep.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// Up to 16,000 characters.
    pub text: String,
    /// The message it answers.
    #[serde(default, deserialize_with = "scalar::optional_seq")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<Seq>,
    /// The version last seen; 0 for none.
    #[serde(deserialize_with = "scalar::position")]
    pub version: u64,
}

/// The other side of a direct conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectBody {
    /// A friend.
    #[schema(value_type = scalar::Id)]
    pub user_id: kith_domain::UserId,
}

/// A text that was a draft once, or wanted to be one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DraftVersion)]
pub struct DraftVersion<'a> {
    /// What was typed.
    pub text: &'a str,
    /// The message it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::SeqNumber>)]
    pub reply_to: Option<Seq>,
    /// The version it had; of one that came too late, the version that stood in its way.
    pub version: u64,
    /// When something else took its place.
    #[schema(value_type = scalar::Time)]
    pub saved_at: Timestamp,
}

impl<'a> From<&'a draft::DraftVersion> for DraftVersion<'a> {
    fn from(version: &'a draft::DraftVersion) -> Self {
        Self {
            text: &version.text,
            reply_to: version.reply_to,
            version: version.version,
            saved_at: version.saved_at,
        }
    }
}
