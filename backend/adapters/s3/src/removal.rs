//! Removing what lies in the bucket.

use futures_util::TryStreamExt as _;
use kith_domain::{BlobKey, Timestamp, blob::Area, ports::BlobError};
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutPayload, path::Path};

use crate::{failure::failed, remote::Remote, spent, transfer::path, versions::Doomed};

/// Removals at the same time.
const AT_ONCE: usize = 8;

impl Remote {
    /// Removes an object with all its versions.
    pub(crate) async fn erase(&self, key: BlobKey) -> Result<(), BlobError> {
        match self.store.delete(&path(key)).await {
            Err(object_store::Error::NotFound { .. }) => {}
            deleted => deleted.map_err(failed)?,
        }
        self.remove_versions(&key.to_string(), Doomed::All).await
    }

    /// Puts the mark that its request is spent in the place of an upload.
    pub(crate) async fn spend(&self, key: BlobKey) -> Result<(), BlobError> {
        self.store.put_opts(&path(key), PutPayload::new(), spent::options()).await.map_err(failed)?;
        self.remove_versions(&key.to_string(), Doomed::Older).await
    }

    /// Removes uploads, and marks of spent ones, that were written before `before`.
    pub(crate) async fn purge_uploads(&self, before: Timestamp) -> Result<(), BlobError> {
        let uploads = Path::from(Area::Upload.as_str());
        let listed = self.store.list(Some(&uploads)).map_err(failed);
        listed
            .try_for_each_concurrent(AT_ONCE, |object| async move {
                let old = object.last_modified.timestamp_millis() < before.as_millis();
                // What has no name of ours is not ours.
                match object.location.as_ref().parse::<BlobKey>() {
                    Ok(key) if old => self.erase(key).await,
                    _ => Ok(()),
                }
            })
            .await
    }
}
