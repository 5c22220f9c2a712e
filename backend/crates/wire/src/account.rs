//! People, as `User`, and what one changes of oneself.

use kith_domain::{
    MediaId, Timestamp, UserId, friendship,
    view::{UserBrief, UserView},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{links::Links, scalar};

/// What somebody is to the viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The viewer.
    #[serde(rename = "self")]
    Own,
    /// A friend.
    Friend,
    /// They asked the viewer.
    Incoming,
    /// The viewer asked them.
    Outgoing,
    /// Nothing.
    None,
}

impl From<friendship::Relation> for Relation {
    fn from(relation: friendship::Relation) -> Self {
        match relation {
            friendship::Relation::Own => Self::Own,
            friendship::Relation::Friend => Self::Friend,
            friendship::Relation::Incoming => Self::Incoming,
            friendship::Relation::Outgoing => Self::Outgoing,
            friendship::Relation::None => Self::None,
        }
    }
}

/// What a person may say of their gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Non-binary.
    NonBinary,
    /// Other.
    Other,
}

impl From<kith_domain::Gender> for Gender {
    fn from(gender: kith_domain::Gender) -> Self {
        match gender {
            kith_domain::Gender::Female => Self::Female,
            kith_domain::Gender::Male => Self::Male,
            kith_domain::Gender::NonBinary => Self::NonBinary,
            kith_domain::Gender::Other => Self::Other,
        }
    }
}

impl From<Gender> for kith_domain::Gender {
    fn from(gender: Gender) -> Self {
        match gender {
            Gender::Female => Self::Female,
            Gender::Male => Self::Male,
            Gender::NonBinary => Self::NonBinary,
            Gender::Other => Self::Other,
        }
    }
}

/// A person, as far as the viewer may see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct User<'a> {
    /// Their number.
    #[schema(value_type = scalar::Id)]
    pub id: UserId,
    /// Own only: the code one gives to friends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Code>)]
    pub friend_code: Option<String>,
    /// What they are called; need not be unique.
    pub username: &'a str,
    /// Where their picture lies; it never changes under one address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub avatar_url: Option<String>,
    /// Own and friends only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introduction: Option<&'a str>,
    /// Own, and friends who share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// Own and friends only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub last_online: Option<Timestamp>,
    /// Friends only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// What they are to the viewer.
    pub relation: Relation,
    /// Own only: whether an account password is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_set: Option<bool>,
    /// Own only: whether friends see the gender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender_shared: Option<bool>,
    /// Own only: when the account was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub created_at: Option<Timestamp>,
    /// Own only: when the account is deleted for good, once that was asked for. Until then it can only be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub deletes_at: Option<Timestamp>,
    /// The account is deleted: the name is no name to show.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub deleted: bool,
}

impl<'a> User<'a> {
    /// Shows what the viewer may see.
    #[must_use]
    pub fn new(view: &'a UserView, links: &Links) -> Self {
        Self {
            id: view.id,
            friend_code: view.friend_code.as_ref().map(ToString::to_string),
            username: view.username.as_str(),
            avatar_url: view.avatar.map(|key| links.avatar(key)),
            introduction: view.introduction.as_ref().map(|text| text.as_str()),
            gender: view.gender.map(Gender::from),
            last_online: view.last_online,
            online: view.online,
            relation: view.relation.into(),
            password_set: view.password_set,
            gender_shared: view.gender_shared,
            created_at: view.created_at,
            deletes_at: view.deletes_at,
            deleted: view.deleted,
        }
    }
}

/// The name and picture of somebody who appears in a timeline, former members included.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserBrief)]
pub struct Brief<'a> {
    /// Their number.
    #[schema(value_type = scalar::Id)]
    pub id: UserId,
    /// What they are called.
    pub username: &'a str,
    /// Where their picture lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub avatar_url: Option<String>,
    /// The account is deleted: the name is no name to show.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub deleted: bool,
}

impl<'a> Brief<'a> {
    /// Shows a person's name and picture.
    #[must_use]
    pub fn new(brief: &'a UserBrief, links: &Links) -> Self {
        Self {
            id: brief.id,
            username: brief.username.as_str(),
            avatar_url: brief.avatar.map(|key| links.avatar(key)),
            deleted: brief.deleted,
        }
    }
}

/// Changes of one's own profile: what is left out stays, null clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// 1–32 characters after trimming, no control characters.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = String, required = false, min_length = 1)]
    pub username: Option<String>,
    /// null clears it.
    #[serde(default, deserialize_with = "scalar::nullable")]
    #[schema(value_type = Option<Gender>)]
    pub gender: Option<Option<Gender>>,
    /// Whether friends see the gender.
    #[serde(default, deserialize_with = "scalar::not_null")]
    #[schema(value_type = bool, required = false)]
    pub gender_shared: Option<bool>,
    /// Up to 500 characters; null clears it.
    #[serde(default, deserialize_with = "scalar::nullable")]
    #[schema(value_type = Option<String>)]
    pub introduction: Option<Option<String>>,
    /// The picture: a complete image of one's own, of which a square is cut out; null removes it.
    #[serde(default, deserialize_with = "scalar::nullable")]
    #[schema(value_type = Option<scalar::Id>)]
    pub avatar_media_id: Option<Option<MediaId>>,
}

/// A renewed friend code.
#[derive(Debug, Serialize, ToSchema)]
pub struct FriendCode {
    /// The new one; the old one leads nowhere any more.
    #[schema(value_type = scalar::Code)]
    pub friend_code: String,
}
