//! Access tokens for assertions (RFC 7523).

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Shared;

/// Where they are asked for.
pub(super) const PATH: &str = "/token";
/// The name of the account's key.
pub(super) const KEY_ID: &str = "key-1";
/// The name of the account.
pub(super) const EMAIL: &str = "kith@kith-test.example";
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";

/// Grants a token for an assertion of the account about itself, signed by its key.
pub(super) async fn grant(State(shared): State<Arc<Shared>>, body: String) -> Response {
    if !is_good(&shared, &body) {
        let body = json!({"error": "invalid_grant", "error_description": "Invalid JWT."});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let mut known = shared.known();
    known.granted += 1;
    let token = format!("access-{}", known.granted);
    known.good = Some(token.clone());
    Json(json!({"access_token": token, "expires_in": 3_599, "token_type": "Bearer"})).into_response()
}

fn is_good(shared: &Shared, body: &str) -> bool {
    let fields: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str);
    let signed = field("assertion").and_then(|assertion| assertion.rsplit_once('.'));
    let Some((text, signature)) = signed.filter(|_| field("grant_type") == Some(GRANT_TYPE)) else {
        return false;
    };
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, shared.pair.public_key().as_ref());
    let signature = URL_SAFE_NO_PAD.decode(signature);
    if !signature.is_ok_and(|signature| public.verify(text.as_bytes(), &signature).is_ok()) {
        return false;
    }
    let read =
        |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let Some((header, claims)) = text.split_once('.') else { return false };
    let (Some(header), Some(claims)) = (read(header), read(claims)) else { return false };
    let life = claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat);
    header == json!({"alg": "RS256", "typ": "JWT", "kid": KEY_ID})
        && claims["iss"] == EMAIL
        && claims["aud"] == format!("{}{PATH}", shared.origin)
        && claims["scope"] == SCOPE
        && life == Some(3_600)
}
