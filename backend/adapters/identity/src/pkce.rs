//! Proof Key for Code Exchange, S256 only (RFC 7636).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secret_box::token_hash;

/// Why a challenge or verifier is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// `code_challenge_method` is absent or not `S256`; `plain` would let whoever reads the request redeem the code.
    #[error("code_challenge_method must be S256")]
    Method,
    /// The challenge is not the base64url form of a SHA-256.
    #[error("code_challenge must be 43 characters of base64url")]
    Challenge,
}

/// The hash that a client shows first and proves later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// Reads the two request parameters; an absent one is `None`.
    ///
    /// # Errors
    /// [`PkceError`]; a missing method counts as `plain` (RFC 7636 §4.3), hence is refused.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, PkceError> {
        if method != Some("S256") {
            return Err(PkceError::Method);
        }
        let decoded =
            challenge.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(PkceError::Challenge)?;
        decoded.try_into().map(Self).map_err(|_| PkceError::Challenge)
    }

    /// The challenge of a verifier this side made.
    pub fn of(verifier: &str) -> Self {
        Self(token_hash(verifier))
    }

    /// Whether `verifier` (43–128 unreserved characters) is the one behind this challenge.
    pub fn proves(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        (43..=128).contains(&verifier.len())
            && verifier.bytes().all(unreserved)
            && aws_lc_rs::constant_time::verify_slices_are_equal(&token_hash(verifier), &self.0).is_ok()
    }

    /// Rebuilds a stored challenge.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash, for storing.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn agrees_with_rfc_7636() {
        let challenge = CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap();
        assert!(challenge.proves(VERIFIER));
        assert_eq!(CodeChallenge::of(VERIFIER), challenge);
        assert_eq!(challenge.to_string(), CHALLENGE);
    }

    #[test]
    fn refuses_other_methods_and_forms() {
        let (method, form) = (Err(PkceError::Method), Err(PkceError::Challenge));
        let long = "A".repeat(4096);
        for (challenge, name, expected) in [
            (Some(CHALLENGE), None, method),
            (Some(CHALLENGE), Some("plain"), method),
            (Some(CHALLENGE), Some("s256"), method),
            (None, None, method),
            (None, Some("S256"), form),
            (Some(""), Some("S256"), form),
            (Some(&CHALLENGE[1..]), Some("S256"), form),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"), Some("S256"), form),
            (Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="), Some("S256"), form),
            (Some(&long), Some("S256"), form),
        ] {
            assert_eq!(CodeChallenge::parse(challenge, name), expected, "{challenge:?} {name:?}");
        }
    }

    #[test]
    fn refuses_other_verifiers() {
        let short = "a".repeat(42);
        for verifier in ["", &short, &"a".repeat(129), &VERIFIER.replace('-', "+"), &VERIFIER.to_lowercase()]
        {
            assert!(!CodeChallenge::of(VERIFIER).proves(verifier), "{verifier}");
        }
        assert!(!CodeChallenge::of(&short).proves(&short), "too short to be a secret");
    }
}
