//! Several nodes over one PostgreSQL and one Redis, which are killed and come back.

mod devices;
mod doctor;
mod everything;
mod faults;
mod following;
mod history;
mod media;
mod push;
mod sinks;
mod untold;

use std::sync::Arc;

use kith_harness::{Postgres, RabbitMq, Redis};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Launch, Person, Server, Socket, eventually, fresh_id, message};

/// The one origin that people use, whichever node serves them.
const ORIGIN: &str = "http://127.0.0.1:8080";

/// What goes from node to node.
enum Between {
    Redis,
    RabbitMq(RabbitMq),
}

/// Nodes that share everything, and what they share.
struct Cluster {
    postgres: Postgres,
    redis: Redis,
    between: Between,
    nodes: Vec<Server>,
    _keys: TempDir,
}

/// Starts something that is waited for without asynchrony.
async fn blocking<T: Send + 'static>(start: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(start).await.unwrap()
}

impl Cluster {
    async fn start(nodes: usize) -> Self {
        Self::start_with(nodes, Between::Redis, |launch| launch).await
    }

    /// Starts nodes with more settings than they need.
    async fn start_with(nodes: usize, between: Between, more: impl FnOnce(Launch) -> Launch) -> Self {
        Self::start_over(blocking(|| Postgres::start().unwrap()).await, nodes, between, more).await
    }

    /// Starts nodes over a database that is there.
    async fn start_over(
        postgres: Postgres,
        nodes: usize,
        between: Between,
        more: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let redis = blocking(|| Redis::start().unwrap()).await;
        let keys = tempfile::tempdir().unwrap();
        let mut launch = Launch::default()
            .set("KITH__SERVER__ORIGIN", ORIGIN)
            .set("KITH__CLUSTER__DATABASE_URL", postgres.url())
            .set("KITH__CLUSTER__REDIS_URL", redis.url())
            .set("KITH__CLUSTER__KEYS_DIR", keys.path().display());
        if let Between::RabbitMq(server) = &between {
            launch = launch.set("KITH__CLUSTER__RABBITMQ_URL", server.url());
        }
        launch = more(launch);
        let mut started = Vec::new();
        for _ in 0..nodes {
            started.push(launch.clone().start().await);
        }
        let cluster = Self { postgres, redis, between, nodes: started, _keys: keys };
        cluster.met().await;
        cluster
    }

    /// Waits until every node knows of all others.
    async fn met(&self) {
        let line = format!("kith_cluster_peers {}", self.nodes.len() - 1);
        for node in &self.nodes {
            eventually("the nodes know of each other", async || {
                let metrics = node.http.get("/metrics").await.text;
                metrics.lines().any(|text| text == line).then_some(())
            })
            .await;
        }
    }

    /// Waits until a node knows that so many people have sockets at the others. News of who comes and goes is not told again
    /// to a node that did not know yet.
    async fn knows(&self, node: usize, people: usize) {
        let line = format!("kith_cluster_routes {people}");
        eventually("the node knows where people are", async || {
            let metrics = self.nodes[node].http.get("/metrics").await.text;
            metrics.lines().any(|text| text == line).then_some(())
        })
        .await;
    }

    /// Signs somebody in at a node.
    async fn person(&self, node: usize, name: &str) -> Person {
        Person::sign_in(&self.nodes[node].http, name).await
    }

    /// Ada at the first node and Bob at the second, who are friends; the id of their conversation.
    async fn friends(&self) -> (Person, Person, String) {
        let (ada, bob) = (self.person(0, "ada").await, self.person(1, "bob").await);
        let direct = ada.befriend(&bob).await;
        (ada, bob, direct)
    }
}

/// Waits for the entry that has this seq.
async fn entry(socket: &mut Socket, seq: u64) -> Value {
    socket.event_where("entry", |event| event["seq"] == seq).await
}

fn destination(conversation: &str) -> String {
    format!("/app/conversations/{conversation}/messages")
}

