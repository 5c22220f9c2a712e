//! The OpenID Connect relying party: code flow with PKCE, state and nonce, for any provider with discovery.

use std::{future::Future, pin::Pin, sync::Arc};

use async_trait::async_trait;
use chrono::DateTime;
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IdTokenVerifier, IssuerUrl, LoginHint, Nonce, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
    core::{
        CoreClient, CoreErrorResponseType, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{
    provider::{AuthRequest, Exchange, FRESH_S, IdentityProvider, ProviderError, ProviderIdentity},
    transport::{Transport, TransportError},
};

mod metadata;
#[cfg(test)]
mod tests;

use metadata::MetadataCache;

/// How far the provider's clock may lie from ours, in seconds.
pub const LEEWAY_S: i64 = 30;
/// The oldest ID token that is taken, in seconds: it was made while we redeemed the code.
pub const MAX_ID_TOKEN_AGE_S: i64 = 10 * 60;
/// The longest subject that OpenID Connect allows, in ASCII characters (Core §2).
const MAX_SUBJECT: usize = 255;

/// How to reach one provider and who we are to it.
#[derive(Debug, Clone)]
pub struct OidcProviderConfig {
    /// The name in addresses: `google`, `dev`, …
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The issuer identifier; `/.well-known/openid-configuration` below it is the discovery document.
    pub issuer_url: String,
    /// Our name at the provider.
    pub client_id: String,
    /// Our password at the provider.
    pub client_secret: SecretString,
    /// Scopes beside `openid`.
    pub scopes: Vec<String>,
    /// The `prompt` that makes the provider ask again, where `max_age=0` alone does not do it.
    pub reauth_prompt: Option<String>,
}

impl OidcProviderConfig {
    /// Google, with a client made in its console.
    pub fn google(client_id: impl Into<String>, client_secret: SecretString) -> Self {
        Self {
            id: "google".to_owned(),
            name: "Google".to_owned(),
            issuer_url: "https://accounts.google.com".to_owned(),
            client_id: client_id.into(),
            client_secret,
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            // Google knows no `prompt=login`.
            reauth_prompt: Some("select_account".to_owned()),
        }
    }
}

/// One OpenID Connect provider, as this server uses it.
pub struct OidcProvider {
    config: OidcProviderConfig,
    http: ProviderHttp,
    metadata: MetadataCache,
}

impl OidcProvider {
    /// Nothing is fetched before the first sign-in, so a provider that is down does not keep the server from starting.
    ///
    /// # Errors
    /// [`url::ParseError`] when the issuer is not a URL.
    pub fn new(config: OidcProviderConfig, transport: Arc<dyn Transport>) -> Result<Self, url::ParseError> {
        let issuer = IssuerUrl::new(config.issuer_url.clone())?;
        Ok(Self { config, http: ProviderHttp(transport), metadata: MetadataCache::new(issuer) })
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.config.client_id.clone())
    }

    async fn redeem(
        &self,
        metadata: &CoreProviderMetadata,
        exchange: &Exchange<'_>,
    ) -> Result<CoreIdToken, ProviderError> {
        let secret = ClientSecret::new(self.config.client_secret.expose_secret().to_owned());
        let client = CoreClient::from_provider_metadata(metadata.clone(), self.client_id(), Some(secret))
            .set_redirect_uri(redirect_url(exchange.redirect_uri)?);
        let answer = client
            .exchange_code(AuthorizationCode::new(exchange.code.to_owned()))
            .map_err(unavailable)?
            .set_pkce_verifier(PkceCodeVerifier::new(exchange.code_verifier.to_owned()))
            .request_async(&self.http)
            .await
            .map_err(|error| match &error {
                RequestTokenError::ServerResponse(answer)
                    if *answer.error() == CoreErrorResponseType::InvalidGrant =>
                {
                    ProviderError::CodeRefused(Box::new(error))
                }
                RequestTokenError::Parse(..) => invalid("the token answer cannot be read"),
                _ => unavailable(error),
            })?;
        answer.id_token().cloned().ok_or_else(|| invalid("the answer holds no ID token"))
    }

    /// Checks signature, `iss`, `aud`, `exp`, `iat` and `nonce`; keys newer than ours are fetched, at a bounded rate.
    async fn verified(
        &self,
        metadata: &CoreProviderMetadata,
        token: &CoreIdToken,
        nonce: &str,
        now_ms: i64,
    ) -> Result<CoreIdTokenClaims, ProviderError> {
        let nonce = Nonce::new(nonce.to_owned());
        let check =
            |metadata: &CoreProviderMetadata| token.claims(&self.verifier(metadata, now_ms), &nonce).cloned();
        let outcome = match check(metadata) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => check(&*self.metadata.with_newer_keys(&self.http, now_ms).await?),
            outcome => outcome,
        };
        outcome.map_err(|error| ProviderError::Invalid(Box::new(error)))
    }

    fn verifier(&self, metadata: &CoreProviderMetadata, now_ms: i64) -> CoreIdTokenVerifier<'static> {
        let now = now_ms.div_euclid(1000);
        // A client without a secret has no key for HMAC: an ID token "signed" with something public stays refused
        // even if the list of algorithms were to grow.
        IdTokenVerifier::new_public_client(
            self.client_id(),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::EdDsa,
        ])
        .set_time_fn(move || DateTime::from_timestamp(now - LEEWAY_S, 0).unwrap_or(DateTime::UNIX_EPOCH))
        .set_issue_time_verifier_fn(move |issued| {
            let age = now - issued.timestamp();
            if (-LEEWAY_S..=MAX_ID_TOKEN_AGE_S).contains(&age) {
                Ok(())
            } else {
                Err(format!("issued {age} s ago"))
            }
        })
    }

    fn identity(&self, claims: &CoreIdTokenClaims) -> Result<ProviderIdentity, ProviderError> {
        // The library leaves `azp` (Core §3.1.3.7, step 5) to the application: a token made for another client that
        // merely lists us as an audience is not ours.
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.config.client_id) {
            return Err(invalid("the ID token was made for another client"));
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > MAX_SUBJECT || !subject.is_ascii() {
            return Err(invalid("the subject is not 1–255 ASCII characters"));
        }
        let text = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        let email = claims.email().and_then(|email| text(email.as_str()));
        Ok(ProviderIdentity {
            issuer: claims.issuer().as_str().to_owned(),
            subject: subject.to_owned(),
            email_verified: email.is_some() && claims.email_verified() == Some(true),
            email,
            name: claims.name().and_then(|name| name.get(None)).and_then(|name| text(name.as_str())),
            picture: claims
                .picture()
                .and_then(|picture| picture.get(None))
                .and_then(|url| text(url.as_str())),
            auth_time: claims.auth_time().map(|time| time.timestamp()),
        })
    }
}

