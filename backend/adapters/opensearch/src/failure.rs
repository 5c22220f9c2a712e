//! What goes wrong.

use std::sync::Arc;

use kith_domain::ports::SearchError;
use reqwest::StatusCode;

/// Why a call to the service was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// No answer came, or one that cannot be read.
    #[error("OpenSearch did not answer")]
    Unreachable(#[source] reqwest::Error),
    /// It was refused. What was sent is not repeated here: it is what people wrote.
    #[error("OpenSearch answered {action} with {status} ({kind})")]
    Refused {
        /// What was asked for.
        action: &'static str,
        /// The status.
        status: StatusCode,
        /// The service's word for it.
        kind: String,
    },
    /// It has more to do than it can.
    #[error("OpenSearch has been too busy for {action}")]
    Busy {
        /// What was asked for.
        action: &'static str,
    },
}

impl Failure {
    /// Whether the index is not there.
    pub(crate) fn is_missing_index(&self) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == MISSING_INDEX)
    }

    /// Whether it may be done a moment later.
    pub(crate) fn is_overload(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if is_overload(*status))
    }
}

/// The service's word for an index that is not there.
pub(crate) const MISSING_INDEX: &str = "index_not_found_exception";

/// Whether a status says that there is too much to do, or that a part of the service is not there for the moment.
pub(crate) fn is_overload(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE
    )
}

impl From<Failure> for SearchError {
    fn from(failure: Failure) -> Self {
        Self(Arc::new(failure))
    }
}
