//! The inspector: says what a file really is, and makes it harmless.

use std::{fs::File, sync::Arc};

use async_trait::async_trait;

use crate::media::{MediaType, Upload};

/// Why a file did not pass.
#[derive(Debug, Clone, thiserror::Error)]
pub enum InspectError {
    /// It is not what is taken; the sentence says why.
    #[error("{0}")]
    Refused(&'static str),
    /// It could not be read, or there is no room for what was made of it; worth a retry.
    #[error("a file could not be inspected")]
    Failed(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// A file that passed.
#[derive(Debug)]
pub struct Inspected {
    /// What it really is.
    pub content_type: MediaType,
    /// What is kept instead of it; `None` when it is kept as it is.
    pub rewritten: Option<File>,
    /// Its width in pixels, as shown.
    pub width: Option<u32>,
    /// Its height in pixels, as shown.
    pub height: Option<u32>,
    /// How long it plays, in milliseconds.
    pub duration_ms: Option<u64>,
    /// A small picture of it, and its type.
    pub thumbnail: Option<(File, MediaType)>,
}

/// The inspector. Memory and work are bounded whatever a file says, and so is how many are looked at at once.
///
/// - The type is told by content and structure, never by a name.
/// - Pictures come out without anything but the picture: no metadata, nothing behind the end, upright.
/// - Videos come out without metadata such as the place they were taken at.
/// - What could be another type as well, or could act, is refused.
#[async_trait]
pub trait Inspector: Send + Sync {
    /// Looks at what was uploaded: length and SHA-256 must be as announced, the type of the announced kind.
    async fn inspect(&self, upload: &Upload, file: File) -> Result<Inspected, InspectError>;
    /// Makes the picture of a person or group: the middle square of an image, at most 512 pixels wide, as JPEG.
    async fn avatar(&self, image: File) -> Result<File, InspectError>;
}
