//! A fresh store in a temporary directory, for tests.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use kith_domain::{
    Random,
    event::LiveEvent,
    ports::{Bus, BusClosed},
};
use tempfile::TempDir;

use crate::{OpenError, Options, SqlStore};

/// A bus that keeps what was published, in order.
#[derive(Debug, Default)]
pub struct RecordingBus {
    events: Mutex<Vec<LiveEvent>>,
}

impl RecordingBus {
    /// Takes out what was published since the last call.
    pub fn drain(&self) -> Vec<LiveEvent> {
        std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Bus for RecordingBus {
    async fn publish(&self, events: Vec<LiveEvent>) -> Result<(), BusClosed> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
        Ok(())
    }
}

/// Repeatable bytes, different at each call.
#[derive(Debug, Default)]
pub struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            // SplitMix64's finalizer spreads the counter over all bits.
            let mut word = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A store that is removed with its directory when it is dropped.
#[derive(Debug)]
pub struct TempStore {
    /// The store.
    pub store: Arc<SqlStore>,
    /// What it published.
    pub bus: Arc<RecordingBus>,
    directory: TempDir,
}

impl TempStore {
    /// The data directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// Small, and without floor and ballast: tests fill no disk.
#[must_use]
pub fn options() -> Options {
    Options {
        readers: 2,
        cache_kib: 4 << 10,
        floor_bytes: Some(0),
        ballast_bytes: Some(0),
        ..Options::default()
    }
}

/// A fresh store whose events are recorded.
///
/// # Panics
/// When the store cannot be opened.
pub async fn temp_store() -> TempStore {
    temp_store_with(options()).await
}

/// The same, set up otherwise.
///
/// # Panics
/// When the store cannot be opened.
pub async fn temp_store_with(options: Options) -> TempStore {
    let bus = Arc::new(RecordingBus::default());
    let (directory, store) = temp_store_on(Arc::clone(&bus) as Arc<dyn Bus>, options).await;
    TempStore { store, bus, directory }
}

/// A fresh store on a bus of the caller's. It is removed with the directory's guard.
///
/// # Panics
/// When the store cannot be opened.
pub async fn temp_store_on(bus: Arc<dyn Bus>, options: Options) -> (TempDir, Arc<SqlStore>) {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary directory: {error}"));
    let store = open(directory.path(), options, bus).await;
    let store = store.unwrap_or_else(|error| panic!("the store does not open: {error:?}"));
    (directory, Arc::new(store))
}

/// Opens the store in a directory of the caller's.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(directory: &Path, options: Options, bus: Arc<dyn Bus>) -> Result<SqlStore, OpenError> {
    SqlStore::open(directory, options, bus, &CountingRandom::default()).await
}
