//! Calls to the service.

use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{failure::Failure, settings::OpenSearchSettings};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);

/// Calls to the service.
pub(crate) struct Client {
    http: reqwest::Client,
    /// Without a slash at the end.
    base: String,
    credentials: Option<(String, SecretString)>,
}

/// A call.
pub(crate) struct Call<'a> {
    /// What it is for, as a failure says it.
    pub(crate) action: &'static str,
    pub(crate) method: Method,
    /// From the slash on, with the query.
    pub(crate) path: &'a str,
    pub(crate) body: Body<'a>,
    /// How long it may take in all.
    pub(crate) limit: Duration,
}

/// What a call carries.
pub(crate) enum Body<'a> {
    Nothing,
    Json(&'a Value),
    /// JSON values in lines, each with its line break.
    Lines(String),
}

/// How the service says why it refuses.
#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    r#type: String,
}

impl Client {
    pub(crate) fn new(settings: &OpenSearchSettings) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let base = settings.url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, base, credentials: settings.credentials.clone() })
    }

    /// Makes a call and reads its answer.
    ///
    /// # Errors
    /// [`Failure`], also for an answer that is not of this shape.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Failure> {
        let action = call.action;
        let mut request =
            self.http.request(call.method, format!("{}{}", self.base, call.path)).timeout(call.limit);
        if let Some((name, password)) = &self.credentials {
            request = request.basic_auth(name, Some(password.expose_secret()));
        }
        request = match call.body {
            Body::Nothing => request,
            Body::Json(value) => request.json(value),
            Body::Lines(lines) => request.header(header::CONTENT_TYPE, "application/x-ndjson").body(lines),
        };
        let response = request.send().await.map_err(Failure::Unreachable)?;
        let status = response.status();
        if status.is_success() {
            return response.json().await.map_err(Failure::Unreachable);
        }
        let refusal = response.json::<Refusal>().await;
        let kind = refusal.map_or_else(|_| kind_of(status), |refusal| refusal.error.r#type);
        Err(Failure::Refused { action, status, kind })
    }
}

/// For answers that say no more than their status: those of proxies, and of documents that are not there.
fn kind_of(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("no reason").to_owned()
}
