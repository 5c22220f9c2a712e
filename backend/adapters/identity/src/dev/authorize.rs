//! The authorization endpoint (OpenID Connect Core §3.1.2).

use std::sync::{Arc, PoisonError};

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use url::Url;

use super::{CLIENT_ID, Shared, codes::Grant, page, person::Address};
use crate::{pkce::CodeChallenge, secret_box::opaque_token};

/// The parameters that matter here; others (`max_age`, `claims`) change nothing, as every sign-in is a fresh one.
#[derive(Deserialize)]
pub(super) struct Params {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    response_type: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    login_hint: Option<String>,
    prompt: Option<String>,
}

/// Signs in at once when `login_hint` is an e-mail address, else asks for one.
pub(super) async fn authorize(
    State(shared): State<Arc<Shared>>,
    params: Result<Query<Params>, QueryRejection>,
) -> Response {
    // A repeated parameter ends here too (RFC 6749 §3.1).
    let Ok(Query(params)) = params else { return page::refuse("The request cannot be read.") };
    // Until both are known to be right, the answer must not go where the request says.
    if params.client_id.as_deref() != Some(CLIENT_ID) {
        return page::refuse("The client is not known.");
    }
    if params.redirect_uri.as_deref() != Some(shared.redirect_uri.as_str()) {
        return page::refuse("The redirect address is not the registered one.");
    }
    match grant(&shared, &params) {
        Ok(Some(grant)) => {
            let code = opaque_token(&*shared.random);
            shared.codes.lock().unwrap_or_else(PoisonError::into_inner).put(&code, grant);
            send_back(&shared, &params, "code", &code)
        }
        Ok(None) => page::ask(&params.hidden(), params.login_hint.as_deref()),
        Err(error) => send_back(&shared, &params, "error", error),
    }
}

/// What the request grants; `None` when it does not say to whom. An error is a code of RFC 6749 §4.1.2.1.
fn grant(shared: &Shared, params: &Params) -> Result<Option<Grant>, &'static str> {
    if params.response_type.as_deref() != Some("code") {
        return Err("unsupported_response_type");
    }
    if !params.scope.as_deref().is_some_and(|scope| scope.split(' ').any(|scope| scope == "openid")) {
        return Err("invalid_scope");
    }
    let challenge =
        CodeChallenge::parse(params.code_challenge.as_deref(), params.code_challenge_method.as_deref())
            .map_err(|_| "invalid_request")?;
    let address = params.login_hint.as_deref().and_then(Address::parse);
    if address.is_none() && params.prompt.as_deref() == Some("none") {
        return Err("login_required");
    }
    let auth_time_ms = (shared.now_ms)();
    Ok(address.map(|address| Grant { address, challenge, nonce: params.nonce.clone(), auth_time_ms }))
}

fn send_back(shared: &Shared, params: &Params, name: &str, value: &str) -> Response {
    let Ok(mut target) = Url::parse(&shared.redirect_uri) else {
        return page::refuse("The registered redirect address is not a URL.");
    };
    target.query_pairs_mut().append_pair(name, value);
    if let Some(state) = &params.state {
        target.query_pairs_mut().append_pair("state", state);
    }
    let headers = [
        (header::LOCATION, target.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::FOUND, headers).into_response()
}

impl Params {
    /// What the page's form sends again beside the address.
    fn hidden(&self) -> Vec<(&'static str, &str)> {
        [
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("response_type", &self.response_type),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect()
    }
}
