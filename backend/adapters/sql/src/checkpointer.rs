//! Moves the write-ahead log into the database file, beside the writer where it can, so that no send waits for it.

use std::{fs::File, io, sync::Arc, time::Duration};

use kith_domain::ports::StoreError;
use sqlx::{Row, SqliteConnection};
use tokio::{
    sync::{oneshot, watch},
    time,
};

use crate::{
    database_file,
    errors::{Reach, reach, store_error},
    sqlite::{MAX_WAL_BYTES, PAGE_SIZE},
    store::{Fatal, close_connection, declare},
    thread::{self, Ended},
};

/// How often the task looks while there is something to move.
const TICK: Duration = Duration::from_millis(250);
/// A writer that wrote nothing for one tick is idle: then this much work is worth a checkpoint.
const IDLE_WORK: u64 = 64;
/// Under load a checkpoint waits for this much, about 100 MiB of log: a page that many messages touch is moved once.
const BUSY_WORK: u64 = 18_000;
/// With this much left to move, about 8 MiB of log, the writer may be stopped.
const LITTLE_WORK: u64 = 1_000;
/// How often the task goes on at once to come that close.
const CATCH_UPS: usize = 4;
/// Starts the log afresh. Every send waits meanwhile, so a reader that stays, as the integrity check does, makes it give
/// up after 100 ms instead of the connection's ordinary 5 s.
const RESTART: [&str; 3] =
    ["PRAGMA busy_timeout = 100", "PRAGMA wal_checkpoint(RESTART)", "PRAGMA busy_timeout = 5000"];

/// The checkpoint task, as the writer sees it.
pub(crate) struct Checkpointer {
    /// Jobs and messages committed since the start.
    work: watch::Sender<u64>,
    wal_bytes: watch::Receiver<u64>,
    /// Dropped to end the task within its tick.
    alive: oneshot::Sender<()>,
    task: Ended,
}

impl Checkpointer {
    /// Starts the task on a connection of its own.
    pub(crate) fn start(
        connection: SqliteConnection,
        fatal: Arc<Fatal>,
        lock: Arc<File>,
    ) -> io::Result<Self> {
        let (work, done) = watch::channel(0);
        let (tell, wal_bytes) = watch::channel(0);
        let (alive, gone) = oneshot::channel();
        let task = thread::start("kith-checkpoint", || async move {
            run(connection, done, tell, fatal, gone).await;
            drop(lock);
        })?;
        Ok(Self { work, wal_bytes, alive, task })
    }

    /// Called by the writer after each group, with the count of its jobs and messages.
    pub(crate) fn committed(&self, work: u64) {
        self.work.send_modify(|total| *total += work);
    }

    /// Whether the log has outgrown its bound.
    pub(crate) fn restart_is_due(&self) -> bool {
        self.wal_bytes.has_changed().unwrap_or(false) && *self.wal_bytes.borrow() > MAX_WAL_BYTES
    }

    /// Starts the log afresh.
    ///
    /// # Errors
    /// When the disk fails, as for a checkpoint.
    pub(crate) async fn restart(&mut self, writer: &mut SqliteConnection) -> Result<(), StoreError> {
        self.wal_bytes.mark_unchanged();
        for statement in RESTART {
            match sqlx::query(statement).fetch_optional(&mut *writer).await {
                Ok(_) => {}
                Err(error) if reach(&error) == Reach::Store => return Err(store_error(error)),
                Err(error) => tracing::warn!(%error, "the log could not be started afresh"),
            }
        }
        Ok(())
    }

    /// Ends the task after the checkpoint it may be in.
    pub(crate) async fn stop(self) {
        drop((self.work, self.alive));
        if self.task.await.is_err() {
            tracing::error!("the checkpoint task did not end well");
        }
    }
}

/// Works until the writer is gone.
async fn run(
    mut connection: SqliteConnection,
    mut work: watch::Receiver<u64>,
    tell: watch::Sender<u64>,
    fatal: Arc<Fatal>,
    mut gone: oneshot::Receiver<()>,
) {
    let mut moved = 0;
    // Asleep until something is written; then awake once a tick, not once a commit.
    while work.changed().await.is_ok() {
        let mut seen = *work.borrow_and_update();
        while time::timeout(TICK, &mut gone).await.is_err() {
            let total = *work.borrow_and_update();
            let idle = total == seen;
            if total - moved >= if idle { IDLE_WORK } else { BUSY_WORK } {
                match catch_up(&mut connection, &mut work, total, &tell).await {
                    Ok(reached) => moved = reached,
                    Err(error) => {
                        declare(&fatal, Arc::new(error));
                        // Not closed: that would move the log once more and delete it, as if nothing were missing.
                        return std::mem::forget(connection);
                    }
                }
            }
            if idle {
                break;
            }
            seen = total;
        }
        if gone.is_terminated() {
            break;
        }
    }
    close_connection(connection).await;
}

/// Moves what was committed up to `total`; returns up to where it has moved. When the log has outgrown its bound the
/// writer will stop to start it afresh, and move what is left: little, as this goes on while the log is far ahead.
async fn catch_up(
    connection: &mut SqliteConnection,
    work: &mut watch::Receiver<u64>,
    mut moved: u64,
    tell: &watch::Sender<u64>,
) -> Result<u64, StoreError> {
    let mut log_bytes = 0;
    for _ in 0..CATCH_UPS {
        log_bytes = checkpoint(connection).await?;
        let total = *work.borrow_and_update();
        if log_bytes <= MAX_WAL_BYTES || total - moved <= LITTLE_WORK {
            break;
        }
        moved = total;
    }
    tell.send_replace(log_bytes);
    Ok(moved)
}

/// Moves what no reader needs, and syncs it. How long the log is, in bytes.
///
/// # Errors
/// When the disk fails: the kernel may have dropped pages that it could not write, and would not say so again, so that
/// the log, which still has them, must neither be moved nor be started afresh by this process.
async fn checkpoint(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    // PASSIVE waits for nobody: https://sqlite.org/pragma.html#pragma_wal_checkpoint
    let frames = match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut *connection).await {
        Ok(row) => row.try_get::<i64, _>(1).unwrap_or(0),
        Err(error) if reach(&error) == Reach::Store => return Err(store_error(error)),
        Err(error) => {
            tracing::warn!(%error, "a checkpoint failed");
            0
        }
    };
    database_file::sync(connection).await?;
    Ok(u64::try_from(frames).unwrap_or(0) * PAGE_SIZE)
}
