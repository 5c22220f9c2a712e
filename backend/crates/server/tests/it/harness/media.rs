//! Uploading and downloading, as clients do it.

use reqwest::{Client, RequestBuilder, header::HeaderMap};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Http, Person, Reply, fresh_id};

/// What came back from the file origin.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Download {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.unwrap().to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A client without token and cookies.
pub(crate) fn anybody() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Fetches an address.
pub(crate) async fn fetch(url: &str) -> Download {
    Download::of(anybody().get(url)).await
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The request that a ticket tells the client to make.
pub(crate) fn upload_request(ticket: &Value, bytes: Vec<u8>) -> RequestBuilder {
    let upload = &ticket["upload"];
    let method = reqwest::Method::from_bytes(upload["method"].as_str().unwrap().as_bytes()).unwrap();
    let mut request = anybody().request(method, upload["url"].as_str().unwrap());
    for (name, value) in upload["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    request.body(bytes)
}

impl Person {
    /// Announces an upload.
    pub(crate) async fn announce(&self, kind: &str, name: &str, content_type: &str, bytes: &[u8]) -> Reply {
        let body = json!({
            "kind": kind, "name": name, "content_type": content_type,
            "size_bytes": bytes.len(), "sha256": sha256(bytes),
        });
        self.post("/api/v1/media", &body).await
    }

    /// Announces, uploads and completes; the answer to the last step, or to the first that was refused.
    pub(crate) async fn upload(&self, kind: &str, name: &str, content_type: &str, bytes: &[u8]) -> Reply {
        let announced = self.announce(kind, name, content_type, bytes).await;
        if announced.status != 201 {
            return announced;
        }
        let ticket = announced.json();
        let sent = Download::of(upload_request(&ticket, bytes.to_vec())).await;
        // A bucket says 200.
        assert!(matches!(sent.status, 200 | 204), "{sent:?}");
        let id = ticket["media_id"].as_str().unwrap();
        self.call("POST", &format!("/api/v1/media/{id}/complete"), None).await
    }

    /// Sends a medium; its entry.
    pub(crate) async fn show(&self, conversation: &str, kind: &str, id: &str) -> Value {
        self.try_show(conversation, kind, id).await.expect(201)
    }

    pub(crate) async fn try_show(&self, conversation: &str, kind: &str, id: &str) -> Reply {
        let body = json!({
            "client_msg_id": fresh_id(),
            "client_time": "2026-11-24T10:00:00.000+02:00",
            "content": {"type": kind, "media": {"id": id}},
        });
        self.post(&format!("/api/v1/conversations/{conversation}/messages"), &body).await
    }

    /// Where the person finds a medium; `None` when it is not there for them.
    pub(crate) async fn locate(&self, id: &str) -> Option<String> {
        let reply = self.get(&format!("/api/v1/media/{id}?as=json")).await;
        match reply.status {
            404 => None,
            _ => Some(reply.expect(200)["url"].as_str().unwrap().to_owned()),
        }
    }
}

/// The file origin of a server.
pub(crate) fn file_origin(http: &Http) -> String {
    http.origin().replace("127.0.0.1", "localhost")
}
