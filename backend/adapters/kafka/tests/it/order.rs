//! What is published is followed, in order.

use std::sync::Arc;

use crate::support::{Following, Memory, a_log, a_topic, entries, publish, seqs, shared_kafka, until};

#[tokio::test(flavor = "multi_thread")]
async fn each_conversation_is_followed_in_order() {
    let settings = a_topic(shared_kafka());
    let log = a_log(&settings);
    let published = entries(40, 50);
    let (before, after) = published.split_at(1_000);
    publish(&log, before).await;
    let sink = Memory::new("order");
    let following = Following::start(&settings, sink.clone());
    for some in after.chunks(30) {
        publish(&log, some).await;
    }
    until("all are taken", || sink.taken().len() >= published.len()).await;
    following.stop().await;
    assert_eq!(sink.seqs(), seqs(&published), "each once, and in order");
    let (mut taken, mut expected) = (sink.taken().clone(), published);
    taken.sort_by_key(|entry| (entry.conversation_id, entry.seq));
    expected.sort_by_key(|entry| (entry.conversation_id, entry.seq));
    assert_eq!(taken, expected, "just as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_group_gets_everything_and_goes_on_where_it_was() {
    let settings = a_topic(shared_kafka());
    let log = a_log(&settings);
    let (first, second) = (entries(10, 10), entries(10, 10));
    publish(&log, &first).await;
    let (one, other) = (Memory::new("one"), Memory::new("other"));
    let following = Following::start(&settings, one.clone());
    until("the first are taken", || one.taken().len() >= 100).await;
    following.stop().await;
    publish(&log, &second).await;
    let again = Memory::new("one");
    let following = [Following::start(&settings, again.clone()), Following::start(&settings, other.clone())];
    until("the second are taken", || again.taken().len() >= 100 && other.taken().len() >= 200).await;
    for following in following {
        following.stop().await;
    }
    assert_eq!(one.seqs(), seqs(&first));
    assert_eq!(again.seqs(), seqs(&second), "nothing that was done comes again");
    assert_eq!(other.seqs(), seqs(&[first, second].concat()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_fails_gets_the_same_entries_again() {
    let settings = a_topic(shared_kafka());
    let log = Arc::new(a_log(&settings));
    let published = entries(5, 20);
    publish(&*log, &published).await;
    let sink = Memory::refusing("refusing", 3);
    let following = Following::start(&settings, sink.clone());
    until("all are taken", || sink.taken().len() >= published.len()).await;
    following.stop().await;
    assert_eq!(sink.seqs(), seqs(&published));
}
