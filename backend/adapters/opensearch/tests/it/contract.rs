//! The index keeps the contract of its port.

use std::sync::Arc;

use kith_contract::search::{Reopen, SEARCH, SearchAndProcess};
use kith_domain::ports::Search;
use kith_harness::OpenSearch as Server;

use crate::support::{fresh_prefix, open};

#[tokio::test(flavor = "multi_thread")]
async fn search() {
    let server = Server::shared();
    kith_contract::run("search", SEARCH, async || {
        let prefix = fresh_prefix();
        let search = Arc::new(open(server, &prefix));
        // What a later process knows is what the settings say.
        let reopen: Reopen = Box::new(move || {
            let later: Arc<dyn Search> = Arc::new(open(server, &prefix));
            Box::pin(async move { later })
        });
        (SearchAndProcess { search, reopen }, ())
    })
    .await;
}
