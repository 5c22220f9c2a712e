//! Identity: who a provider says somebody is, and the tokens we issue ourselves.

use std::fmt;

use async_trait::async_trait;

use crate::{clock::Timestamp, device::Caller};

/// What a provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// The provider's issuer id: with `subject`, the account's key.
    pub issuer: String,
    /// The provider's stable id of the person.
    pub subject: String,
    /// An address, for operators.
    pub email: Option<String>,
    /// Whether the provider vouches for the address.
    pub email_verified: bool,
    /// What the person is called there.
    pub name: Option<String>,
    /// When the person last proved themselves to the provider.
    pub authenticated_at: Option<Timestamp>,
}

/// What we ask a provider for. All secrets are made by the caller.
#[derive(Clone)]
pub struct AuthorizationRequest {
    /// Our callback.
    pub redirect_uri: String,
    /// Ties the callback to this request.
    pub state: String,
    /// Ties the ID token to this request.
    pub nonce: String,
    /// Our PKCE verifier; the provider gets its S256 challenge.
    pub code_verifier: String,
    /// Who is expected to sign in.
    pub login_hint: Option<String>,
    /// Whether the person must prove themselves anew (`max_age=0`).
    pub fresh: bool,
}

/// Without its secrets: they must not get into a log.
impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("AuthorizationRequest");
        shown.field("redirect_uri", &self.redirect_uri).field("fresh", &self.fresh).finish_non_exhaustive()
    }
}

/// A callback's code, with what is needed to redeem it.
#[derive(Clone)]
pub struct CodeExchange {
    /// The provider's code.
    pub code: String,
    /// Our callback, as in the request.
    pub redirect_uri: String,
    /// Our PKCE verifier.
    pub code_verifier: String,
    /// The nonce the ID token must carry.
    pub nonce: String,
    /// Whether a fresh proof was asked for.
    pub fresh: bool,
    /// The time that expiries are judged by.
    pub now: Timestamp,
}

/// Without its secrets, as [`AuthorizationRequest`].
impl fmt::Debug for CodeExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CodeExchange");
        shown.field("redirect_uri", &self.redirect_uri).field("fresh", &self.fresh).finish_non_exhaustive()
    }
}

/// Why a provider did not tell.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The provider could not be reached or answered nonsense.
    #[error("the identity provider is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it said does not hold: a wrong issuer, audience, nonce, signature or time.
    #[error("the identity provider's answer does not hold: {0}")]
    Invalid(String),
}

/// An identity provider (OpenID Connect authorization code flow with PKCE, or what comes closest).
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Its configured id: `google`, `facebook`, `dev`.
    fn id(&self) -> &str;
    /// What people call it.
    fn name(&self) -> &str;
    /// Its issuer id: the first half of an account's key.
    fn issuer(&self) -> &str;
    /// Where to send the person.
    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, IdentityError>;
    /// Redeems a code and validates what comes back.
    async fn exchange(&self, exchange: &CodeExchange) -> Result<ProviderIdentity, IdentityError>;
}

/// A fresh access token.
#[derive(Clone)]
pub struct IssuedToken {
    /// The JWT.
    pub token: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Without the token, as [`AuthorizationRequest`].
impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What a good access token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedToken {
    /// Whose it is.
    pub caller: Caller,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Our own access tokens: JWTs of 15 minutes, signed with Ed25519.
pub trait AccessTokens: Send + Sync {
    /// Signs a token for `lifetime_seconds`.
    fn issue(&self, caller: Caller, now: Timestamp, lifetime_seconds: i64) -> IssuedToken;
    /// `None` for whatever is wrong with it; the caller is told nothing more.
    fn verify(&self, token: &str, now: Timestamp) -> Option<VerifiedToken>;
    /// The public keys as a JWK set (JSON).
    fn jwks(&self) -> String;
}

/// Seals a refresh token's successor under the token itself: only who holds the spent one can repeat the answer.
pub trait TokenSealer: Send + Sync {
    /// Seals `successor` under `spent`.
    fn seal(&self, spent: &str, successor: &str) -> Vec<u8>;
    /// Opens what [`TokenSealer::seal`] made; `None` under another token.
    fn open(&self, spent: &str, sealed: &[u8]) -> Option<String>;
}
