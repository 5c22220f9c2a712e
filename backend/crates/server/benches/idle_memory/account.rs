//! Signs accounts in as a native client does: through the built-in provider, with PKCE.

use std::collections::BTreeMap;

use reqwest::{Client, Url, header, redirect::Policy};

/// Any 43 characters, and the base64url of their SHA-256 (RFC 7636 section 4).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1W1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "2cdrV4dIarytyaDBiVxB-SfhCZzfRvpG5iW9HfJJL_Y";
/// Where a native client would listen for the code; the redirect there is read, not followed.
const CALLBACK: &str = "http://127.0.0.1:1/";

/// Makes the account of that number and returns an access token.
pub(crate) async fn sign_in(origin: &str, number: usize) -> String {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let address = format!("person{number}@example.org");
    let query = [
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("login_hint", &address),
    ];
    let mut next = Url::parse_with_params(&format!("{origin}/auth/login/dev"), query).unwrap();
    let mut cookies = BTreeMap::new();
    while !next.as_str().starts_with(CALLBACK) {
        let jar: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = client.get(next.clone()).header(header::COOKIE, jar.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(header::LOCATION);
        let location = location.unwrap_or_else(|| panic!("{next} answers {}", answer.status()));
        next = next.join(location.to_str().unwrap()).unwrap();
    }
    let code = next.query_pairs().find(|(name, _)| name == "code");
    let (_, code) = code.unwrap_or_else(|| panic!("no code: {next}"));
    let body = serde_json::json!({
        "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER,
    });
    let answer = client.post(format!("{origin}/auth/token")).json(&body).send().await.unwrap();
    let tokens: serde_json::Value = answer.error_for_status().unwrap().json().await.unwrap();
    tokens["access_token"].as_str().unwrap().to_owned()
}
