//! A server that answers as the service does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

pub(crate) struct Service {
    pub(crate) origin: String,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

struct Shared {
    origin: String,
    pair: RsaKeyPair,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    granted: u32,
    /// The access token that is taken; `None` while none is.
    good: Option<String>,
    locked_out: bool,
    sent: Vec<Value>,
}

impl Shared {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let shared = Arc::new(Shared { origin: origin.clone(), pair, known: Mutex::default() });
        let router = Router::new()
            .route("/token", post(grant))
            .route("/v1/projects/kith-test/messages:send", post(send))
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, shared, serving }
    }

    /// The key file of the one account it knows.
    pub(crate) fn key_file(&self) -> String {
        let der = self.shared.pair.as_der().unwrap();
        let key = STANDARD.encode(der.as_ref());
        json!({
            "type": "service_account",
            "project_id": "kith-test",
            "private_key_id": "key-1",
            "private_key": format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"),
            "client_email": "kith@kith-test.example",
            "client_id": "1",
            "token_uri": format!("{}/token", self.origin),
        })
        .to_string()
    }

    pub(crate) fn sent(&self) -> Vec<Value> {
        self.shared.known().sent.clone()
    }

    pub(crate) fn granted(&self) -> u32 {
        self.shared.known().granted
    }

    /// Takes the present access token no more.
    pub(crate) fn withdraw(&self) {
        self.shared.known().good = None;
    }

    /// Takes no access token any more.
    pub(crate) fn lock_out(&self) {
        self.shared.known().locked_out = true;
    }

    pub(crate) fn stop(&self) {
        self.serving.abort();
    }
}

/// Grants a token for an assertion that is signed by the account's key (RFC 7523).
async fn grant(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let fields: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(fields["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (text, signature) = fields["assertion"].rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, shared.pair.public_key().as_ref());
    if public.verify(text.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_err() {
        let body = json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let (header, claims) = text.split_once('.').unwrap();
    let read =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    assert_eq!(read(header), json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"}));
    let claims = read(claims);
    assert_eq!(claims["iss"], "kith@kith-test.example");
    assert_eq!(claims["aud"], format!("{}/token", shared.origin));
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/firebase.messaging");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_600);
    let mut known = shared.known();
    known.granted += 1;
    let token = format!("access-{}", known.granted);
    known.good = Some(token.clone());
    Json(json!({"access_token": token, "expires_in": 3_599, "token_type": "Bearer"})).into_response()
}

async fn send(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    let mut known = shared.known();
    let bearer = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    if known.locked_out || known.good.as_ref() != Some(&bearer) {
        return refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", None).into_response();
    }
    match message["message"]["token"].as_str().unwrap() {
        "gone" => refusal(StatusCode::NOT_FOUND, "NOT_FOUND", Some("UNREGISTERED")).into_response(),
        "quota" => {
            let refused =
                refusal(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED"));
            ([("retry-after", "7")], refused).into_response()
        }
        "busy" => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", Some("UNAVAILABLE")).into_response()
        }
        "nonsense" => {
            refusal(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT")).into_response()
        }
        "broken" => refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", Some("INTERNAL")).into_response(),
        _ => {
            known.sent.push(message);
            Json(json!({"name": "projects/kith-test/messages/1"})).into_response()
        }
    }
}

fn refusal(status: StatusCode, name: &str, code: Option<&str>) -> (StatusCode, Json<Value>) {
    let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    let details: Vec<Value> =
        code.map(|code| json!({"@type": kind, "errorCode": code})).into_iter().collect();
    let error = json!({"code": status.as_u16(), "message": "no", "status": name, "details": details});
    (status, Json(json!({"error": error})))
}
