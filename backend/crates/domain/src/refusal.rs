//! Why a request is refused, in the words of the wire: each refusal has one stable `code`.

use std::borrow::Cow;

use crate::clock::Timestamp;

/// One field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name as the client wrote it.
    pub field: Cow<'static, str>,
    /// A stable word for the broken rule.
    pub code: &'static str,
    /// The rule in a sentence.
    pub detail: Cow<'static, str>,
}

impl FieldError {
    /// Names a field and the rule it breaks.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { field: field.into(), code, detail: detail.into() }
    }
}

/// A final or temporary "no" that a client can act on. Everything else that goes wrong is an internal error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fields break rules; each is named.
    #[error("some fields are not acceptable")]
    Validation(Vec<FieldError>),
    /// A field that this call does not know.
    #[error("unknown field {0}")]
    UnknownField(String),
    /// No valid token, or its device is signed out.
    #[error("sign in first")]
    Unauthenticated,
    /// The caller may see the thing but not do this to it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// An account password is set, and this change asks for it.
    #[error("your account password is asked for, or a fresh sign-in in its place")]
    PasswordRequired,
    /// The account password is another one.
    #[error("that is not your account password")]
    PasswordWrong,
    /// The sign-in is too old for this change.
    #[error("sign in again first")]
    ReauthenticationRequired,
    /// A direct conversation whose two people are no friends (any more).
    #[error("you are not friends")]
    NotFriends,
    /// The caller has blocked the other person.
    #[error("you have blocked this person")]
    BlockedByYou,
    /// A former member writes.
    #[error("you are no longer in this group")]
    NotMember,
    /// The account is suspended until a date.
    #[error("this account is suspended")]
    AccountSuspended {
        /// When the suspension ends.
        until: Option<Timestamp>,
    },
    /// The account is banned.
    #[error("this account is banned")]
    AccountBanned,
    /// The owner has asked to delete the account; until then it can only be restored.
    #[error("this account will be deleted; restore it to go on")]
    AccountDeleting {
        /// When it is deleted for good.
        at: Timestamp,
    },
    /// Not there, or not for the caller to see.
    #[error("not found")]
    NotFound,
    /// The state of things does not allow it; the sentence says what stands in the way.
    #[error("{0}")]
    Conflict(&'static str),
    /// A draft was written over an older version than the stored one, which comes along.
    #[error("the draft was changed on another device")]
    DraftConflict(Box<crate::conversation::Draft>),
    /// This server wakes no devices.
    #[error("this server sends no push notifications")]
    PushNotOffered,
    /// More than an hour has passed.
    #[error("you can unsend only within 1 hour")]
    UnsendExpired,
    /// The client message id was used for another content.
    #[error("this client_msg_id was used for another message")]
    IdReused,
    /// More bytes than are taken; the sentence says which bound.
    #[error("{0}")]
    PayloadTooLarge(&'static str),
    /// A file that is not what it says, or of a type that is not taken; the sentence says why.
    #[error("{0}")]
    UnsupportedMedia(&'static str),
    /// Too many of these for now.
    #[error("too many requests")]
    RateLimited {
        /// After how many milliseconds the next one is welcome.
        retry_after_millis: u64,
    },
}

impl From<FieldError> for Refusal {
    fn from(error: FieldError) -> Self {
        Self::Validation(vec![error])
    }
}

impl Refusal {
    /// The stable `code` of the wire.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Validation(_) => "validation_failed",
            Self::UnknownField(_) => "unknown_field",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden(_) => "forbidden",
            Self::PasswordRequired => "password_required",
            Self::PasswordWrong => "password_wrong",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::NotFriends => "not_friends",
            Self::BlockedByYou => "blocked_by_you",
            Self::NotMember => "not_member",
            Self::AccountSuspended { .. } => "account_suspended",
            Self::AccountBanned => "account_banned",
            Self::AccountDeleting { .. } => "account_deleting",
            Self::NotFound => "not_found",
            Self::Conflict(_) | Self::DraftConflict(_) => "conflict",
            Self::PushNotOffered => "push_not_offered",
            Self::UnsendExpired => "unsend_expired",
            Self::IdReused => "id_reused",
            Self::PayloadTooLarge(_) => "payload_too_large",
            Self::UnsupportedMedia(_) => "unsupported_media",
            Self::RateLimited { .. } => "rate_limited",
        }
    }
}
