//! Whether a bucket does what Kith relies on.

use kith_domain::{BlobKey, Random, blob::Area, ports::BlobError};
use object_store::{ObjectStore as _, PutMode, PutOptions, PutPayload};

use crate::{S3Blobs, failure::failed, spent, transfer::path};

/// Why a bucket must not be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It cannot be reached, or the access key may not do what it has to.
    #[error("the bucket cannot be written, read and cleaned")]
    Unusable(#[from] BlobError),
    /// An upload could be replaced after it was verified, or be brought back after it was removed.
    #[error("the store ignores If-None-Match: it would take an upload twice")]
    Replaceable,
    /// Anybody could read what nobody has looked at.
    #[error("the bucket gives out uploads to anybody")]
    Public,
}

impl S3Blobs {
    /// Tries what Kith relies on, under a fresh key that is removed again.
    ///
    /// # Errors
    /// [`CheckError`] with the first thing that is wrong.
    pub async fn check(&self, random: &dyn Random) -> Result<(), CheckError> {
        let key = BlobKey::generate(Area::Upload, random);
        self.remote.spend(key).await?;
        let found = self.find_fault(key).await;
        let erased = self.remote.erase(key).await;
        found?;
        Ok(erased?)
    }

    async fn find_fault(&self, key: BlobKey) -> Result<(), CheckError> {
        let create = PutOptions { mode: PutMode::Create, ..spent::options() };
        match self.remote.store.put_opts(&path(key), PutPayload::new(), create).await {
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
            Err(error) => return Err(failed(error).into()),
            Ok(_) => return Err(CheckError::Replaceable),
        }
        let read = self.remote.read_unsigned(&key.to_string()).await?;
        if read.status.is_success() { Err(CheckError::Public) } else { Ok(()) }
    }
}
