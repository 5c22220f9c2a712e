//! Waking devices whose people are away.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::StoreError;
use crate::{
    clock::Timestamp,
    entry::Seq,
    id::{ConversationId, DeviceId, UserId},
    refusal::FieldError,
    sign_in::SecretHash,
};

/// The most characters of a push token. Those of today have some 160; their services give no bound.
pub const MAX_PUSH_TOKEN_CHARS: usize = 4_096;

/// What a push service calls one installation of an app. Whoever has it can wake that device, so that it is not shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PushToken(String);

impl PushToken {
    /// The token that a device says it has: 1–4096 visible ASCII characters.
    ///
    /// # Errors
    /// [`FieldError`] naming `field` for anything else.
    pub fn parse(field: &'static str, token: String) -> Result<Self, FieldError> {
        if token.is_empty() {
            return Err(FieldError::new(field, "empty", "must not be empty"));
        }
        if token.len() > MAX_PUSH_TOKEN_CHARS {
            return Err(FieldError::new(field, "too_long", "at most 4096 characters"));
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FieldError::new(field, "not_allowed", "visible ASCII characters only"));
        }
        Ok(Self(token))
    }

    /// A token that was parsed before it was stored.
    #[must_use]
    pub fn from_store(token: String) -> Self {
        Self(token)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a store finds it by.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        Sha256::digest(&self.0).into()
    }
}

impl fmt::Debug for PushToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushToken(…)")
    }
}

/// What a device is told: where something is new, and nothing of what it says. It reads that itself, as a member or not at
/// all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushNotice {
    /// The conversation.
    pub conversation_id: ConversationId,
    /// Its newest entry.
    pub seq: Seq,
}

/// Why a device was not told.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PushError {
    /// The app is gone from the device, or has another token by now: this one is never good again.
    #[error("the device is not registered any more")]
    Unregistered,
    /// The service wants less; the same is worth a retry after that time.
    #[error("the push service is busy for {0:?}")]
    Busy(Duration),
    /// The service was not reached or failed; worth a retry.
    #[error("the push service is unavailable")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The service refuses: our credentials or our request are wrong. A retry does not help.
    #[error("the push service refuses: {0}")]
    Refused(String),
}

/// A service that wakes devices. Every call ends within a bounded time. A device may be told twice, late, or never.
#[async_trait]
pub trait Push: Send + Sync {
    /// Tells one device.
    async fn push(&self, token: &PushToken, notice: &PushNotice) -> Result<(), PushError>;
}

/// A device that can be told of a conversation, and where its owner stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushTarget {
    /// Whose it is: an active member.
    pub user_id: UserId,
    /// The device, which is signed in.
    pub device_id: DeviceId,
    /// How to reach it.
    pub token: PushToken,
    /// The first seq of the present membership.
    pub member_from: Seq,
    /// Up to where its owner has read; 0 without a marker.
    pub read_seq: Seq,
    /// Until when the conversation is muted, if it is.
    pub muted_until: Option<Timestamp>,
}

/// The push tokens of devices. A device has one at most, and a token is of one device at most.
#[async_trait]
pub trait PushTokenRepository {
    /// Notes the device's token in the place of the one it had. Another device that had the same loses it: the app has it
    /// under a new sign-in now.
    async fn put_push_token(
        &mut self,
        device: DeviceId,
        user: UserId,
        token: &PushToken,
    ) -> Result<(), StoreError>;
    /// Forgets the device's token, if it has one.
    async fn delete_push_token(&mut self, device: DeviceId) -> Result<(), StoreError>;
    /// Forgets tokens that reach nobody any more. A device that has another one by now keeps that.
    async fn drop_push_tokens(&mut self, dead: &[(DeviceId, PushToken)]) -> Result<(), StoreError>;
    /// The devices with a token of the conversation's active members that are signed in at `now` and whose accounts are in
    /// use, ascending by person and device, behind `after`, at most `limit`.
    async fn list_push_targets(
        &mut self,
        conversation: ConversationId,
        after: Option<(UserId, DeviceId)>,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<PushTarget>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_visible_ascii() {
        for (token, code) in [
            ("c-VQ:APA91bH_x-Z.~!\"\\{}", None),
            ("x", None),
            (&*"x".repeat(4_096), None),
            ("", Some("empty")),
            (&*"x".repeat(4_097), Some("too_long")),
            ("a b", Some("not_allowed")),
            ("a\n", Some("not_allowed")),
            ("a\u{7f}", Some("not_allowed")),
            ("tökén", Some("not_allowed")),
        ] {
            let parsed = PushToken::parse("token", token.to_owned());
            assert_eq!(parsed.as_ref().err().map(|error| error.code), code, "{token:?}");
            assert!(!format!("{parsed:?}").contains("APA91bH"), "a token is not shown");
        }
    }
}
