//! Facebook Login: OAuth 2.0 and one question to the Graph API, since its code flow brings no ID token.
//!
//! Without an ID token there is no nonce and no word on when the person signed in: `state` and PKCE tie the answer to
//! the request, the code is bound to this app, and a fresh sign-in cannot be had here.

use std::{fmt::Write as _, sync::Arc};

use async_trait::async_trait;
use aws_lc_rs::hmac;
use http::header;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use crate::{
    provider::{AuthRequest, Exchange, IdentityProvider, ProviderError, ProviderIdentity},
    transport::{Request, Transport},
};

#[cfg(test)]
mod tests;

/// The issuer of identities from Facebook.
pub const ISSUER: &str = "https://www.facebook.com";
/// Graph API errors that mean "this code is wrong, spent or expired".
const OAUTH_EXCEPTION: &str = "OAuthException";

/// An app made in Facebook's console.
#[derive(Debug, Clone)]
pub struct FacebookConfig {
    /// The app's id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: SecretString,
    /// The Graph API version, such as `v24.0`; each is served for at least two years.
    pub graph_version: String,
}

/// Facebook as an identity provider.
pub struct FacebookProvider {
    config: FacebookConfig,
    transport: Arc<dyn Transport>,
}

impl FacebookProvider {
    /// Nothing is fetched before the first sign-in.
    pub fn new(config: FacebookConfig, transport: Arc<dyn Transport>) -> Self {
        Self { config, transport }
    }

    fn url(&self, host: &str, path: &str) -> Result<Url, ProviderError> {
        Url::parse(&format!("https://{host}/{}/{path}", self.config.graph_version)).map_err(unavailable)
    }

    async fn access_token(&self, exchange: &Exchange<'_>) -> Result<String, ProviderError> {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.config.client_id)
            .append_pair("client_secret", self.config.client_secret.expose_secret())
            .append_pair("redirect_uri", exchange.redirect_uri)
            .append_pair("code", exchange.code)
            .append_pair("code_verifier", exchange.code_verifier)
            .finish();
        let request = http::Request::post(self.url("graph.facebook.com", "oauth/access_token")?.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes());
        let token: Token = self.call(request.map_err(unavailable)?).await?;
        Ok(token.access_token)
    }

    async fn me(&self, access_token: &str) -> Result<Me, ProviderError> {
        let mut url = self.url("graph.facebook.com", "me")?;
        url.query_pairs_mut()
            .append_pair("fields", "id,name,email,picture.type(large)")
            .append_pair("appsecret_proof", &self.proof(access_token));
        let request = http::Request::get(url.as_str())
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"))
            .body(Vec::new());
        self.call(request.map_err(unavailable)?).await
    }

    /// Shows that the call comes from the app that owns the token, not from somebody who picked it up.
    fn proof(&self, access_token: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.config.client_secret.expose_secret().as_bytes());
        let mut hex = String::with_capacity(64);
        for byte in hmac::sign(&key, access_token.as_bytes()).as_ref() {
            write!(hex, "{byte:02x}").expect("writing to a string succeeds");
        }
        hex
    }

    async fn call<T: DeserializeOwned>(&self, request: Request) -> Result<T, ProviderError> {
        let answer = self.transport.send(request).await.map_err(unavailable)?;
        if answer.status().is_success() {
            return serde_json::from_slice(answer.body())
                .map_err(|error| ProviderError::Invalid(Box::new(error)));
        }
        let refusal = serde_json::from_slice::<Refusal>(answer.body());
        let status = answer.status();
        match refusal {
            Ok(Refusal { error }) if status.is_client_error() && error.r#type == OAUTH_EXCEPTION => {
                Err(ProviderError::CodeRefused(format!("{status}, code {}", error.code).into()))
            }
            _ => Err(ProviderError::Unavailable(status.to_string().into())),
        }
    }
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Me {
    id: String,
    name: Option<String>,
    email: Option<String>,
    picture: Option<Picture>,
}

#[derive(Deserialize)]
struct Picture {
    data: PictureData,
}

#[derive(Deserialize)]
struct PictureData {
    url: Option<String>,
    #[serde(default)]
    is_silhouette: bool,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalError,
}

#[derive(Deserialize)]
struct RefusalError {
    r#type: String,
    code: i64,
}

#[async_trait]
impl IdentityProvider for FacebookProvider {
    fn id(&self) -> &str {
        "facebook"
    }

    fn name(&self) -> &str {
        "Facebook"
    }

    fn issuer(&self) -> &str {
        ISSUER
    }

    async fn authorize_url(&self, request: &AuthRequest<'_>, _now_ms: i64) -> Result<Url, ProviderError> {
        let mut url = self.url("www.facebook.com", "dialog/oauth")?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("scope", "public_profile,email")
            .append_pair("state", request.state)
            .append_pair("code_challenge", &request.code_challenge.to_string())
            .append_pair("code_challenge_method", "S256");
        if request.fresh {
            url.query_pairs_mut().append_pair("auth_type", "reauthenticate");
        }
        Ok(url)
    }

    async fn exchange(
        &self,
        exchange: &Exchange<'_>,
        _now_ms: i64,
    ) -> Result<ProviderIdentity, ProviderError> {
        if exchange.fresh {
            return Err(ProviderError::NotFresh);
        }
        let access_token = self.access_token(exchange).await?;
        let me = self.me(&access_token).await?;
        if me.id.is_empty() || !me.id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ProviderError::Invalid("the id is not a number".into()));
        }
        let picture =
            me.picture.filter(|picture| !picture.data.is_silhouette).and_then(|picture| picture.data.url);
        Ok(ProviderIdentity {
            issuer: ISSUER.to_owned(),
            subject: me.id,
            email: me.email.filter(|email| !email.is_empty()),
            // The Graph API does not say whether it checked the address.
            email_verified: false,
            name: me.name.filter(|name| !name.is_empty()),
            picture,
            auth_time: None,
        })
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::Unavailable(Box::new(error))
}
