use serde_json::{Value, json};

use super::*;
use crate::pkce::CodeChallenge;

mod fake;
use fake::{Fake, Key};

const ISSUER: &str = "https://idp.example";
const CLIENT: &str = "client-1";
const SECRET: &str = "hush";
const NONCE: &str = "nonce-1";
const CALLBACK: &str = "https://chat.example/auth/callback/idp";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const NOW_S: i64 = 1_800_000_000;
const NOW_MS: i64 = NOW_S * 1000 + 500;

fn provider(fake: &Arc<Fake>) -> OidcProvider {
    let config = OidcProviderConfig {
        id: "idp".to_owned(),
        name: "Example".to_owned(),
        issuer_url: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SecretString::from(SECRET),
        scopes: vec!["email".to_owned()],
        reauth_prompt: Some("login".to_owned()),
    };
    OidcProvider::new(config, fake.clone()).unwrap()
}

fn request() -> AuthRequest<'static> {
    AuthRequest {
        redirect_uri: CALLBACK,
        state: "state-1",
        nonce: NONCE,
        code_challenge: CodeChallenge::of(VERIFIER),
        login_hint: None,
        fresh: false,
    }
}

fn exchange() -> Exchange<'static> {
    Exchange { code: "code-1", code_verifier: VERIFIER, nonce: NONCE, redirect_uri: CALLBACK, fresh: false }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "subject-1", "nonce": NONCE,
        "iat": NOW_S, "exp": NOW_S + 3600, "auth_time": NOW_S - 5,
        "email": "ada@example.com", "email_verified": true, "name": "Ada", "picture": "https://idp.example/ada.png",
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

fn without(member: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(member);
    claims
}

/// Redeems a code for which the provider answers `token`, at a provider asked for the first time.
async fn outcome_of(key: Key, token: String) -> Result<ProviderIdentity, ProviderError> {
    let fake = Fake::new(key);
    fake.answer_token(&json!({"access_token": "a", "token_type": "Bearer", "id_token": token}));
    provider(&fake).exchange(&exchange(), NOW_MS).await
}

#[tokio::test]
async fn the_authorization_address_carries_what_ties_the_answer_to_the_request() {
    let fake = Fake::new(Key::ed25519("k1"));
    let provider = provider(&fake);
    let query = |url: &Url| -> Vec<(String, String)> { url.query_pairs().into_owned().collect() };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());

    let plain = provider.authorize_url(&request(), NOW_MS).await.unwrap();
    assert!(plain.as_str().starts_with("https://idp.example/authorize?"));
    let mut sorted = query(&plain);
    sorted.sort();
    assert_eq!(
        sorted,
        [
            pair("client_id", CLIENT),
            pair("code_challenge", &CodeChallenge::of(VERIFIER).to_string()),
            pair("code_challenge_method", "S256"),
            pair("nonce", NONCE),
            pair("redirect_uri", CALLBACK),
            pair("response_type", "code"),
            pair("scope", "openid email"),
            pair("state", "state-1"),
        ]
    );

    let fresh = AuthRequest { login_hint: Some("ada@example.com"), fresh: true, ..request() };
    let fresh = query(&provider.authorize_url(&fresh, NOW_MS).await.unwrap());
    for wanted in [pair("login_hint", "ada@example.com"), pair("max_age", "0"), pair("prompt", "login")] {
        assert!(fresh.contains(&wanted), "{wanted:?}");
    }
    assert!(!plain.as_str().contains(SECRET));
}

#[tokio::test]
async fn identities_signed_with_an_allowed_algorithm_are_taken() {
    for key in [Key::ed25519("k1"), Key::p256("k1"), Key::rsa("k1")] {
        let token = key.sign(&claims());
        let identity = outcome_of(key, token).await.unwrap();
        assert_eq!(
            identity,
            ProviderIdentity {
                issuer: ISSUER.to_owned(),
                subject: "subject-1".to_owned(),
                email: Some("ada@example.com".to_owned()),
                email_verified: true,
                name: Some("Ada".to_owned()),
                picture: Some("https://idp.example/ada.png".to_owned()),
                auth_time: Some(NOW_S - 5),
            }
        );
    }
}

#[tokio::test]
async fn the_code_is_redeemed_with_proof_and_password() {
    let fake = Fake::new(Key::ed25519("k1"));
    fake.answer_token(
        &json!({"access_token": "a", "token_type": "Bearer", "id_token": fake.key().sign(&claims())}),
    );
    provider(&fake).exchange(&exchange(), NOW_MS).await.unwrap();
    let form = fake.last_token_request();
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "code-1"),
        ("code_verifier", VERIFIER),
        ("redirect_uri", CALLBACK),
    ] {
        assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}: {form:?}");
    }
}