#[async_trait]
impl IdentityProvider for OidcProvider {
    fn id(&self) -> &str {
        &self.config.id
    }

    fn name(&self) -> &str {
        &self.config.name
    }

    fn issuer(&self) -> &str {
        &self.config.issuer_url
    }

    async fn authorize_url(&self, request: &AuthRequest<'_>, now_ms: i64) -> Result<Url, ProviderError> {
        let metadata = self.metadata.get(&self.http, now_ms).await?;
        let client = CoreClient::from_provider_metadata((*metadata).clone(), self.client_id(), None)
            .set_redirect_uri(redirect_url(request.redirect_uri)?);
        let (state, nonce) = (request.state.to_owned(), request.nonce.to_owned());
        let mut url = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scopes(self.config.scopes.iter().cloned().map(Scope::new))
            // By name, since the library wants the verifier, which need not be at hand here.
            .add_extra_param("code_challenge", request.code_challenge.to_string())
            .add_extra_param("code_challenge_method", "S256");
        if let Some(hint) = request.login_hint {
            url = url.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if request.fresh {
            // `claims` asks for `auth_time` where `max_age` alone does not bring it (Core §5.5).
            url = url
                .set_max_age(std::time::Duration::ZERO)
                .add_extra_param("claims", r#"{"id_token":{"auth_time":{"essential":true}}}"#);
            if let Some(prompt) = &self.config.reauth_prompt {
                url = url.add_extra_param("prompt", prompt.clone());
            }
        }
        Ok(url.url().0)
    }

    async fn exchange(
        &self,
        exchange: &Exchange<'_>,
        now_ms: i64,
    ) -> Result<ProviderIdentity, ProviderError> {
        let metadata = self.metadata.get(&self.http, now_ms).await?;
        let token = self.redeem(&metadata, exchange).await?;
        let claims = self.verified(&metadata, &token, exchange.nonce, now_ms).await?;
        let identity = self.identity(&claims)?;
        if exchange.fresh && !is_fresh(identity.auth_time, now_ms) {
            return Err(ProviderError::NotFresh);
        }
        Ok(identity)
    }
}

/// Whether the provider says that the person signed in just now. Without its word the answer is no: `max_age` travels
/// through the browser, where it can be taken out.
fn is_fresh(auth_time: Option<i64>, now_ms: i64) -> bool {
    let now = now_ms.div_euclid(1000);
    auth_time.is_some_and(|time| (-LEEWAY_S..=FRESH_S).contains(&(now - time)))
}

fn redirect_url(text: &str) -> Result<RedirectUrl, ProviderError> {
    RedirectUrl::new(text.to_owned()).map_err(unavailable)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::Unavailable(Box::new(error))
}

fn invalid(reason: &'static str) -> ProviderError {
    ProviderError::Invalid(reason.into())
}

/// The library's view of a [`Transport`].
struct ProviderHttp(Arc<dyn Transport>);

impl<'c> AsyncHttpClient<'c> for ProviderHttp {
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TransportError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.0.send(request).await?;
            if answer.status().is_server_error() {
                // The library would try to read the gateway's error page as a statement of the provider.
                return Err(TransportError::Failed(
                    format!("the provider answered {}", answer.status()).into(),
                ));
            }
            Ok(answer)
        })
    }
}
