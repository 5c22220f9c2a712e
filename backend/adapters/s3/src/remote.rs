//! The bucket as Kith reaches it.

use std::{sync::Arc, time::Duration};

use http::{Method, StatusCode};
use kith_domain::{Clock, ports::BlobError};
use object_store::{
    BackoffConfig, ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, Checksum},
};
use secrecy::ExposeSecret as _;

use crate::{
    failure::{speaks_of_no_room, unavailable},
    place::Place,
    settings::{S3Settings, SettingsError},
    signature::{Signer, Unsigned, Validity},
};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(3);
/// How long nothing may arrive: a store that is there answers in much less, also after it took in a part.
const SILENCE: Duration = Duration::from_secs(10);
/// After that nothing is tried again, so that a failure is known in less than half a minute.
const RETRY: Duration = Duration::from_secs(5);
const RETRIES: usize = 3;
/// Seconds that the signature of a call of ours holds.
const OWN_CALL: i64 = 60;

/// The bucket as Kith reaches it.
pub(crate) struct Remote {
    /// What is done in the common way, with retries.
    pub(crate) store: AmazonS3,
    pub(crate) bucket: String,
    place: Place,
    client: reqwest::Client,
    signer: Arc<Signer>,
    clock: Arc<dyn Clock>,
}

/// An answer whose body was read.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Remote {
    pub(crate) fn new(
        settings: &S3Settings,
        signer: Arc<Signer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let place = Place::of_kith(settings)?;
        let store = AmazonS3Builder::new()
            // The endpoint is the bucket's own address already.
            .with_endpoint(place.bucket_url())
            .with_virtual_hosted_style_request(true)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key_id)
            .with_secret_access_key(settings.secret_access_key.expose_secret())
            // Not every store knows how to delete many at once.
            .with_disable_bulk_delete(true)
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(
                ClientOptions::new()
                    .with_allow_http(true)
                    .with_connect_timeout(CONNECT)
                    .with_read_timeout(SILENCE)
                    // The whole of a large file may take longer than any limit that suits a small one.
                    .with_timeout_disabled(),
            )
            .with_retry(RetryConfig {
                backoff: BackoffConfig {
                    init_backoff: Duration::from_millis(100),
                    ..BackoffConfig::default()
                },
                max_retries: RETRIES,
                retry_timeout: RETRY,
            })
            .build()
            .map_err(|error| SettingsError::Client(Box::new(error)))?;
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| SettingsError::Client(Box::new(error)))?;
        Ok(Self { store, bucket: settings.bucket.clone(), place, client, signer, clock })
    }

    /// Makes a call that the common client does not know, with an empty body.
    ///
    /// # Errors
    /// [`BlobError::Full`], and [`BlobError::Unavailable`] when no answer came or one that says so.
    pub(crate) async fn call(
        &self,
        method: Method,
        key: &str,
        headers: &[(&str, String)],
        query: &[(&str, String)],
    ) -> Result<Answered, BlobError> {
        let from = self.clock.now();
        let unsigned = Unsigned { method: method.as_str(), place: &self.place, key, headers, query };
        let url = self.signer.presign(&unsigned, Validity { from, until: from.plus_seconds(OWN_CALL) });
        self.send(
            headers.iter().fold(self.client.request(method, url), |request, (name, value)| {
                request.header(*name, value)
            }),
        )
        .await
    }

    /// Reads a key as anybody could.
    ///
    /// # Errors
    /// As for [`Remote::call`].
    pub(crate) async fn read_unsigned(&self, key: &str) -> Result<Answered, BlobError> {
        self.send(self.client.get(self.place.url(&self.place.path(key)))).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answered, BlobError> {
        // The address carries a signature: it is not for logs.
        let failed = |error: reqwest::Error| unavailable(error.without_url());
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        let body = response.text().await.map_err(failed)?;
        if status == StatusCode::INSUFFICIENT_STORAGE || speaks_of_no_room(&body) {
            return Err(BlobError::Full);
        }
        Ok(Answered { status, body })
    }
}

impl Answered {
    /// Whether it says that the call was done. Some calls are answered 200 before they are, and fail in the body.
    pub(crate) fn is_done(&self) -> bool {
        self.status.is_success() && !self.body.contains("<Error>")
    }

    /// What went wrong, for a call that was to be done.
    pub(crate) fn failure(&self, action: &str) -> BlobError {
        // The code says what, the rest is for whoever runs the store.
        let code = self.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        let code = code.map_or("no code", |(code, _)| code);
        unavailable(format!("{action} was answered {} ({code})", self.status.as_u16()))
    }
}
