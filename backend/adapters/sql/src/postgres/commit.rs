//! COMMIT, and what can be said of it.

use std::{pin::Pin, time::Duration};

use kith_domain::ports::StoreError;
use sqlx::{Executor, PgConnection};

use super::{errors::unknown, notices::heed};

/// A COMMIT that was sent. It is never cancelled: while it waits for a standby nobody sees its transaction, and one that
/// was cancelled is seen and may be lost.
pub(super) struct Commit<C>(Pin<Box<dyn Future<Output = Result<C, StoreError>> + Send>>);

impl<C: AsMut<PgConnection> + Send + 'static> Commit<C> {
    /// Commits the connection's open transaction, in which no statement has failed. The connection comes back with the
    /// outcome; it is dropped when that is unknown.
    pub(super) fn send(mut connection: C) -> Self {
        Self(Box::pin(async move {
            match heed(connection.as_mut().execute("COMMIT")).await {
                (Ok(_), None) => Ok(connection),
                (Ok(_), Some(warning)) => {
                    tracing::error!(warning, "a commit is not known to be durable");
                    Err(unknown(warning))
                }
                // Also an error that the server itself reports: some arise after the commit was written.
                (Err(error), _) => {
                    tracing::error!(%error, "the outcome of a commit is unknown");
                    Err(unknown(error))
                }
            }
        }))
    }

    /// Its outcome; `None` when it is not known after `patience`.
    pub(super) async fn outcome(&mut self, patience: Duration) -> Option<Result<C, StoreError>> {
        let outcome = tokio::time::timeout(patience, &mut self.0).await.ok();
        if outcome.is_none() {
            tracing::error!(?patience, "a commit takes too long: does a synchronous standby answer?");
        }
        outcome
    }

    /// Its outcome, however long that takes.
    pub(super) async fn end(self) -> Result<C, StoreError> {
        self.0.await
    }
}
