//! What [`Broker`] promises.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use kith_domain::{
    NodeNumber,
    ports::{Broker, Received},
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::Case;

/// How long anything may take on a busy machine. An adapter whose server is away is told sooner.
const LIMIT: Duration = Duration::from_secs(120);

/// A node's way to the broker, and what it receives.
pub type Node = (Arc<dyn Broker>, mpsc::Receiver<Received>);

/// A broker's server and a hand on it.
pub struct BrokerServer {
    /// Connects a node that holds at most so many payloads.
    pub connect: Box<dyn Fn(NodeNumber, usize) -> BoxFuture<'static, Node>>,
    /// Ends the server, without a word to anybody.
    pub kill: Box<dyn Fn()>,
    /// Starts it again, empty, and returns when it is ready.
    pub restart: Box<dyn Fn()>,
    /// Stops it where it is: connections stay, nobody answers.
    pub pause: Box<dyn Fn()>,
    /// Lets it go on.
    pub resume: Box<dyn Fn()>,
}

impl AsRef<BrokerServer> for BrokerServer {
    fn as_ref(&self) -> &BrokerServer {
        self
    }
}

/// The suite.
pub const BROKER: &[Case<BrokerServer>] = cases![
    payloads_arrive_in_the_order_of_sending,
    each_senders_order_is_kept,
    each_named_node_gets_it_and_nobody_else,
    nothing_is_kept_for_a_node_that_is_not_there,
    payloads_up_to_a_mebibyte_arrive_whole,
    a_slow_receiver_is_bounded_and_told,
    after_a_kill_delivery_resumes_with_a_gap,
    sending_fails_at_once_while_the_broker_is_away,
    a_pause_holds_nobody_up,
];

fn node(number: u16) -> NodeNumber {
    NodeNumber::try_from(number).expect("it is small")
}

/// A payload that carries a number.
fn payload(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn number(received: &Received) -> Option<u64> {
    match received {
        Received::Payload(bytes) => Some(u64::from_be_bytes(bytes[..].try_into().expect("a number"))),
        Received::Gap => None,
    }
}

async fn next(receiver: &mut mpsc::Receiver<Received>) -> Received {
    let received = timeout(LIMIT, receiver.recv()).await.expect("something arrives");
    received.expect("the broker is open")
}

async fn numbers(receiver: &mut mpsc::Receiver<Received>, count: usize) -> Vec<u64> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        numbers.push(number(&next(receiver).await).expect("nothing was lost"));
    }
    numbers
}

