//! From the log into the index.

use std::sync::Arc;

use kith_contract::fixtures::{a_group, send, unsend, user, with_members};
use kith_domain::{
    Clock, ConversationId, Interval, Intervals,
    ports::{
        EntrySink as _, Search as _,
        search::{LeftOut, SearchQuery},
    },
    search::{SearchOrder, SearchTerms},
};
use kith_sql::testing::temp_store;
use kith_tantivy::TantivySearch;
use kith_testing::ManualClock;
use kith_worker::{SearchIndexer, Source, Tenure};
use prometheus_client::registry::Registry;

use crate::support::position;

/// The seqs of the messages with a word.
async fn found(search: &TantivySearch, group: ConversationId, word: &str) -> Vec<u64> {
    let query = SearchQuery {
        terms: SearchTerms::parse("q", word).unwrap(),
        conversations: [(group, Intervals(vec![Interval { from: 1, to: None }]))].into(),
        sender_id: None,
        left_out: LeftOut::default(),
        from: None,
        to: None,
        order: SearchOrder::Newest,
        after: None,
        limit: 100,
    };
    search.search(query).await.unwrap().iter().map(|candidate| candidate.seq).collect()
}

#[tokio::test]
async fn the_index_is_filled_from_the_ledger_and_goes_on_with_the_log() {
    let temp = temp_store().await;
    let (store, clock) = (temp.store.clone(), Arc::new(ManualClock::default()) as Arc<dyn Clock>);
    let group = with_members(&*store, a_group(), &[user(1)]).await;
    let search = Arc::new(TantivySearch::new(temp.path().join("search")));
    let indexer = |source| {
        SearchIndexer::new(store.clone(), search.clone(), clock.clone(), source, &mut Registry::default())
    };
    let by_log = indexer(Source::Log);
    let sink = by_log.sink();
    let before = send(&*store, group, user(1), "the market before").await;
    assert!(sink.take(vec![before.clone()]).await.is_err(), "there is no index to put it into yet");

    while by_log.step(&Tenure::endless()).await.unwrap() {}
    assert_eq!(found(&search, group, "market").await, [1]);
    let mark = search.mark().await.unwrap().unwrap();
    assert_eq!((mark.outbox_pos, mark.rebuilt_to), (None, None));
    let after = send(&*store, group, user(1), "the market after").await;
    while by_log.step(&Tenure::endless()).await.unwrap() {}
    assert_eq!(found(&search, group, "market").await, [1], "what is new comes by the log");
    sink.take(vec![before.clone(), after.clone()]).await.unwrap();
    assert_eq!(found(&search, group, "market").await, [2, 1]);

    // What was unsent stays so, whatever comes again.
    let gone = unsend(&*store, &before).await;
    sink.take(vec![gone]).await.unwrap();
    sink.take(vec![before, after]).await.unwrap();
    assert_eq!(found(&search, group, "market").await, [2]);
    assert_eq!(search.mark().await.unwrap().unwrap(), mark, "the mark is the indexer's alone");
    assert_eq!(position(&*store, "search").await, 0, "no rows of the outbox wait for it");
}

#[tokio::test]
async fn an_index_that_followed_something_else_is_made_anew() {
    let temp = temp_store().await;
    let (store, clock) = (temp.store.clone(), Arc::new(ManualClock::default()) as Arc<dyn Clock>);
    let group = with_members(&*store, a_group(), &[user(1)]).await;
    let search = Arc::new(TantivySearch::new(temp.path().join("search")));
    let first = send(&*store, group, user(1), "market one").await;
    for (source, other) in [(Source::Outbox, Source::Log), (Source::Log, Source::Outbox)] {
        let indexer = |source| {
            SearchIndexer::new(store.clone(), search.clone(), clock.clone(), source, &mut Registry::default())
        };
        let earlier = indexer(source);
        while earlier.step(&Tenure::endless()).await.unwrap() {}
        let late = indexer(other).sink().take(vec![first.clone()]).await;
        assert_eq!(late.is_ok(), source == Source::Log, "a sink sees whose index it is");
        // Nobody tells the index of this one.
        send(&*store, group, user(1), "market more").await;
        let later = indexer(other);
        while later.step(&Tenure::endless()).await.unwrap() {}
        let count = if source == Source::Outbox { 2 } else { 3 };
        assert_eq!(found(&search, group, "market").await.len(), count, "{source:?} to {other:?}");
    }
}
