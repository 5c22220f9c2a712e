//! Read markers.

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Seq, Timestamp, UserId,
    ports::{ReadRepository, StoreError, reads::ReadMarker},
};

use crate::{
    rows::{Columns, column},
    statement::sql,
    transaction::SqlTransaction,
};

const FIND: &str = "SELECT read_seq FROM read_markers WHERE conversation_id = $1 AND user_id = $2";
const ADVANCE: &str = "INSERT INTO read_markers (conversation_id, user_id, read_seq, read_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (conversation_id, user_id) DO UPDATE SET read_seq = excluded.read_seq, \
     read_at = excluded.read_at WHERE excluded.read_seq > read_markers.read_seq";
const LIST: &str = "SELECT m.user_id, COALESCE(r.read_seq, 0), r.read_at FROM members m LEFT JOIN read_markers r \
     ON r.conversation_id = m.conversation_id AND r.user_id = m.user_id \
     WHERE m.conversation_id = $1 AND m.state = 'active' ORDER BY m.user_id";

#[async_trait]
impl ReadRepository for SqlTransaction<'_> {
    async fn read_seq(&mut self, conversation: ConversationId, user: UserId) -> Result<Seq, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(conversation.as_i64()).bind(user.as_i64())).await?;
        row.map_or(Ok(0), |row| row.number(0))
    }

    async fn advance_read(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<(Seq, bool), StoreError> {
        if seq == 0 {
            // No marker stands at 0 already.
            return Ok((self.read_seq(conversation, user).await?, false));
        }
        let statement = sql(ADVANCE)
            .bind(conversation.as_i64())
            .bind(user.as_i64())
            .bind(column(seq))
            .bind(at.as_millis());
        if self.execute(statement).await? > 0 {
            return Ok((seq, true));
        }
        Ok((self.read_seq(conversation, user).await?, false))
    }

    async fn list_reads(&mut self, conversation: ConversationId) -> Result<Vec<ReadMarker>, StoreError> {
        let rows = self.fetch_all(sql(LIST).bind(conversation.as_i64())).await?;
        rows.iter()
            .map(|row| {
                Ok(ReadMarker {
                    user_id: UserId::from_i64(row.signed(0)?),
                    read_seq: row.number(1)?,
                    read_at: row.opt_time(2)?,
                })
            })
            .collect()
    }
}
