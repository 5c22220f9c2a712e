//! Followers that come, go and die.

use std::{
    collections::BTreeSet,
    env,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Entry, Seq,
    ports::{EntrySink, EntrySinkError},
};
use tokio::task::block_in_place;

use crate::support::{
    Following, Memory, PATIENCE, a_log, a_topic, entries, publish, seqs, shared_kafka, the_topic, until,
};

fn places(memories: &[&Memory]) -> BTreeSet<(ConversationId, Seq)> {
    let all =
        |memory: &&Memory| memory.taken().iter().map(|e| (e.conversation_id, e.seq)).collect::<Vec<_>>();
    memories.iter().flat_map(all).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn members_share_the_work_and_take_over_from_each_other() {
    let settings = a_topic(shared_kafka());
    let log = a_log(&settings);
    let (first, second) = (Memory::new("sharing"), Memory::new("sharing"));
    let one = Following::start(&settings, first.clone());
    let mut published = entries(60, 2);
    publish(&log, &published).await;
    until("the first takes all", || first.taken().len() >= published.len()).await;
    let two = Following::start(&settings, second.clone());
    // Until the partitions are shared.
    let deadline = Instant::now() + PATIENCE;
    while second.taken().len() < 60 {
        assert!(Instant::now() < deadline, "the second gets nothing");
        let more = entries(60, 1);
        publish(&log, &more).await;
        published.extend(more);
        let expected = places_of(&published);
        until("all are taken", || places(&[&first, &second]).len() >= expected.len()).await;
    }
    let taken_by_first = first.taken().len();
    let more = entries(60, 10);
    publish(&log, &more).await;
    published.extend(more);
    until("all are taken", || places(&[&first, &second]).len() >= places_of(&published).len()).await;
    assert!(first.taken().len() > taken_by_first, "both work");
    one.stop().await;
    let last = entries(60, 10);
    publish(&log, &last).await;
    published.extend(last.clone());
    until("the second takes over", || places(&[&first, &second]).len() >= places_of(&published).len()).await;
    two.stop().await;
    assert_eq!(places(&[&first, &second]), places_of(&published));
    // Whoever took a conversation took it in order; and nobody died, so that nothing came twice.
    for (conversation, seqs) in first.seqs().into_iter().chain(second.seqs()) {
        assert!(seqs.is_sorted(), "{conversation}: {seqs:?}");
    }
    let (by_first, by_second) = (first.taken().clone(), second.taken().clone());
    assert_eq!(by_first.len() + by_second.len(), published.len());
    assert_eq!(seqs(&by_second[by_second.len() - last.len()..]), seqs(&last));
}

fn places_of(entries: &[Entry]) -> BTreeSet<(ConversationId, Seq)> {
    entries.iter().map(|entry| (entry.conversation_id, entry.seq)).collect()
}

/// Where the process that is to die finds the topic.
const BROKERS: &str = "KITH_TEST_BROKERS";
const TOPIC: &str = "KITH_TEST_TOPIC";
/// What it says when it has a batch in its hands.
const HOLDING: &str = "holding a batch";

/// Takes a batch and is never done with it.
struct Holder;

#[async_trait]
impl EntrySink for Holder {
    fn name(&self) -> &'static str {
        "killed"
    }

    async fn take(&self, _: Vec<Entry>) -> Result<(), EntrySinkError> {
        println!("{HOLDING}");
        std::future::pending().await
    }
}

/// This test, and the member that is killed: the same test in a process of its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_member_had_not_done_when_it_was_killed_comes_again() {
    if let (Ok(brokers), Ok(topic)) = (env::var(BROKERS), env::var(TOPIC)) {
        let settings = the_topic(brokers, topic);
        return Following::start(&settings, Arc::new(Holder)).for_ever().await;
    }
    let settings = a_topic(shared_kafka());
    let log = a_log(&settings);
    let published = entries(20, 5);
    publish(&log, &published).await;
    let name = "groups::what_a_member_had_not_done_when_it_was_killed_comes_again";
    let mut member = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", name, "--nocapture"])
        .env(BROKERS, &settings.brokers)
        .env(TOPIC, &settings.topic)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the process starts");
    let lines = BufReader::new(member.stdout.take().expect("its output")).lines();
    let holding = block_in_place(|| lines.map_while(Result::ok).any(|line| line.contains(HOLDING)));
    member.kill().expect("killed");
    member.wait().expect("gone");
    assert!(holding, "it had a batch in its hands");

    let sink = Memory::new("killed");
    let following = Following::start(&settings, sink.clone());
    until("all come again", || sink.taken().len() >= published.len()).await;
    following.stop().await;
    assert_eq!(sink.seqs(), seqs(&published));
}
