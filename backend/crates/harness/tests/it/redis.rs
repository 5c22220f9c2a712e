//! Redis.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use kith_harness::Redis;

use crate::support::{Traces, eventually, listens, socket_address, state};

/// One connection that speaks the inline protocol.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(redis: &Redis) -> Self {
        Self(BufReader::new(TcpStream::connect(socket_address(&redis.url())).unwrap()))
    }

    fn send(&mut self, command: &str) {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn ask(&mut self, command: &str) -> String {
        self.send(command);
        self.line()
    }

    fn process(&mut self) -> u32 {
        let length: usize = self.ask("INFO server").strip_prefix('$').unwrap().parse().unwrap();
        let mut text = String::new();
        while text.len() < length {
            self.0.read_line(&mut text).unwrap();
        }
        self.line();
        text.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap().trim().parse().unwrap()
    }
}

#[test]
fn a_kill_ends_it_and_a_restart_begins_empty_on_the_same_port() {
    let redis = Redis::start().unwrap();
    let url = redis.url();
    let mut connection = Connection::open(&redis);
    assert_eq!(connection.ask("SET kith here"), "+OK");
    assert_eq!(connection.ask("EXISTS kith"), ":1");
    redis.kill();
    assert_eq!(connection.line(), "", "the connection is closed");
    assert!(!listens(socket_address(&url)));
    redis.restart().unwrap();
    assert_eq!(redis.url(), url);
    assert_eq!(Connection::open(&redis).ask("EXISTS kith"), ":0");
    redis.stop().unwrap();
    assert!(!listens(socket_address(&url)));
    redis.stop().unwrap();
    redis.restart().unwrap();
    redis.restart().unwrap();
    assert_eq!(Connection::open(&redis).ask("PING"), "+PONG");
}

#[test]
fn paused_it_answers_later() {
    let redis = Redis::start().unwrap();
    let mut connection = Connection::open(&redis);
    let process = connection.process();
    redis.pause();
    eventually("Redis stands", || state(process) == Some('T'));
    connection.send("PING");
    redis.resume();
    assert_eq!(connection.line(), "+PONG");
    redis.pause();
    redis.restart().unwrap();
    assert_eq!(Connection::open(&redis).ask("PING"), "+PONG", "a paused one can be restarted");
}

#[test]
fn nothing_is_left_after_drop() {
    let redis = Redis::start().unwrap();
    let traces = Traces::new(redis.directory(), &redis.url(), Connection::open(&redis).process());
    redis.pause();
    drop(redis);
    assert!(traces.are_gone());
}

#[test]
fn there_is_one_for_the_process() {
    let redis = Redis::shared();
    assert_eq!(redis.url(), Redis::shared().url());
    assert_eq!(Connection::open(redis).ask("PING"), "+PONG");
}
