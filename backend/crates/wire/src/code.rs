//! The one table of problem codes: REST answers, `error` events and STOMP ERROR frames all take from it.

use kith_domain::{
    Refusal,
    ports::{BlobError, StoreError},
};
use serde::Serialize;

/// Whether sending the same request again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// No: the request or the state of things must change first.
    Never,
    /// Yes, after a fresh access token or sign-in.
    AfterSignIn,
    /// Yes, after the time given with the answer, or with backoff.
    Later,
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal, $title:literal, $retry:ident;)*) => {
        /// What can be wrong with a request, with its stable `code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode { $($(#[$doc])* $name),* }

        impl ProblemCode {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];
            /// The stable word clients act on.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }
            /// A short summary that does not change between occurrences.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
            /// The `type` of RFC 9457: one URI per code.
            #[must_use]
            pub const fn type_uri(self) -> &'static str {
                match self { $(Self::$name => concat!("urn:kith:problem:", $code)),* }
            }
            /// Whether sending the same request again can help.
            #[must_use]
            pub const fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry),* }
            }
        }
    };
}

problem_codes! {
    /// The body is no acceptable JSON: broken, duplicate keys, too deep, lone surrogates.
    MalformedBody = 400 "validation_failed", "The body is not acceptable JSON", Never;
    /// No valid token, or its device is signed out.
    Unauthenticated = 401 "unauthenticated", "Sign in first", AfterSignIn;
    /// The caller may see the thing but not do this to it.
    Forbidden = 403 "forbidden", "Not allowed", Never;
    /// An account password is set, and this change asks for it.
    PasswordRequired = 403 "password_required", "The account password is asked for", Never;
    /// The account password is another one.
    PasswordWrong = 403 "password_wrong", "The account password is wrong", Never;
    /// The sign-in is too old for this change.
    ReauthenticationRequired = 403 "reauthentication_required", "Sign in again first", AfterSignIn;
    /// The two are no friends.
    NotFriends = 403 "not_friends", "You are not friends", Never;
    /// The caller blocks the other person.
    BlockedByYou = 403 "blocked_by_you", "You have blocked this person", Never;
    /// A former member writes.
    NotMember = 403 "not_member", "You are no longer a member", Never;
    /// The account is suspended.
    AccountSuspended = 403 "account_suspended", "This account is suspended", Never;
    /// The account is banned.
    AccountBanned = 403 "account_banned", "This account is banned", Never;
    /// The owner has asked to delete the account; until then it can only be restored.
    AccountDeleting = 403 "account_deleting", "This account will be deleted", Never;
    /// Not there, or not for the caller to see.
    NotFound = 404 "not_found", "Not found", Never;
    /// The path is known, the method is not offered there.
    MethodNotAllowed = 405 "method_not_allowed", "Method not allowed", Never;
    /// The state of things does not allow it.
    Conflict = 409 "conflict", "In conflict with the present state", Never;
    /// The server wakes no devices, so that it takes no push tokens.
    PushNotOffered = 409 "push_not_offered", "This server sends no push notifications", Never;
    /// More than an hour has passed.
    UnsendExpired = 409 "unsend_expired", "Too late to unsend", Never;
    /// The client message id stands for another message.
    IdReused = 409 "id_reused", "The client message id is taken", Never;
    /// The body or frame is too large.
    PayloadTooLarge = 413 "payload_too_large", "Too large", Never;
    /// The content type is not offered here.
    UnsupportedMedia = 415 "unsupported_media", "Unsupported content type", Never;
    /// Fields break rules.
    ValidationFailed = 422 "validation_failed", "Some fields are not acceptable", Never;
    /// A field that this call does not know.
    UnknownField = 422 "unknown_field", "Unknown field", Never;
    /// Too many of these for now.
    RateLimited = 429 "rate_limited", "Too many requests", Later;
    /// A fault on our side.
    Internal = 500 "internal", "Something went wrong on our side", Later;
    /// The server cannot do this right now; a write that may or may not have happened is safe to repeat.
    Unavailable = 503 "unavailable", "Unavailable for the moment", Later;
    /// The disk is full.
    StorageFull = 507 "storage_full", "The server's storage is full", Later;
}

