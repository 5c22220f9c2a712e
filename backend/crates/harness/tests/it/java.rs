//! The servers that run on Java.

use std::{fs, net::SocketAddr};

use kith_harness::{Cassandra, Kafka, Server};

use crate::support::{Traces, listens};

/// The process that works in the server's directory.
fn process(server: &Server) -> u32 {
    let works_there = |pid: &u32| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|directory| directory == server.directory())
    };
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(works_there);
    let found = pids.next().unwrap();
    assert_eq!(pids.next(), None, "it is one process");
    found
}

/// What holds for each of them.
fn dies_comes_back_and_leaves_nothing(server: &Server, address: &str) -> Traces {
    let socket: SocketAddr = address.parse().unwrap();
    assert!(listens(socket));
    server.kill();
    assert!(!listens(socket));
    server.restart().unwrap();
    assert!(listens(socket), "on the same port");
    server.stop().unwrap();
    assert!(!listens(socket));
    server.restart().unwrap();
    let traces = Traces::new(server.directory(), &format!("tcp://{address}"), process(server));
    server.pause();
    traces
}

#[test]
fn kafka_dies_comes_back_and_leaves_nothing() {
    let kafka = Kafka::start().unwrap();
    let traces = dies_comes_back_and_leaves_nothing(&kafka, &kafka.brokers());
    drop(kafka);
    assert!(traces.are_gone());
}

#[test]
fn cassandra_dies_comes_back_and_leaves_nothing() {
    let cassandra = Cassandra::start().unwrap();
    let traces = dies_comes_back_and_leaves_nothing(&cassandra, &cassandra.address());
    drop(cassandra);
    assert!(traces.are_gone());
}
