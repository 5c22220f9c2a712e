//! Chooses the adapters and puts the parts together: the one place that knows all of them.

mod identity;
mod media;
mod node;
mod storage;

use std::future::Future;

pub(crate) use identity::{access_tokens, reach_providers};
pub(crate) use node::{Node, offline_context};
pub(crate) use storage::{Storage, open_search, open_storage, open_store, silent_bus};

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}