/// What people do together, seen from other nodes.
async fn chat_across(cluster: &Cluster) {
    let (ada, bob) = (cluster.person(0, "ada").await, cluster.person(1, "bob").await);
    let (mut at_a, mut at_b) = (Socket::connect(&ada).await, Socket::connect(&bob).await);
    cluster.knows(0, 1).await;
    cluster.knows(1, 1).await;

    // A request and its answer are personal events.
    let direct = ada.befriend(&bob).await;
    at_b.event("friend_request").await;
    at_a.event_where("friend", |event| event["user"]["id"] == bob.id.as_str()).await;

    let base = format!("/app/conversations/{direct}");
    let receipt = at_a.send(&destination(&direct), &message(&fresh_id(), "你好, from a to b")).await.unwrap();
    let shown = entry(&mut at_b, receipt.seq()).await;
    assert_eq!(shown["entry"]["content"]["text"], "你好, from a to b");
    at_b.send(&format!("{base}/typing"), &json!({})).await.unwrap();
    assert_eq!(at_a.event("typing").await["user_id"], bob.id.as_str());
    at_b.send(&format!("{base}/read"), &json!({"seq": receipt.seq()})).await.unwrap();
    assert_eq!(at_a.event("read").await["read_seq"], receipt.seq());
    at_a.send(&format!("{base}/entries/{}/unsend", receipt.seq()), &json!({})).await.unwrap();
    at_b.event_where("entry", |event| event["entry"]["kind"] == "unsend").await;

    // A group whose members are everywhere; a kick is felt at another node.
    let carl = cluster.person(2, "carl").await;
    let mut at_c = Socket::connect(&carl).await;
    let (group, code) = ada.create_group("Everywhere").await;
    bob.join(&code).await;
    carl.join(&code).await;
    let receipt = at_c.send(&destination(&group), &message(&fresh_id(), "from c")).await.unwrap();
    for socket in [&mut at_a, &mut at_b] {
        socket
            .event_where("entry", |event| {
                event["conversation_id"] == group.as_str() && event["seq"] == receipt.seq()
            })
            .await;
    }
    ada.delete(&format!("/api/v1/groups/{group}/members/{}", carl.id)).await;
    at_c.event_where("conversation_removed", |event| event["conversation_id"] == group.as_str()).await;
    let path = format!("/api/v1/conversations/{group}/messages");
    assert_eq!(carl.post(&path, &message(&fresh_id(), "still there?")).await.code(), "not_member");

    // One token is good everywhere, and signing out is felt everywhere.
    let mut elsewhere = bob.clone();
    elsewhere.http = cluster.nodes[2].http.clone();
    elsewhere.get("/api/v1/me").await.expect(200);
    elsewhere.delete(&format!("/api/v1/me/devices/{}", bob.device_id)).await;
    assert_eq!(at_b.closed().await, 4501);
}

#[tokio::test]
async fn people_of_three_nodes_chat_by_way_of_redis() {
    chat_across(&Cluster::start(3).await).await;
}

#[tokio::test]
async fn people_of_three_nodes_chat_by_way_of_rabbitmq() {
    let rabbitmq = blocking(|| RabbitMq::start().unwrap()).await;
    let cluster = Cluster::start_with(3, Between::RabbitMq(rabbitmq), |launch| launch).await;
    chat_across(&cluster).await;
    // And without it.
    let Between::RabbitMq(rabbitmq) = &cluster.between else { unreachable!() };
    rabbitmq.kill();
    let (ada, dora) = (cluster.person(0, "ada").await, cluster.person(1, "dora").await);
    let direct = ada.befriend(&dora).await;
    let mut at_b = Socket::connect(&dora).await;
    let said = ada.say(&direct, "nobody carries it").await;
    entry(&mut at_b, said["seq"].as_u64().unwrap()).await;
}

#[tokio::test]
async fn friends_at_other_nodes_are_seen_to_come() {
    let cluster = Cluster::start(2).await;
    let (ada, bob, _) = cluster.friends().await;
    let mut at_a = Socket::connect(&ada).await;
    cluster.knows(1, 1).await;
    let at_b = Socket::connect(&bob).await;
    let came = at_a.event_where("presence", |event| event["user_id"] == bob.id.as_str()).await;
    assert_eq!(came["online"], true);
    assert_eq!(ada.get("/api/v1/friends").await.expect(200)["items"][0]["online"], true);
    drop(at_b);
    let went = at_a.event_where("presence", |event| event["online"] == false).await;
    assert_eq!(went["user_id"], bob.id.as_str());
}

#[tokio::test]
async fn without_redis_messages_arrive_and_limits_hold() {
    let cluster = Cluster::start(2).await;
    let (ada, bob, direct) = cluster.friends().await;
    let mut at_b = Socket::connect(&bob).await;
    cluster.knows(0, 1).await;
    cluster.redis.kill();
    for text in ["one", "two", "three"] {
        let said = ada.say(&direct, text).await;
        entry(&mut at_b, said["seq"].as_u64().unwrap()).await;
    }
    blocking({
        let redis = Arc::new(cluster.redis);
        move || redis.restart().unwrap()
    })
    .await;
    let said = ada.say(&direct, "and with it again").await;
    entry(&mut at_b, said["seq"].as_u64().unwrap()).await;
}

