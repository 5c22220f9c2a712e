use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use http::{Method, Request as HttpRequest};
use tower::ServiceExt as _;

use super::*;
use crate::{
    pkce::CodeChallenge,
    provider::{AuthRequest, Exchange, IdentityProvider, ProviderError, ProviderIdentity},
    random::SystemRandom,
};

const CALLBACK: &str = "http://127.0.0.1:8080/auth/callback/dev";
const NOW_MS: i64 = 1_800_000_000_000;
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A provider mounted in a server, its relying party, and the time.
struct World {
    server: Router,
    relying_party: OidcProvider,
    now_ms: Arc<AtomicI64>,
}

fn world() -> World {
    let now_ms = Arc::new(AtomicI64::new(NOW_MS));
    let clock = now_ms.clone();
    let now: NowMs = Arc::new(move || clock.load(Ordering::SeqCst));
    let origin = Url::parse("http://127.0.0.1:8080").unwrap();
    let provider = DevProvider::new(&origin, CALLBACK, now, Arc::new(SystemRandom)).unwrap();
    let server = Router::new().nest(MOUNT_PATH, provider.router());
    World { server, relying_party: provider.relying_party(), now_ms }
}

fn request<'a>(login_hint: Option<&'a str>) -> AuthRequest<'a> {
    AuthRequest {
        redirect_uri: CALLBACK,
        state: "state&1",
        nonce: "nonce-1",
        code_challenge: CodeChallenge::of(VERIFIER),
        login_hint,
        fresh: false,
    }
}

fn exchange(code: &str) -> Exchange<'_> {
    Exchange { code, code_verifier: VERIFIER, nonce: "nonce-1", redirect_uri: CALLBACK, fresh: false }
}

