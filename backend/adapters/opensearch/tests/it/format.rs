//! What is in the index, and which index it is.

use kith_domain::{
    ConversationId, Interval, Intervals,
    ports::{Search as _, search::SearchQuery},
};
use kith_harness::OpenSearch as Server;

use crate::support::{HIKERS, a_mark, asking, fresh_prefix, ids, open, said};

/// The service's answer, as text.
async fn ask(path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", Server::shared().url())).await.expect("an answer");
    answer.text().await.expect("a text")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_leaves_one_index() {
    let prefix = fresh_prefix();
    let search = open(Server::shared(), &prefix);
    for pos in 0..3 {
        search.put(vec![said(1, "market")], Some(a_mark(pos))).await.expect("put");
        search.reset(a_mark(10 + pos)).await.expect("reset");
        assert_eq!(search.mark().await.expect("a mark"), Some(a_mark(10 + pos)));
    }
    let indices = ask(&format!("/_cat/indices/{prefix}-*?h=index")).await;
    assert_eq!(indices.lines().collect::<Vec<_>>(), [format!("{prefix}-messages-v1-4")]);
    let alias = ask(&format!("/_cat/aliases/{prefix}-messages-v1?h=index")).await;
    assert_eq!(alias.trim(), format!("{prefix}-messages-v1-4"));
}

/// An index that was removed by hand is missing, and is not made anew with fields that somebody guessed.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_was_removed_is_empty() {
    let prefix = fresh_prefix();
    let search = open(Server::shared(), &prefix);
    search.put(vec![said(1, "market")], Some(a_mark(1))).await.expect("put");
    let url = format!("{}/{prefix}-messages-v1-1", Server::shared().url());
    let removed = reqwest::Client::new().delete(url).send().await.expect("an answer");
    assert!(removed.status().is_success(), "{removed:?}");
    assert_eq!(search.mark().await.expect("an answer"), None);
    assert_eq!(ids(&search, "market").await, [0; 0]);
    search.put(vec![said(2, "market")], Some(a_mark(2))).await.expect("put");
    assert_eq!(ids(&search, "market").await, [2]);
    let mapping = ask(&format!("/{prefix}-messages-v1/_mapping")).await;
    assert!(mapping.contains(r#""dynamic":"strict""#), "{mapping}");
}

/// The texts are in the ledger; here is only what they are found by.
#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_given_back() {
    let prefix = fresh_prefix();
    let search = open(Server::shared(), &prefix);
    search.put(vec![said(1, "secretword of ours")], Some(a_mark(1))).await.expect("put");
    let all = ask(&format!("/{prefix}-messages-v1/_search")).await;
    assert!(all.contains("70-1") && !all.contains("secretword"), "{all}");
}

/// People are in more groups than a query may have clauses.
#[tokio::test(flavor = "multi_thread")]
async fn many_conversations_can_be_seen_in_part() {
    let search = open(Server::shared(), &fresh_prefix());
    search.put((1..=9).map(|seq| said(seq, "market")).collect(), Some(a_mark(1))).await.expect("put");
    let partly = |from, to| Intervals(vec![Interval { from, to }, Interval { from: 9, to: None }]);
    let mut query = SearchQuery {
        conversations: (1_000..6_000).map(|id| (ConversationId::new(id), partly(2, Some(3)))).collect(),
        ..asking("market")
    };
    query.conversations.insert(HIKERS, partly(4, Some(5)));
    let found = search.search(query).await.expect("an answer");
    let seqs: Vec<u64> = found.iter().map(|candidate| candidate.seq).collect();
    assert_eq!(seqs, [9, 5, 4]);
}
