//! What tasks and threads share. With the feature `loom` the model checker's own types stand in, see `sync/model.rs`.

#[cfg(feature = "loom")]
mod model;

#[cfg(feature = "loom")]
pub(crate) use model::*;
#[cfg(not(feature = "loom"))]
pub(crate) use {
    std::sync::{Mutex, MutexGuard},
    tokio::{
        spawn,
        sync::{mpsc, oneshot, watch},
    },
};

/// Resolves when a task has ended.
#[cfg(not(feature = "loom"))]
pub(crate) type Task = tokio::task::JoinHandle<()>;

/// Takes a lock. What it guards is whole between operations, so a panic elsewhere does not spoil it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The outcome of `work`; `None` when it takes longer than `patience`.
#[cfg(not(feature = "loom"))]
pub(crate) async fn in_time<F: Future>(patience: std::time::Duration, work: F) -> Option<F::Output> {
    tokio::time::timeout(patience, work).await.ok()
}
