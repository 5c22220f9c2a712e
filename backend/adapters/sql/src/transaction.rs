//! A transaction: the connection it runs on, and what is to be published after its commit.

use kith_domain::{
    event::LiveEvent,
    ports::{StoreError, Transaction},
};
use sqlx::{
    Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::errors::{Reach, reach, store_error};

/// A statement with its parameters.
pub(crate) type Statement = Query<'static, Sqlite, SqliteArguments>;

/// Begins a statement; parameters are bound in the order `$1`, `$2`, …
pub(crate) fn sql(text: &'static str) -> Statement {
    sqlx::query(text)
}

/// A failure that outlives its statement.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// How far it reaches; never [`Reach::Statement`].
    pub reach: Reach,
    /// What it was.
    pub error: StoreError,
}

/// A transaction over all repositories.
pub struct SqlTransaction<'c> {
    connection: &'c mut SqliteConnection,
    events: Vec<LiveEvent>,
    failure: Option<Failure>,
    node: u16,
}

impl<'c> SqlTransaction<'c> {
    pub(crate) fn new(connection: &'c mut SqliteConnection, node: u16) -> Self {
        Self { connection, events: Vec::new(), failure: None, node }
    }

    /// The number of this node, for the outbox.
    pub(crate) fn node(&self) -> i64 {
        i64::from(self.node)
    }

    /// Runs a statement; how many rows it changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        self.usable()?;
        let result = statement.execute(&mut *self.connection).await;
        result.map(|done| done.rows_affected()).map_err(|error| self.fail(error))
    }

    /// Runs a statement for its first row.
    pub(crate) async fn fetch_optional(
        &mut self,
        statement: Statement,
    ) -> Result<Option<SqliteRow>, StoreError> {
        self.usable()?;
        statement.fetch_optional(&mut *self.connection).await.map_err(|error| self.fail(error))
    }

    /// Runs a statement that always has a row.
    pub(crate) async fn fetch_one(&mut self, statement: Statement) -> Result<SqliteRow, StoreError> {
        let row = self.fetch_optional(statement).await?;
        row.ok_or_else(|| StoreError::corrupt("a statement without its row"))
    }

    /// Runs a statement for all its rows.
    pub(crate) async fn fetch_all(&mut self, statement: Statement) -> Result<Vec<SqliteRow>, StoreError> {
        self.usable()?;
        statement.fetch_all(&mut *self.connection).await.map_err(|error| self.fail(error))
    }

    /// What remains when the job is done: the events it wants published, or the failure that ends more than it.
    pub(crate) fn finish(self) -> (Vec<LiveEvent>, Option<Failure>) {
        (self.events, self.failure)
    }

    /// After a rollback by the database itself, further statements would run, and commit, outside any transaction.
    fn usable(&self) -> Result<(), StoreError> {
        self.failure.as_ref().map_or(Ok(()), |failure| Err(failure.error.clone()))
    }

    fn fail(&mut self, error: sqlx::Error) -> StoreError {
        let reach = reach(&error);
        let error = store_error(error);
        if reach != Reach::Statement {
            self.failure = Some(Failure { reach, error: error.clone() });
        }
        error
    }
}

impl Transaction for SqlTransaction<'_> {
    fn publish(&mut self, event: LiveEvent) {
        self.events.push(event);
    }
}
