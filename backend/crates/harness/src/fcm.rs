//! A push service in this process that answers as Firebase Cloud Messaging's documentation says.

mod grants;

use std::{
    collections::HashMap,
    net::{Ipv4Addr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::{encoding::AsDer as _, rsa::KeySize, signature::RsaKeyPair};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::HarnessError;

/// The project that messages are sent in.
const PROJECT: &str = "kith-test";
/// How long an answer that is under way may hold up the end.
const END_LIMIT: Duration = Duration::from_secs(10);

/// The push service, with one account that may send.
pub struct Fcm {
    shared: Arc<Shared>,
    /// The private key, PKCS#8 in base64.
    key: String,
    /// What serves; `None` once it is down.
    runtime: Mutex<Option<Runtime>>,
}

/// How a message for a device is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FcmRefusal {
    /// The app is gone from the device.
    Unregistered,
    /// The sender's quota is spent for seven seconds.
    QuotaExceeded,
    /// The service is overloaded, and does not say for how long.
    Overloaded,
    /// The message is none.
    InvalidArgument,
    /// The service failed.
    Internal,
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
    refused: HashMap<String, FcmRefusal>,
    sent: Vec<Value>,
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fcm {
    /// Starts one.
    ///
    /// # Errors
    /// [`HarnessError::Io`] when there is no key or port for it.
    pub fn start() -> Result<Self, HarnessError> {
        let action = || HarnessError::io("serve FCM");
        let no_key = |error: aws_lc_rs::error::Unspecified| action()(std::io::Error::other(error));
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(no_key)?;
        let key = STANDARD.encode(pair.as_der().map_err(no_key)?.as_ref());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(action())?;
        listener.set_nonblocking(true).map_err(action())?;
        let origin = format!("http://{}", listener.local_addr().map_err(action())?);
        let shared = Arc::new(Shared { origin, pair, known: Mutex::default() });
        let router = Router::new()
            .route(grants::PATH, post(grants::grant))
            .route(&format!("/v1/projects/{PROJECT}/messages:send"), post(send))
            .with_state(Arc::clone(&shared));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fcm")
            .enable_all()
            .build()
            .map_err(action())?;
        runtime.spawn(async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            // It never ends by itself.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, key, runtime: Mutex::new(Some(runtime)) })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.origin
    }

    /// The key file of the account.
    #[must_use]
    pub fn key_file(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": grants::KEY_ID,
            "private_key": format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", self.key),
            "client_email": grants::EMAIL,
            "client_id": "1",
            "token_uri": format!("{}{}", self.shared.origin, grants::PATH),
        })
        .to_string()
    }

    /// The requests that were taken, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Value> {
        self.shared.known().sent.clone()
    }

    /// How many access tokens it has given.
    #[must_use]
    pub fn granted(&self) -> u32 {
        self.shared.known().granted
    }

    /// Takes the present access token no more.
    pub fn withdraw(&self) {
        self.shared.known().good = None;
    }

    /// Takes no access token any more.
    pub fn lock_out(&self) {
        self.shared.known().locked_out = true;
    }

    /// From now on refuses what is sent to the device with this token.
    pub fn refuse(&self, token: &str, how: FcmRefusal) {
        self.shared.known().refused.insert(token.to_owned(), how);
    }

    /// Takes what is sent to the device with this token again.
    pub fn accept(&self, token: &str) {
        self.shared.known().refused.remove(token);
    }

    /// Ends it: connections break, and nobody listens any more.
    pub fn kill(&self) {
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runtime) = runtime {
            // Not on this thread: it may be one of a test's own runtime, where waiting for another is not allowed.
            let _ = std::thread::spawn(move || runtime.shutdown_timeout(END_LIMIT)).join();
        }
    }
}

impl Drop for Fcm {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn send(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(message): Json<Value>) -> Response {
    let mut known = shared.known();
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    if known.locked_out || bearer.is_none() || known.good.as_deref() != bearer {
        return refusal(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", None);
    }
    let refused = match message["message"]["token"].as_str() {
        Some(token) => known.refused.get(token).copied(),
        None => Some(FcmRefusal::InvalidArgument),
    };
    match refused {
        None => {
            known.sent.push(message);
            Json(json!({"name": format!("projects/{PROJECT}/messages/{}", known.sent.len())})).into_response()
        }
        Some(FcmRefusal::Unregistered) => refusal(StatusCode::NOT_FOUND, "NOT_FOUND", Some("UNREGISTERED")),
        Some(FcmRefusal::QuotaExceeded) => {
            let refused =
                refusal(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", Some("QUOTA_EXCEEDED"));
            ([(header::RETRY_AFTER, "7")], refused).into_response()
        }
        Some(FcmRefusal::Overloaded) => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", Some("UNAVAILABLE"))
        }
        Some(FcmRefusal::InvalidArgument) => {
            refusal(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", Some("INVALID_ARGUMENT"))
        }
        Some(FcmRefusal::Internal) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", Some("INTERNAL"))
        }
    }
}

fn refusal(status: StatusCode, name: &str, code: Option<&str>) -> Response {
    let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    let details: Vec<Value> =
        code.map(|code| json!({"@type": kind, "errorCode": code})).into_iter().collect();
    let error = json!({"code": status.as_u16(), "message": "no", "status": name, "details": details});
    (status, Json(json!({"error": error}))).into_response()
}
