//! Old messages leave PostgreSQL for Cassandra, and nobody notices.

use std::sync::Arc;

use kith_harness::Cassandra;
use serde_json::{Value, json};

use super::{Between, Cluster, blocking};
use crate::harness::{Person, Reply, eventually, fresh_id, message};

const DAY: i64 = 86_400;
/// So many entries of a conversation stay in the ledger.
const KEPT: u64 = 200;

fn text(seq: u64) -> String {
    format!("number{seq:04} of many")
}

fn seqs(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()).collect()
}

async fn move_clocks(cluster: &Cluster, seconds: i64) {
    for node in &cluster.nodes {
        node.move_clock(seconds).await;
    }
}

/// A counter of all nodes together.
async fn sum_of(cluster: &Cluster, counter: &str) -> u64 {
    let mut sum = 0;
    for node in &cluster.nodes {
        let metrics = node.http.get("/metrics").await.text;
        let value = metrics.lines().find_map(|line| line.strip_prefix(counter)?.trim().parse::<u64>().ok());
        sum += value.unwrap_or(0);
    }
    sum
}

/// Moves the clocks by a week and a day, and on until so many entries have left the ledger: a round of the job that began
/// before the index had taken them lets none go, and the next one comes ten minutes later.
async fn let_go(cluster: &Cluster, entries: u64) {
    for turn in 0..20 {
        let rounds = sum_of(cluster, "kith_retention_rounds_total").await;
        move_clocks(cluster, 8 * DAY + turn * 660).await;
        eventually("a round of the retention", async || {
            (sum_of(cluster, "kith_retention_rounds_total").await > rounds).then_some(())
        })
        .await;
        if sum_of(cluster, "kith_retention_removed_total").await == entries {
            return;
        }
    }
    panic!("old messages stay in the ledger");
}

async fn page(who: &Person, conversation: &str, query: &str) -> Reply {
    who.get(&format!("/api/v1/conversations/{conversation}/entries?{query}")).await
}

