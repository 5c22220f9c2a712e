//! The store keeps the contracts of its ports.

use std::sync::Arc;

use kith_contract::{Case, store::StoreAndBus};
use kith_domain::ports::Store;
use kith_sql::testing::{TempStore, temp_store};

async fn run(suite: &str, cases: &[Case<StoreAndBus>]) {
    kith_contract::run(suite, cases, async || {
        let kept: TempStore = temp_store().await;
        let (store, bus) = (Arc::clone(&kept.store), Arc::clone(&kept.bus));
        let store: Arc<dyn Store> = store;
        (StoreAndBus { store, published: Box::new(move || bus.drain()) }, kept)
    })
    .await;
}

kith_contract::store_suites!(run);

#[tokio::test]
async fn one_writer() {
    run("one_writer", kith_contract::store::ONE_WRITER).await;
}
