//! The domain's identity ports, kept by this crate's parts.

use std::sync::Arc;

use async_trait::async_trait;
use kith_domain::{
    Caller, Clock, DeviceId, Timestamp, UserId,
    ports::identity::{
        self as port, AuthorizationRequest, CodeExchange, IdentityError, IssuedToken, VerifiedToken,
    },
};

use crate::{
    access_token::AccessTokens,
    pkce::CodeChallenge,
    provider::{AuthRequest, Exchange, IdentityProvider, ProviderError},
    random::Random,
    secret_box,
};

/// An identity provider behind the domain's port.
pub struct Provider<P> {
    provider: P,
    clock: Arc<dyn Clock>,
}

impl<P: IdentityProvider> Provider<P> {
    /// Judges the ages of fetched keys and documents by `clock`.
    #[must_use]
    pub fn new(provider: P, clock: Arc<dyn Clock>) -> Self {
        Self { provider, clock }
    }
}

impl From<ProviderError> for IdentityError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unavailable(source) => Self::Unavailable(source),
            ProviderError::CodeRefused(source) | ProviderError::Invalid(source) => {
                Self::Invalid(source.to_string())
            }
            ProviderError::NotFresh => Self::Invalid("the sign-in is not fresh".to_owned()),
        }
    }
}

#[async_trait]
impl<P: IdentityProvider> port::IdentityProvider for Provider<P> {
    fn id(&self) -> &str {
        self.provider.id()
    }

    fn name(&self) -> &str {
        self.provider.name()
    }

    fn issuer(&self) -> &str {
        self.provider.issuer()
    }

    async fn authorization_url(&self, request: &AuthorizationRequest) -> Result<String, IdentityError> {
        let request = AuthRequest {
            redirect_uri: &request.redirect_uri,
            state: &request.state,
            nonce: &request.nonce,
            code_challenge: CodeChallenge::of(&request.code_verifier),
            login_hint: request.login_hint.as_deref(),
            fresh: request.fresh,
        };
        let url = self.provider.authorize_url(&request, self.clock.now().as_millis()).await?;
        Ok(url.into())
    }

    async fn exchange(&self, exchange: &CodeExchange) -> Result<port::ProviderIdentity, IdentityError> {
        let now_ms = exchange.now.as_millis();
        let exchange = Exchange {
            code: &exchange.code,
            code_verifier: &exchange.code_verifier,
            nonce: &exchange.nonce,
            redirect_uri: &exchange.redirect_uri,
            fresh: exchange.fresh,
        };
        let identity = self.provider.exchange(&exchange, now_ms).await?;
        Ok(port::ProviderIdentity {
            issuer: identity.issuer,
            subject: identity.subject,
            email: identity.email,
            email_verified: identity.email_verified,
            name: identity.name,
            authenticated_at: identity
                .auth_time
                .map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
        })
    }
}

/// Our own access tokens behind the domain's port.
pub struct Tokens {
    tokens: AccessTokens,
    random: Arc<dyn Random>,
}

impl Tokens {
    /// Draws token ids from `random`.
    #[must_use]
    pub fn new(tokens: AccessTokens, random: Arc<dyn Random>) -> Self {
        Self { tokens, random }
    }
}

impl port::AccessTokens for Tokens {
    fn issue(&self, caller: Caller, now: Timestamp, lifetime_seconds: i64) -> IssuedToken {
        let (user, device) = (caller.user_id.get(), caller.device_id.get());
        let (token, claims) =
            self.tokens.issue(user, device, now.as_millis(), lifetime_seconds, &*self.random);
        IssuedToken { token, expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1000)) }
    }

    fn verify(&self, token: &str, now: Timestamp) -> Option<VerifiedToken> {
        match self.tokens.verify(token, now.as_millis()) {
            Ok(claims) => Some(VerifiedToken {
                caller: Caller { user_id: UserId::new(claims.sub), device_id: DeviceId::new(claims.sid) },
                expires_at: Timestamp::from_millis(claims.exp.saturating_mul(1000)),
            }),
            Err(error) => {
                tracing::debug!(reason = error.reason(), "an access token was refused");
                None
            }
        }
    }

    fn jwks(&self) -> String {
        self.tokens.jwks_json()
    }
}

/// Seals refresh tokens' successors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sealer;

impl port::TokenSealer for Sealer {
    fn seal(&self, spent: &str, successor: &str) -> Vec<u8> {
        secret_box::seal(spent, successor)
    }

    fn open(&self, spent: &str, sealed: &[u8]) -> Option<String> {
        secret_box::open(spent, sealed)
    }
}