/// Sends by REST until told to stop; the ids and seqs of what was acknowledged.
async fn send_on(
    person: Person,
    conversation: String,
    until: Arc<std::sync::atomic::AtomicBool>,
) -> Vec<(String, u64)> {
    let path = format!("/api/v1/conversations/{conversation}/messages");
    let mut acknowledged = Vec::new();
    while !until.load(std::sync::atomic::Ordering::Relaxed) {
        let id = fresh_id();
        let request = person.request("POST", &path).json(&message(&id, "counted"));
        if let Ok(reply) = crate::harness::Reply::attempt(request).await
            && reply.status == 201
        {
            acknowledged.push((id, reply.json()["seq"].as_u64().unwrap()));
        }
        tokio::task::yield_now().await;
    }
    acknowledged
}

/// Every acknowledged message is in the timeline once, at its seq, and the seqs are dense.
async fn assert_kept(reader: &Person, conversation: &str, acknowledged: &[(String, u64)]) {
    let timeline = reader.timeline(conversation).await;
    let seqs: Vec<u64> = timeline.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "dense");
    for (id, seq) in acknowledged {
        let places: Vec<u64> = timeline
            .iter()
            .filter(|entry| entry["client_msg_id"] == id.as_str())
            .map(|entry| entry["seq"].as_u64().unwrap())
            .collect();
        assert_eq!(places, [*seq], "{id}");
    }
}

#[tokio::test]
async fn a_node_that_is_killed_loses_nothing_and_is_followed() {
    let mut cluster = Cluster::start(3).await;
    let (ada, bob, direct) = cluster.friends().await;
    let mut at_b = Socket::connect(&bob).await;
    cluster.knows(0, 1).await;
    cluster.knows(2, 1).await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut other = ada.clone();
    other.http = cluster.nodes[2].http.clone();
    let senders =
        [ada.clone(), other].map(|person| tokio::spawn(send_on(person, direct.clone(), stop.clone())));
    entry(&mut at_b, 20).await;
    cluster.nodes[0].kill();
    let seen = at_b.waiting().len() as u64;
    entry(&mut at_b, 20 + seen + 20).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let mut acknowledged = Vec::new();
    for sender in senders {
        acknowledged.extend(sender.await.unwrap());
    }
    assert_kept(&bob, &direct, &acknowledged).await;
    // What was committed and not told by the one that died is told by the others.
    let last = acknowledged.iter().map(|(_, seq)| *seq).max().unwrap();
    let mut missing: Vec<u64> = (1..=last).collect();
    let shown = |events: &std::collections::VecDeque<Value>, missing: &mut Vec<u64>| {
        missing.retain(|seq| !events.iter().any(|event| event["type"] == "entry" && event["seq"] == *seq));
    };
    missing.retain(|seq| *seq != 20 && *seq != 20 + seen + 20);
    while !missing.is_empty() {
        shown(at_b.waiting(), &mut missing);
        if !missing.is_empty() {
            assert!(at_b.pump().await, "{missing:?} were not told");
        }
    }
    // It comes back under a number of its own.
    cluster.nodes[0].restart().await;
    let mut ada = ada;
    ada.move_to(&cluster.nodes[0].http).await;
    let said = ada.say(&direct, "back").await;
    entry(&mut at_b, said["seq"].as_u64().unwrap()).await;
}

#[tokio::test]
async fn a_database_that_is_killed_and_comes_back_has_all_that_was_acknowledged() {
    let cluster = Cluster::start(2).await;
    let (ada, bob, direct) = cluster.friends().await;
    let mut at_b = Socket::connect(&bob).await;
    cluster.knows(0, 1).await;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let sender = tokio::spawn(send_on(ada.clone(), direct.clone(), stop.clone()));
    entry(&mut at_b, 20).await;
    cluster.postgres.kill();
    let refused =
        ada.post(&format!("/api/v1/conversations/{direct}/messages"), &message(&fresh_id(), "now?")).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    let postgres = Arc::new(cluster.postgres);
    let again = postgres.clone();
    blocking(move || again.restart().unwrap()).await;
    let said = eventually("the nodes find the database again", async || {
        let path = format!("/api/v1/conversations/{direct}/messages");
        let reply = ada.post(&path, &message(&fresh_id(), "again")).await;
        (reply.status == 201).then(|| reply.json())
    })
    .await;
    entry(&mut at_b, said["seq"].as_u64().unwrap()).await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert_kept(&bob, &direct, &sender.await.unwrap()).await;
}
