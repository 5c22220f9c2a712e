//! What follows the ledger by the log of entries, over real services that are killed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kith_cassandra::CassandraHistory;
use kith_domain::{ConversationId, EntryBody, ports::History as _};

use super::{
    Between, Cluster, blocking, entry, send_on,
    sinks::{Sinks, at_last, found, metric},
};
use crate::harness::{Socket, eventually};

/// Waits until the history has every entry of a conversation, and is as long as the ledger says.
async fn archived(history: &CassandraHistory, conversation: &str, last: u64) -> Vec<kith_domain::Entry> {
    let id = ConversationId::new(conversation.parse().unwrap());
    at_last("the history is whole", async || history.range(id, 1..=last).await.ok()).await
}

/// The node that publishes.
async fn relaying(cluster: &Cluster) -> usize {
    at_last("somebody publishes", async || {
        for (number, node) in cluster.nodes.iter().enumerate() {
            if metric(&node.http, "kith_log_entries_total").await > 0.0 {
                return Some(number);
            }
        }
        None
    })
    .await
}

#[tokio::test]
async fn what_is_said_at_one_node_is_archived_and_found_at_another() {
    let sinks = Sinks::start().await;
    let cluster = Cluster::start_with(3, Between::Redis, |launch| sinks.set(launch)).await;
    let (ada, bob, direct) = cluster.friends().await;
    let mut carl = bob.clone();
    carl.http = cluster.nodes[2].http.clone();
    let said = ada.say(&direct, "我們去士林夜市吧").await["seq"].as_u64().unwrap();
    at_last("it is found at a third node", async || {
        (found(&carl, "夜市", &direct).await? == [said]).then_some(())
    })
    .await;
    let secret = ada.say(&direct, "夜市 is a secret").await["seq"].as_u64().unwrap();
    at_last("so is the next", async || {
        (found(&carl, "夜市", &direct).await? == [secret, said]).then_some(())
    })
    .await;
    ada.post(&format!("/api/v1/conversations/{direct}/entries/{secret}/unsend"), &serde_json::json!({}))
        .await;
    let history = sinks.history();
    let entries = archived(&history, &direct, secret + 1).await;
    assert!(matches!(entries.last().unwrap().body, EntryBody::Unsend { target_seq } if target_seq == secret));
    let erased = at_last("its text is gone from the history", async || {
        let id = ConversationId::new(direct.parse().unwrap());
        let entry = history.range(id, secret..=secret).await.ok()?.pop()?;
        matches!(entry.body, EntryBody::Message { content: None, .. }).then_some(entry)
    });
    erased.await;
    at_last("what was said is counted", async || {
        let mut counted = 0.0;
        for node in &cluster.nodes {
            counted += metric(&node.http, r#"kith_entries_total{kind="text"}"#).await;
        }
        (counted >= 1.0).then_some(())
    })
    .await;

    // Without the index: it says so, people chat on, and what they said is found afterwards.
    let opensearch = Arc::new(sinks.opensearch);
    opensearch.kill();
    let refused = at_last("the index is missed", async || {
        let reply = carl.get("/api/v1/search/messages?q=market").await;
        (reply.status != 200).then_some(reply)
    })
    .await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "unavailable"));
    let mut at_b = Socket::connect(&bob).await;
    cluster.knows(0, 1).await;
    let late = ada.say(&direct, "the market meanwhile").await["seq"].as_u64().unwrap();
    entry(&mut at_b, late).await;
    archived(&history, &direct, late).await;
    let again = opensearch.clone();
    blocking(move || again.restart().unwrap()).await;
    for (q, expected) in [("market", late), ("夜市", said)] {
        at_last("it is found at last", async || {
            (found(&carl, q, &direct).await? == [expected]).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn nothing_is_lost_when_kafka_and_then_the_relay_are_killed() {
    let sinks = Sinks::start().await;
    let mut cluster = Cluster::start_with(3, Between::Redis, |launch| sinks.set(launch)).await;
    let (ada, bob, direct) = cluster.friends().await;
    let history = sinks.history();
    let first = ada.say(&direct, "before").await["seq"].as_u64().unwrap();
    archived(&history, &direct, first).await;
    let mut at_b = Socket::connect(&bob).await;
    cluster.knows(0, 1).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut other = ada.clone();
    other.http = cluster.nodes[2].http.clone();
    let senders = [ada.clone(), other.clone()]
        .map(|person| tokio::spawn(send_on(person, direct.clone(), stop.clone())));
    entry(&mut at_b, first + 100).await;

    // Nobody waits for Kafka.
    let kafka = Arc::new(sinks.kafka);
    kafka.kill();
    let told = at_b.waiting().len() as u64;
    entry(&mut at_b, first + 100 + told + 200).await;
    let again = kafka.clone();
    blocking(move || again.restart().unwrap()).await;
    let head = ada.say(&direct, "after Kafka").await["seq"].as_u64().unwrap();
    archived(&history, &direct, head).await;

    // Whoever publishes is killed: another goes on where it was.
    let killed = relaying(&cluster).await;
    cluster.nodes[killed].kill();
    let survivor = (0..3).find(|node| *node != killed).unwrap();
    let mut ada = ada;
    ada.move_to(&cluster.nodes[survivor].http).await;
    let said = ada.say(&direct, "夜市 after the relay").await["seq"].as_u64().unwrap();
    archived(&history, &direct, said).await;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.extend(sender.await.unwrap());
    }
    let last = acknowledged.iter().map(|(_, seq)| *seq).max().unwrap().max(said);
    let entries = archived(&history, &direct, last).await;
    for (id, seq) in acknowledged {
        let kept = &entries[seq as usize - 1];
        let name = match &kept.body {
            EntryBody::Message { client_msg_id, .. } => client_msg_id.to_string(),
            other => panic!("{other:?} at {seq}"),
        };
        assert_eq!((kept.seq, name), (seq, id));
    }
    at_last("it is found", async || (found(&ada, "夜市", &direct).await? == [said]).then_some(())).await;
    eventually("all is published", async || {
        let lag = metric(&cluster.nodes[survivor].http, r#"kith_outbox_lag_seconds{consumer="log"}"#).await;
        (lag == 0.0).then_some(())
    })
    .await;
}
