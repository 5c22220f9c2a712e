//! RabbitMQ.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use kith_harness::RabbitMq;

use crate::support::{Traces, eventually, listens, socket_address, state};

/// The number of the node's process.
fn process(rabbitmq: &RabbitMq) -> u32 {
    fs::read_to_string(rabbitmq.directory().join("pid")).unwrap().trim().parse().unwrap()
}

/// Opens a connection, and asks for the server's first method.
fn greet(rabbitmq: &RabbitMq) -> TcpStream {
    let mut stream = TcpStream::connect(socket_address(&rabbitmq.url())).unwrap();
    stream.write_all(b"AMQP\x00\x00\x09\x01").unwrap();
    stream
}

/// Whether that is `Connection.Start` of AMQP 0-9-1: a method on channel 0, of class 10, number 10.
fn is_welcome(mut stream: TcpStream) -> bool {
    let mut frame = [0; 11];
    stream.read_exact(&mut frame).unwrap();
    frame[..3] == [1, 0, 0] && frame[7..] == [0, 10, 0, 10]
}

#[test]
fn it_answers_and_knows_after_a_kill_what_it_knew() {
    let rabbitmq = RabbitMq::start().unwrap();
    assert!(is_welcome(greet(&rabbitmq)));
    rabbitmq.control(&["add_vhost", "kept"]).unwrap();
    assert!(rabbitmq.control(&["no_such_command"]).is_err());
    rabbitmq.kill();
    assert!(!listens(socket_address(&rabbitmq.url())));
    rabbitmq.restart().unwrap();
    assert!(is_welcome(greet(&rabbitmq)));
    assert!(rabbitmq.control(&["list_vhosts"]).unwrap().lines().any(|host| host == "kept"));
    rabbitmq.stop().unwrap();
    assert!(!listens(socket_address(&rabbitmq.url())));
    rabbitmq.restart().unwrap();
    assert!(is_welcome(greet(&rabbitmq)));
}

#[test]
fn paused_it_answers_later_and_dropped_it_leaves_nothing() {
    let rabbitmq = RabbitMq::start().unwrap();
    let node = process(&rabbitmq);
    let traces = Traces::new(rabbitmq.directory(), &rabbitmq.url(), node);
    rabbitmq.pause();
    eventually("the node stands", || state(node) == Some('T'));
    let waiting = greet(&rabbitmq);
    rabbitmq.resume();
    assert!(is_welcome(waiting));
    drop(rabbitmq);
    assert!(!traces.directory.exists() && !listens(traces.address));
    // The node's helpers end when they see that it has.
    eventually("no process is left", || traces.are_gone());
}
