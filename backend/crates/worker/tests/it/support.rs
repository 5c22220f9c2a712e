//! A log that is held.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use kith_contract::fixtures::read;
use kith_domain::{
    Entry,
    ports::{EntryLog, EntryLogError, Store},
};
use tokio::sync::Semaphore;

/// A log in memory that confirms as many calls as it is let.
pub(crate) struct HeldLog {
    entries: Mutex<Vec<Entry>>,
    /// Calls that have come.
    pub(crate) came: Semaphore,
    /// Calls that may go.
    pub(crate) may_go: Semaphore,
}

impl HeldLog {
    pub(crate) fn letting(calls: usize) -> Self {
        Self { entries: Mutex::default(), came: Semaphore::new(0), may_go: Semaphore::new(calls) }
    }

    /// The seqs that were published, in order.
    pub(crate) fn seqs(&self) -> Vec<u64> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|entry| entry.seq).collect()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EntryLog for HeldLog {
    async fn publish(&self, entries: &[Entry]) -> Result<(), EntryLogError> {
        self.came.add_permits(1);
        if let Ok(permit) = self.may_go.acquire().await {
            permit.forget();
        }
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(entries);
        Ok(())
    }
}

/// Up to where a consumer has confirmed.
pub(crate) async fn position(store: &dyn Store, consumer: &'static str) -> u64 {
    read(store, move |tx| tx.consumer_position(consumer)).await
}
