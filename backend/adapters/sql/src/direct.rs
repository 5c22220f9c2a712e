//! The writer's connection, also without the hops of its own thread.
//!
//! sqlx runs each statement on a thread that belongs to the connection: a hand-over, a wake-up and several allocations
//! per statement. Jobs can afford that; the path of a message cannot. So the same SQLite handle is used in two ways,
//! one at a time: through sqlx by jobs, and here, from the writer's own thread, by groups of messages.
#![allow(unsafe_code)]

use std::ops::Deref;

use sqlx::{SqliteConnection, sqlite::LockedSqliteHandle};

use crate::store::close_connection;

/// Statements of the path of a message; more than there are, so that none is ever prepared again.
const STATEMENTS: usize = 64;

/// One SQLite connection behind both libraries.
pub(crate) struct WriterConnection {
    /// Dropped first, and by [`WriterConnection::close`] before sqlx closes the handle: SQLite refuses to close a
    /// handle that has statements.
    direct: rusqlite::Connection,
    sqlx: SqliteConnection,
}

impl WriterConnection {
    /// Takes an open connection.
    pub(crate) async fn new(mut sqlx: SqliteConnection) -> Result<Self, sqlx::Error> {
        let handle = sqlx.lock_handle().await?.as_raw_handle();
        // SAFETY: the handle is open and stays so for as long as `sqlx` lives, which is as long as `direct` does: both
        // are private fields of one value and `close` drops `direct` first. rusqlite does not close a handle that it
        // did not open. No two threads use the handle at once, because `direct` is reached through `Direct` only, which
        // holds sqlx's lock on it; the one use outside is its end, which finalizes statements, and finds sqlx's thread
        // waiting for its next order, as nobody can give one while `self` is borrowed or consumed. Both libraries link
        // the same libsqlite3-sys: cargo allows one crate per native library.
        let direct = unsafe { rusqlite::Connection::from_handle(handle.as_ptr()) };
        let direct = direct.map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
        direct.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { direct, sqlx })
    }

    /// The connection for jobs.
    pub(crate) fn sqlx(&mut self) -> &mut SqliteConnection {
        &mut self.sqlx
    }

    /// The connection for groups of messages. sqlx's thread waits until the answer is dropped.
    pub(crate) async fn direct(&mut self) -> Result<Direct<'_>, sqlx::Error> {
        Ok(Direct { connection: &self.direct, _lock: self.sqlx.lock_handle().await? })
    }

    /// Closes the connection.
    pub(crate) async fn close(self) {
        let Self { direct, sqlx } = self;
        drop(direct);
        close_connection(sqlx).await;
    }

    /// Leaves the connection open until the process ends. The last connection to be closed moves the log into the
    /// database file and deletes it; after a failure of the disk the log may be all there is of what was answered.
    pub(crate) fn abandon(self) {
        std::mem::forget(self);
    }
}

/// The connection while sqlx's thread keeps off it.
pub(crate) struct Direct<'c> {
    connection: &'c rusqlite::Connection,
    _lock: LockedSqliteHandle<'c>,
}

impl Deref for Direct<'_> {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        self.connection
    }
}
