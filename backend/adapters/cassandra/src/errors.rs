//! What the driver's errors mean to callers.

use std::{error::Error, sync::Arc};

use kith_domain::ports::HistoryError;
use scylla::errors::{
    DbError, ExecutionError, IntoRowsResultError, MetadataError, NewSessionError, PrepareError,
    RequestAttemptError, RowsError, SchemaAgreementError,
};

/// Something that was not there when it was needed; worth a retry.
pub(crate) fn unavailable(error: impl Error + Send + Sync + 'static) -> HistoryError {
    HistoryError::Unavailable(Arc::new(error))
}

/// Something that a retry does not mend.
pub(crate) fn internal(error: impl Error + Send + Sync + 'static) -> HistoryError {
    HistoryError::Internal(Arc::new(error))
}

/// A failure on the way to the cluster, told apart by whether waiting helps.
pub(crate) struct Failure(HistoryError);

impl From<Failure> for HistoryError {
    fn from(Failure(error): Failure) -> Self {
        error
    }
}

impl From<ExecutionError> for Failure {
    fn from(error: ExecutionError) -> Self {
        let ours = match &error {
            ExecutionError::BadQuery(_) | ExecutionError::EmptyPlan => true,
            ExecutionError::LastAttemptError(attempt) => is_ours(attempt),
            ExecutionError::PrepareError(PrepareError::AllAttemptsFailed { first_attempt }) => {
                is_ours(first_attempt)
            }
            _ => false,
        };
        Self(if ours { internal(error) } else { unavailable(error) })
    }
}

impl From<PrepareError> for Failure {
    fn from(error: PrepareError) -> Self {
        ExecutionError::from(error).into()
    }
}

impl From<SchemaAgreementError> for Failure {
    fn from(error: SchemaAgreementError) -> Self {
        Self(unavailable(error))
    }
}

impl From<NewSessionError> for Failure {
    fn from(error: NewSessionError) -> Self {
        let ours = matches!(error, NewSessionError::EmptyKnownNodesList | NewSessionError::IllegalConfig(_));
        Self(if ours { internal(error) } else { unavailable(error) })
    }
}

impl From<MetadataError> for Failure {
    fn from(error: MetadataError) -> Self {
        Self(unavailable(error))
    }
}

impl From<IntoRowsResultError> for Failure {
    fn from(error: IntoRowsResultError) -> Self {
        Self(internal(error))
    }
}

impl From<RowsError> for Failure {
    fn from(error: RowsError) -> Self {
        Self(internal(error))
    }
}

impl From<scylla::errors::DeserializationError> for Failure {
    fn from(error: scylla::errors::DeserializationError) -> Self {
        Self(internal(error))
    }
}

/// Whether the server understood the request and refused it for what it says.
fn is_ours(error: &RequestAttemptError) -> bool {
    match error {
        RequestAttemptError::SerializationError(_)
        | RequestAttemptError::CqlRequestSerialization(_)
        | RequestAttemptError::CqlResultParseError(_)
        | RequestAttemptError::UnexpectedResponse(_) => true,
        RequestAttemptError::DbError(error, _) => matches!(
            error,
            DbError::SyntaxError
                | DbError::Invalid
                | DbError::AlreadyExists { .. }
                | DbError::AuthenticationError
                | DbError::Unauthorized
                | DbError::ConfigError
                | DbError::ProtocolError
        ),
        _ => false,
    }
}
