//! Moves the write-ahead log into the database file, beside the writer where it can, so that no send waits for it.

use std::{fs::File, sync::Arc};

use sqlx::{Row, SqliteConnection};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{sqlite::PAGE_SIZE, store::close_connection};

/// After this many commits a checkpoint is due even while the writer is busy.
const BUSY_COMMITS: u64 = 512;
/// When the writer is idle, after this many.
const IDLE_COMMITS: u64 = 32;
/// With a log of this size the writer waits for its readers and starts the log afresh.
const MAX_WAL_BYTES: u64 = 256 << 20;

/// The checkpoint task, as the writer sees it.
pub(crate) struct Checkpointer {
    wake: mpsc::Sender<()>,
    wal_bytes: watch::Receiver<u64>,
    task: JoinHandle<()>,
    commits: u64,
}

impl Checkpointer {
    /// Starts the task on a connection of its own.
    pub(crate) fn start(mut connection: SqliteConnection, lock: Arc<File>) -> Self {
        let (wake, mut woken) = mpsc::channel(1);
        let (tell, wal_bytes) = watch::channel(0);
        let task = tokio::spawn(async move {
            while woken.recv().await.is_some() {
                // PASSIVE moves what no reader needs and waits for nobody: https://sqlite.org/pragma.html#pragma_wal_checkpoint
                match sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&mut connection).await {
                    Ok(row) => {
                        let frames = row.try_get::<i64, _>(1).unwrap_or(0);
                        tell.send_replace(u64::try_from(frames).unwrap_or(0) * PAGE_SIZE);
                    }
                    Err(error) => tracing::warn!(%error, "a checkpoint failed"),
                }
            }
            close_connection(connection).await;
            drop(lock);
        });
        Self { wake, wal_bytes, task, commits: 0 }
    }

    /// Called by the writer after each group; `idle` when nothing waits.
    pub(crate) async fn committed(&mut self, writer: &mut SqliteConnection, idle: bool) {
        self.commits += 1;
        if self.commits >= if idle { IDLE_COMMITS } else { BUSY_COMMITS } && self.wake.try_send(()).is_ok() {
            self.commits = 0;
        }
        if self.wal_bytes.has_changed().unwrap_or(false)
            && *self.wal_bytes.borrow_and_update() > MAX_WAL_BYTES
        {
            // Readers end within 100 ms, so that this waits no longer; a reader that stays makes it give up.
            if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(RESTART)").fetch_optional(writer).await {
                tracing::warn!(%error, "the log could not be started afresh");
            }
        }
    }

    /// Ends the task after the checkpoint it may be in.
    pub(crate) async fn stop(self) {
        drop(self.wake);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the checkpoint task did not end well");
        }
    }
}
