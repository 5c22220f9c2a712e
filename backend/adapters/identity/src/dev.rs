//! The built-in `dev` OpenID provider: signs anybody in who can reach this machine's loopback interface.
//!
//! It lets a newcomer and a test sign in without credentials of an outside provider, through the same requests and
//! checks as any other one. Nothing of it answers a request that may have come from elsewhere. Its issuer is a
//! constant of its own, so its accounts never meet those of another provider.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use secrecy::SecretString;
use url::{Host, Url};

use crate::{
    keys::{SigningKey, jwks_json},
    oidc::{OidcProvider, OidcProviderConfig},
    random::Random,
    secret_box::opaque_token,
};

mod authorize;
mod codes;
mod in_process;
mod page;
mod person;
#[cfg(test)]
mod tests;
mod token;

pub use in_process::InProcess;

/// The issuer of every identity made here; `.invalid` never resolves (RFC 2606).
pub const ISSUER: &str = "https://dev.kith.invalid";
/// Where the server mounts [`DevProvider::router`].
pub const MOUNT_PATH: &str = "/auth/dev";
/// The provider's id, as in `/auth/login/dev`.
pub const ID: &str = "dev";
const CLIENT_ID: &str = "kith";

/// Tells the time in milliseconds since 1970.
pub type NowMs = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The provider cannot be offered at this address.
#[derive(Debug, thiserror::Error)]
#[error("the dev provider signs anybody in, so it works on a loopback address only, not at {0}")]
pub struct NotLoopback(String);

/// The provider; cheap to clone.
#[derive(Clone)]
pub struct DevProvider {
    shared: Arc<Shared>,
}

struct Shared {
    /// Where the browser finds the provider: the server's origin and [`MOUNT_PATH`].
    base_url: String,
    /// The only address that codes are sent to.
    redirect_uri: String,
    client_secret: String,
    /// Made anew at every start: nothing signed here outlives a sign-in.
    key: SigningKey,
    codes: Mutex<codes::Codes>,
    random: Arc<dyn Random>,
    now_ms: NowMs,
}

impl DevProvider {
    /// `origin` is the server's own, such as `http://127.0.0.1:8080`; `redirect_uri` its callback address.
    ///
    /// # Errors
    /// [`NotLoopback`] when the origin's host is not a loopback address or `localhost`.
    pub fn new(
        origin: &Url,
        redirect_uri: impl Into<String>,
        now_ms: NowMs,
        random: Arc<dyn Random>,
    ) -> Result<Self, NotLoopback> {
        let loopback = match origin.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if !loopback {
            return Err(NotLoopback(origin.to_string()));
        }
        let shared = Shared {
            base_url: format!("{}{MOUNT_PATH}", origin.origin().ascii_serialization()),
            redirect_uri: redirect_uri.into(),
            client_secret: opaque_token(&*random),
            key: SigningKey::generate(&*random),
            codes: Mutex::default(),
            random,
            now_ms,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The routes below [`MOUNT_PATH`]; the server mounts them with `nest`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize::authorize))
            .route("/token", post(token::token))
            .route("/jwks", get(jwks))
            .layer(middleware::from_fn(loopback_only))
            .with_state(self.shared.clone())
    }

    /// The relying party for this provider. It calls the routes without a socket, so neither the port nor the order
    /// of start matters to it.
    pub fn relying_party(&self) -> OidcProvider {
        let config = OidcProviderConfig {
            id: ID.to_owned(),
            name: "Development sign-in".to_owned(),
            issuer_url: ISSUER.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: SecretString::from(self.shared.client_secret.clone()),
            scopes: vec!["email".to_owned(), "profile".to_owned()],
            reauth_prompt: Some("login".to_owned()),
        };
        let transport = InProcess::new(self.router(), [ISSUER.to_owned(), self.shared.base_url.clone()]);
        OidcProvider::new(config, Arc::new(transport)).expect("the constant issuer is a URL")
    }
}

/// The discovery document (OpenID Connect Discovery §3).
async fn discovery(State(shared): State<Arc<Shared>>) -> Json<serde_json::Value> {
    let base = &shared.base_url;
    Json(serde_json::json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "claims_supported": ["sub", "email", "email_verified", "name", "auth_time", "nonce"],
    }))
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], jwks_json([shared.key.verifying_key()])).into_response()
}

/// Hides the provider from every request that a proxy passed on or that reached us under another name (a DNS name
/// rebound to 127.0.0.1): either would open it to the world.
async fn loopback_only(request: Request, next: Next) -> Response {
    if is_direct(request.headers()) && has_loopback_host(&request) {
        next.run(request).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

fn is_direct(headers: &HeaderMap) -> bool {
    headers.keys().all(|name| {
        let name = name.as_str();
        !(name.starts_with("x-forwarded") || matches!(name, "forwarded" | "via" | "x-real-ip"))
    })
}

fn has_loopback_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let authority = match (hosts.next(), hosts.next(), request.uri().authority()) {
        (Some(host), None, None) => host.to_str().ok(),
        (None, None, Some(authority)) => Some(authority.as_str()),
        // Both are sent by HTTP/2 clients and by absolute-form requests; they must say the same.
        (Some(host), None, Some(authority)) => host.to_str().ok().filter(|host| *host == authority.as_str()),
        _ => None,
    };
    authority.is_some_and(is_loopback_authority)
}

/// `localhost` or a loopback literal, with or without a port; names that merely resolve to loopback are not.
fn is_loopback_authority(authority: &str) -> bool {
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority.ends_with(']') => (&authority[..at], Some(&authority[at + 1..])),
        _ => (authority, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with('+')) {
        return false;
    }
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok_and(|address| IpAddr::from(address).is_loopback()),
        None => host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
    }
}
