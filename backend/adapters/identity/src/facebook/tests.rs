use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::{
    pkce::CodeChallenge,
    transport::{Response, TransportError},
};

const CALLBACK: &str = "https://chat.example/auth/callback/facebook";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// The two endpoints of the Graph API: redeems one code, and knows one person.
struct Graph {
    code: Mutex<Option<&'static str>>,
    me: (u16, String),
}

#[async_trait]
impl Transport for Graph {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let uri = request.uri().clone();
        assert_eq!((uri.scheme_str(), uri.host()), (Some("https"), Some("graph.facebook.com")));
        let (status, body) = match uri.path() {
            "/v24.0/oauth/access_token" => {
                let form: Vec<(String, String)> =
                    url::form_urlencoded::parse(request.body()).into_owned().collect();
                let field =
                    |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
                let known = field("client_id") == Some("app")
                    && field("client_secret") == Some("hush")
                    && field("redirect_uri") == Some(CALLBACK)
                    && field("code_verifier") == Some(VERIFIER);
                let code = self.code.lock().unwrap().take_if(|code| known && field("code") == Some(code));
                match code {
                    Some(_) => (200, json!({"access_token": "token", "token_type": "bearer"}).to_string()),
                    None => (400, json!({"error": {"type": "OAuthException", "code": 100}}).to_string()),
                }
            }
            "/v24.0/me" => {
                assert_eq!(request.headers()["authorization"], "Bearer token");
                // printf token | openssl dgst -sha256 -hmac hush
                let proof =
                    "appsecret_proof=53d05914eb0befeacd9e323d714ee68daae5cbb880c36ab4893041595f660ef5";
                assert!(uri.query().unwrap().contains(proof), "{uri}");
                self.me.clone()
            }
            other => panic!("nobody should ask for {other}"),
        };
        Ok(http::Response::builder().status(status).body(body.into_bytes()).unwrap())
    }
}

fn provider(me: (u16, String)) -> FacebookProvider {
    let config = FacebookConfig {
        client_id: "app".to_owned(),
        client_secret: SecretString::from("hush"),
        graph_version: "v24.0".to_owned(),
    };
    FacebookProvider::new(config, Arc::new(Graph { code: Mutex::new(Some("code-1")), me }))
}

fn exchange(code: &str) -> Exchange<'_> {
    Exchange { code, code_verifier: VERIFIER, nonce: "n", redirect_uri: CALLBACK, fresh: false }
}

#[tokio::test]
async fn a_code_becomes_an_identity_once() {
    let me = json!({
        "id": "1234", "name": "Ada", "email": "ada@example.com",
        "picture": {"data": {"url": "https://cdn.example/a.jpg", "is_silhouette": false}},
    });
    let provider = provider((200, me.to_string()));
    let identity = provider.exchange(&exchange("code-1"), 0).await.unwrap();
    let expected = ProviderIdentity {
        issuer: ISSUER.to_owned(),
        subject: "1234".to_owned(),
        email: Some("ada@example.com".to_owned()),
        email_verified: false,
        name: Some("Ada".to_owned()),
        picture: Some("https://cdn.example/a.jpg".to_owned()),
        auth_time: None,
    };
    assert_eq!(identity, expected);
    for code in ["code-1", "made-up"] {
        let outcome = provider.exchange(&exchange(code), 0).await;
        assert!(matches!(outcome, Err(ProviderError::CodeRefused(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn answers_that_name_nobody_sign_nobody_in() {
    for (status, body, invalid) in [
        (200, json!({"name": "Ada"}).to_string(), true),
        (200, json!({"id": ""}).to_string(), true),
        (200, json!({"id": "1/2"}).to_string(), true),
        (200, json!({"id": 1234}).to_string(), true),
        (200, "<html>".to_owned(), true),
        (500, json!({"error": {"type": "OAuthException", "code": 2}}).to_string(), false),
        (302, String::new(), false),
    ] {
        let outcome = provider((status, body.clone())).exchange(&exchange("code-1"), 0).await;
        match outcome {
            Err(ProviderError::Invalid(_)) => assert!(invalid, "{status} {body}"),
            Err(ProviderError::Unavailable(_)) => assert!(!invalid, "{status} {body}"),
            other => panic!("{status} {body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_person_without_mail_or_picture_is_still_a_person() {
    let me = json!({"id": "1", "picture": {"data": {"url": "https://cdn.example/none.jpg", "is_silhouette": true}}});
    let identity = provider((200, me.to_string())).exchange(&exchange("code-1"), 0).await.unwrap();
    assert_eq!((identity.email, identity.name, identity.picture), (None, None, None));
}

#[tokio::test]
async fn a_fresh_sign_in_is_never_claimed() {
    let provider = provider((200, json!({"id": "1"}).to_string()));
    let outcome = provider.exchange(&Exchange { fresh: true, ..exchange("code-1") }, 0).await;
    assert!(matches!(outcome, Err(ProviderError::NotFresh)), "{outcome:?}");
    let request = AuthRequest {
        redirect_uri: CALLBACK,
        state: "s",
        nonce: "n",
        code_challenge: CodeChallenge::of(VERIFIER),
        login_hint: None,
        fresh: true,
    };
    let url = provider.authorize_url(&request, 0).await.unwrap();
    assert!(
        url.as_str()
            .starts_with("https://www.facebook.com/v24.0/dialog/oauth?response_type=code&client_id=app&")
    );
    assert!(url.as_str().contains("&auth_type=reauthenticate"));
    assert!(!url.as_str().contains("hush"));
}
