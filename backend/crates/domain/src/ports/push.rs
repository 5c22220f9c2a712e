//! Waking devices whose people are away.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{entry::Seq, id::ConversationId};

/// What a push service calls one installation of an app. Whoever has it can wake that device, so that it is not shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PushToken(String);

impl PushToken {
    /// The token as the device said it.
    #[must_use]
    pub fn new(token: String) -> Self {
        Self(token)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
