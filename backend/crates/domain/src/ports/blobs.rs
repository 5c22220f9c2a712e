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

impl Disposition {
    /// As the header `Content-Disposition` says it ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)), in ASCII. Old
    /// clients read a name of plain letters, all others the real one.
    #[must_use]
    pub fn content_disposition(&self) -> String {
        let kind = if self.inline { "inline" } else { "attachment" };
        let name = self.name.as_str();
        let plain: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.') { c } else { '_' })
            .collect();
        format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", extended_value(name))
    }
}

/// The text as RFC 8187 writes it: all but `attr-char` (section 3.2.1) is percent-encoded.
fn extended_value(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut value, byte| {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            value.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(value, "%{byte:02X}");
        }
        value
    })
}

/// Blobs. A key is used for one content only, so that what lies under one never changes.
///
/// - What was put or copied is durable when that is answered, and whole: nobody sees a part of it.
/// - An upload is taken with exactly the announced type, length and SHA-256; anything else leaves nothing. Its request
///   made again is answered as before or refused because it is there (412); either way it stays as it is. Once it was
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_twice() {
        for (name, inline, expected) in [
            ("a b.pdf", false, "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
            ("報告.pdf", true, "inline; filename=\"__.pdf\"; filename*=UTF-8''%E5%A0%B1%E5%91%8A.pdf"),
            (
                "x\"; y=z'%.pdf",
                false,
                "attachment; filename=\"x__ y_z__.pdf\"; filename*=UTF-8''x_%3B%20y%3Dz%27%25.pdf",
            ),
        ] {
            let content_type = MediaType::Pdf;
            let shown = Disposition { content_type, name: FileName::parse(name, content_type), inline };
            assert_eq!(shown.content_disposition(), expected);
        }
    }
}
