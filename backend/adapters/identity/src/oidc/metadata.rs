//! What a provider says about itself: its endpoints and keys, fetched rarely.

use std::sync::Arc;

use openidconnect::{
    IssuerUrl,
    core::{CoreJsonWebKeySet, CoreProviderMetadata},
};
use tokio::sync::Mutex;

use super::{ProviderHttp, unavailable};
use crate::provider::ProviderError;

/// How long the discovery document and the keys are used before they are fetched again.
const MAX_AGE_MS: i64 = 24 * 60 * 60 * 1000;
/// Keys are fetched for an unknown key id at most this often: anybody can send an ID token with a made-up one.
const MIN_KEY_REFETCH_MS: i64 = 60 * 1000;
/// After a failed fetch the next sign-ins fail at once for this long instead of queueing behind time-outs.
const RETRY_MS: i64 = 5 * 1000;

/// The provider's metadata, with its keys. One fetch runs at a time; the others wait for its result.
pub(super) struct MetadataCache {
    issuer: IssuerUrl,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    metadata: Option<Arc<CoreProviderMetadata>>,
    fetched_ms: i64,
    keys_fetched_ms: i64,
    failed_ms: Option<i64>,
}

impl MetadataCache {
    pub(super) fn new(issuer: IssuerUrl) -> Self {
        Self { issuer, state: Mutex::default() }
    }

    /// The metadata, at most a day old; older only while the provider cannot be reached.
    pub(super) async fn get(
        &self,
        http: &ProviderHttp,
        now_ms: i64,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let mut state = self.state.lock().await;
        let known = state.metadata.clone();
        if let Some(metadata) = &known
            && now_ms - state.fetched_ms < MAX_AGE_MS
        {
            return Ok(metadata.clone());
        }
        if state.failed_ms.is_some_and(|failed_ms| (0..RETRY_MS).contains(&(now_ms - failed_ms))) {
            return known
                .ok_or_else(|| ProviderError::Unavailable("the last try failed a moment ago".into()));
        }
        match CoreProviderMetadata::discover_async(self.issuer.clone(), http).await {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *state = State {
                    metadata: Some(metadata.clone()),
                    fetched_ms: now_ms,
                    keys_fetched_ms: now_ms,
                    failed_ms: None,
                };
                Ok(metadata)
            }
            Err(error) => {
                state.failed_ms = Some(now_ms);
                tracing::warn!(issuer = self.issuer.as_str(), %error, "the provider's metadata cannot be fetched");
                known.ok_or_else(|| unavailable(error))
            }
        }
    }

    /// The metadata with keys fetched anew, or as it is when that was done less than a minute ago.
    pub(super) async fn with_newer_keys(
        &self,
        http: &ProviderHttp,
        now_ms: i64,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let known = self.get(http, now_ms).await?;
        let mut state = self.state.lock().await;
        if (0..MIN_KEY_REFETCH_MS).contains(&(now_ms - state.keys_fetched_ms)) {
            return Ok(state.metadata.clone().unwrap_or(known));
        }
        state.keys_fetched_ms = now_ms;
        let keys = CoreJsonWebKeySet::fetch_async(known.jwks_uri(), http).await.map_err(unavailable)?;
        let metadata = Arc::new((*known).clone().set_jwks(keys));
        state.metadata = Some(metadata.clone());
        Ok(metadata)
    }
}
