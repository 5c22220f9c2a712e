//! What the driver's errors mean to callers.

use std::{error::Error, sync::Arc};

use kith_domain::ports::HistoryError;
use scylla::errors::{
    BrokenConnectionError, ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError,
    ExecutionError, IntoRowsResultError, MetadataError, NewSessionError, PrepareError, RequestAttemptError,
    RowsError, SchemaAgreementError,
};

/// Why the servers let nobody in. It may pass, as the cluster may be mended; wrong settings do not.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AccessError {
    /// They do not take the user or the password.
    #[error("a server refuses the user or the password: {0}")]
    Credentials(String),
    /// They ask for a user and a password, and there is none.
    #[error("a server asks for a user and a password")]
    NoCredentials,
    /// They do not encrypt, or show a certificate that is not trusted or for another name.
    #[error("no encrypted connection to a server: {0}")]
    Encryption(rustls::Error),
    /// They end connections without a word, as they do with who should encrypt.
    #[error("a server ends the connection, perhaps as it wants encryption: {0}")]
    Ended(BrokenConnectionError),
}

impl AccessError {
    /// What it is about, if a connection failed for such a reason.
    fn of(error: &NewSessionError) -> Option<Self> {
        let NewSessionError::MetadataError(MetadataError::ConnectionPoolError(pool)) = error else {
            return None;
        };
        let ConnectionPoolError::Broken { last_connection_error } = pool else { return None };
        match last_connection_error {
            ConnectionError::ConnectionSetupRequestError(setup) => match &setup.error {
                ConnectionSetupRequestErrorKind::DbError(DbError::AuthenticationError, said) => {
                    Some(Self::Credentials(said.clone()))
                }
                ConnectionSetupRequestErrorKind::MissingAuthentication => Some(Self::NoCredentials),
                ConnectionSetupRequestErrorKind::BrokenConnection(broken) => {
                    Some(Self::Ended(broken.clone()))
                }
                _ => None,
            },
            ConnectionError::IoError(error) => {
                let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
                Some(Self::Encryption(tls.clone()))
            }
            _ => None,
        }
    }
}

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
        if let Some(refused) = AccessError::of(&error) {
            return Self(unavailable(refused));
        }
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
