//! Content on its way between the bucket and local files.

use std::{fs::File, io::SeekFrom};

use futures_util::TryStreamExt as _;
use http::{Method, StatusCode};
use kith_domain::{BlobKey, MediaType, blob::Area, ports::BlobError};
use object_store::{
    Attribute, Attributes, GetOptions, MultipartUpload as _, ObjectStore as _, ObjectStoreExt as _,
    PutPayload, path::Path,
};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

use crate::{
    failure::{failed, unavailable, unreadable},
    remote::Remote,
    spent,
};

/// Bytes that are sent in one request; larger files go in parts of so many, of which S3 takes 10,000.
const PART: u64 = 16 << 20;
/// What lies under a key never changes.
const PUBLIC_CACHE: &str = "public, max-age=31536000, immutable";

/// Where a key lies.
pub(crate) fn path(key: BlobKey) -> Path {
    Path::from(key.to_string())
}

impl Remote {
    /// An object as a local file, at its beginning, that has no name and goes when it is closed.
    pub(crate) async fn fetch(&self, key: BlobKey) -> Result<File, BlobError> {
        let found = self.store.get(&path(key)).await.map_err(failed)?;
        if key.area() == Area::Upload && spent::is_mark(&found.attributes) {
            return Err(BlobError::NotFound);
        }
        let made = tokio::task::spawn_blocking(tempfile::tempfile).await.map_err(unavailable)?;
        let mut file = tokio::fs::File::from_std(made.map_err(unreadable)?);
        let mut content = found.into_stream();
        while let Some(piece) = content.try_next().await.map_err(failed)? {
            file.write_all(&piece).await.map_err(unreadable)?;
        }
        file.flush().await.map_err(unreadable)?;
        file.rewind().await.map_err(unreadable)?;
        Ok(file.into_std().await)
    }

    /// Stores all of a file. It is seen when all of it is there.
    pub(crate) async fn store(
        &self,
        key: BlobKey,
        content: File,
        content_type: MediaType,
    ) -> Result<(), BlobError> {
        let mut file = tokio::fs::File::from_std(content);
        let size = file.seek(SeekFrom::End(0)).await.map_err(unreadable)?;
        file.rewind().await.map_err(unreadable)?;
        let attributes = attributes(key, content_type);
        if size <= PART {
            let content = read_part(&mut file).await?;
            self.store.put_opts(&path(key), content, attributes.into()).await.map_err(failed)?;
            return Ok(());
        }
        let mut upload =
            self.store.put_multipart_opts(&path(key), attributes.into()).await.map_err(failed)?;
        let sent = async {
            for _ in 0..size.div_ceil(PART) {
                upload.put_part(read_part(&mut file).await?).await.map_err(failed)?;
            }
            upload.complete().await.map_err(failed)
        }
        .await;
        if let Err(error) = sent {
            // What it does not forget now, the bucket's rules make it forget.
            if let Err(left) = upload.abort().await {
                tracing::warn!(error = &left as &dyn std::error::Error, "parts of a file were left behind");
            }
            return Err(error);
        }
        Ok(())
    }

    /// Stores what was uploaded under another key, inside the bucket.
    pub(crate) async fn copy(
        &self,
        upload: BlobKey,
        to: BlobKey,
        content_type: MediaType,
    ) -> Result<(), BlobError> {
        let head = GetOptions { head: true, ..GetOptions::default() };
        let found = self.store.get_opts(&path(upload), head).await.map_err(failed)?;
        if spent::is_mark(&found.attributes) {
            return Err(BlobError::NotFound);
        }
        let tag = found.meta.e_tag.ok_or_else(|| unavailable("an object has no ETag"))?;
        let headers = [
            ("content-type", content_type.as_str().to_owned()),
            ("x-amz-copy-source", format!("/{}/{upload}", self.bucket)),
            // Never the mark that could take the upload's place in the meantime.
            ("x-amz-copy-source-if-match", tag),
            ("x-amz-metadata-directive", "REPLACE".to_owned()),
        ];
        let answered = self.call(Method::PUT, &to.to_string(), &headers, &[]).await?;
        match answered.status {
            StatusCode::NOT_FOUND | StatusCode::PRECONDITION_FAILED => Err(BlobError::NotFound),
            _ if answered.is_done() => Ok(()),
            _ => Err(answered.failure("copying an upload")),
        }
    }
}

async fn read_part(file: &mut tokio::fs::File) -> Result<PutPayload, BlobError> {
    let mut part = Vec::new();
    file.take(PART).read_to_end(&mut part).await.map_err(unreadable)?;
    Ok(part.into())
}

fn attributes(key: BlobKey, content_type: MediaType) -> Attributes {
    let mut attributes = Attributes::from_iter([(Attribute::ContentType, content_type.as_str())]);
    if key.area() == Area::Avatar {
        attributes.insert(Attribute::CacheControl, PUBLIC_CACHE.into());
    }
    attributes
}
