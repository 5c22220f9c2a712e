//! Blobs to which something happens.

use std::{
    fs::File,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use kith_domain::{
    BlobKey, MediaType, Timestamp, Upload,
    blob::Area,
    ports::{
        BlobError, Blobs,
        blobs::{Disposition, SignedRequest},
    },
};

/// The blobs of a node that is cut off, or meets another one.
pub(crate) struct Troubled {
    blobs: Arc<dyn Blobs>,
    /// What was put, in order.
    pub(crate) put: Mutex<Vec<BlobKey>>,
    /// Whoever puts next never hears that it is stored.
    pub(crate) cuts_off: AtomicBool,
    /// What cannot be deleted.
    pub(crate) stuck: Mutex<Option<BlobKey>>,
    /// What happens before an upload is opened next.
    pub(crate) meanwhile: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Troubled {
    pub(crate) fn new(blobs: Arc<dyn Blobs>) -> Arc<Self> {
        let (put, cuts_off) = (Mutex::default(), AtomicBool::default());
        Arc::new(Self { blobs, put, cuts_off, stuck: Mutex::default(), meanwhile: Mutex::default() })
    }
}

#[async_trait]
impl Blobs for Troubled {
    fn sign_upload(&self, upload: &Upload, expires_at: Timestamp) -> SignedRequest {
        self.blobs.sign_upload(upload, expires_at)
    }
    fn sign_download(&self, key: BlobKey, disposition: &Disposition, expires_at: Timestamp) -> String {
        self.blobs.sign_download(key, disposition, expires_at)
    }
    async fn open(&self, key: BlobKey) -> Result<File, BlobError> {
        let meanwhile = self.meanwhile.lock().unwrap().take_if(|_| key.area() == Area::Upload);
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        self.blobs.open(key).await
    }
    async fn put(&self, key: BlobKey, content: File, content_type: MediaType) -> Result<(), BlobError> {
        self.blobs.put(key, content, content_type).await?;
        self.put.lock().unwrap().push(key);
        if self.cuts_off.swap(false, Ordering::SeqCst) {
            return Err(unavailable());
        }
        Ok(())
    }
    async fn copy(&self, upload: BlobKey, to: BlobKey, content_type: MediaType) -> Result<(), BlobError> {
        self.blobs.copy(upload, to, content_type).await
    }
    async fn delete(&self, key: BlobKey) -> Result<(), BlobError> {
        if *self.stuck.lock().unwrap() == Some(key) {
            return Err(unavailable());
        }
        self.blobs.delete(key).await
    }
    async fn purge_uploads(&self, before: Timestamp) -> Result<(), BlobError> {
        self.blobs.purge_uploads(before).await
    }
}

fn unavailable() -> BlobError {
    BlobError::Unavailable(Arc::new(std::io::Error::other("in trouble")))
}
