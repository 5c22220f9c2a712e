//! A transaction: the connection it runs on, and what is to be published after its commit.

use kith_domain::{
    ConversationId,
    event::LiveEvent,
    ports::{StoreError, Transaction},
};
use sqlx::{
    Sqlite, SqliteConnection,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::errors::{Reach, direct_error, reach, store_error};

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

impl From<StoreError> for Failure {
    /// A row that makes no sense: nothing of the transaction can be kept.
    fn from(error: StoreError) -> Self {
        Self { reach: Reach::Transaction, error }
    }
}

impl From<rusqlite::Error> for Failure {
    /// A group of messages has no savepoint, so the least that a failure ends is the transaction.
    fn from(error: rusqlite::Error) -> Self {
        let (reach, error) = direct_error(error);
        Self { reach: if reach == Reach::Store { reach } else { Reach::Transaction }, error }
    }
}

/// A transaction over all repositories.
pub struct SqlTransaction<'c> {
    connection: &'c mut SqliteConnection,
    events: Vec<LiveEvent>,
    touched: Vec<ConversationId>,
    failure: Option<Failure>,
    node: u16,
}

/// What remains when a job is done.
pub(crate) struct Finished {
    /// What it wants published.
    pub(crate) events: Vec<LiveEvent>,
    /// The conversations of which it changed something that a message on its way there must know.
    pub(crate) touched: Vec<ConversationId>,
    /// The failure that ends more than the job.
    pub(crate) failure: Option<Failure>,
}

impl<'c> SqlTransaction<'c> {
    pub(crate) fn new(connection: &'c mut SqliteConnection, node: u16) -> Self {
        Self { connection, events: Vec::new(), touched: Vec::new(), failure: None, node }
    }

    /// The number of this node, for the outbox.
    pub(crate) fn node(&self) -> u16 {
        self.node
    }

    /// Called by whatever changes a conversation, its head, its members or their intervals: what the writer remembers
    /// of it no longer holds.
    pub(crate) fn touch(&mut self, conversation: ConversationId) {
        self.touched.push(conversation);
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

    /// Ends the job's use of the connection.
    pub(crate) fn finish(self) -> Finished {
        Finished { events: self.events, touched: self.touched, failure: self.failure }
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
