//! Objects too large for the store: files in a directory, or an object store.

use std::{fs::File, sync::Arc};

use async_trait::async_trait;

use crate::{
    blob::BlobKey,
    clock::Timestamp,
    media::{MediaType, Upload},
    text::FileName,
};

/// Why the blobs did not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BlobError {
    /// No object has that key.
    #[error("no such object")]
    NotFound,
    /// The disk or bucket is full; nothing was kept.
    #[error("the object storage is full")]
    Full,
    /// It cannot be reached, or failed; worth a retry.
    #[error("the object storage failed")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// A request that a client makes by itself, valid until `expires_at` and for exactly what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedRequest {
    /// The HTTP method.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// Headers that must be sent as they are.
    pub headers: Vec<(&'static str, String)>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// How a download is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    /// The type it is given as.
    pub content_type: MediaType,
    /// What it is saved as.
    pub name: FileName,
    /// Whether a page may show it; else it is only saved.
    pub inline: bool,
}

/// Blobs. A key is used for one content only, so that what lies under one never changes.
///
/// - What was put or copied is durable when that is answered, and whole: nobody sees a part of it.
/// - An upload is taken with exactly the announced type, length and SHA-256; anything else leaves nothing. Once it was
///   deleted it is not taken again.
/// - What lies in [`crate::blob::Area::Upload`] is never given out.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// The request by which a client uploads: key, type, length and SHA-256 are part of the signature.
    fn sign_upload(&self, upload: &Upload, expires_at: Timestamp) -> SignedRequest;
    /// The address at which anybody who has it downloads the object until `expires_at`.
    fn sign_download(&self, key: BlobKey, disposition: &Disposition, expires_at: Timestamp) -> String;
    /// Opens an object for reading, as a local file at its beginning; [`BlobError::NotFound`] when there is none.
    async fn open(&self, key: BlobKey) -> Result<File, BlobError>;
    /// Stores all of `content`, from its beginning; again is no error.
    async fn put(&self, key: BlobKey, content: File, content_type: MediaType) -> Result<(), BlobError>;
    /// Stores what was uploaded as `to`, unchanged; again is no error. [`BlobError::NotFound`] when nothing was.
    async fn copy(&self, upload: BlobKey, to: BlobKey, content_type: MediaType) -> Result<(), BlobError>;
    /// Removes an object, or an upload, whose request is then spent. One that is not there is no error.
    async fn delete(&self, key: BlobKey) -> Result<(), BlobError>;
    /// Removes uploads, and traces of them, from before `before`.
    async fn purge_uploads(&self, before: Timestamp) -> Result<(), BlobError>;
}