#[tokio::test]
async fn old_messages_are_read_from_the_history_by_every_node() {
    let cassandra = Arc::new(blocking(|| Cassandra::start().unwrap()).await);
    let cluster = Cluster::start_with(2, Between::Redis, |launch| {
        launch
            .set("KITH__CLUSTER__CASSANDRA_NODES", cassandra.address())
            .set("KITH__CLUSTER__CASSANDRA_REPLICAS", 1)
    })
    .await;
    let (mut ada, mut bob, direct) = cluster.friends().await;
    let messages = format!("/api/v1/conversations/{direct}/messages");
    let first = ada.timeline(&direct).await.len() as u64 + 1;
    let last = KEPT + 120;
    let mut ids = std::collections::HashMap::new();
    for seq in first..=last {
        let id = fresh_id();
        let sent = ada.post(&messages, &message(&id, &text(seq))).await.expect(201);
        assert_eq!(sent["seq"], seq);
        ids.insert(seq, id);
    }
    let before = bob.timeline(&direct).await;
    assert_eq!(before.len() as u64, last);

    let gone = last - KEPT;
    let_go(&cluster, gone).await;
    for person in [&mut ada, &mut bob] {
        person.renew().await;
        assert_eq!(person.timeline(&direct).await, before, "whole and in order, at each node");
    }
    let below = page(&bob, &direct, "before=60&limit=50").await.expect(200);
    assert_eq!(seqs(&below), (10..60).collect::<Vec<_>>());
    assert_eq!(below["next"], 10);
    let around = page(&bob, &direct, "around=20&limit=10").await.expect(200);
    assert!(seqs(&around).contains(&20));
    let positions = json!({"conversations": {(direct.as_str()): 50}, "user_seq": 0});
    let synced = bob.post("/api/v1/sync", &positions).await.expect(200);
    let piece = &synced["conversations"][0];
    assert_eq!(piece["complete"], false, "a gap, to be asked for");
    assert_eq!(piece["entries"][0]["seq"], gone + 1);

    // A resend, a reply, a search.
    let again = ada.post(&messages, &message(&ids[&30], &text(30))).await.expect(200);
    assert_eq!(again, before[29]);
    let other = ada.post(&messages, &message(&ids[&30], "something else")).await;
    assert_eq!((other.status, other.code()), (409, "id_reused".to_owned()));
    let mut reply = message(&fresh_id(), "as you said");
    reply["content"]["reply_to"] = json!(40);
    let reply = bob.post(&messages, &reply).await.expect(201);
    let newest = page(&ada, &direct, "before=9999&limit=5").await.expect(200);
    assert_eq!(newest["items"][4], reply);
    assert_eq!(newest["quoted"], json!([before[39]]));
    // Without OpenSearch there is an index where the job is, or has been.
    let found = async |who: &Person, word: &str| {
        let mut items = Vec::new();
        for node in &cluster.nodes {
            let request = node.http.request("GET", &format!("/api/v1/search/messages?q={word}"));
            let page = Reply::of(request.bearer_auth(&who.access_token)).await.expect(200);
            items.extend(page["items"].as_array().unwrap().iter().map(|item| item["entry"].clone()));
        }
        items.dedup();
        items
    };
    assert_eq!(found(&bob, "number0017").await, [before[16].clone()]);

    // Within the hour, on clocks that were put back.
    move_clocks(&cluster, 0).await;
    let (ada, bob) = (cluster.person(0, "ada").await, cluster.person(1, "bob").await);
    let unsend = format!("/api/v1/conversations/{direct}/entries/17/unsend");
    let unsent = ada.call("POST", &unsend, None).await.expect(200);
    assert_eq!(unsent["target_seq"], 17);
    assert_eq!(ada.call("POST", &unsend, None).await.expect(200), unsent);
    let is_unsent = async |who: &Person| {
        let page = page(who, &direct, "around=17&limit=3").await.expect(200);
        let entry =
            page["items"].as_array().unwrap().iter().find(|entry| entry["seq"] == 17).unwrap().clone();
        assert_eq!((&entry["unsent"], &entry["content"]), (&json!(true), &Value::Null), "{entry}");
    };
    is_unsent(&ada).await;
    is_unsent(&bob).await;
    assert_eq!(found(&bob, "number0017").await, Vec::<Value>::new());
    let whole = bob.timeline(&direct).await;
    assert_eq!(whole.len() as u64, last + 2);

    // Without Cassandra the new is there, and the old is said to be unavailable.
    blocking({
        let cassandra = cassandra.clone();
        move || cassandra.kill()
    })
    .await;
    let newest = page(&bob, &direct, "before=9999&limit=100").await.expect(200);
    assert_eq!(newest["items"].as_array().unwrap()[..], whole[whole.len() - 100..]);
    for query in ["before=60&limit=50", "after=0&limit=10", "around=50&limit=4"] {
        let refused = page(&bob, &direct, query).await;
        assert_eq!((refused.status, refused.code()), (503, "unavailable".to_owned()), "{query}: {refused:?}");
        assert!(!refused.header("retry-after").is_empty(), "{query}");
    }
    bob.post("/api/v1/sync", &positions).await.expect(200);
    let list = bob.get("/api/v1/conversations").await.expect(200);
    assert_eq!(list["items"][0]["last_entry"]["content"]["text"], "as you said");
    ada.say(&direct, "still here").await;
    let ready = cluster.nodes[0].http.get("/readyz").await.expect(200);
    assert_eq!(ready["dependencies"]["history"], "down", "{ready}");

    blocking({
        let cassandra = cassandra.clone();
        move || cassandra.restart().unwrap()
    })
    .await;
    eventually("the history answers again", async || {
        let reply = page(&bob, &direct, "before=60&limit=50").await;
        (reply.status == 200).then_some(())
    })
    .await;
    assert_eq!(bob.timeline(&direct).await[..whole.len()], whole);
}
