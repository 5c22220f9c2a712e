//! SEND: receipts, refusals, order.

use kith_stomp::{Command, ServerCommand, client};

use crate::{
    client::{Client, message},
    world::World,
};

#[tokio::test]
async fn a_message_is_received_once_and_a_retry_gets_the_same_receipt() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = world.befriend(&ada, &ben).await;
    let (mut from, mut to) = (Client::live(&world, &ada).await, Client::live(&world, &ben).await);
    let destination = format!("/app/conversations/{id}/messages");
    from.send(&destination, "m1", &message(1, "hello")).await;
    let receipt = from.receipt("m1").await;
    assert_eq!((receipt.command, receipt.header("seq")), (ServerCommand::Receipt, "1"));
    assert!(!receipt.header("message-id").is_empty() && !receipt.header("server-time").is_empty());
    let event = to.event("entry").await;
    assert_eq!((event.header("subscription"), event.header("destination")), ("events", "/user/queue/events"));
    let body = event.json();
    assert_eq!(body["conversation_id"], id.to_string());
    assert_eq!(body["entry"]["content"]["text"], "hello");
    assert_eq!(body["entry"]["id"], receipt.header("message-id"));
    from.send(&destination, "again", &message(1, "hello")).await;
    let mut again = from.receipt("again").await;
    // But for what names the frame itself.
    for name in ["receipt-id", "trace-id"] {
        again.headers.insert(name.to_owned(), receipt.header(name).to_owned());
    }
    assert_eq!(again, receipt);
    from.send(&destination, "other", &message(1, "another text")).await;
    assert_eq!(from.receipt("other").await.json()["code"], "id_reused");
}

#[tokio::test]
async fn answers_name_the_trace_they_are_logged_in() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = world.befriend(&ada, &ben).await;
    let mut client = Client::live(&world, &ada).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let destination = format!("/app/conversations/{id}/messages");
    let mut ids = Vec::new();
    for (number, parent) in [(1, Some(&*parent)), (2, Some("nonsense")), (3, None)] {
        let receipt = format!("m{number}");
        let mut headers = vec![("destination", &*destination), ("receipt", &receipt)];
        headers.extend(parent.map(|parent| ("traceparent", parent)));
        let body = message(number, "hello");
        client.write(|frame| client::frame(frame, Command::Send, &headers, body.as_bytes())).await;
        ids.push(client.receipt(&receipt).await.header("trace-id").to_owned());
    }
    assert_eq!(ids[0], trace);
    assert!(ids[1..].iter().all(|id| id.len() == 32 && id != trace) && ids[1] != ids[2], "{ids:?}");
    let headers =
        [("destination", "/app/conversations/1/messages"), ("receipt", "no"), ("traceparent", &parent)];
    client.write(|frame| client::frame(frame, Command::Send, &headers, message(4, "x").as_bytes())).await;
    assert_eq!(client.receipt("no").await.json()["trace_id"], trace);
}

#[tokio::test]
async fn refusals_leave_the_socket_open() {
    let world = World::new().await;
    let [ada, ben, eve] = [world.person("ada").await, world.person("ben").await, world.person("eve").await];
    let id = world.befriend(&ada, &ben).await;
    let mut client = Client::live(&world, &eve).await;
    let long = message(2, &"a".repeat(8_001));
    let (messages, typing) =
        (format!("/app/conversations/{id}/messages"), format!("/app/conversations/{id}/typing"));
    for (what, destination, body, code) in [
        ("a stranger's message", messages.as_str(), message(1, "hi").as_str(), "not_found"),
        ("a stranger's typing", &typing, "{}", "not_found"),
        ("too long", &messages, &long, "validation_failed"),
        ("no JSON", &messages, "{", "validation_failed"),
        ("an unknown field", "/app/presence", r#"{"state":"idle","x":1}"#, "unknown_field"),
        ("a bad token", "/app/token", r#"{"access_token":"x"}"#, "unauthenticated"),
        ("a message in no conversation", "/app/conversations/1/messages", &message(3, "hi"), "not_found"),
    ] {
        client.send(destination, what, body).await;
        let refusal = client.receipt(what).await;
        assert_eq!((refusal.command, refusal.event()), (ServerCommand::Message, "error"), "{what}");
        assert_eq!(refusal.json()["code"], code, "{what}");
    }
    client.send("/app/presence", "fine", r#"{"state":"active"}"#).await;
    assert_eq!(client.receipt("fine").await.command, ServerCommand::Receipt);
}

#[tokio::test]
async fn a_refusal_without_a_subscription_is_an_error_frame() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut client = Client::connect(&world, &ada).await;
    client.send("/app/conversations/1/typing", "t", "{}").await;
    let (replies, _) = client.end().await;
    let error = &replies[0];
    assert_eq!(
        (error.command, error.header("code"), error.header("receipt-id")),
        (ServerCommand::Error, "not_found", "t")
    );
}

#[tokio::test]
async fn many_in_one_go_keep_their_order_and_disconnect_comes_last() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = world.befriend(&ada, &ben).await;
    let (mut from, mut to) = (Client::live(&world, &ada).await, Client::live(&world, &ben).await);
    let destination = format!("/app/conversations/{id}/messages");
    from.write(|frames| {
        for n in 1..=200_u32 {
            let body = message(u128::from(n), &n.to_string());
            client::send(frames, &destination, Some(&n.to_string()), body.as_bytes());
        }
        client::frame(frames, Command::Disconnect, &[("receipt", "bye")], b"");
    })
    .await;
    let (replies, code) = from.end().await;
    let receipts: Vec<_> = replies.iter().filter(|reply| reply.command == ServerCommand::Receipt).collect();
    let ids: Vec<_> = receipts.iter().map(|reply| reply.header("receipt-id")).collect();
    let mut expected: Vec<_> = (1..=200).map(|n: u32| n.to_string()).collect();
    for (receipt, n) in receipts.iter().zip(1..=200) {
        assert_eq!(receipt.header("seq"), n.to_string());
    }
    expected.push("bye".to_owned());
    assert_eq!((ids, code), (expected.iter().map(String::as_str).collect(), Some(1000)));
    for n in 1..=200 {
        let event = to.event("entry").await.json();
        assert_eq!(
            (event["seq"].as_u64(), event["entry"]["content"]["text"].as_str()),
            (Some(n), Some(&*n.to_string()))
        );
    }
}

#[tokio::test]
async fn typing_reading_and_unsending() {
    let world = World::new().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let id = world.befriend(&ada, &ben).await;
    let (mut from, mut to) = (Client::live(&world, &ada).await, Client::live(&world, &ben).await);
    let at = |rest: &str| format!("/app/conversations/{id}/{rest}");
    from.send(&at("typing"), "t", "{}").await;
    assert_eq!(to.event("typing").await.json()["user_id"], ada.caller.user_id.to_string());
    from.send(&at("messages"), "m", &message(1, "oops")).await;
    to.event("entry").await;
    to.send(&at("read"), "r", r#"{"seq":1}"#).await;
    let read = from.event("read").await.json();
    assert_eq!(
        (read["user_id"].as_str(), read["read_seq"].as_u64()),
        (Some(&*ben.caller.user_id.to_string()), Some(1))
    );
    assert_eq!(to.receipt("r").await.command, ServerCommand::Receipt);
    from.send(&at("entries/1/unsend"), "u", "{}").await;
    assert_eq!(from.receipt("u").await.header("seq"), "2");
    let unsend = to.event("entry").await.json();
    assert_eq!(
        (unsend["entry"]["kind"].as_str(), unsend["entry"]["target_seq"].as_u64()),
        (Some("unsend"), Some(1))
    );
}