impl World {
    fn now(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    async fn get(&self, target: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let mut request = HttpRequest::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.server.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    /// Follows the address that a browser would be sent to.
    async fn browse(&self, url: &Url) -> (StatusCode, HeaderMap, String) {
        self.get(&url[url::Position::BeforePath..], &[("host", "127.0.0.1:8080")]).await
    }

    async fn code_for(&self, address: &str) -> String {
        let url = self.relying_party.authorize_url(&request(Some(address)), self.now()).await.unwrap();
        let (status, headers, _) = self.browse(&url).await;
        assert_eq!(status, StatusCode::FOUND);
        parameter(&location(&headers), "code").unwrap()
    }

    async fn redeem(&self, exchange: &Exchange<'_>) -> Result<ProviderIdentity, ProviderError> {
        self.relying_party.exchange(exchange, self.now()).await
    }
}

fn location(headers: &HeaderMap) -> Url {
    Url::parse(headers[header::LOCATION].to_str().unwrap()).unwrap()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_hint_signs_in_without_a_page() {
    let world = world();
    let url =
        world.relying_party.authorize_url(&request(Some("Ada.King@Example.com")), NOW_MS).await.unwrap();
    assert!(url.as_str().starts_with("http://127.0.0.1:8080/auth/dev/authorize?"));
    assert_eq!(parameter(&url, "scope").as_deref(), Some("openid email profile"));
    let (status, headers, _) = world.browse(&url).await;
    assert_eq!(status, StatusCode::FOUND);
    let back = location(&headers);
    assert!(back.as_str().starts_with(CALLBACK));
    assert_eq!(parameter(&back, "state").as_deref(), Some("state&1"));
    let identity = world.redeem(&exchange(&parameter(&back, "code").unwrap())).await.unwrap();
    let expected = ProviderIdentity {
        issuer: ISSUER.to_owned(),
        subject: person::Address::parse("ada.king@example.com").unwrap().subject(),
        email: Some("ada.king@example.com".to_owned()),
        email_verified: true,
        name: Some("Ada King".to_owned()),
        picture: None,
        auth_time: Some(NOW_MS / 1000),
    };
    assert_eq!(identity, expected);
}

#[tokio::test]
async fn a_fresh_sign_in_is_vouched_for() {
    let world = world();
    let fresh = AuthRequest { fresh: true, ..request(Some("ada@example.com")) };
    let url = world.relying_party.authorize_url(&fresh, NOW_MS).await.unwrap();
    assert_eq!(parameter(&url, "max_age").as_deref(), Some("0"));
    assert_eq!(parameter(&url, "prompt").as_deref(), Some("login"));
    let (_, headers, _) = world.browse(&url).await;
    let code = parameter(&location(&headers), "code").unwrap();
    let identity = world.redeem(&Exchange { fresh: true, ..exchange(&code) }).await.unwrap();
    assert_eq!(identity.auth_time, Some(NOW_MS / 1000));
}

/// O1 and O2: a code is good once, for a minute, for who asked for it.
#[tokio::test]
async fn codes_are_good_once_for_a_minute_for_their_asker() {
    let world = world();
    let refused = |outcome: Result<ProviderIdentity, ProviderError>| {
        assert!(matches!(outcome, Err(ProviderError::CodeRefused(_))), "{outcome:?}");
    };

    let code = world.code_for("ada@example.com").await;
    assert!(world.redeem(&exchange(&code)).await.is_ok());
    refused(world.redeem(&exchange(&code)).await);

    let code = world.code_for("ada@example.com").await;
    world.now_ms.fetch_add(codes::LIFETIME_MS - 1, Ordering::SeqCst);
    assert!(world.redeem(&exchange(&code)).await.is_ok());

    let code = world.code_for("ada@example.com").await;
    world.now_ms.fetch_add(codes::LIFETIME_MS, Ordering::SeqCst);
    refused(world.redeem(&exchange(&code)).await);

    for wrong in [
        Exchange { code_verifier: "another-verifier-of-43-characters-or-more-AAAA", ..exchange("") },
        Exchange { code_verifier: "", ..exchange("") },
        Exchange { redirect_uri: "http://127.0.0.1:8080/auth/callback/google", ..exchange("") },
    ] {
        let code = world.code_for("ada@example.com").await;
        refused(world.redeem(&Exchange { code: &code, ..wrong }).await);
        // The wrong try has spent it.
        refused(world.redeem(&exchange(&code)).await);
    }
    refused(world.redeem(&exchange("made-up")).await);

    let code = world.code_for("ada@example.com").await;
    let outcome = world.redeem(&Exchange { nonce: "nonce-2", ..exchange(&code) }).await;
    assert!(matches!(outcome, Err(ProviderError::Invalid(_))), "{outcome:?}");
}

#[tokio::test]
async fn without_a_hint_a_page_asks() {
    let world = world();
    let mut wanted = request(None);
    wanted.state = r#""><script>alert(1)</script>"#;
    let url = world.relying_party.authorize_url(&wanted, NOW_MS).await.unwrap();
    let (status, headers, html) = world.browse(&url).await;
    assert_eq!(status, StatusCode::OK);
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&quot;&gt;&lt;script&gt;"), "{html}");
    assert!(html.contains(r#"name="code_challenge" value="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM""#));
    assert!(!html.contains("role=\"alert\""), "{html}");

    // What the form sends.
    let mut submitted = url.clone();
    submitted.query_pairs_mut().append_pair("login_hint", "ada@example.com");
    let (status, headers, _) = world.browse(&submitted).await;
    assert_eq!(status, StatusCode::FOUND);
    assert_eq!(parameter(&location(&headers), "state").as_deref(), Some(wanted.state));

    submitted.query_pairs_mut().clear().extend_pairs(url.query_pairs()).append_pair("login_hint", "<ada>");
    let (status, _, html) = world.browse(&submitted).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("role=\"alert\"") && html.contains(r#"value="&lt;ada&gt;""#), "{html}");
}

#[tokio::test]
async fn wrong_requests_are_refused_or_sent_back_with_an_error() {
    let world = world();
    let good = world.relying_party.authorize_url(&request(Some("ada@example.com")), NOW_MS).await.unwrap();
    let changed = |name: &str, value: Option<&str>| {
        let mut url = good.clone();
        let kept: Vec<_> = good.query_pairs().filter(|(key, _)| key != name).collect();
        url.query_pairs_mut().clear().extend_pairs(kept);
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
        url
    };
    for (name, value) in [
        ("client_id", None),
        ("client_id", Some("other")),
        ("redirect_uri", None),
        ("redirect_uri", Some("http://127.0.0.1:8080/auth/callback/dev/")),
        ("redirect_uri", Some("http://127.0.0.1:8080/auth/callback/dev?x=1")),
        ("redirect_uri", Some("https://evil.example/")),
    ] {
        let (status, headers, _) = world.browse(&changed(name, value)).await;
        assert_eq!(
            (status, headers.get(header::LOCATION)),
            (StatusCode::BAD_REQUEST, None),
            "{name} {value:?}"
        );
    }
    let mut repeated = good.clone();
    repeated.query_pairs_mut().append_pair("client_id", CLIENT_ID);
    assert_eq!(world.browse(&repeated).await.0, StatusCode::BAD_REQUEST);

    for (name, value, error) in [
        ("response_type", None, "unsupported_response_type"),
        ("response_type", Some("token"), "unsupported_response_type"),
        ("scope", Some("email"), "invalid_scope"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
    ] {
        let (status, headers, _) = world.browse(&changed(name, value)).await;
        assert_eq!(status, StatusCode::FOUND, "{name} {value:?}");
        let back = location(&headers);
        assert_eq!(parameter(&back, "error").as_deref(), Some(error), "{name} {value:?}");
        assert_eq!(parameter(&back, "code"), None);
    }
    let mut silent = changed("login_hint", None);
    silent.query_pairs_mut().append_pair("prompt", "none");
    let (_, headers, _) = world.browse(&silent).await;
    assert_eq!(parameter(&location(&headers), "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn the_token_endpoint_knows_its_client() {
    let world = world();
    let basic = |text: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!("Basic {}", STANDARD.encode(text))
    };
    for authorization in [None, Some(basic("kith:wrong")), Some(basic("kith")), Some("Bearer x".to_owned())] {
        let code = world.code_for("ada@example.com").await;
        let form =
            format!("grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&client_id=kith");
        let mut request = HttpRequest::builder()
            .method(Method::POST)
            .uri("/auth/dev/token")
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(value) = &authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = world.server.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{authorization:?}");
        assert!(answer.headers().contains_key(header::WWW_AUTHENTICATE));
    }
}

#[tokio::test]
async fn only_direct_requests_to_a_loopback_host_are_answered() {
    let world = world();
    let routes = [
        "/auth/dev/.well-known/openid-configuration",
        "/auth/dev/jwks",
        "/auth/dev/authorize",
        "/auth/dev/token",
    ];
    for (headers, answered) in [
        (&[("host", "127.0.0.1:8080")][..], true),
        (&[("host", "127.8.9.10")], true),
        (&[("host", "localhost:1")], true),
        (&[("host", "LocalHost")], true),
        (&[("host", "[::1]:8080")], true),
        (&[("host", "[::1]")], true),
        (&[], false),
        (&[("host", "")], false),
        (&[("host", "chat.example")], false),
        (&[("host", "localhost.evil.example")], false),
        (&[("host", "127.0.0.1.evil.example")], false),
        (&[("host", "localhost.")], false),
        (&[("host", "0.0.0.0")], false),
        (&[("host", "[::]")], false),
        (&[("host", "192.168.1.2:8080")], false),
        (&[("host", "0x7f.1")], false),
        (&[("host", "user@127.0.0.1")], false),
        (&[("host", "127.0.0.1:x")], false),
        (&[("host", "127.0.0.1:")], false),
        (&[("host", "::1")], false),
        (&[("host", "127.0.0.1"), ("host", "127.0.0.1")], false),
        (&[("host", "127.0.0.1"), ("forwarded", "for=1.2.3.4")], false),
        (&[("host", "127.0.0.1"), ("x-forwarded-for", "1.2.3.4")], false),
        (&[("host", "127.0.0.1"), ("x-forwarded-for", "")], false),
        (&[("host", "127.0.0.1"), ("X-Forwarded-Host", "localhost")], false),
        (&[("host", "127.0.0.1"), ("x-forwarded-proto", "https")], false),
        (&[("host", "127.0.0.1"), ("x-real-ip", "1.2.3.4")], false),
        (&[("host", "127.0.0.1"), ("via", "1.1 proxy")], false),
    ] {
        for route in routes {
            let (status, _, _) = world.get(route, headers).await;
            assert_eq!(status != StatusCode::NOT_FOUND, answered, "{route} {headers:?}");
        }
    }
}

#[test]
fn an_origin_that_others_can_reach_is_refused() {
    for (origin, accepted) in [
        ("http://127.0.0.1:8080", true),
        ("http://localhost:8080", true),
        ("http://[::1]:8080", true),
        ("http://0.0.0.0:8080", false),
        ("http://[::]:8080", false),
        ("http://192.168.1.2:8080", false),
        ("https://chat.example", false),
    ] {
        let now: NowMs = Arc::new(|| NOW_MS);
        let made = DevProvider::new(&Url::parse(origin).unwrap(), CALLBACK, now, Arc::new(SystemRandom));
        assert_eq!(made.is_ok(), accepted, "{origin}");
    }
}
