//! Earlier versions of drafts.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Timestamp, UserId,
    draft::{DraftVersion, MAX_DRAFT_VERSIONS},
    ports::{DraftRepository, StoreError},
};

use crate::{
    rows::{Columns, column},
    statement::sql,
    transaction::SqlTransaction,
};

const INSERT: &str = "INSERT INTO draft_versions (user_id, conversation_id, number, version, text, reply_to, saved_at) \
     SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6 FROM draft_versions \
     WHERE user_id = $1 AND conversation_id = $2";
const TRIM: &str = "DELETE FROM draft_versions WHERE user_id = $1 AND conversation_id = $2 AND number <= \
     (SELECT MAX(number) FROM draft_versions WHERE user_id = $1 AND conversation_id = $2) - $3";
const LIST: &str = "SELECT text, reply_to, version, saved_at FROM draft_versions \
     WHERE user_id = $1 AND conversation_id = $2 AND saved_at >= $3 ORDER BY number DESC";
const PURGE: &str = "DELETE FROM draft_versions WHERE saved_at < $1";

#[async_trait]
impl DraftRepository for SqlTransaction<'_> {
    async fn insert_draft_version(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        version: &DraftVersion,
    ) -> Result<(), StoreError> {
        let statement = sql(INSERT)
            .bind(user.as_i64())
            .bind(conversation.as_i64())
            .bind(column(version.version))
            .bind(version.text.as_str())
            .bind(version.reply_to.map(column))
            .bind(version.saved_at.as_millis());
        self.execute(statement).await?;
        let statement =
            sql(TRIM).bind(user.as_i64()).bind(conversation.as_i64()).bind(i64::from(MAX_DRAFT_VERSIONS));
        self.execute(statement).await?;
        Ok(())
    }

    async fn list_draft_versions(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        since: Timestamp,
    ) -> Result<Vec<DraftVersion>, StoreError> {
        let statement = sql(LIST).bind(user.as_i64()).bind(conversation.as_i64()).bind(since.as_millis());
        let rows = self.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(DraftVersion {
                    text: row.text(0)?,
                    reply_to: row.opt_number(1)?,
                    version: row.number(2)?,
                    saved_at: row.time(3)?,
                })
            })
            .collect()
    }

    async fn purge_draft_versions(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.execute(sql(PURGE).bind(before.as_millis())).await
    }
}