impl From<&Refusal> for ProblemCode {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Validation(_) => Self::ValidationFailed,
            Refusal::UnknownField(_) => Self::UnknownField,
            Refusal::Unauthenticated => Self::Unauthenticated,
            Refusal::Forbidden(_) => Self::Forbidden,
            Refusal::PasswordRequired => Self::PasswordRequired,
            Refusal::PasswordWrong => Self::PasswordWrong,
            Refusal::ReauthenticationRequired => Self::ReauthenticationRequired,
            Refusal::NotFriends => Self::NotFriends,
            Refusal::BlockedByYou => Self::BlockedByYou,
            Refusal::NotMember => Self::NotMember,
            Refusal::AccountSuspended { .. } => Self::AccountSuspended,
            Refusal::AccountBanned => Self::AccountBanned,
            Refusal::AccountDeleting { .. } => Self::AccountDeleting,
            Refusal::NotFound => Self::NotFound,
            Refusal::Conflict(_) | Refusal::DraftConflict(_) => Self::Conflict,
            Refusal::PushNotOffered => Self::PushNotOffered,
            Refusal::UnsendExpired => Self::UnsendExpired,
            Refusal::IdReused => Self::IdReused,
            Refusal::PayloadTooLarge(_) => Self::PayloadTooLarge,
            Refusal::UnsupportedMedia(_) => Self::UnsupportedMedia,
            Refusal::RateLimited { .. } => Self::RateLimited,
        }
    }
}

impl From<&StoreError> for ProblemCode {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Full => Self::StorageFull,
            StoreError::Unavailable(_) | StoreError::UnknownOutcome(_) => Self::Unavailable,
            StoreError::Internal(_) => Self::Internal,
        }
    }
}

impl From<&BlobError> for ProblemCode {
    fn from(error: &BlobError) -> Self {
        match error {
            BlobError::Full => Self::StorageFull,
            BlobError::Unavailable(_) => Self::Unavailable,
            // What the store names is there.
            BlobError::NotFound => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_keep_their_code_and_get_a_status() {
        for (refusal, status) in [
            (Refusal::Validation(Vec::new()), 422),
            (Refusal::UnknownField("x".to_owned()), 422),
            (Refusal::Unauthenticated, 401),
            (Refusal::Forbidden("no"), 403),
            (Refusal::PasswordRequired, 403),
            (Refusal::PasswordWrong, 403),
            (Refusal::ReauthenticationRequired, 403),
            (Refusal::NotFriends, 403),
            (Refusal::BlockedByYou, 403),
            (Refusal::NotMember, 403),
            (Refusal::AccountSuspended { until: None }, 403),
            (Refusal::AccountBanned, 403),
            (Refusal::AccountDeleting { at: kith_domain::Timestamp::FOREVER }, 403),
            (Refusal::NotFound, 404),
            (Refusal::Conflict("taken"), 409),
            (Refusal::PushNotOffered, 409),
            (Refusal::UnsendExpired, 409),
            (Refusal::IdReused, 409),
            (Refusal::PayloadTooLarge("no"), 413),
            (Refusal::UnsupportedMedia("no"), 415),
            (Refusal::RateLimited { retry_after_millis: 1 }, 429),
        ] {
            let code = ProblemCode::from(&refusal);
            assert_eq!((code.code(), code.status()), (refusal.code(), status), "{refusal:?}");
        }
    }

    #[test]
    fn a_code_and_a_status_name_one_problem() {
        let mut seen = std::collections::HashSet::new();
        for code in ProblemCode::ALL {
            assert!(seen.insert((code.code(), code.status())), "{code:?} twice");
        }
    }

    #[test]
    fn a_fault_of_the_store_tells_nothing_of_itself() {
        let cause = || std::sync::Arc::from(Box::<dyn std::error::Error + Send + Sync>::from("secret"));
        for (error, status) in [
            (StoreError::Conflict, 409),
            (StoreError::Full, 507),
            (StoreError::Unavailable(cause()), 503),
            (StoreError::UnknownOutcome(cause()), 503),
            (StoreError::Internal(cause()), 500),
        ] {
            let problem = crate::Problem::from(&error);
            assert_eq!(problem.status(), status);
            assert!(!serde_json::to_string(&problem).unwrap().contains("secret"));
        }
    }
}
