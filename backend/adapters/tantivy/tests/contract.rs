//! The index keeps the contract of its port.

use std::sync::Arc;

use kith_contract::search::{Reopen, SEARCH, SearchAndProcess};
use kith_domain::ports::Search;
use kith_tantivy::TantivySearch;

#[tokio::test]
async fn search() {
    kith_contract::run("search", SEARCH, async || {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("search");
        let search = TantivySearch::new(path.clone());
        let ended = search.clone();
        let reopen: Reopen = Box::new(move || {
            let (ended, path) = (ended.clone(), path.clone());
            Box::pin(async move {
                ended.close().await;
                Arc::new(TantivySearch::new(path)) as Arc<dyn Search>
            })
        });
        (SearchAndProcess { search: Arc::new(search), reopen }, directory)
    })
    .await;
}
