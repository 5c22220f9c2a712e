//! A hundred people who all write into one group at once.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::future::join_all;
use tokio::task::JoinSet;

use crate::harness::{Person, Reply, Server, Socket, fresh_id, message};

const PEOPLE: usize = 100;
const MESSAGES: usize = 10;

/// How a message is sent: how often by each way, all under one id.
const WAYS: [(usize, usize); 5] = [(1, 0), (3, 0), (1, 1), (3, 2), (0, 2)];

/// Sends one message as often as its way says; the seq that all answers name.
async fn send(person: &Person, socket: &mut Socket, group: &str, id: &str, way: (usize, usize)) -> u64 {
    let (by_stomp, by_rest) = way;
    let body = message(id, &format!("{id} from {}", person.email));
    let mut receipts = Vec::new();
    for _ in 0..by_stomp {
        receipts.push(socket.post(&format!("/app/conversations/{group}/messages"), &body).await);
    }
    let path = format!("/api/v1/conversations/{group}/messages");
    let replies = join_all((0..by_rest).map(|_| person.post(&path, &body))).await;
    let mut seqs: Vec<u64> = replies.iter().map(|reply| seq_of(reply, id)).collect();
    for receipt in receipts {
        seqs.push(socket.answer(&receipt).await.unwrap().seq());
    }
    let stored = replies.iter().filter(|reply| reply.status == 201).count();
    assert!(stored <= 1, "stored {stored} times");
    assert!(seqs.iter().all(|seq| *seq == seqs[0]), "one message at {seqs:?}");
    seqs[0]
}

fn seq_of(reply: &Reply, id: &str) -> u64 {
    assert!(matches!(reply.status, 200 | 201), "{reply:?}");
    let entry = reply.json();
    assert_eq!(entry["client_msg_id"], id);
    entry["seq"].as_u64().unwrap()
}

/// What one of them did and saw.
struct Account {
    sent: HashMap<String, u64>,
    seen: Vec<(u64, String)>,
}

async fn take_part(person: Person, group: String, mut socket: Socket, number: usize) -> Account {
    let mut sent = HashMap::new();
    for turn in 0..MESSAGES {
        let id = fresh_id();
        let seq = send(&person, &mut socket, &group, &id, WAYS[(number + turn) % WAYS.len()]).await;
        sent.insert(id, seq);
    }
    let mut seen = Vec::new();
    while seen.len() < PEOPLE * MESSAGES {
        let event = socket.event("entry").await;
        assert_eq!(event["conversation_id"], group.as_str());
        let id = event["entry"]["client_msg_id"].as_str().expect("nothing but messages").to_owned();
        seen.push((event["seq"].as_u64().unwrap(), id));
    }
    Account { sent, seen }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_senders_in_one_group_see_one_order_without_gaps_or_doubles() {
    let mut server = Server::start().await;
    let names: Vec<String> = (0..PEOPLE).map(|number| format!("p{number}")).collect();
    let people = join_all(names.iter().map(|name| Person::sign_in(&server.http, name))).await;
    let (group, code) = people[0].create_group("Everybody").await;
    join_all(people[1..].iter().map(|person| person.join(&code))).await;
    let before = people[0].timeline(&group).await.len() as u64;
    let sockets = join_all(people.iter().map(Socket::connect)).await;

    let mut tasks = JoinSet::new();
    for (number, (person, socket)) in people.iter().zip(sockets).enumerate() {
        tasks.spawn(take_part(person.clone(), group.clone(), socket, number));
    }
    let accounts = tasks.join_all().await;

    let timeline = people[99].timeline(&group).await;
    // Notices of joining came before; who joined later does not see the earlier ones, but all see what was said.
    let order: BTreeMap<u64, String> = timeline
        .iter()
        .filter(|entry| entry["kind"] == "message")
        .map(|entry| (entry["seq"].as_u64().unwrap(), entry["client_msg_id"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(order.len(), PEOPLE * MESSAGES);
    let expected: Vec<(u64, String)> = order.into_iter().collect();
    assert!(expected.iter().zip(before + 1..).all(|((seq, _), dense)| *seq == dense), "gaps above {before}");
    let distinct: HashSet<&String> = expected.iter().map(|(_, id)| id).collect();
    assert_eq!(distinct.len(), expected.len(), "something is stored twice");
    for account in &accounts {
        assert!(account.seen == expected, "somebody saw another order");
        for (id, seq) in &account.sent {
            assert!(expected.contains(&(*seq, id.clone())), "{id} was promised at {seq}");
        }
    }
    server.assert_alive().await;
}
