//! `kill -9` in the middle of sending, again and again on one data directory.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, task::JoinSet, time::MissedTickBehavior};

use crate::harness::{Person, Server, Socket, fresh_id, message};

const ROUNDS: u64 = 10;
const SENDERS: usize = 4;
/// Between two messages of one sender: together 200 a second.
const PACE: Duration = Duration::from_millis(20);

/// A message that was sent, and what was known when it was.
#[derive(Clone)]
struct Sent {
    id: String,
    text: String,
    /// The highest seq of which a receipt had come before this was sent: its own must be above.
    above: u64,
    /// Its receipt's seq.
    promised: Option<u64>,
}

/// What all senders of a round share.
#[derive(Default)]
struct Progress {
    highest: AtomicU64,
    receipts: AtomicU64,
    moved: Notify,
}

impl Progress {
    fn receipt(&self, seq: u64) {
        self.highest.fetch_max(seq, Ordering::SeqCst);
        self.receipts.fetch_add(1, Ordering::SeqCst);
        self.moved.notify_one();
    }

    async fn reaches(&self, receipts: u64) {
        while self.receipts.load(Ordering::SeqCst) < receipts {
            self.moved.notified().await;
        }
    }
}

/// Sends until the socket ends, at its pace, without waiting for receipts.
async fn pour(person: Person, destination: String, progress: Arc<Progress>) -> Vec<Sent> {
    let mut socket = Socket::connect(&person).await;
    let mut sent: Vec<Sent> = Vec::new();
    let mut open: HashMap<String, usize> = HashMap::new();
    let mut turns = tokio::time::interval(PACE);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {
                let id = fresh_id();
                let text = format!("{} says {id}", person.email);
                let above = progress.highest.load(Ordering::SeqCst);
                let receipt = socket.post(&destination, &message(&id, &text)).await;
                open.insert(receipt, sent.len());
                sent.push(Sent { id, text, above, promised: None });
            }
            lives = socket.pump() => {
                for (receipt, answer) in socket.take_answers() {
                    let seq = answer.unwrap().seq();
                    sent[open[&receipt]].promised = Some(seq);
                    progress.receipt(seq);
                }
                if !lives {
                    return sent;
                }
            }
        }
    }
}

