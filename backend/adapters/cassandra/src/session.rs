//! A session with the cluster, and the two statements of the history.

use std::{ops::ControlFlow, time::Duration};

use kith_domain::{ConversationId, Seq, ports::HistoryError};
use scylla::{
    client::{execution_profile::ExecutionProfile, session_builder::SessionBuilder},
    policies::load_balancing::DefaultPolicy,
    response::PagingState,
    statement::{
        Consistency,
        batch::{Batch, BatchType},
        prepared::PreparedStatement,
    },
};
use secrecy::ExposeSecret as _;

use crate::{
    errors::Failure,
    rows::{Row, Written, column},
    schema,
    settings::CassandraSettings,
};

/// How long one request may take, its retries on other servers included.
const REQUEST: Duration = Duration::from_secs(5);
/// How long connecting to one server may take.
const CONNECT: Duration = Duration::from_secs(3);
/// How often an idle connection is tried, and how long an answer may take before it counts as broken.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// Rows of one page: at most some megabytes.
const PAGE_ROWS: i32 = 1_000;

/// A session: it finds servers that come back by itself.
pub(crate) struct Session {
    driver: scylla::client::session::Session,
    insert: PreparedStatement,
    select: PreparedStatement,
}

impl Session {
    /// Connects, makes what is missing, and prepares the statements.
    pub(crate) async fn open(settings: &CassandraSettings) -> Result<Self, HistoryError> {
        Self::connect(settings).await.map_err(HistoryError::from)
    }

    async fn connect(settings: &CassandraSettings) -> Result<Self, Failure> {
        let mut policy = DefaultPolicy::builder().token_aware(true);
        if let Some(datacenter) = settings.datacenter() {
            policy = policy.prefer_datacenter(datacenter.to_owned());
        }
        let profile = ExecutionProfile::builder()
            .consistency(Consistency::LocalQuorum)
            .request_timeout(Some(REQUEST))
            .load_balancing_policy(policy.build())
            .build();
        let mut builder = SessionBuilder::new()
            .known_nodes(settings.nodes())
            .connection_timeout(CONNECT)
            .keepalive_interval(KEEPALIVE)
            .keepalive_timeout(KEEPALIVE)
            .schema_agreement_timeout(REQUEST)
            // What is needed to find a row's replicas.
            .keyspaces_to_fetch([settings.keyspace()])
            .tls_context(settings.tls())
            .default_execution_profile_handle(profile.into_handle());
        if let Some(credentials) = settings.credentials() {
            builder = builder.user(&credentials.user, credentials.password.expose_secret());
        }
        let driver = builder.build().await?;
        schema::ensure(&driver, settings).await?;
        let mut insert = driver.prepare(schema::insert(settings.keyspace())).await?;
        insert.set_is_idempotent(true);
        let mut select = driver.prepare(schema::select(settings.keyspace())).await?;
        select.set_is_idempotent(true);
        select.set_page_size(PAGE_ROWS);
        Ok(Self { driver, insert, select })
    }

    /// Whether a quorum answers.
    pub(crate) async fn answers(&self) -> Result<(), HistoryError> {
        self.select(ConversationId::new(0), 0, 0, 0).await.map(drop)
    }

    /// Writes rows of one partition in one request.
    pub(crate) async fn insert(&self, rows: Vec<Written>) -> Result<(), HistoryError> {
        let mut batch = Batch::new(BatchType::Unlogged);
        batch.set_is_idempotent(true);
        for _ in &rows {
            batch.append_statement(self.insert.clone());
        }
        self.driver.batch(&batch, rows).await.map_err(Failure::from)?;
        Ok(())
    }

    /// The rows of one partition from `low` to `high`, newest first.
    pub(crate) async fn select(
        &self,
        conversation: ConversationId,
        bucket: i64,
        low: Seq,
        high: Seq,
    ) -> Result<Vec<Row>, HistoryError> {
        let values = (conversation.as_i64(), bucket, column(low), column(high));
        Ok(self.pages(values).await?)
    }

    /// The text that a statement reads, if there is any.
    pub(crate) async fn text(&self, statement: &str, values: &[&str]) -> Result<Option<String>, Failure> {
        let rows = self.driver.query_unpaged(statement, values).await?.into_rows_result()?;
        let row = rows.rows::<(Option<String>,)>()?.next().transpose()?;
        Ok(row.and_then(|(text,)| text))
    }

    async fn pages(&self, values: (i64, i64, i64, i64)) -> Result<Vec<Row>, Failure> {
        let (mut rows, mut place) = (Vec::new(), PagingState::start());
        loop {
            let (page, next) = self.driver.execute_single_page(&self.select, values, place).await?;
            for row in page.into_rows_result()?.rows::<Row>()? {
                rows.push(row?);
            }
            match next.into_paging_control_flow() {
                ControlFlow::Break(()) => return Ok(rows),
                ControlFlow::Continue(next) => place = next,
            }
        }
    }
}
