//! The bodies of SEND frames that exist on the socket only.

use serde::Deserialize;

/// Whether somebody sits at the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// Yes.
    Active,
    /// No.
    Idle,
}

/// The body of `/app/presence`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresenceBody {
    /// Whether somebody sits at the device.
    pub state: PresenceState,
}

/// The body of `/app/token`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRenewalBody {
    /// A fresh access token of the same user and device.
    pub access_token: String,
}

/// A body without fields, `{}`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmptyBody {}
