//! Devices: one per sign-in.

use crate::{
    clock::Timestamp,
    id::{DeviceId, UserId},
    text::DeviceName,
};

/// Who calls, as a verified access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Caller {
    /// The account.
    pub user_id: UserId,
    /// The sign-in the token belongs to.
    pub device_id: DeviceId,
}

/// A sign-in on one client; it lives 30 days at the most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its number; the `sid` of its access tokens.
    pub id: DeviceId,
    /// Whose it is.
    pub user_id: UserId,
    /// What the person or their browser calls it.
    pub name: DeviceName,
    /// The kind of client: `web` or `native`.
    pub client: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last heard of.
    pub last_seen: Timestamp,
    /// When the provider last asked the person to prove themselves: what step-up rules are judged by.
    pub authenticated_at: Timestamp,
    /// Whether the provider was asked for that proof afresh (`reauth=1`), rather than believed about an earlier one.
    pub reauthenticated: bool,
    /// After this its refresh tokens are refused, rotated or not.
    pub expires_at: Timestamp,
    /// When it was signed out, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl Device {
    /// How long a sign-in lasts: 30 days.
    pub const LIFETIME_SECONDS: i64 = 30 * 86_400;

    /// Whether its tokens are good at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}
