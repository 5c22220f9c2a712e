//! The store keeps the contracts of its ports.

use std::sync::Arc;

use kith_contract::{Case, store::StoreAndBus};
use kith_domain::ports::Store;

use crate::support::{Node, fresh_database, options};

async fn run(suite: &str, cases: &[Case<StoreAndBus>]) {
    kith_contract::run(suite, cases, async || {
        let node = Node::open(&fresh_database().await, options(0)).await;
        let (store, bus) = (Arc::clone(&node.store), Arc::clone(&node.bus));
        let store: Arc<dyn Store> = store;
        (StoreAndBus { store, published: Box::new(move || bus.drain()) }, node)
    })
    .await;
}

kith_contract::store_suites!(run);
