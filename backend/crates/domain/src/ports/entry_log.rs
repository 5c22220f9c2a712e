//! The log of entries: what the ledger committed, for everything that follows it from other processes.

use std::sync::Arc;

use async_trait::async_trait;

use crate::entry::Entry;

/// The log did not confirm everything. Some entries may be in it; publishing them all again is right.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the log of entries is unavailable")]
pub struct EntryLogError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

/// A sink that did not take a batch, which will be handed to it again.
#[derive(Debug, Clone, thiserror::Error)]
#[error("a follower of the log failed")]
pub struct EntrySinkError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

/// The end of the log that is written to.
///
/// - When the call returns, every entry is confirmed: it survives the loss of a server, and every group of followers
///   gets it.
/// - The entries of one conversation are followed in the order in which they were published.
/// - An entry that is published again after an error may be there twice, and after entries that followed it.
/// - Every call ends within a bounded time.
#[async_trait]
pub trait EntryLog: Send + Sync {
    /// Appends committed entries, which are in order within each conversation.
    async fn publish(&self, entries: &[Entry]) -> Result<(), EntryLogError>;
}

/// Something that follows the log. It gets every entry at least once; each of its processes gets some conversations, and the
/// entries of one in order as far as they were published so. Taking one twice must change nothing.
#[async_trait]
pub trait EntrySink: Send + Sync {
    /// The name of its group: its processes share the work, and where they are is kept under it.
    fn name(&self) -> &'static str;
    /// Takes a batch. Only when it says yes is the batch counted as done.
    async fn take(&self, entries: Vec<Entry>) -> Result<(), EntrySinkError>;
}
