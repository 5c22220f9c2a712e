//! The token endpoint (OpenID Connect Core §3.1.3).

use std::sync::{Arc, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CLIENT_ID, ISSUER, Shared, codes::Grant};
use crate::secret_box::{opaque_token, token_hash};

/// How long an ID token can be taken, in seconds.
const ID_TOKEN_LIFETIME_S: i64 = 5 * 60;

#[derive(Deserialize)]
pub(super) struct TokenForm {
    grant_type: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Redeems a code.
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    form: Result<Form<TokenForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else { return refuse(StatusCode::BAD_REQUEST, "invalid_request") };
    if !is_client(&shared, &headers, &form) {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"dev\"")];
        return (challenge, refuse(StatusCode::UNAUTHORIZED, "invalid_client")).into_response();
    }
    if form.grant_type.as_deref() != Some("authorization_code") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let now_ms = (shared.now_ms)();
    let Some(grant) = redeem(&shared, &form, now_ms) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    answer(&json!({
        // Required by the protocol; there is nothing here that it opens.
        "access_token": opaque_token(&*shared.random),
        "token_type": "Bearer",
        "expires_in": ID_TOKEN_LIFETIME_S,
        "id_token": id_token(&shared, &grant, now_ms),
    }))
}

/// The code is spent by the first try, whether or not the rest of the request is right.
fn redeem(shared: &Shared, form: &TokenForm, now_ms: i64) -> Option<Grant> {
    let code = form.code.as_deref()?;
    let grant = shared.codes.lock().unwrap_or_else(PoisonError::into_inner).take(code, now_ms)?;
    let proven = grant.challenge.proves(form.code_verifier.as_deref()?);
    (proven && form.redirect_uri.as_deref() == Some(shared.redirect_uri.as_str())).then_some(grant)
}

/// Name and password from the `Authorization` header or from the form (RFC 6749 §2.3.1).
fn is_client(shared: &Shared, headers: &HeaderMap, form: &TokenForm) -> bool {
    let (id, secret) = match headers.get(header::AUTHORIZATION) {
        Some(value) => match basic_credentials(value.as_bytes()) {
            Some(credentials) => credentials,
            None => return false,
        },
        None => (form.client_id.clone().unwrap_or_default(), form.client_secret.clone().unwrap_or_default()),
    };
    // Hashes have one length, so the comparison tells nothing about the secret's.
    let equal = verify_slices_are_equal(&token_hash(&secret), &token_hash(&shared.client_secret)).is_ok();
    id == CLIENT_ID && equal
}

fn basic_credentials(value: &[u8]) -> Option<(String, String)> {
    let decoded = STANDARD.decode(value.strip_prefix(b"Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| {
        let pair = format!("v={text}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
    };
    Some((decode(id)?, decode(secret)?))
}

fn id_token(shared: &Shared, grant: &Grant, now_ms: i64) -> String {
    let now = now_ms.div_euclid(1000);
    let mut claims = json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": grant.address.subject(),
        "iat": now,
        "exp": now + ID_TOKEN_LIFETIME_S,
        "auth_time": grant.auth_time_ms.div_euclid(1000),
        "email": grant.address.as_str(),
        "email_verified": true,
        "name": grant.address.name(),
    });
    if let Some(nonce) = &grant.nonce {
        claims["nonce"] = json!(nonce);
    }
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": shared.key.kid()});
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(shared.key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn answer(value: &Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, answer(&json!({ "error": error }))).into_response()
}
