//! How a socket ends.

use std::time::Duration;

use bytes::BytesMut;
use futures_util::SinkExt;
use kith_gateway::GatewaySettings;
use kith_stomp::{ServerCommand, client};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    client::{Client, handshake, message},
    world::{World, settings},
};

fn token(text: &str) -> String {
    serde_json::json!({ "access_token": text }).to_string()
}

#[tokio::test]
async fn a_socket_lives_as_long_as_its_token_and_a_minute() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let (mut renewed, mut left) = (Client::live(&world, &ada).await, Client::live(&world, &ada).await);
    world.advance(800);
    let fresh = world.refresh(&ada).await;
    renewed.send("/app/token", "t", &token(&fresh.token)).await;
    assert_eq!(renewed.receipt("t").await.command, ServerCommand::Receipt);
    world.advance(100 + 61);
    assert_eq!(left.end().await.1, Some(4001));
    renewed.send("/app/presence", "p", r#"{"state":"active"}"#).await;
    assert_eq!(renewed.receipt("p").await.command, ServerCommand::Receipt, "it lives on");
    world.advance(900);
    assert_eq!(renewed.end().await.1, Some(4001));
}

#[tokio::test]
async fn somebody_elses_token_ends_the_socket() {
    let world = World::new().await;
    let (ada, ben, laptop) =
        (world.person("ada").await, world.person("ben").await, world.person("ada").await);
    for other in [&ben, &laptop] {
        let mut client = Client::live(&world, &ada).await;
        client.send("/app/token", "t", &token(&other.token)).await;
        let (replies, code) = client.end().await;
        let error = replies.iter().find(|reply| reply.command == ServerCommand::Error).unwrap();
        assert_eq!((error.header("code"), code), ("unauthenticated", Some(4500)));
    }
}

#[tokio::test]
async fn a_device_that_is_signed_out_loses_its_sockets() {
    let world = World::new().await;
    let (phone, laptop) = (world.person("ada").await, world.person("ada").await);
    let (mut here, mut there) = (Client::live(&world, &phone).await, Client::live(&world, &laptop).await);
    world.services.devices.sign_out(&phone.caller, laptop.caller.device_id, None).await.unwrap();
    let (replies, code) = there.end().await;
    let session = replies.iter().find(|reply| reply.event() == "session").unwrap();
    assert_eq!((session.json()["action"].as_str(), code), (Some("signed_out"), Some(4501)));
    here.send("/app/presence", "p", r#"{"state":"active"}"#).await;
    assert_eq!(here.receipt("p").await.command, ServerCommand::Receipt, "others stay");
}

#[tokio::test]
async fn an_expired_sign_in_is_found_in_the_ledger() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut client = Client::live(&world, &ada).await;
    // No event says that a sign-in has lived its 30 days; a fresh token keeps the socket itself.
    world.advance(30 * 86_400);
    let (_, code) = client.end().await;
    assert!(matches!(code, Some(4501 | 4001)), "{code:?}");
}

#[tokio::test]
async fn silence_is_asked_about_and_then_ends() {
    let mut settings = settings();
    settings.timing.ping_after = Duration::from_millis(60);
    settings.timing.silence = Duration::from_millis(400);
    let world = World::with(settings).await;
    let ada = world.person("ada").await;
    // The client's library answers pings only while it is read, as a browser does without any script.
    let mut there = Client::live(&world, &ada).await;
    let gone = Client::live(&world, &ada).await;
    let mut reading = tokio::spawn(async move { there.end().await });
    let left = async {
        while world.gateway.connections() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        end = &mut reading => panic!("it answers and must not be closed: {end:?}"),
        () = left => {}
    }
    reading.abort();
    drop(gone);
}

#[tokio::test]
async fn a_frame_that_never_ends_ends_the_socket_and_one_that_came_in_pieces_does_not() {
    let mut settings = settings();
    settings.timing.frame = Duration::from_millis(200);
    let world = World::with(settings).await;
    let ada = world.person("ada").await;
    let mut whole = Client::open(&world).await;
    let mut frame = BytesMut::new();
    client::connect(&mut frame, "kith", "0,0", &ada.token);
    let rest = frame.split_off(10);
    for piece in [frame, rest] {
        whole.socket.send(Message::Binary(piece.freeze())).await.unwrap();
    }
    assert_eq!(whole.frame().await.command, ServerCommand::Connected);

    // It begins later, and its end shows that the other one's time would be over too.
    let mut cut = Client::connect(&world, &ada).await;
    cut.socket.send(Message::Binary("SEND\n".into())).await.unwrap();
    assert_eq!(cut.end().await.1, Some(1008));
    whole.send("/app/presence", "p", r#"{"state":"active"}"#).await;
    assert_eq!(whole.receipt("p").await.command, ServerCommand::Receipt);
}

#[tokio::test]
async fn a_drain_answers_what_was_asked_and_closes_with_1012() {
    let world = World::with(GatewaySettings::clone(&settings())).await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = world.befriend(&ada, &ben).await;
    let mut clients = Vec::new();
    for person in [&ada, &ben, &ada, &ben] {
        clients.push(Client::live(&world, person).await);
    }
    let destination = format!("/app/conversations/{id}/messages");
    clients[0].send(&destination, "last", &message(1, "just in time")).await;
    assert_eq!(clients[0].receipt("last").await.header("seq"), "1");
    let gateway = world.gateway.clone();
    let drain = tokio::spawn(async move { gateway.drain(Duration::from_millis(20)).await });
    for client in &mut clients {
        assert_eq!(client.end().await.1, Some(1012));
    }
    drain.await.unwrap();
    assert_eq!(world.gateway.connections(), 0);
    assert_eq!(handshake(&world, &[]).await.err().map(|(status, _)| status), Some(503));
}
