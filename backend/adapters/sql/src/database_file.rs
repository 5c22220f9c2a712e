//! Syncs the database file.
//!
//! A checkpoint beside a writer that goes on leaves its pages to the kernel; only the one that moves everything syncs
//! them, because nothing but the next start of the log depends on it (`walCheckpoint` in SQLite's `wal.c`). That one
//! has the writer waiting. So the file is synced before, through the descriptor that SQLite holds: closing another one
//! would drop the process's locks on the file (<https://sqlite.org/howtocorrupt.html>, section 2.2).
#![allow(unsafe_code)]

use std::{ptr, sync::Arc};

use kith_domain::ports::StoreError;
use rusqlite::ffi::{
    SQLITE_ERROR, SQLITE_FCNTL_FILE_POINTER, SQLITE_OK, SQLITE_SYNC_NORMAL, sqlite3_file,
    sqlite3_file_control,
};
use sqlx::SqliteConnection;

use crate::errors::store_error;

/// Syncs the file behind `connection`; blocks meanwhile.
///
/// # Errors
/// When the disk fails.
pub(crate) async fn sync(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut handle = connection.lock_handle().await.map_err(store_error)?;
    let mut file: *mut sqlite3_file = ptr::null_mut();
    // SAFETY: the handle is open, and sqlx's thread keeps off it while it is locked. The file control gives the file of
    // the main database, which lives as long as its connection, and its methods with it.
    let result = unsafe {
        let asked = sqlite3_file_control(
            handle.as_raw_handle().as_ptr(),
            c"main".as_ptr(),
            SQLITE_FCNTL_FILE_POINTER,
            (&raw mut file).cast(),
        );
        match file.as_ref().and_then(|file| file.pMethods.as_ref()).and_then(|methods| methods.xSync) {
            Some(sync) if asked == SQLITE_OK => sync(file, SQLITE_SYNC_NORMAL),
            _ => SQLITE_ERROR,
        }
    };
    match result {
        SQLITE_OK => Ok(()),
        code => Err(StoreError::Internal(Arc::new(rusqlite::ffi::Error::new(code)))),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

    use super::*;

    #[tokio::test]
    async fn the_connection_serves_on_after_a_sync() {
        let directory = tempfile::tempdir().unwrap();
        let options =
            SqliteConnectOptions::new().filename(directory.path().join("db")).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        for _ in 0..2 {
            sync(&mut connection).await.unwrap();
            sqlx::query("CREATE TABLE IF NOT EXISTS t (a)").execute(&mut connection).await.unwrap();
        }
    }
}
