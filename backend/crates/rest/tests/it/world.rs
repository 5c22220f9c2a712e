//! The router on a fresh store, an identity provider that vouches for any name, and a clock.

use std::sync::Arc;

use axum::{Router, body::Body};
use http::{HeaderMap, Method, Request, StatusCode, header};
use kith_domain::ports::Limits;
use kith_embedded::InProcessLimits;
use kith_rest::{AppState, Draining};
use kith_services::{Context, Services};
use kith_sql::testing::{TempStore, temp_store};
use kith_testing::ManualClock;
use kith_wire::Links;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";
const FILE_ORIGIN: &str = "http://localhost:8080";

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }
}

/// Somebody signed in.
pub(crate) struct Person {
    pub(crate) token: String,
    pub(crate) id: String,
    pub(crate) code: String,
}

pub(crate) struct World {
    router: Router,
    clock: Arc<ManualClock>,
    pub(crate) draining: Draining,
    _store: TempStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::build(Arc::new(InProcessLimits::unlimited()), false).await
    }

    pub(crate) async fn build(limits: Arc<dyn Limits>, secure: bool) -> Self {
        let temp = temp_store().await;
        let clock = Arc::new(ManualClock::default());
        let context = Context {
            limits,
            ..kith_testing::context(
                temp.store.clone(),
                temp.bus.clone(),
                temp.path(),
                FILE_ORIGIN,
                clock.clone(),
            )
        };
        let sign_in = kith_testing::sign_in(ORIGIN);
        let (services, draining) = (Arc::new(Services::new(context, sign_in)), Draining::default());
        let links = Links::new(ORIGIN, FILE_ORIGIN);
        let state = AppState::new(services, temp.store.clone(), ORIGIN, links, secure, draining.clone());
        Self { router: kith_rest::with_request_ids(kith_rest::router(state)), clock, draining, _store: temp }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A request with any headers and body.
    pub(crate) async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_vec())).unwrap()).await
    }

    /// A call without a body.
    pub(crate) async fn call(&self, by: &Person, method: &str, path: &str) -> Reply {
        let bearer = format!("Bearer {}", by.token);
        self.raw(method, path, &[("authorization", &bearer)], b"").await
    }

    /// A call with a JSON body.
    pub(crate) async fn call_with(&self, by: &Person, method: &str, path: &str, body: Value) -> Reply {
        let bearer = format!("Bearer {}", by.token);
        let headers = [("authorization", &*bearer), ("content-type", "application/json")];
        self.raw(method, path, &headers, body.to_string().as_bytes()).await
    }

    /// Goes through sign-in as a browser does; returns its `Cookie` header.
    pub(crate) async fn browser(&self, name: &str) -> String {
        let begun = self.raw("GET", "/auth/login/test?return_to=/c", &[], b"").await;
        assert_eq!(begun.status, 302, "{}", begun.text);
        let state = begun.header(header::LOCATION).split_once("state=").unwrap().1.to_owned();
        let cookie = cookie_pair(begun.header(header::SET_COOKIE));
        let callback = format!("/auth/callback/test?state={state}&code={name}");
        let done = self.raw("GET", &callback, &[("cookie", &cookie)], b"").await;
        assert_eq!((done.status.as_u16(), done.header(header::LOCATION)), (302, "/c"));
        let set = done.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        set.filter(|text| text.contains("kith-refresh")).map(cookie_pair).next().unwrap()
    }

    /// Signs `name` in on a new device.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let cookie = self.browser(name).await;
        let headers = [("cookie", &*cookie), ("origin", ORIGIN), ("content-type", "application/json")];
        let tokens = self.raw("POST", "/auth/refresh", &headers, b"").await.expect(200);
        let mut person =
            Person { token: text(&tokens["access_token"]), id: String::new(), code: String::new() };
        let me = self.call(&person, "GET", "/api/v1/me").await.expect(200);
        (person.id, person.code) = (text(&me["id"]), text(&me["friend_code"]));
        person
    }

    /// Makes two people friends; returns their conversation's id.
    pub(crate) async fn befriend(&self, a: &Person, b: &Person) -> String {
        let body = serde_json::json!({"friend_code": b.code});
        let request = self.call_with(a, "POST", "/api/v1/friend-requests", body).await.expect(201);
        let accept = format!("/api/v1/friend-requests/{}/accept", text(&request["id"]));
        self.call(b, "POST", &accept).await.expect(200);
        let body = serde_json::json!({"user_id": b.id});
        text(&self.call_with(a, "POST", "/api/v1/conversations/direct", body).await.expect(200)["id"])
    }
}

/// `name=value` of a `Set-Cookie`.
pub(crate) fn cookie_pair(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A message to send.
pub(crate) fn message(number: u128, words: &str) -> Value {
    let id = format!("00000000-0000-7000-8000-{number:012x}");
    serde_json::json!({
        "client_msg_id": id,
        "client_time": "2026-11-24T21:15:45+08:00",
        "content": {"type": "text", "text": words},
    })
}
