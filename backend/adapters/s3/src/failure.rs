//! Failures in the words of the port.

use std::{io, sync::Arc};

use kith_domain::ports::BlobError;

/// What other stores than S3 say when they are full, by code or by status (507); S3 never is.
const FULL: [&str; 4] = ["QuotaExceeded", "XMinioStorageFull", "StorageFull", "Insufficient Storage"];

/// A failure of the client.
pub(crate) fn failed(error: object_store::Error) -> BlobError {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return BlobError::NotFound;
    }
    // The client keeps status and answer to itself, but says them.
    if speaks_of_no_room(&error.to_string()) { BlobError::Full } else { unavailable(error) }
}

/// A failure of a local file.
pub(crate) fn unreadable(error: io::Error) -> BlobError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BlobError::Full,
        _ => unavailable(error),
    }
}

/// Any other failure.
pub(crate) fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> BlobError {
    BlobError::Unavailable(Arc::from(error.into()))
}

/// Whether an answer, or what a failure tells of it, says that there is no room.
pub(crate) fn speaks_of_no_room(answer: &str) -> bool {
    FULL.iter().any(|word| answer.contains(word))
}
