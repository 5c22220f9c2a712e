//! Access tokens: asked for once, used until they end.

use std::sync::{Arc, Mutex, PoisonError};

use kith_domain::{Clock, Timestamp, ports::push::PushError};
use reqwest::header;
use serde::Deserialize;
use tokio::sync::Mutex as Turn;

use crate::{account::ServiceAccount, answer, unavailable};

/// A token is not used in its last seconds.
const MARGIN_SECONDS: i64 = 60;

pub(crate) struct Access {
    account: ServiceAccount,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<Held>>,
    /// One asks, the others wait for what it gets.
    turn: Turn<()>,
}

struct Held {
    token: Arc<str>,
    until: Timestamp,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: i64,
}

impl Access {
    pub(crate) fn new(account: ServiceAccount, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        Self { account, http, clock, held: Mutex::default(), turn: Turn::default() }
    }

    /// A token that is good now, as far as is known.
    ///
    /// # Errors
    /// [`PushError`] when none is given.
    pub(crate) async fn token(&self) -> Result<Arc<str>, PushError> {
        if let Some(token) = self.held() {
            return Ok(token);
        }
        let _turn = self.turn.lock().await;
        if let Some(token) = self.held() {
            return Ok(token);
        }
        let now = self.clock.now();
        let granted = self.ask(now).await?;
        let (token, life) = (Arc::<str>::from(granted.access_token), granted.expires_in - MARGIN_SECONDS);
        let held = Held { token: Arc::clone(&token), until: now.plus_seconds(life) };
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        Ok(token)
    }

    /// This token is not taken any more.
    pub(crate) fn forget(&self, token: &Arc<str>) {
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take_if(|held| Arc::ptr_eq(&held.token, token));
    }

    fn held(&self) -> Option<Arc<str>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| self.clock.now() < held.until)?;
        Some(Arc::clone(&held.token))
    }

    async fn ask(&self, now: Timestamp) -> Result<Granted, PushError> {
        let assertion = self.account.assertion(now.as_millis() / 1_000);
        let assertion =
            assertion.ok_or_else(|| PushError::Refused("the key of the account does not sign".to_owned()))?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", &assertion)
            .finish();
        let request = self.http.post(self.account.token_url().clone());
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        if status.is_success() {
            return response.json().await.map_err(unavailable);
        }
        Err(answer::error(status, None, &response.bytes().await.map_err(unavailable)?))
    }
}
