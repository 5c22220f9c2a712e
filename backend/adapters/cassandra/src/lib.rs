//! The history of conversations in [Cassandra](https://cassandra.apache.org) 5.
//!
//! One table, a row per entry. A partition holds 8,192 places of one conversation, so that quiet and busy ones have
//! partitions of the same size, about 10 MB at most. Reads and writes are `LOCAL_QUORUM`.
//!
//! What a row says is decided by the entries' order, not by clocks: a message is written at the time of its own seq (a
//! number, not a moment), and erased at that of its unsend, which is higher. Erasing overwrites the text with an empty one.
//! It is no delete: a tombstone is forgotten after a while, and a replay could then bring the text back.

mod checkup;
mod errors;
mod rows;
mod schema;
mod session;
mod settings;
mod tls;

use std::{collections::BTreeMap, future::Future, ops::RangeInclusive, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kith_domain::{
    ConversationId, Entry, Seq,
    ports::{History, HistoryError},
};
use tokio::{sync::OnceCell, time::timeout};

pub use errors::AccessError;
use errors::unavailable;
use rows::{Row, Written, bucket};
use session::Session;
pub use settings::{CassandraSettings, Credentials, InvalidSettings, check_keyspace};
pub use tls::CaFileError;

/// How long a call may take, however much there is to do.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rows of one batch, and about how many bytes: a batch is one mutation, and servers refuse too large ones.
const BATCH_ROWS: usize = 128;
const BATCH_BYTES: usize = 256 << 10;
/// Reads under way at once, for one call.
const READS: usize = 16;
/// Batches under way at once, for one call. With a commit log that syncs in groups each waits for a sync, so that this many
/// at most share one.
const WRITES: usize = 128;

/// The history in a cluster. It connects with the first call, and after a failure to connect with the next one.
pub struct CassandraHistory {
    settings: CassandraSettings,
    session: OnceCell<Arc<Session>>,
}

impl CassandraHistory {
    /// A history in that cluster. Connects to nobody yet.
    #[must_use]
    pub fn new(settings: CassandraSettings) -> Self {
        Self { settings, session: OnceCell::new() }
    }

    /// Whether the cluster answers and has the table, which is made where it is missing.
    ///
    /// # Errors
    /// [`HistoryError`] that says why not.
    pub async fn check(&self) -> Result<(), HistoryError> {
        patiently(async { self.session().await?.answers().await }).await
    }

    fn keyspace(&self) -> &str {
        self.settings.keyspace()
    }

    async fn session(&self) -> Result<&Session, HistoryError> {
        let session =
            self.session.get_or_try_init(async || Session::open(&self.settings).await.map(Arc::new)).await?;
        Ok(session)
    }

    /// Every entry of `seqs`, or what is missing.
    async fn read(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError> {
        let (low, high) = (*seqs.start(), *seqs.end());
        if low > high {
            return Ok(Vec::new());
        }
        let session = self.session().await?;
        let parts: Vec<Vec<Row>> = stream::iter(bucket(low)..=bucket(high))
            .map(|bucket| session.select(conversation, bucket, low, high))
            .buffered(READS)
            .try_collect()
            .await?;
        let mut next = low;
        let mut entries = Vec::new();
        // Each part lies newest first.
        for row in parts.into_iter().flat_map(|part| part.into_iter().rev()) {
            let missing = HistoryError::Missing { conversation_id: conversation, seq: next };
            // A row without an id is what an unsend left that came before its message.
            let entry = row.into_entry(conversation)?.filter(|entry| entry.seq == next).ok_or(missing)?;
            entries.push(entry);
            next += 1;
        }
        if next <= high {
            return Err(HistoryError::Missing { conversation_id: conversation, seq: next });
        }
        Ok(entries)
    }
}

#[async_trait]
impl History for CassandraHistory {
    async fn put(&self, entries: &[Entry]) -> Result<(), HistoryError> {
        let batches = batches(entries);
        if batches.is_empty() {
            return Ok(());
        }
        patiently(async {
            let session = self.session().await?;
            stream::iter(batches)
                .map(|batch| session.insert(batch))
                .buffer_unordered(WRITES)
                .try_collect::<()>()
                .await
        })
        .await
    }

    async fn range(
        &self,
        conversation: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError> {
        patiently(self.read(conversation, seqs)).await
    }

    async fn covers(&self, entries: &[Entry]) -> Result<bool, HistoryError> {
        let mut given: Vec<&Entry> = entries.iter().collect();
        given.sort_by_key(|entry| (entry.conversation_id, entry.seq));
        let follows = |a: &&Entry, b: &&Entry| a.conversation_id == b.conversation_id && a.seq + 1 == b.seq;
        patiently(async {
            for run in given.chunk_by(follows) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                match self.read(first.conversation_id, first.seq..=last.seq).await {
                    Ok(held) if held.iter().eq(run.iter().copied()) => {}
                    Ok(_) | Err(HistoryError::Missing { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
            Ok(true)
        })
        .await
    }

    async fn check(&self) -> Result<(), HistoryError> {
        Self::check(self).await
    }
}

/// Ends what takes too long.
async fn patiently<T>(call: impl Future<Output = Result<T, HistoryError>>) -> Result<T, HistoryError> {
    timeout(PATIENCE, call).await.unwrap_or_else(|late| Err(unavailable(late)))
}

/// What is to be written, in batches that lie in one partition each.
fn batches(entries: &[Entry]) -> Vec<Vec<Written>> {
    let mut partitions: BTreeMap<(i64, i64), Vec<Written>> = BTreeMap::new();
    for row in entries.iter().flat_map(Written::of) {
        partitions.entry((row.conversation_id, row.bucket)).or_default().push(row);
    }
    let mut batches = Vec::new();
    for rows in partitions.into_values() {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        for row in rows {
            let size = row.size_hint();
            if !batch.is_empty() && (batch.len() == BATCH_ROWS || bytes + size > BATCH_BYTES) {
                batches.push(std::mem::take(&mut batch));
                bytes = 0;
            }
            bytes += size;
            batch.push(row);
        }
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use kith_domain::{EntryBody, EntryId, Timestamp, UserId};

    use super::*;

    fn unsend(conversation: u64, seq: Seq, target_seq: Seq) -> Entry {
        Entry {
            conversation_id: ConversationId::new(conversation),
            seq,
            id: EntryId::new(seq),
            sender_id: UserId::new(1),
            server_time: Timestamp::from_millis(0),
            body: EntryBody::Unsend { target_seq },
        }
    }

    #[test]
    fn a_batch_lies_in_one_partition_and_is_not_too_large() {
        let many: Vec<Entry> = (1..=300).map(|seq| unsend(1, 8_000 + seq, seq)).collect();
        let batches = batches(&[many, vec![unsend(2, 8_192, 8_191)]].concat());
        for batch in &batches {
            let place = |row: &Written| (row.conversation_id, row.bucket);
            assert!(batch.iter().all(|row| place(row) == place(&batch[0])));
            assert!((1..=BATCH_ROWS).contains(&batch.len()));
        }
        let rows: usize = batches.iter().map(Vec::len).sum();
        assert_eq!(rows, 602, "each unsend, and what it erases");
    }
}
