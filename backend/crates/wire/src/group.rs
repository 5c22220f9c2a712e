//! Groups: roles, policies, members, codes.

use kith_domain::{ConversationId, MediaId, Timestamp, UserId, conversation, view};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{account::User, conversation::Conversation, links::Links, scalar};

macro_rules! mirrored {
    ($($(#[$doc:meta])* $name:ident of $domain:path { $($(#[$vdoc:meta])* $variant:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),* }

        impl From<$domain> for $name {
            fn from(value: $domain) -> Self {
                use $domain as Domain;
                match value { $(Domain::$variant => Self::$variant),* }
            }
        }
        impl From<$name> for $domain {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant),* }
            }
        }
    )*};
}

mirrored! {
    /// What a member may do.
    Role of conversation::Role {
        /// Runs the group.
        Admin,
        /// Takes part.
        Member,
    }
    /// How one joins by group code.
    JoinPolicy of conversation::JoinPolicy {
        /// At once.
        Open,
        /// After an admin's approval.
        Approval,
    }
    /// What somebody new sees.
    HistoryVisibility of conversation::HistoryVisibility {
        /// Only what comes after joining.
        FromJoining,
        /// Everything.
        All,
    }
    /// How the viewer stands to a group they look at by its code.
    JoinState of view::JoinState {
        /// Nothing yet.
        None,
        /// A member.
        Member,
        /// Waiting for an admin.
        Requested,
    }
}

/// A new group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupBody {
    /// 1–64 characters after trimming.
    #[schema(min_length = 1)]
    pub name: String,
    /// Friends of the creator.
    #[serde(default)]
    #[schema(value_type = Vec<scalar::Id>, required = false)]
    pub member_ids: Vec<UserId>,
}

/// Changes of a group: what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPatchBody {
    /// 1–64 characters after trimming.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = String, required = false, min_length = 1)]
    pub name: Option<String>,
    /// How one joins by code.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = JoinPolicy, required = false)]
    pub join_policy: Option<JoinPolicy>,
    /// What newcomers see.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = HistoryVisibility, required = false)]
    pub history_visibility: Option<HistoryVisibility>,
    /// The picture: a complete image of the caller's own, of which a square is cut out; null removes it.
    #[serde(default, deserialize_with = "scalar::nullable")]
    #[schema(value_type = Option<scalar::Id>)]
    pub avatar_media_id: Option<Option<MediaId>>,
}

/// A group's code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinBody {
    /// The group's code.
    #[schema(value_type = scalar::Code)]
    pub code: String,
}

/// Whom to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembersBody {
    /// Friends of the caller.
    #[schema(value_type = Vec<scalar::Id>, min_items = 1)]
    pub user_ids: Vec<UserId>,
}

/// A member's new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    /// The role.
    pub role: Role,
}

/// What a group's code leads to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupPreview)]
pub struct Preview<'a> {
    /// Only for members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Id>)]
    pub id: Option<ConversationId>,
    /// The group's name.
    pub name: &'a str,
    /// Where the group's picture lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub avatar_url: Option<String>,
    /// How many take part.
    pub member_count: u32,
    /// How one joins.
    pub join_policy: JoinPolicy,
    /// How the viewer stands to it.
    pub state: JoinState,
}

impl<'a> Preview<'a> {
    /// Shows what a code leads to.
    #[must_use]
    pub fn new(preview: &'a view::GroupPreview, links: &Links) -> Self {
        Self {
            id: preview.id,
            name: preview.name.as_str(),
            avatar_url: preview.avatar.map(|key| links.avatar(key)),
            member_count: preview.member_count,
            join_policy: preview.join_policy.into(),
            state: preview.state.into(),
        }
    }
}

/// The answer to joining at once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Joined)]
pub struct Joined<'a> {
    /// The group.
    pub conversation: Conversation<'a>,
}

/// The answer to joining a group whose admins decide.
#[derive(Debug, Serialize, ToSchema)]
pub struct JoinRequested {
    /// `requested`.
    pub state: JoinState,
}

/// A renewed group code.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupCode {
    /// The new one; the old one leads nowhere any more.
    #[schema(value_type = scalar::Code)]
    pub group_code: String,
}

/// A member of a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct Member<'a> {
    /// Who.
    pub user: User<'a>,
    /// What they may do.
    pub role: Role,
    /// When they joined.
    #[schema(value_type = scalar::Time)]
    pub joined_at: Timestamp,
}

impl<'a> Member<'a> {
    /// Shows a member.
    #[must_use]
    pub fn new(member: &'a view::MemberView, links: &Links) -> Self {
        Self { user: User::new(&member.user, links), role: member.role.into(), joined_at: member.joined_at }
    }
}

/// Somebody who wants to join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinRequest)]
pub struct JoinRequest<'a> {
    /// Who.
    pub user: User<'a>,
    /// Since when.
    #[schema(value_type = scalar::Time)]
    pub created_at: Timestamp,
}

impl<'a> JoinRequest<'a> {
    /// Shows a request.
    #[must_use]
    pub fn new((user, created_at): &'a (view::UserView, Timestamp), links: &Links) -> Self {
        Self { user: User::new(user, links), created_at: *created_at }
    }
}
