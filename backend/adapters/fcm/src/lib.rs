//! Waking devices by [Firebase Cloud Messaging](https://firebase.google.com/docs/cloud-messaging), HTTP v1.
//!
//! A message names the conversation and its newest entry, and nothing that was said; a newer one about the same conversation
//! takes the place of one that waits. Access tokens are had for a signed assertion of the service account and used until
//! shortly before their end.

mod access;
mod account;
mod answer;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kith_domain::{
    Checkup, Clock,
    ports::push::{Push, PushError, PushNotice, PushToken},
};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use access::Access;
pub use account::{ServiceAccount, UnusableAccount};

/// Where messages are sent.
const ENDPOINT: &str = "https://fcm.googleapis.com";
/// How long a call may take in all, and its connection to be made.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(3);

/// The service, as one of its projects.
pub struct Fcm {
    project: String,
    http: reqwest::Client,
    url: String,
    access: Access,
}

impl Fcm {
    /// The service for an account. Nobody is called yet.
    ///
    /// # Errors
    /// [`PushError::Unavailable`] when no client can be made.
    pub fn new(account: ServiceAccount, clock: Arc<dyn Clock>) -> Result<Self, PushError> {
        Self::at(ENDPOINT, account, clock)
    }

    /// The same elsewhere: `endpoint` is an origin.
    ///
    /// # Errors
    /// As for [`Fcm::new`].
    pub fn at(endpoint: &str, account: ServiceAccount, clock: Arc<dyn Clock>) -> Result<Self, PushError> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(unavailable)?;
        let project = account.project_id().to_owned();
        let url = format!("{endpoint}/v1/projects/{project}/messages:send");
        Ok(Self { access: Access::new(account, http.clone(), clock), project, http, url })
    }

    /// Looks whether the service knows the account by its key. Whether it may send messages shows with the first one.
    ///
    /// # Errors
    /// [`PushError`] when it does not, or is away.
    pub async fn check_up(&self) -> Result<Checkup, PushError> {
        self.access.token().await?;
        Ok(Checkup::of(format!("knows the account's key, of the project {}", self.project)))
    }

    /// Sends a message once. `None` when the access token is not good any more.
    async fn send(&self, message: &Value) -> Result<Option<()>, PushError> {
        let token = self.access.token().await?;
        let request = self.http.post(&self.url).bearer_auth(&*token).json(message);
        let response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        if status.is_success() {
            return Ok(Some(()));
        }
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        let body = response.bytes().await.map_err(unavailable)?;
        if status == StatusCode::UNAUTHORIZED {
            self.access.forget(&token);
            return Ok(None);
        }
        Err(answer::error(status, retry_after, &body))
    }
}

#[async_trait]
impl Push for Fcm {
    async fn push(&self, token: &PushToken, notice: &PushNotice) -> Result<(), PushError> {
        let message = message(token, notice);
        // A token can be withdrawn before its end; a new one is tried once.
        for _ in 0..2 {
            if self.send(&message).await?.is_some() {
                return Ok(());
            }
        }
        Err(PushError::Refused("it takes no access token of this account".to_owned()))
    }
}

fn message(token: &PushToken, notice: &PushNotice) -> Value {
    let conversation = notice.conversation_id.to_string();
    json!({"message": {
        "token": token.as_str(),
        "data": {"conversation_id": conversation, "seq": notice.seq.to_string()},
        "android": {"collapse_key": conversation, "priority": "HIGH"},
        "apns": {
            "headers": {"apns-collapse-id": conversation, "apns-priority": "10"},
            "payload": {"aps": {"alert": {"loc-key": "new_message"}, "mutable-content": 1}},
        },
    }})
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> PushError {
    PushError::Unavailable(Arc::new(error))
}
