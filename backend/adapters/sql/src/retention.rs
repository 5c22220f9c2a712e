//! Letting go of entries that the history has.

use std::collections::BTreeSet;

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Entry, Seq, Timestamp,
    ports::{
        OutboxRepository as _, RetentionRepository, StoreError,
        retention::{Aged, KEPT, run_of},
    },
};

use crate::{
    entry_row::{entry_columns, read_entry},
    lists::{id_list, ids},
    rows::{Columns, column},
    statement::sql,
    transaction::SqlTransaction,
};

/// Up to where everybody who follows the outbox has confirmed it.
const CONFIRMED: &str = "SELECT COALESCE(MIN(pos), 0) FROM (SELECT MAX(pos) AS pos FROM outbox_confirmations \
     GROUP BY consumer) c";
/// Some conversations, and whether each has something to let go of. What lies above `archived_to` is there without a hole.
const AGED: &str = "SELECT c.id, h.last_seq - c.archived_to > $3 AND EXISTS (SELECT 1 FROM entries e \
     WHERE e.conversation_id = c.id AND e.seq = c.archived_to + 1 AND e.server_time < $2) \
     FROM (SELECT id, archived_to FROM conversations WHERE id > $1 ORDER BY id LIMIT $4) c \
     JOIN heads h ON h.conversation_id = c.id ORDER BY c.id";
const ARCHIVED_TO: &str = "SELECT archived_to FROM conversations WHERE id = $1";
/// The oldest of the entries that stay.
const OLDEST_KEPT: &str = "SELECT e.seq FROM entries e WHERE e.conversation_id = $1 AND e.kind <> 1 \
     ORDER BY e.seq DESC LIMIT 1 OFFSET $2";
const HELD: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entries e WHERE e.conversation_id = $1 AND e.seq > $2 AND e.seq < $3 ORDER BY e.seq LIMIT $4"
);
/// What former members see last.
const LAST_SEEN: &str = "SELECT DISTINCT (SELECT e.seq FROM entries e WHERE e.conversation_id = $1 \
     AND e.seq <= m.ended_seq AND e.kind <> 1 ORDER BY e.seq DESC LIMIT 1) FROM members m \
     WHERE m.conversation_id = $1 AND m.state <> 'active' AND m.ended_seq > $2";
const REMEMBER: &str = concat!(
    "INSERT INTO sent_messages (client_msg_id, sender_id, conversation_id, seq, id, server_time, client_time, \
     content_hash, unsent, removed_at) SELECT e.client_msg_id, e.sender_id, e.conversation_id, e.seq, e.id, \
     e.server_time, e.client_time, e.content_hash, e.unsent, $4 FROM entries e \
     WHERE e.conversation_id = $1 AND e.seq BETWEEN $2 AND $3 AND e.kind = 0 AND e.seq NOT IN ",
    ids!("$5")
);
const REMOVE: &str = concat!(
    "DELETE FROM entries WHERE conversation_id = $1 AND seq BETWEEN $2 AND $3 AND seq NOT IN ",
    ids!("$4")
);
const ARCHIVES: &str =
    "SELECT id, archived_to FROM conversations WHERE id > $1 AND archived_to > 0 ORDER BY id LIMIT $2";
const MOVE: &str = "UPDATE conversations SET archived_to = $2 WHERE id = $1";
const FORGET: &str = "DELETE FROM sent_messages WHERE (client_msg_id, sender_id, conversation_id) IN \
     (SELECT client_msg_id, sender_id, conversation_id FROM sent_messages WHERE removed_at < $1 \
     ORDER BY removed_at LIMIT $2)";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[ARCHIVED_TO, OLDEST_KEPT, HELD, LAST_SEEN, REMEMBER, REMOVE, FORGET];

