//! The port over the directory.

use std::{fs::File, io, path::Path, sync::Arc};

use async_trait::async_trait;
use kith_domain::{
    BlobKey, Clock, MediaType, Random, Timestamp, Upload,
    disk::default_floor,
    ports::{
        BlobError, Blobs,
        blobs::{Disposition, SignedRequest},
    },
};

use crate::{
    directory::{Directory, OpenError},
    signature::{DownloadGrant, Signer, UploadGrant},
};

/// Blobs in a directory; cheap to clone.
#[derive(Clone)]
pub struct FileBlobs {
    pub(crate) directory: Arc<Directory>,
    pub(crate) signer: Arc<Signer>,
    pub(crate) clock: Arc<dyn Clock>,
    origin: Arc<str>,
    /// Uploads leave so many bytes of the disk free.
    reserve: u64,
}

impl FileBlobs {
    /// Opens the blobs in `directory`, makes it if there is none. They are given out at `origin`, as browsers write it.
    ///
    /// # Errors
    /// When the directory or its key cannot be used.
    pub fn open(
        directory: &Path,
        origin: &str,
        clock: Arc<dyn Clock>,
        random: &dyn Random,
    ) -> Result<Self, OpenError> {
        let directory = Directory::open(directory)?;
        let signer = Signer::new(&directory.signing_key(random)?);
        let (directory, signer) = (Arc::new(directory), Arc::new(signer));
        Ok(Self { directory, signer, clock, origin: origin.into(), reserve: 0 })
    }

    /// Takes uploads only while twice the `floor` below which a ledger on the same disk stops is left beside them, so that
    /// files never keep people from writing. Without one, twice [`default_floor`] of the disk.
    ///
    /// # Errors
    /// When the disk does not tell its size.
    pub fn above_ledger_floor(self, floor: Option<u64>) -> io::Result<Self> {
        let floor = match floor {
            Some(floor) => floor,
            None => default_floor(self.directory.disk()?.0),
        };
        Ok(Self { reserve: floor.saturating_mul(2), ..self })
    }

    /// Whether an upload of so many bytes may be taken. A disk that does not tell stops nothing: it will say itself when it
    /// is full.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        let Ok((_, free)) = self.directory.disk() else { return true };
        free.saturating_sub(bytes) >= self.reserve
    }

    async fn blocking<T, F>(&self, work: F) -> Result<T, BlobError>
    where
        T: Send + 'static,
        F: FnOnce(&Directory) -> Result<T, BlobError> + Send + 'static,
    {
        let directory = Arc::clone(&self.directory);
        let done = tokio::task::spawn_blocking(move || work(&directory)).await;
        done.unwrap_or_else(|error| Err(BlobError::Unavailable(Arc::new(error))))
    }
}

#[async_trait]
impl Blobs for FileBlobs {
    fn sign_upload(&self, upload: &Upload, expires_at: Timestamp) -> SignedRequest {
        let query = self.signer.upload_query(&UploadGrant::new(upload, expires_at));
        SignedRequest {
            method: "PUT",
            url: format!("{}/{}?{query}", self.origin, upload.key),
            headers: vec![("content-type", upload.content_type.as_str().to_owned())],
            expires_at,
        }
    }

    fn sign_download(&self, key: BlobKey, disposition: &Disposition, expires_at: Timestamp) -> String {
        let query = self.signer.download_query(&DownloadGrant::new(key, disposition, expires_at));
        format!("{}/{key}?{query}", self.origin)
    }

    async fn open(&self, key: BlobKey) -> Result<File, BlobError> {
        self.blocking(move |directory| directory.open_blob(key)).await
    }

    async fn put(&self, key: BlobKey, content: File, _: MediaType) -> Result<(), BlobError> {
        self.blocking(move |directory| directory.put(key, content)).await
    }

    async fn copy(&self, upload: BlobKey, to: BlobKey, _: MediaType) -> Result<(), BlobError> {
        self.blocking(move |directory| directory.copy(upload, to)).await
    }

    async fn delete(&self, key: BlobKey) -> Result<(), BlobError> {
        self.blocking(move |directory| directory.delete(key)).await
    }

    async fn purge_uploads(&self, before: Timestamp) -> Result<(), BlobError> {
        self.blocking(move |directory| directory.purge_uploads(before)).await
    }
}
