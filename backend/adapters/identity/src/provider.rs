//! What a sign-in needs of an identity provider, whichever protocol it speaks.

use async_trait::async_trait;
use url::Url;

use crate::pkce::CodeChallenge;

/// How long ago a sign-in asked for as fresh may have happened, in seconds.
pub const FRESH_S: i64 = 10 * 60;

/// A request to send somebody to the provider.
#[derive(Debug, Clone)]
pub struct AuthRequest<'a> {
    /// This server's callback address, registered with the provider.
    pub redirect_uri: &'a str,
    /// Ties the answer to the browser that asked.
    pub state: &'a str,
    /// Ties the identity to this request.
    pub nonce: &'a str,
    /// The hash of the secret that redeems the code.
    pub code_challenge: CodeChallenge,
    /// Whom the provider should offer first, usually an e-mail address.
    pub login_hint: Option<&'a str>,
    /// Whether the provider is to ask again even if it knows the browser.
    pub fresh: bool,
}

/// A code to redeem, with what the request that led to it carried.
#[derive(Clone)]
pub struct Exchange<'a> {
    /// The code that the callback brought.
    pub code: &'a str,
    /// The secret behind the request's [`AuthRequest::code_challenge`].
    pub code_verifier: &'a str,
    /// The request's [`AuthRequest::nonce`].
    pub nonce: &'a str,
    /// The request's [`AuthRequest::redirect_uri`].
    pub redirect_uri: &'a str,
    /// The request's [`AuthRequest::fresh`]: the provider must then vouch for a sign-in at most [`FRESH_S`] ago.
    pub fresh: bool,
}

/// Whom the provider vouches for. The account belongs to (`issuer`, `subject`), never to the e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// The provider's own identifier.
    pub issuer: String,
    /// The person's identifier at the provider; stable, never reused.
    pub subject: String,
    /// An e-mail address, as claimed.
    pub email: Option<String>,
    /// Whether the provider has checked that address.
    pub email_verified: bool,
    /// A display name.
    pub name: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// When the person last signed in at the provider, in seconds since 1970.
    pub auth_time: Option<i64>,
}

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider cannot be reached or does not make sense; a later try may succeed.
    #[error("the identity provider is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The provider does not redeem the code: it is wrong, spent or too old.
    #[error("the identity provider refused the code")]
    CodeRefused(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The provider's statement fails a check; nobody is signed in by it.
    #[error("the identity provider's answer is not valid")]
    Invalid(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A fresh sign-in was asked for and the provider does not vouch for one.
    #[error("the sign-in is not fresh")]
    NotFresh,
}

/// An identity provider.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// The name in addresses: `google`, `dev`, …
    fn id(&self) -> &str;

    /// The name that people read.
    fn name(&self) -> &str;

    /// The issuer in every [`ProviderIdentity`] from here.
    fn issuer(&self) -> &str;

    /// Where to send the browser.
    ///
    /// # Errors
    /// [`ProviderError::Unavailable`].
    async fn authorize_url(&self, request: &AuthRequest<'_>, now_ms: i64) -> Result<Url, ProviderError>;

    /// Redeems a code and checks what comes back as of `now_ms`.
    ///
    /// # Errors
    /// Any [`ProviderError`].
    async fn exchange(&self, exchange: &Exchange<'_>, now_ms: i64)
    -> Result<ProviderIdentity, ProviderError>;
}