impl SqlTransaction<'_> {
    async fn archived_to(&mut self, conversation: ConversationId) -> Result<Seq, StoreError> {
        let row = self.fetch_optional(sql(ARCHIVED_TO).bind(conversation.as_i64())).await?;
        row.map_or(Ok(0), |row| row.number(0))
    }

    /// Entries above `after` and below `before`, ascending.
    async fn held(
        &mut self,
        conversation: ConversationId,
        after: Seq,
        before: Seq,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let statement = sql(HELD)
            .bind(conversation.as_i64())
            .bind(column(after))
            .bind(column(before))
            .bind(i64::from(limit));
        self.fetch_all(statement).await?.iter().map(read_entry).collect()
    }
}

#[async_trait]
impl RetentionRepository for SqlTransaction<'_> {
    async fn first_awaited(&mut self) -> Result<Option<Timestamp>, StoreError> {
        let confirmed = self.fetch_one(sql(CONFIRMED)).await?.number(0)?;
        let Some(next) = self.list_outbox(confirmed, 1).await?.pop() else { return Ok(None) };
        let entry = self.held(next.conversation_id, next.seq - 1, next.seq + 1, 1).await?.pop();
        Ok(Some(entry.map_or(Timestamp::from_millis(0), |entry| entry.server_time)))
    }

    async fn list_aged(
        &mut self,
        after: Option<ConversationId>,
        before: Timestamp,
        limit: u32,
    ) -> Result<Aged, StoreError> {
        let statement = sql(AGED)
            .bind(after.map_or(i64::MIN, ConversationId::as_i64))
            .bind(before.as_millis())
            .bind(i64::from(KEPT))
            .bind(i64::from(limit));
        let mut aged = Aged::default();
        for row in self.fetch_all(statement).await? {
            let id = ConversationId::from_i64(row.signed(0)?);
            aged.last = Some(id);
            if row.flag(1)? {
                aged.conversations.push(id);
            }
        }
        Ok(aged)
    }

    async fn list_removable(
        &mut self,
        conversation: ConversationId,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let archived_to = self.archived_to(conversation).await?;
        let oldest_kept = sql(OLDEST_KEPT).bind(conversation.as_i64()).bind(i64::from(KEPT) - 1);
        let Some(row) = self.fetch_optional(oldest_kept).await? else { return Ok(Vec::new()) };
        let mut entries = self.held(conversation, archived_to, row.number(0)?, limit).await?;
        // A clock may have been put back, so that a later entry is older; what comes first goes first.
        let old = entries.iter().take_while(|entry| entry.server_time < before).count();
        entries.truncate(old);
        Ok(entries)
    }

    async fn remove_entries(&mut self, entries: &[Entry], at: Timestamp) -> Result<bool, StoreError> {
        let Some((conversation, low, high)) = run_of(entries) else { return Ok(false) };
        self.hold(conversation).await?;
        let archived_to = self.archived_to(conversation).await?;
        if archived_to + 1 != low {
            return Ok(false);
        }
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        if self.held(conversation, archived_to, high + 1, count).await? != entries {
            return Ok(false);
        }
        let last_seen = sql(LAST_SEEN).bind(conversation.as_i64()).bind(column(archived_to));
        let mut kept: BTreeSet<i64> = BTreeSet::new();
        for row in self.fetch_all(last_seen).await? {
            kept.extend(row.opt_signed(0)?);
        }
        let kept = id_list(kept);
        let range = |text| sql(text).bind(conversation.as_i64()).bind(column(low)).bind(column(high));
        self.execute(range(REMEMBER).bind(at.as_millis()).bind(kept.clone())).await?;
        self.execute(range(REMOVE).bind(kept)).await?;
        self.execute(sql(MOVE).bind(conversation.as_i64()).bind(column(high))).await?;
        self.touch(conversation);
        // What is remembered of its newest entries beside the database may reach below.
        self.erase(conversation);
        Ok(true)
    }

    async fn list_archives(
        &mut self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
        let after = after.map_or(i64::MIN, ConversationId::as_i64);
        let rows = self.fetch_all(sql(ARCHIVES).bind(after).bind(i64::from(limit))).await?;
        rows.iter().map(|row| Ok((ConversationId::from_i64(row.signed(0)?), row.number(1)?))).collect()
    }

    async fn forget_removed(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.execute(sql(FORGET).bind(before.as_millis()).bind(i64::from(limit))).await
    }
}
