//! What an error of PostgreSQL means for the caller.

use std::{error::Error, sync::Arc};

use kith_domain::ports::StoreError;

// SQLSTATE, https://www.postgresql.org/docs/15/errcodes-appendix.html
const UNIQUE_VIOLATION: &str = "23505";
const DISK_FULL: &str = "53100";
const READ_ONLY: &str = "25006";
const QUERY_CANCELED: &str = "57014";
const LOCK_NOT_AVAILABLE: &str = "55P03";
const SERIALIZATION_FAILURE: &str = "40001";
const DEADLOCK_DETECTED: &str = "40P01";
/// Connection exceptions, lack of resources, the operator's doing, errors of the system beneath.
const TROUBLES: [&str; 4] = ["08", "53", "57", "58"];

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// The error in the words of the port, for any statement but COMMIT: whatever it was, nothing was written.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    let Some(code) = code(&error) else {
        return match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => StoreError::Unavailable(Arc::new(error)),
            _ => StoreError::Internal(Arc::new(error)),
        };
    };
    match code.as_str() {
        UNIQUE_VIOLATION => StoreError::Conflict,
        DISK_FULL => StoreError::Full,
        // A primary that was demoted takes no writes; the next connection finds the new one.
        READ_ONLY | QUERY_CANCELED | LOCK_NOT_AVAILABLE | SERIALIZATION_FAILURE | DEADLOCK_DETECTED => {
            StoreError::Unavailable(Arc::new(error))
        }
        code if TROUBLES.iter().any(|class| code.starts_with(class)) => {
            StoreError::Unavailable(Arc::new(error))
        }
        _ => StoreError::Internal(Arc::new(error)),
    }
}

/// Whether somebody else held a row for too long.
pub(super) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    code(error).as_deref() == Some(LOCK_NOT_AVAILABLE)
}

/// Whether PostgreSQL gave this transaction up for the sake of another, so that the same one can be tried again at once.
pub(super) fn is_sacrificed(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some(SERIALIZATION_FAILURE | DEADLOCK_DETECTED))
}

/// The outcome of a COMMIT that nobody knows.
pub(super) fn unknown(cause: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
    StoreError::UnknownOutcome(Arc::from(cause.into()))
}
