//! The port over the bucket.

use std::{fs::File, sync::Arc};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kith_domain::{
    BlobKey, Clock, MediaType, Timestamp, Upload,
    blob::Area,
    ports::{
        BlobError, Blobs,
        blobs::{Disposition, SignedRequest},
    },
};

use crate::{
    place::Place,
    remote::Remote,
    settings::{S3Settings, SettingsError},
    signature::{Signer, Unsigned, Validity},
};

/// Browsers may show a medium again while its address holds.
const SIGNED_CACHE: &str = "private, max-age=300";

/// Blobs in a bucket; cheap to clone.
#[derive(Clone)]
pub struct S3Blobs {
    pub(crate) remote: Arc<Remote>,
    signer: Arc<Signer>,
    clients: Arc<Place>,
    clock: Arc<dyn Clock>,
}

impl S3Blobs {
    /// Blobs in the bucket of `settings`. Nothing is asked of it yet: it may come later than Kith.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be meant.
    pub fn new(settings: &S3Settings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let S3Settings { access_key_id, secret_access_key, region, .. } = settings;
        let signer = Arc::new(Signer::new(access_key_id, secret_access_key, region));
        Ok(Self {
            remote: Arc::new(Remote::new(settings, Arc::clone(&signer), Arc::clone(&clock))?),
            signer,
            clients: Arc::new(Place::of_clients(settings)?),
            clock,
        })
    }

    /// The address under which clients find the bucket's keys, without a slash at the end: that of a picture under
    /// `avatars/` is this, a slash and its key.
    #[must_use]
    pub fn public_url(&self) -> String {
        self.clients.bucket_url()
    }

    fn presign(
        &self,
        method: &'static str,
        key: BlobKey,
        headers: &[(&'static str, String)],
        query: &[(&'static str, String)],
        until: Timestamp,
    ) -> String {
        let key = key.to_string();
        let unsigned = Unsigned { method, place: &self.clients, key: &key, headers, query };
        self.signer.presign(&unsigned, Validity { from: self.clock.now(), until })
    }
}

#[async_trait]
impl Blobs for S3Blobs {
    fn sign_upload(&self, upload: &Upload, expires_at: Timestamp) -> SignedRequest {
        let headers = vec![
            ("content-type", upload.content_type.as_str().to_owned()),
            ("if-none-match", "*".to_owned()),
            ("x-amz-checksum-sha256", STANDARD.encode(upload.sha256)),
        ];
        // Clients send it by themselves, and browsers let nobody else set it.
        let length = ("content-length", upload.size_bytes.to_string());
        let signed = [headers.clone(), vec![length]].concat();
        let url = self.presign("PUT", upload.key, &signed, &[], expires_at);
        SignedRequest { method: "PUT", url, headers, expires_at }
    }

    fn sign_download(&self, key: BlobKey, disposition: &Disposition, expires_at: Timestamp) -> String {
        if key.area() == Area::Upload {
            // Never given out: an address without a signature opens nothing.
            return self.clients.url(&self.clients.path(&key.to_string()));
        }
        let query = [
            ("response-cache-control", SIGNED_CACHE.to_owned()),
            ("response-content-disposition", disposition.content_disposition()),
            ("response-content-type", disposition.content_type.as_str().to_owned()),
        ];
        self.presign("GET", key, &[], &query, expires_at)
    }

    async fn open(&self, key: BlobKey) -> Result<File, BlobError> {
        self.remote.fetch(key).await
    }

    async fn put(&self, key: BlobKey, content: File, content_type: MediaType) -> Result<(), BlobError> {
        self.remote.store(key, content, content_type).await
    }

    async fn copy(&self, upload: BlobKey, to: BlobKey, content_type: MediaType) -> Result<(), BlobError> {
        self.remote.copy(upload, to, content_type).await
    }

    async fn delete(&self, key: BlobKey) -> Result<(), BlobError> {
        match key.area() {
            Area::Upload => self.remote.spend(key).await,
            _ => self.remote.erase(key).await,
        }
    }

    async fn purge_uploads(&self, before: Timestamp) -> Result<(), BlobError> {
        self.remote.purge_uploads(before).await
    }
}
