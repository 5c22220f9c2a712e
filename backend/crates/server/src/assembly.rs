//! Chooses the adapters and puts the parts together: the one place that knows all of them.

mod engine;
mod following;
mod history;
mod identity;
mod jobs;
mod live;
mod measured_search;
mod media;
mod node;
mod node_limits;
pub(crate) mod remote;
mod search_index;
mod shared;
mod storage;

use std::future::Future;

pub(crate) use engine::Engine;
pub(crate) use following::search_source;
pub(crate) use history::open as open_history;
pub(crate) use identity::{access_tokens, reach_providers};
pub(crate) use node::{Node, offline_context};
pub(crate) use search_index::SearchIndex;
pub(crate) use storage::{Storage, open_storage, open_store, silent_bus};

/// Runs a future on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}
