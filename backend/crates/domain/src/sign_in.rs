//! The rows of a sign-in on its way, and of its refresh tokens. Secrets are kept as SHA-256 only.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Timestamp,
    id::{DeviceId, UserId},
};

/// SHA-256 of a secret.
pub type SecretHash = [u8; 32];

/// Where a finished sign-in goes back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignInTarget {
    /// A browser: the refresh cookie is set and the page at this path of our own origin opened.
    Browser {
        /// A path of our own origin.
        return_to: String,
    },
    /// A native client (RFC 8252): a one-time code goes to its loopback address.
    Native {
        /// `http://127.0.0.1:PORT/…` or `http://[::1]:PORT/…`.
        redirect_uri: String,
        /// The client's own PKCE challenge, S256.
        code_challenge: String,
        /// The client's own `state`, handed back untouched.
        state: Option<String>,
    },
}

/// A sign-in between our redirect to the provider and its callback. Taken once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Hash of the `state` parameter.
    pub state_hash: SecretHash,
    /// Hash of the cookie that ties the sign-in to one browser.
    pub browser_hash: SecretHash,
    /// The provider's configured id.
    pub provider: String,
    /// The `nonce` the ID token must carry.
    pub nonce: String,
    /// Our PKCE verifier towards the provider.
    pub code_verifier: String,
    /// Where to go afterwards.
    pub target: SignInTarget,
    /// What to call the new device.
    pub device_name: String,
    /// Whether the provider was asked for a fresh proof (`max_age=0`).
    pub fresh: bool,
    /// After this it is void.
    pub expires_at: Timestamp,
}

/// A native client's one-time code. A second use voids the device it opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInCode {
    /// Hash of the code.
    pub code_hash: SecretHash,
    /// The device it opens.
    pub device_id: DeviceId,
    /// The PKCE challenge its redeemer must match.
    pub code_challenge: String,
    /// After this it is void (60 s).
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub used_at: Option<Timestamp>,
}

/// Why a sign-in was refused, kept for one reading within ten minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInNotice {
    /// Hash of the ticket in the page's address.
    pub ticket_hash: SecretHash,
    /// The refusal's `code`.
    pub code: String,
    /// The reason given to the person.
    pub reason: Option<String>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
    /// After this it is gone.
    pub expires_at: Timestamp,
}

/// One link of a device's chain of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Hash of the token.
    pub token_hash: SecretHash,
    /// The device, which is the family: reuse of a spent token ends it.
    pub device_id: DeviceId,
    /// The account.
    pub user_id: UserId,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// When it was exchanged.
    pub spent_at: Option<Timestamp>,
    /// The successor, sealed under this token itself, so that a lost answer can be repeated for 30 s.
    pub sealed_successor: Option<Vec<u8>>,
}

/// Whom an operator's grant is waiting for, or belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminGrant {
    /// The address as the operator gave it, lower-cased.
    pub email: String,
    /// The provider that must have verified it.
    pub provider: String,
    /// The account it belongs to, once that account has signed in.
    pub user_id: Option<UserId>,
    /// When it was granted.
    pub granted_at: Timestamp,
}
