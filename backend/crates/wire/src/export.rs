//! Exports of a person's own data.

use kith_domain::Timestamp;
use kith_services::ExportState;
use serde::Serialize;
use utoipa::ToSchema;

use crate::scalar;

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportProgress {
    /// None was asked for lately.
    None,
    /// It is being made.
    Preparing,
    /// It can be fetched.
    Ready,
}

/// An export.
#[derive(Debug, Serialize, ToSchema)]
pub struct Export {
    /// How far it is.
    pub state: ExportProgress,
    /// Where it can be fetched for the next five minutes; ask again for a fresh address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uri")]
    pub url: Option<String>,
    /// How large it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<u64>,
    /// When it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub expires_at: Option<Timestamp>,
}

impl From<ExportState> for Export {
    fn from(state: ExportState) -> Self {
        let plain = |state| Self { state, url: None, size_bytes: None, expires_at: None };
        match state {
            ExportState::None => plain(ExportProgress::None),
            ExportState::Preparing => plain(ExportProgress::Preparing),
            ExportState::Ready { url, size_bytes, expires_at } => Self {
                state: ExportProgress::Ready,
                url: Some(url),
                size_bytes: Some(size_bytes),
                expires_at: Some(expires_at),
            },
        }
    }
}
