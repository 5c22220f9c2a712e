//! What a database error means for the caller, for its transaction and for the store.

use std::sync::Arc;

use kith_domain::ports::StoreError;

/// How far the damage of a failed statement reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The statement did nothing; its transaction goes on.
    Statement,
    /// SQLite may have rolled the whole transaction back by itself (<https://sqlite.org/lang_transaction.html>,
    /// "Response To Errors Within A Transaction"): further statements would commit one by one.
    Transaction,
    /// The file or the disk cannot be trusted any more: the process must end and recover.
    Store,
}

// Primary result codes, https://sqlite.org/rescode.html
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NOMEM: i32 = 7;
const INTERRUPT: i32 = 9;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOTADB: i32 = 26;

/// The primary result code of an error that SQLite itself gave.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?.parse::<i32>().ok()?;
    Some(code & 0xff)
}

/// How far an error with this primary code reaches.
fn reach_of(code: i32) -> Reach {
    match code {
        IOERR | CORRUPT | NOTADB => Reach::Store,
        FULL | NOMEM | INTERRUPT | BUSY | LOCKED => Reach::Transaction,
        _ => Reach::Statement,
    }
}

/// How far the error reaches.
pub(crate) fn reach(error: &sqlx::Error) -> Reach {
    match primary_code(error) {
        Some(code) => reach_of(code),
        None => match error {
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => Reach::Store,
            _ => Reach::Statement,
        },
    }
}

/// The error in the words of the port.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    if error.as_database_error().is_some_and(|database| database.is_unique_violation()) {
        return StoreError::Conflict;
    }
    match (primary_code(&error), &error) {
        (Some(FULL), _) => StoreError::Full,
        (Some(BUSY | LOCKED | NOMEM | INTERRUPT), _)
        | (None, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => {
            StoreError::Unavailable(Arc::new(error))
        }
        _ => StoreError::Internal(Arc::new(error)),
    }
}

/// An error of the writer's direct statements: how far it reaches, and what it is in the words of the port.
pub(crate) fn direct_error(error: rusqlite::Error) -> (Reach, StoreError) {
    let Some(source) = error.sqlite_error() else {
        return (Reach::Statement, StoreError::Internal(Arc::new(error)));
    };
    let (code, extended) = (source.extended_code & 0xff, source.extended_code);
    let error = match (code, extended) {
        (_, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
            StoreError::Conflict
        }
        (FULL, _) => StoreError::Full,
        (BUSY | LOCKED | NOMEM | INTERRUPT, _) => StoreError::Unavailable(Arc::new(error)),
        _ => StoreError::Internal(Arc::new(error)),
    };
    (reach_of(code), error)
}

/// Something of the store's own is in the way; a retry may help.
pub(crate) fn unavailable(what: &'static str) -> StoreError {
    StoreError::Unavailable(Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(what)))
}
