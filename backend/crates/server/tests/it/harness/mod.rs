//! Starts servers, signs people in, opens sockets.

mod http;
mod media;
mod person;
mod raw;
mod scene;
mod server;
mod socket;

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) use http::{Http, Reply};
pub(crate) use media::{Download, anybody, fetch, file_origin, sha256, upload_request};
pub(crate) use person::{Person, browser_sign_in, challenge, finish, path_of, through_provider};
pub(crate) use raw::{RawSocket, exchange, frame};
pub(crate) use scene::Scene;
use serde_json::{Value, json};
pub(crate) use server::{Launch, Server, kith};
#[cfg(feature = "cluster")]
pub(crate) use socket::Received;
pub(crate) use socket::Socket;

/// The longest anything may take before a test gives up. It never makes a passing test slower.
pub(crate) const WAIT: Duration = Duration::from_secs(45);

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut turns = tokio::time::interval(Duration::from_millis(20));
        loop {
            turns.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    };
    tokio::time::timeout(WAIT, asking).await.unwrap_or_else(|_| panic!("in vain: {what}"))
}

/// A client message id that nobody else uses.
pub(crate) fn fresh_id() -> String {
    static HIGH: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    static LOW: AtomicU64 = AtomicU64::new(1);
    let number = (u128::from(*HIGH) << 64) | u128::from(LOW.fetch_add(1, Ordering::Relaxed));
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid().to_string()
}

/// The body of a message.
pub(crate) fn message(client_msg_id: &str, text: &str) -> Value {
    json!({
        "client_msg_id": client_msg_id,
        "client_time": "2026-11-24T10:00:00.000+02:00",
        "content": {"type": "text", "text": text},
    })
}