/// Reads the whole timeline and holds everything that was ever sent against it; the seq of each message in it.
async fn check(person: &Person, group: &str, sent: &[Sent]) -> HashMap<String, u64> {
    let timeline = person.timeline(group).await;
    let mut found = HashMap::new();
    for (entry, dense) in timeline.iter().zip(1_u64..) {
        assert_eq!(entry["seq"], dense, "not dense");
        if entry["kind"] == "message" {
            let id = entry["client_msg_id"].as_str().unwrap().to_owned();
            assert!(found.insert(id, (dense, entry["content"]["text"].clone())).is_none(), "twice: {entry}");
        }
    }
    let known: HashSet<&str> = sent.iter().map(|message| message.id.as_str()).collect();
    assert!(found.keys().all(|id| known.contains(id.as_str())), "something nobody sent");
    for message in sent {
        match (found.get(&message.id), message.promised) {
            (Some((seq, text)), promised) => {
                assert!(promised.is_none_or(|promised| promised == *seq), "promised {promised:?}, is {seq}");
                assert!(*seq > message.above, "{seq} was sent after {} had its receipt", message.above);
                assert_eq!(text, message.text.as_str());
            }
            (None, Some(promised)) => panic!("lost: {} had a receipt for {promised}", message.id),
            (None, None) => {}
        }
    }
    found.into_iter().map(|(id, (seq, _))| (id, seq)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_receipts_message_survives_kill_9_once() {
    let mut server = Server::start().await;
    let mut people = Vec::new();
    for number in 0..SENDERS {
        people.push(Person::sign_in(&server.http, &format!("sender{number}")).await);
    }
    let (group, code) = people[0].create_group("Unlucky").await;
    for person in &people[1..] {
        person.join(&code).await;
    }
    let destination = format!("/app/conversations/{group}/messages");
    let mut all: Vec<Sent> = Vec::new();
    let mut unanswered_in_all = 0;

    for round in 0..ROUNDS {
        let progress = Arc::new(Progress::default());
        let mut tasks = JoinSet::new();
        for person in &people {
            tasks.spawn(pour(person.clone(), destination.clone(), Arc::clone(&progress)));
        }
        // Each round is hit at another point of the work.
        tokio::time::timeout(crate::harness::WAIT, progress.reaches(40 + 17 * round)).await.unwrap();
        server.kill();
        let sent: Vec<Sent> = tasks.join_all().await.concat();
        all.extend(sent.iter().cloned());

        server.restart().await;
        for person in &mut people {
            person.move_to(&server.http).await;
        }
        let found = check(&people[0], &group, &all).await;

        // What had no answer is sent again, and now has exactly one place: the old one where it had been stored.
        let mut socket = Socket::connect(&people[0]).await;
        for message in sent.iter().filter(|message| message.promised.is_none()) {
            unanswered_in_all += 1;
            let body = crate::harness::message(&message.id, &message.text);
            let sender = people.iter().find(|person| message.text.starts_with(&person.email)).unwrap();
            let path = format!("/api/v1/conversations/{group}/messages");
            let reply = sender.post(&path, &body).await;
            let seq = match found.get(&message.id) {
                Some(seq) => {
                    assert_eq!(reply.expect(200)["seq"], *seq);
                    *seq
                }
                None => reply.expect(201)["seq"].as_u64().unwrap(),
            };
            if sender.id == people[0].id {
                let again = socket.send(&destination, &body).await;
                assert_eq!(again.unwrap().seq(), seq);
            }
            let kept = all.iter_mut().find(|kept| kept.id == message.id).unwrap();
            kept.promised = Some(seq);
            // The retry came after everything else of the round.
            kept.above = 0;
        }
        drop(socket);
        let found = check(&people[0], &group, &all).await;
        assert_eq!(found.len(), all.len());
    }
    assert!(unanswered_in_all > 0, "no kill hit a message on its way");
    server.assert_alive().await;
}

/// A retry is answered with what is stored, by either way, after a crash, and whatever has become of the membership.
#[tokio::test]
async fn a_retry_finds_what_its_first_try_stored() {
    let mut server = Server::start().await;
    let mut ada = Person::sign_in(&server.http, "ada").await;
    let (group, _) = ada.create_group("First").await;
    let (other, _) = ada.create_group("Second").await;
    let (id, path) = (fresh_id(), format!("/api/v1/conversations/{group}/messages"));
    let stored = ada.post(&path, &message(&id, "once")).await.expect(201);
    server.kill();
    server.restart().await;
    ada.move_to(&server.http).await;

    let mut socket = Socket::connect(&ada).await;
    let destination = format!("/app/conversations/{group}/messages");
    let receipt = socket.send(&destination, &message(&id, "once")).await.unwrap();
    for (header, field) in [("message-id", "id"), ("server-time", "server_time")] {
        assert_eq!(receipt.header(header), stored[field].as_str().unwrap());
    }
    assert_eq!(receipt.seq(), stored["seq"]);
    // Only what is said counts, not when the sender says it was.
    let mut later = message(&id, "once");
    later["client_time"] = serde_json::json!("2026-11-25T00:00:00.000Z");
    assert_eq!(ada.post(&path, &later).await.expect(200), stored);
    // Another message under the same id is refused; elsewhere the id is free.
    ada.post(&path, &message(&id, "twice")).await.refuse("another text", 409, "id_reused");
    let refused = socket.send(&destination, &message(&id, "twice")).await.unwrap_err();
    assert_eq!(refused["code"], "id_reused");
    ada.post(&format!("/api/v1/conversations/{other}/messages"), &message(&id, "twice")).await.expect(201);

    ada.delete(&format!("/api/v1/groups/{group}/members/{}", ada.id)).await.expect(204);
    assert_eq!(ada.post(&path, &message(&id, "once")).await.expect(200), stored);
    assert_eq!(socket.send(&destination, &message(&id, "once")).await.unwrap().seq(), stored["seq"]);
    ada.post(&path, &message(&fresh_id(), "once")).await.refuse("a new one", 403, "not_member");
    server.assert_alive().await;
}
