//! Before CONNECTED: the upgrade, and who may not come further.

use std::time::Duration;

use futures_util::SinkExt;
use kith_gateway::GatewaySettings;
use kith_stomp::{Command, ServerCommand, client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::{Client, handshake},
    world::{ORIGIN, World, settings},
};

#[tokio::test]
async fn pages_of_other_origins_are_refused_before_the_upgrade() {
    let world = World::new().await;
    for (origin, expected) in [
        (Some(ORIGIN), None),
        (None, None),
        (Some("null"), Some(403)),
        (Some("http://chat.example.org"), Some(403)),
        (Some("https://chat.example.org:444"), Some(403)),
        (Some("https://chat.example.org.evil.example"), Some(403)),
        (Some("https://evil-chat.example.org"), Some(403)),
    ] {
        let headers: Vec<_> = origin.map(|origin| ("origin", origin)).into_iter().collect();
        let refused = handshake(&world, &headers).await.err();
        assert_eq!(refused.as_ref().map(|(status, _)| *status), expected, "{origin:?}");
        if let Some((_, response)) = refused {
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
    }
}

#[tokio::test]
async fn deflate_and_other_subprotocols() {
    let world = World::new().await;
    let offers = [("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")];
    let (_, response) = handshake(&world, &offers).await.unwrap();
    assert!(!response.headers().contains_key("sec-websocket-extensions"), "declined");
    let refused = handshake(&world, &[("sec-websocket-protocol", "mqtt")]).await.err();
    assert_eq!(refused.map(|(status, _)| status), Some(400));
    let refused = handshake(&world, &[("sec-websocket-version", "12")]).await.err();
    assert_eq!(refused.map(|(status, _)| status), Some(400));
}

#[tokio::test]
async fn so_many_sockets_per_address_and_handshakes_per_second() {
    let world = World::with(GatewaySettings { sockets_per_address: Some(2), ..settings() }).await;
    let (_one, _two) = (Client::open(&world).await, Client::open(&world).await);
    assert_eq!(handshake(&world, &[]).await.err().map(|(status, _)| status), Some(429));

    let world = World::with(GatewaySettings { handshakes_per_second: 1, ..settings() }).await;
    let _first = Client::open(&world).await;
    // One waits for its turn, and who would have to wait longer than a second is told to come back.
    let offers = [(); 3].map(|()| handshake(&world, &[]));
    let (open, refused): (Vec<_>, Vec<_>) =
        futures_util::future::join_all(offers).await.into_iter().partition(Result::is_ok);
    assert_eq!((open.len(), refused.len()), (1, 2));
    for (status, response) in refused.into_iter().filter_map(Result::err) {
        assert_eq!(status, 503);
        assert!(response.headers().contains_key("retry-after"));
    }
}

#[tokio::test]
async fn so_many_sockets_per_user() {
    let world = World::with(GatewaySettings { sockets_per_user: Some(1), ..settings() }).await;
    let ada = world.person("ada").await;
    let first = Client::connect(&world, &ada).await;
    let mut second = Client::open(&world).await;
    second.write(|frame| client::connect(frame, "kith", "0,0", &ada.token)).await;
    let (replies, code) = second.end().await;
    assert_eq!((replies[0].header("code"), code), ("rate_limited", Some(1008)));
    drop(first);
}

#[tokio::test]
async fn connected_says_who_and_where() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut client = Client::open(&world).await;
    client.write(|frame| client::connect(frame, "kith", "30000,30000", &ada.token)).await;
    let connected = client.frame().await;
    assert_eq!(connected.command, ServerCommand::Connected);
    for (name, value) in [
        ("version", "1.2"),
        ("heart-beat", "30000,30000"),
        ("user-id", &*ada.caller.user_id.to_string()),
        ("device-id", &*ada.caller.device_id.to_string()),
        ("epoch", &*world.services.live.epoch()),
        ("server-time", &*world.services.live.now().to_string()),
    ] {
        assert_eq!(connected.header(name), value, "{name}");
    }
    assert!(!connected.header("session").is_empty() && !connected.header("server").is_empty());
}

#[tokio::test]
async fn who_does_not_connect_is_closed() {
    let mut settings = settings();
    settings.timing.connect = Duration::from_millis(100);
    let world = World::with(settings).await;
    let mut silent = Client::open(&world).await;
    let (replies, code) = silent.end().await;
    assert_eq!((replies[0].header("code"), code), ("connect_timeout", Some(4002)));
    let mut trickling = Client::open(&world).await;
    trickling.write(|frame| frame.extend_from_slice(b"CONN")).await;
    assert_eq!(trickling.end().await.1, Some(4002));
}

#[tokio::test]
async fn bad_tokens_and_breaches_end_with_an_error_frame() {
    let world = World::new().await;
    let connect = [("accept-version", "1.2"), ("Authorization", "Bearer wrong")];
    let version = [("accept-version", "9"), ("Authorization", "Bearer wrong")];
    for (command, headers, body, error, code) in [
        (Command::Connect, &connect[..], "", "unauthenticated", 4500),
        (Command::Connect, &version[..], "", "protocol_error", 1002),
        (Command::Send, &[("destination", "/app/presence")][..], "{}", "protocol_error", 1002),
        (Command::Begin, &[("transaction", "t")][..], "", "protocol_error", 1002),
    ] {
        let mut client = Client::open(&world).await;
        client.write(|frame| client::frame(frame, command, headers, body.as_bytes())).await;
        let (replies, closed) = client.end().await;
        assert_eq!(replies.len(), 1);
        assert_eq!((replies[0].command, replies[0].header("code")), (ServerCommand::Error, error));
        assert_eq!(closed, Some(code), "{command:?}");
    }
}

#[tokio::test]
async fn websocket_breaches_are_told_by_their_close_code() {
    let world = World::new().await;
    for (what, bytes, code) in [
        ("unmasked", &b"\x81\x01a"[..], 1002_u16),
        ("reserved bit", b"\xc1\x80\0\0\0\0", 1002),
        ("opcode 3", b"\x83\x80\0\0\0\0", 1002),
        ("fragmented ping", b"\x09\x80\0\0\0\0", 1002),
        ("bad text", b"\x81\x81\0\0\0\0\xff", 1007),
        ("too large", b"\x82\xff\0\0\0\0\0\x01\0\x01\0\0\0\0", 1009),
        ("empty continuations", &[&b"\x01\x80\0\0\0\0"[..], &b"\x00\x80\0\0\0\0".repeat(16)].concat(), 1009),
    ] {
        let mut client = Client::open(&world).await;
        let stream = client.socket.get_mut();
        stream.write_all(bytes).await.unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).await.unwrap();
        assert_eq!(got[0], 0x88, "{what}: {got:x?}");
        assert_eq!(u16::from_be_bytes([got[2], got[3]]), code, "{what}");
    }
}

#[tokio::test]
async fn too_many_pings_are_a_breach() {
    let world = World::new().await;
    let mut client = Client::open(&world).await;
    for _ in 0..64 {
        if client.socket.send(Message::Ping("hello".into())).await.is_err() {
            break;
        }
    }
    assert_eq!(client.end().await.1, Some(1008));
}
