//! What an idle socket costs.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use bytes::BytesMut;
use kith_gateway::GatewaySettings;
use kith_stomp::{Command, client};

use crate::world::{World, settings};

const SOCKETS: usize = 2_000;

/// Bytes of this process that are in memory and belong to no file.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1_024
}

/// A client that costs this process a descriptor and nothing else.
fn open(address: SocketAddr, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: v12.stomp\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    read_until(&mut stream, b"\r\n\r\n");
    let mut frames = BytesMut::new();
    client::connect(&mut frames, "kith", "0,0", token);
    let headers = [("id", "events"), ("destination", "/user/queue/events"), ("receipt", "live")];
    client::frame(&mut frames, Command::Subscribe, &headers, b"");
    let length = u16::try_from(frames.len()).unwrap().to_be_bytes();
    // A mask of zeros leaves the payload as it is.
    stream.write_all(&[&[0x82, 0x80 | 126][..], &length, &[0; 4], &frames].concat()).unwrap();
    read_until(&mut stream, b"receipt-id:live\n\n\0");
    stream
}

fn read_until(stream: &mut TcpStream, end: &[u8]) {
    let mut got = Vec::new();
    let mut buffer = [0; 1_024];
    while !got.ends_with(end) {
        let read = stream.read(&mut buffer).unwrap();
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&got));
        got.extend_from_slice(&buffer[..read]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: it wants the process for itself and 5,000 descriptors"]
async fn an_idle_socket_costs_less_than_10_kib() {
    let world = World::with(GatewaySettings {
        sockets_per_address: None,
        sockets_per_user: None,
        handshakes_per_second: 1_000_000,
        ..settings()
    })
    .await;
    let mut tokens = Vec::new();
    for n in 0..20 {
        tokens.push(world.person(&format!("person {n}")).await.token);
    }
    let address = world.address;
    let (before, sockets) = tokio::task::spawn_blocking(move || {
        let mut sockets = Vec::with_capacity(SOCKETS + tokens.len());
        // The first ones pay for what is there once.
        sockets.extend(tokens.iter().map(|token| open(address, token)));
        let before = resident_bytes();
        sockets.extend((0..SOCKETS).map(|n| open(address, &tokens[n % tokens.len()])));
        (before, sockets)
    })
    .await
    .unwrap();
    let each = resident_bytes().saturating_sub(before) / SOCKETS;
    println!("{each} bytes per idle socket");
    assert!(each <= 10 * 1_024, "{each} bytes");
    drop(sockets);
}