async fn send(broker: &dyn Broker, to: &[u16], payload: Bytes) {
    let nodes: Vec<NodeNumber> = to.iter().map(|number| node(*number)).collect();
    broker.send(&nodes, payload).await.expect("the broker is there");
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {} s: {what}", LIMIT.as_secs());
        sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the broker notices that nobody is there.
async fn until_refused(broker: &dyn Broker) {
    let deadline = Instant::now() + LIMIT;
    while broker.send(&[node(1)], payload(0)).await.is_ok() {
        assert!(Instant::now() < deadline, "it is noticed that nobody is there");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Sends numbers from `from` on until the receiver gets one of them, and gives what it got before that.
async fn send_until_one_arrives(
    broker: &dyn Broker,
    to: u16,
    from: u64,
    receiver: &mut mpsc::Receiver<Received>,
) -> Vec<Received> {
    let mut before = Vec::new();
    let deadline = Instant::now() + LIMIT;
    for n in from.. {
        assert!(Instant::now() < deadline, "nothing arrives");
        let _ = broker.send(&[node(to)], payload(n)).await;
        while let Ok(Some(received)) = timeout(Duration::from_millis(20), receiver.recv()).await {
            if number(&received).is_some_and(|number| number >= from) {
                return before;
            }
            before.push(received);
        }
    }
    before
}

async fn payloads_arrive_in_the_order_of_sending(server: &BrokerServer) {
    let (sender, _own) = (server.connect)(node(1), 10).await;
    let (_receiving, mut receiver) = (server.connect)(node(2), 10_000).await;
    for n in 0..5_000 {
        send(&*sender, &[2], payload(n)).await;
    }
    assert_eq!(numbers(&mut receiver, 5_000).await, (0..5_000).collect::<Vec<_>>());
}

async fn each_senders_order_is_kept(server: &BrokerServer) {
    let (_receiver, mut received) = (server.connect)(node(1), 10_000).await;
    let mut senders = Vec::new();
    for from in 2..5 {
        senders.push((u64::from(from) * 1_000, (server.connect)(node(from), 10).await));
    }
    let send_all = senders.iter().map(|(from, (sender, _))| async move {
        for n in *from..*from + 1_000 {
            send(&**sender, &[1], payload(n)).await;
        }
    });
    futures_util::future::join_all(send_all).await;
    let all = numbers(&mut received, 3_000).await;
    for (from, _) in &senders {
        let of_one: Vec<u64> = all.iter().copied().filter(|n| (*from..*from + 1_000).contains(n)).collect();
        assert_eq!(of_one, (*from..*from + 1_000).collect::<Vec<_>>());
    }
}

async fn each_named_node_gets_it_and_nobody_else(server: &BrokerServer) {
    let mut nodes = Vec::new();
    for n in 0..4 {
        nodes.push((server.connect)(node(n), 10).await);
    }
    let sender = nodes[0].0.clone();
    send(&*sender, &[1, 3], payload(7)).await;
    // The sender itself is a node like any.
    send(&*sender, &[0, 1, 2, 3], payload(8)).await;
    send(&*sender, &[], payload(9)).await;
    for (n, expected) in [(0, vec![8]), (1, vec![7, 8]), (2, vec![8]), (3, vec![7, 8])] {
        assert_eq!(numbers(&mut nodes[n].1, expected.len()).await, expected, "node {n}");
    }
}

async fn nothing_is_kept_for_a_node_that_is_not_there(server: &BrokerServer) {
    let (sender, mut own) = (server.connect)(node(1), 10).await;
    send(&*sender, &[2, 1], payload(1)).await;
    assert_eq!(numbers(&mut own, 1).await, [1], "it is through");
    let (broker, mut late) = (server.connect)(node(2), 10).await;
    send(&*sender, &[2], payload(2)).await;
    assert_eq!(numbers(&mut late, 1).await, [2]);
    drop((broker, late));
    send(&*sender, &[2, 1], payload(3)).await;
    assert_eq!(numbers(&mut own, 1).await, [3]);
}

async fn payloads_up_to_a_mebibyte_arrive_whole(server: &BrokerServer) {
    let (sender, _own) = (server.connect)(node(1), 10).await;
    let (_receiving, mut receiver) = (server.connect)(node(2), 100).await;
    for length in [0, 1, 1_000, 131_072, 1 << 20] {
        // No two of its parts are alike.
        let bytes: Bytes = (0..length).map(|n: u32| (n ^ n >> 8 ^ n >> 16) as u8).collect();
        send(&*sender, &[2], bytes.clone()).await;
        assert!(next(&mut receiver).await == Received::Payload(bytes), "{length} bytes");
    }
    assert!(sender.send(&[node(2)], Bytes::from(vec![0; (1 << 20) + 1])).await.is_err());
    send(&*sender, &[2], payload(1)).await;
    assert_eq!(numbers(&mut receiver, 1).await, [1], "refusing one breaks nothing");
}

async fn a_slow_receiver_is_bounded_and_told(server: &BrokerServer) {
    let (sender, mut own) = (server.connect)(node(1), 10_000).await;
    let (_receiving, mut slow) = (server.connect)(node(2), 8).await;
    for n in 0..2_000 {
        send(&*sender, &[2, 1], payload(n)).await;
    }
    assert_eq!(numbers(&mut own, 2_000).await.len(), 2_000, "another one's slowness holds nobody up");
    until("the slow one's queue is full", || slow.len() > 8).await;
    assert_eq!(slow.len(), 9, "8 payloads and the gap");
    let before = send_until_one_arrives(&*sender, 2, 10_000, &mut slow).await;
    assert!(before.contains(&Received::Gap));
    let arrived: Vec<u64> = before.iter().filter_map(number).collect();
    assert_eq!(arrived[..8], [0, 1, 2, 3, 4, 5, 6, 7]);
    assert!(arrived.is_sorted(), "{arrived:?}");
}

async fn after_a_kill_delivery_resumes_with_a_gap(server: &BrokerServer) {
    let (sender, mut own) = (server.connect)(node(1), 10_000).await;
    let (_receiver, mut received) = (server.connect)(node(2), 10_000).await;
    send(&*sender, &[1, 2], payload(0)).await;
    assert_eq!(numbers(&mut own, 1).await, [0]);
    assert_eq!(numbers(&mut received, 1).await, [0]);
    (server.kill)();
    (server.restart)();
    for receiver in [&mut own, &mut received] {
        // Something may still have come before the gap; nothing after it, as nobody sends.
        while next(receiver).await != Received::Gap {}
    }
    let before = send_until_one_arrives(&*sender, 2, 10, &mut received).await;
    assert!(before.iter().all(|received| *received == Received::Gap), "{before:?}");
}

async fn sending_fails_at_once_while_the_broker_is_away(server: &BrokerServer) {
    let (sender, _own) = (server.connect)(node(1), 10).await;
    (server.kill)();
    until_refused(&*sender).await;
    let many = async {
        for n in 0..10_000 {
            assert!(sender.send(&[node(2)], payload(n)).await.is_err());
        }
    };
    timeout(Duration::from_secs(30), many).await.expect("no send waits for the broker");
}

async fn a_pause_holds_nobody_up(server: &BrokerServer) {
    let (sender, _own) = (server.connect)(node(1), 10_000).await;
    let (receiver, mut received) = (server.connect)(node(2), 10_000).await;
    (server.pause)();
    let many = async {
        let mut refused = 0;
        while refused < 1_000 {
            refused += u32::from(sender.send(&[node(2)], Bytes::from(vec![0; 65_536])).await.is_err());
            // Others have their turn.
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, many).await.expect("it is noticed that nobody answers, and then nobody waits");
    // Only a node that notices is told of a gap, and each of them notices for itself.
    until_refused(&*receiver).await;
    (server.resume)();
    loop {
        if next(&mut received).await == Received::Gap {
            break;
        }
    }
    let deadline = Instant::now() + LIMIT;
    let mut n = 0;
    loop {
        assert!(Instant::now() < deadline, "delivery resumes");
        n += 1;
        let _ = sender.send(&[node(2)], payload(n)).await;
        if let Ok(Some(Received::Payload(bytes))) = timeout(Duration::from_millis(20), received.recv()).await
            && bytes.len() == 8
        {
            break;
        }
    }
}
