//! Why a use case did not do what was asked.

use kith_domain::{
    FieldError, Refusal,
    ports::{BlobError, HistoryError, SearchError, SendError, StoreError},
};

/// A refusal is final (or says when to come back) and told to the caller; anything else is ours.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The search index failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The history failed, or lacks what it must have: what was asked for is there, and cannot be shown.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The object storage failed.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

impl From<FieldError> for ServiceError {
    fn from(error: FieldError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<SendError> for ServiceError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused(refusal) => Self::Refused(refusal),
            SendError::Store(error) => Self::Store(error),
        }
    }
}
