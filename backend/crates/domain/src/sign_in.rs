//! The rows of a sign-in on its way, and of its refresh tokens. Secrets are kept as SHA-256 only.

use std::fmt;

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
#[derive(Clone, PartialEq, Eq)]
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

/// Without its secrets: they must not get into a log.
impl fmt::Debug for PendingSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PendingSignIn");
        shown.field("provider", &self.provider).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
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

impl SignInTarget {
    /// The S256 challenge of a PKCE verifier (RFC 7636 section 4.2).
    #[must_use]
    pub fn s256(code_verifier: &str) -> String {
        use sha2::{Digest, Sha256};
        base64url(&Sha256::digest(code_verifier))
    }

    /// A native client's loopback address with its one-time code added.
    #[must_use]
    pub fn native_location(redirect_uri: &str, code: &str, state: Option<&str>) -> String {
        let glue = if redirect_uri.contains('?') { '&' } else { '?' };
        let mut location = format!("{redirect_uri}{glue}code={code}");
        if let Some(state) = state {
            location.push_str("&state=");
            for byte in state.bytes() {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    location.push(char::from(byte));
                } else {
                    location.push_str(&format!("%{byte:02X}"));
                }
            }
        }
        location
    }
}

/// Base64 with the URL alphabet and no padding (RFC 4648 section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..=chunk.len() {
            let sextet = (word >> (18 - 6 * index)) & 63;
            text.push(char::from(ALPHABET[sextet as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_no_padding() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64url(bytes.as_bytes()), text);
        }
        assert_eq!(base64url(&[0xfb, 0xff, 0xfe]), "-__-");
    }

    /// The example of RFC 7636 appendix B.
    #[test]
    fn s256_challenge() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(SignInTarget::s256(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_sign_in_on_its_way_does_not_show_its_secrets() {
        let pending = PendingSignIn {
            state_hash: [0; 32],
            browser_hash: [0; 32],
            provider: "google".to_owned(),
            nonce: "canary-nonce".to_owned(),
            code_verifier: "canary-verifier".to_owned(),
            target: SignInTarget::Browser { return_to: "/".to_owned() },
            device_name: "Laptop".to_owned(),
            fresh: false,
            expires_at: Timestamp::from_millis(0),
        };
        let shown = format!("{pending:?}");
        assert!(shown.contains("google") && !shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_native_clients_state_comes_back_encoded() {
        let location = SignInTarget::native_location("http://127.0.0.1:9/cb?x=1", "c0de", Some("a b&c"));
        assert_eq!(location, "http://127.0.0.1:9/cb?x=1&code=c0de&state=a%20b%26c");
    }
}
