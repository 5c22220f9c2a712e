//! HTTP as it is: no cookie jar, no redirects followed, no proxy.

use std::sync::Arc;

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;

/// Calls one server.
#[derive(Clone)]
pub(crate) struct Http {
    client: Client,
    origin: Arc<str>,
}

impl Http {
    pub(crate) fn new(origin: &str) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { client, origin: origin.into() }
    }

    /// The same client towards another server.
    #[cfg(feature = "cluster")]
    pub(crate) fn at(&self, origin: &str) -> Self {
        Self { client: self.client.clone(), origin: origin.into() }
    }

    /// `http://ADDRESS:PORT`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// `ADDRESS:PORT`.
    pub(crate) fn authority(&self) -> &str {
        self.origin.strip_prefix("http://").unwrap()
    }

    /// A request to a path of the server.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.origin))
    }

    /// GET without a token.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request("GET", path)).await
    }

    /// POST of JSON without a token.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::of(self.request("POST", path).json(body)).await
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// Sends a request that must be answered.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::attempt(request).await.unwrap()
    }

    /// Sends a request whose connection may break.
    pub(crate) async fn attempt(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, text: response.text().await? })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// A header's value, empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The problem's code; empty when the answer is none.
    pub(crate) fn code(&self) -> String {
        if self.header("content-type") != "application/problem+json" {
            return String::new();
        }
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Demands a problem document.
    #[track_caller]
    pub(crate) fn refuse(&self, what: &str, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{what}: {self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{what}");
        assert!(problem["trace_id"].is_string() && problem["title"].is_string(), "{what}: {problem}");
    }

    /// The `name=value` of a cookie that is set.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
        let pairs = lines.filter_map(|line| line.split(';').next());
        let found: Vec<_> =
            pairs.filter(|pair| pair.split_once('=').is_some_and(|(key, _)| key == name)).collect();
        assert!(found.len() <= 1, "{name} is set twice: {self:?}");
        found.first().map(|pair| (*pair).to_owned())
    }
}