/// O1, and what else a provider, or somebody in its place, can get wrong in the claims.
#[tokio::test]
async fn wrong_claims_sign_nobody_in() {
    let rows = [
        ("nonce of another request", with("nonce", "nonce-2".into())),
        ("no nonce", without("nonce")),
        ("another audience", with("aud", "client-2".into())),
        ("no audience", without("aud")),
        ("an empty audience list", with("aud", json!([]))),
        ("another audience beside ours", with("aud", json!([CLIENT, "client-2"]))),
        ("another issuer", with("iss", "https://evil.example".into())),
        ("an issuer that looks the same", with("iss", "https://idp.example/".into())),
        ("no issuer", without("iss")),
        ("made for another client", with("azp", "client-2".into())),
        ("expired", with("exp", json!(NOW_S - LEEWAY_S))),
        ("no expiry", without("exp")),
        ("expiry as text", with("exp", (NOW_S + 60).to_string().into())),
        ("issued in the future", with("iat", json!(NOW_S + LEEWAY_S + 1))),
        ("issued long ago", with("iat", json!(NOW_S - MAX_ID_TOKEN_AGE_S - 1))),
        ("no issue time", without("iat")),
        ("no subject", without("sub")),
        ("an empty subject", with("sub", "".into())),
        ("a subject too long", with("sub", "s".repeat(256).into())),
        ("a subject outside ASCII", with("sub", "ádam".into())),
        ("a subject as number", with("sub", json!(7))),
    ];
    for (what, claims) in rows {
        let key = Key::ed25519("k1");
        let token = key.sign(&claims);
        let outcome = outcome_of(key, token).await;
        assert!(matches!(outcome, Err(ProviderError::Invalid(_))), "{what}: {outcome:?}");
    }
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway() {
    for claims in [
        with("exp", json!(NOW_S - LEEWAY_S + 1)),
        with("iat", json!(NOW_S + LEEWAY_S)),
        with("iat", json!(NOW_S - MAX_ID_TOKEN_AGE_S)),
        with("azp", CLIENT.into()),
        with("aud", json!([CLIENT])),
    ] {
        let key = Key::p256("k1");
        let token = key.sign(&claims);
        assert!(outcome_of(key, token).await.is_ok(), "{claims}");
    }
}

#[tokio::test]
async fn wrong_signatures_sign_nobody_in() {
    let key = || Key::ed25519("k1");
    let good = key().sign(&claims());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let ours = key();
    let rows = [
        ("alg none, no signature", fake::unsigned(&json!({"alg": "none"}), &claims())),
        ("alg None", fake::unsigned(&json!({"alg": "None"}), &claims())),
        ("HMAC with our client secret", fake::hmac(SECRET.as_bytes(), "k1", &claims())),
        (
            "HMAC with the public key",
            fake::hmac(ours.jwk()["x"].as_str().unwrap().as_bytes(), "k1", &claims()),
        ),
        ("another key under the same id", Key::ed25519("k1").sign(&claims())),
        ("a key that is not published", Key::ed25519("k2").sign(&claims())),
        ("another algorithm under the same id", Key::p256("k1").sign(&claims())),
        ("no signature", format!("{signed}.")),
        ("two parts", signed.to_owned()),
        ("an access token's type", ours.sign_as("at+jwt", &claims())),
        ("no token at all", "token".to_owned()),
        ("an empty token", String::new()),
    ];
    for (what, token) in rows {
        let copy = ours.clone();
        let outcome = outcome_of(copy, token).await;
        assert!(matches!(outcome, Err(ProviderError::Invalid(_))), "{what}: {outcome:?}");
    }
    let fake = Fake::new(key());
    fake.answer_token(&json!({"access_token": "a", "token_type": "Bearer"}));
    let outcome = provider(&fake).exchange(&exchange(), NOW_MS).await;
    assert!(matches!(outcome, Err(ProviderError::Invalid(_))), "{outcome:?}");
}

/// The address says nothing about the account: unverified ones are marked, and another subject is another person.
#[tokio::test]
async fn addresses_are_reported_as_claimed() {
    for (claims, email, verified) in [
        (with("email_verified", json!(false)), Some("ada@example.com"), false),
        (without("email_verified"), Some("ada@example.com"), false),
        (without("email"), None, false),
        (with("email", "".into()), None, true),
        (with("sub", "subject-2".into()), Some("ada@example.com"), true),
    ] {
        let key = Key::ed25519("k1");
        let token = key.sign(&claims);
        let identity = outcome_of(key, token).await.unwrap();
        assert_eq!(identity.email.as_deref(), email, "{claims}");
        assert_eq!(identity.email_verified, verified && email.is_some(), "{claims}");
        assert_eq!(identity.subject, claims["sub"].as_str().unwrap());
    }
}

#[tokio::test]
async fn a_fresh_sign_in_needs_the_providers_word() {
    for (auth_time, fresh) in [
        (json!(NOW_S), true),
        (json!(NOW_S - FRESH_S), true),
        (json!(NOW_S - FRESH_S - 1), false),
        (json!(NOW_S + LEEWAY_S), true),
        (json!(NOW_S + LEEWAY_S + 1), false),
        (Value::Null, false),
    ] {
        let fake = Fake::new(Key::ed25519("k1"));
        let token = fake.key().sign(&with("auth_time", auth_time.clone()));
        fake.answer_token(&json!({"access_token": "a", "token_type": "Bearer", "id_token": token}));
        let provider = provider(&fake);
        let outcome = provider.exchange(&Exchange { fresh: true, ..exchange() }, NOW_MS).await;
        match outcome {
            Ok(_) => assert!(fresh, "{auth_time}"),
            Err(ProviderError::NotFresh) => assert!(!fresh, "{auth_time}"),
            other => panic!("{other:?}"),
        }
        assert!(provider.exchange(&exchange(), NOW_MS).await.is_ok(), "not asked for");
    }
}

#[tokio::test]
async fn refusals_and_outages_are_told_apart() {
    for (status, body, refused) in [
        (400, r#"{"error":"invalid_grant"}"#, true),
        (401, r#"{"error":"invalid_client"}"#, false),
        (500, "", false),
        (502, "<html>bad gateway</html>", false),
        (503, r#"{"error":"temporarily_unavailable"}"#, false),
    ] {
        let fake = Fake::new(Key::ed25519("k1"));
        fake.answer_token_with(status, body);
        let outcome = provider(&fake).exchange(&exchange(), NOW_MS).await;
        match outcome {
            Err(ProviderError::CodeRefused(_)) => assert!(refused, "{status}"),
            Err(ProviderError::Unavailable(_)) => assert!(!refused, "{status}"),
            other => panic!("{status}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn metadata_is_fetched_once_a_day_and_outlives_an_outage() {
    let fake = Fake::new(Key::ed25519("k1"));
    let provider = provider(&fake);
    let day = 24 * 60 * 60 * 1000;
    let ask = async |now_ms| provider.authorize_url(&request(), now_ms).await;

    fake.set_down(true);
    assert!(matches!(ask(NOW_MS).await, Err(ProviderError::Unavailable(_))));
    assert!(matches!(ask(NOW_MS + 4_999).await, Err(ProviderError::Unavailable(_))));
    assert_eq!(fake.discoveries(), 1, "no queue of time-outs");
    fake.set_down(false);
    assert!(ask(NOW_MS + 5_000).await.is_ok());
    assert!(ask(NOW_MS + 4_999 + day).await.is_ok());
    assert_eq!((fake.discoveries(), fake.key_fetches()), (2, 1));
    fake.set_down(true);
    assert!(ask(NOW_MS + 5_000 + day).await.is_ok(), "yesterday's metadata is better than none");
    assert_eq!(fake.discoveries(), 3);
    fake.set_down(false);
    assert!(ask(NOW_MS + 10_000 + day).await.is_ok());
    assert_eq!((fake.discoveries(), fake.key_fetches()), (4, 2));
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused() {
    let fake = Fake::new(Key::ed25519("k1"));
    fake.claim_issuer("https://evil.example");
    let outcome = provider(&fake).authorize_url(&request(), NOW_MS).await;
    assert!(matches!(outcome, Err(ProviderError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn new_keys_are_found_but_made_up_ones_do_not_cause_a_flood() {
    let fake = Fake::new(Key::ed25519("k1"));
    let provider = provider(&fake);
    provider.authorize_url(&request(), NOW_MS).await.unwrap();
    assert_eq!(fake.key_fetches(), 1);

    let new = Key::ed25519("k2");
    let answer = |key: &Key| {
        let claims = with("iat", json!(NOW_S + 60));
        json!({"access_token": "a", "token_type": "Bearer", "id_token": key.sign(&claims)})
    };
    fake.rotate_to(new.clone());
    fake.answer_token(&answer(&new));
    assert!(provider.exchange(&exchange(), NOW_MS + 60_000).await.is_ok());
    assert_eq!(fake.key_fetches(), 2);

    fake.answer_token(&answer(&Key::ed25519("made-up")));
    for after in 0..5 {
        assert!(provider.exchange(&exchange(), NOW_MS + 60_001 + after).await.is_err());
    }
    assert_eq!(fake.key_fetches(), 2);
    assert!(provider.exchange(&exchange(), NOW_MS + 120_000).await.is_err());
    assert_eq!(fake.key_fetches(), 3);
}
