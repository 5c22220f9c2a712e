//! The outbox.

use std::sync::LazyLock;

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Seq, Timestamp,
    ports::{OutboxRepository, StoreError, outbox::OutboxRow},
};
use rusqlite::Connection;

use crate::{
    batch::Batch,
    rows::{Columns, column},
    statement::{Statement, sql},
    transaction::SqlTransaction,
};

/// Workers share the outbox by splits; a conversation stays in one.
const SPLITS: u64 = 16;

const APPEND: &str = "INSERT INTO outbox (split, conversation_id, seq, node) VALUES ($1, $2, $3, $4)";
/// Many rows to a statement, because each statement reads and writes the highest position once. A clash would be a
/// fault of ours and rolls the whole transaction back, which spares a journal of every page that the statement touches.
static APPEND_ALL: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new("INSERT OR ROLLBACK INTO outbox (split, conversation_id, seq, node)", "(?, ?, ?, ?)")
});
const LIST: &str = "SELECT pos, conversation_id, seq FROM outbox WHERE pos > $1 ORDER BY pos LIMIT $2";
// A row is removed only after a confirmation at or above it, so one of the two always knows the highest.
const HEAD: &str = "SELECT COALESCE(MAX(pos), 0) FROM (SELECT MAX(pos) AS pos FROM outbox \
     UNION ALL SELECT MAX(pos) FROM outbox_confirmations) p";
const POSITION: &str = "SELECT COALESCE(MAX(pos), 0) FROM outbox_confirmations WHERE consumer = $1";
const CONFIRM: &str = "INSERT INTO outbox_confirmations (consumer, pos, confirmed_at) SELECT $1, $2, $3 \
     WHERE NOT EXISTS (SELECT 1 FROM outbox_confirmations WHERE consumer = $1 AND pos >= $2) \
     ON CONFLICT (consumer, pos) DO NOTHING";
// Up to where every consumer had confirmed by then; nothing while one of them had confirmed nothing.
const SETTLED: &str = "SELECT MIN(settled) FROM (SELECT MAX(CASE WHEN confirmed_at < $1 THEN pos ELSE 0 END) \
     AS settled FROM outbox_confirmations WHERE consumer <> '' GROUP BY consumer) c";
/// What a consumer that is forgotten had confirmed goes to one without a name, as the head is known by it.
const HAND_OVER: &str = "INSERT INTO outbox_confirmations (consumer, pos, confirmed_at) SELECT '', pos, confirmed_at \
     FROM outbox_confirmations WHERE consumer = $1 ORDER BY pos DESC LIMIT 1 ON CONFLICT (consumer, pos) DO NOTHING";
const FORGET_CONSUMER: &str = "DELETE FROM outbox_confirmations WHERE consumer = $1";
const PURGE: &str = "DELETE FROM outbox WHERE pos <= $1";
// Of each consumer's confirmations the newest before the line is still needed, and all after it.
const FORGET: &str = "DELETE FROM outbox_confirmations WHERE confirmed_at < $1 AND EXISTS (SELECT 1 FROM \
     outbox_confirmations later WHERE later.consumer = outbox_confirmations.consumer AND later.confirmed_at < $1 \
     AND later.pos > outbox_confirmations.pos)";

/// Which of `parts` a conversation belongs to.
pub(crate) fn spread(conversation: ConversationId, parts: u64) -> u64 {
    // Fibonacci hashing: ids that differ in their high, time-carrying bits only still spread.
    let hash = conversation.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    hash % parts
}

/// The split of a conversation.
pub(crate) fn split(conversation: ConversationId) -> i64 {
    column(spread(conversation, SPLITS))
}

/// The row of an entry, in the order of the columns that are inserted.
fn row(conversation: ConversationId, seq: Seq, node: u16) -> [i64; 4] {
    [split(conversation), conversation.as_i64(), column(seq), i64::from(node)]
}

/// Adds the row of an entry that a job appended.
pub(crate) async fn append(
    tx: &mut SqlTransaction<'_>,
    conversation: ConversationId,
    seq: Seq,
) -> Result<(), StoreError> {
    let statement = row(conversation, seq, tx.node()).into_iter().fold(sql(APPEND), Statement::bind);
    tx.execute(statement).await?;
    Ok(())
}

/// Adds the rows of a group of messages, in the order given.
pub(crate) fn append_all(
    connection: &Connection,
    node: u16,
    entries: &[(ConversationId, Seq)],
) -> rusqlite::Result<()> {
    APPEND_ALL.insert(connection, entries.iter().map(|&(conversation, seq)| row(conversation, seq, node)))
}

#[async_trait]
impl OutboxRepository for SqlTransaction<'_> {
    async fn list_outbox(&mut self, after: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        #[cfg(feature = "postgres")]
        if let Some(progress) = self.progress() {
            return self.list_complete(&progress, after, limit).await;
        }
        // One writer: rows appear in order.
        self.peek_outbox(after, limit).await
    }

    async fn peek_outbox(&mut self, after: u64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.fetch_all(sql(LIST).bind(column(after)).bind(i64::from(limit))).await?;
        rows.iter()
            .map(|row| {
                Ok(OutboxRow {
                    pos: row.number(0)?,
                    conversation_id: ConversationId::from_i64(row.signed(1)?),
                    seq: row.number(2)?,
                })
            })
            .collect()
    }

    async fn outbox_head(&mut self) -> Result<u64, StoreError> {
        self.fetch_one(sql(HEAD)).await?.number(0)
    }

    async fn consumer_position(&mut self, consumer: &str) -> Result<u64, StoreError> {
        self.fetch_one(sql(POSITION).bind(consumer)).await?.number(0)
    }

    async fn confirm_outbox(&mut self, consumer: &str, pos: u64, at: Timestamp) -> Result<(), StoreError> {
        self.execute(sql(CONFIRM).bind(consumer).bind(column(pos)).bind(at.as_millis())).await?;
        Ok(())
    }

    async fn forget_consumer(&mut self, consumer: &str) -> Result<(), StoreError> {
        self.execute(sql(HAND_OVER).bind(consumer)).await?;
        self.execute(sql(FORGET_CONSUMER).bind(consumer)).await?;
        Ok(())
    }

    async fn purge_outbox(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        let settled =
            self.fetch_one(sql(SETTLED).bind(before.as_millis())).await?.opt_signed(0)?.unwrap_or(0);
        let removed = self.execute(sql(PURGE).bind(settled)).await?;
        self.execute(sql(FORGET).bind(before.as_millis())).await?;
        Ok(removed)
    }
}
