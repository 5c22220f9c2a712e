//! What friends and members see of each other at once.

use serde_json::json;

use crate::harness::{
    Launch, Person, RawSocket, Scene, Server, Socket, eventually, frame, fresh_id, message,
};

#[tokio::test]
async fn friends_see_each_other_come_and_go() {
    let mut scene = Scene::new().await;
    let eve = Person::sign_in(&scene.server.http, "eve").await;
    let (mut ada, mut stranger) = (Socket::connect(&scene.ada).await, Socket::connect(&eve).await);
    let bob = Socket::connect(&scene.bob).await;
    let came = ada.event_where("presence", |event| event["user_id"] == scene.bob.id.as_str()).await;
    assert_eq!(came["online"], true);
    let friend = async || scene.ada.get("/api/v1/friends").await.expect(200)["items"][0].clone();
    assert_eq!(friend().await["online"], true);

    // A reload within the grace is not seen.
    drop(bob);
    let bob = Socket::connect(&scene.bob).await;
    drop(bob);
    let gateway_noticed = async || {
        let metrics = scene.server.http.get("/metrics").await.text;
        metrics.lines().any(|line| line == "kith_gateway_connections 2").then_some(())
    };
    eventually("the socket's end is noticed", gateway_noticed).await;
    assert_eq!(friend().await["online"], true, "within the grace");
    scene.server.move_clock(30).await;
    let went = ada.event_where("presence", |event| event["user_id"] == scene.bob.id.as_str()).await;
    assert_eq!(went["online"], false, "{went}");
    assert!(went["last_online"].as_str().unwrap() < went["as_of"].as_str().unwrap(), "{went}");
    let friend = friend().await;
    assert_eq!((friend["online"] == true, &friend["last_online"]), (false, &went["last_online"]));

    // A stranger hears of none of it.
    stranger.send("/app/presence", &json!({"state": "active"})).await.unwrap();
    assert!(stranger.waiting().iter().all(|event| event["type"] != "presence"), "{:?}", stranger.waiting());
    scene.assert_unchanged("coming and going").await;
}

#[tokio::test]
async fn typing_reading_and_unsending_show_on_the_other_side() {
    let mut scene = Scene::new().await;
    let (mut ada, mut bob) = (Socket::connect(&scene.ada).await, Socket::connect(&scene.bob).await);
    let base = format!("/app/conversations/{}", scene.direct);
    ada.send(&format!("{base}/typing"), &json!({})).await.unwrap();
    let typing = bob.event("typing").await;
    assert_eq!(
        (&typing["conversation_id"], &typing["user_id"]),
        (&json!(scene.direct), &json!(scene.ada.id))
    );

    bob.send(&format!("{base}/read"), &json!({"seq": 3})).await.unwrap();
    for socket in [&mut ada, &mut bob] {
        let read = socket.event("read").await;
        assert_eq!((&read["user_id"], read["read_seq"].as_u64()), (&json!(scene.bob.id), Some(3)));
    }
    // Markers never go back, nor beyond the head.
    let path = format!("/api/v1/conversations/{}/read", scene.direct);
    for (seq, kept) in [(1, 3), (0, 3), (1_000_000, 3)] {
        let marker = scene.bob.call("PUT", &path, Some(&json!({"seq": seq}))).await.expect(200);
        assert_eq!((marker["read_seq"].as_u64(), marker["unread"].as_u64()), (Some(kept), Some(0)), "{seq}");
    }

    let receipt = ada.send(&scene.destination(), &message(&fresh_id(), "canary-77aa")).await.unwrap();
    let shown = bob.event_where("entry", |event| event["entry"]["kind"] == "message").await;
    assert_eq!(shown["entry"]["content"]["text"], "canary-77aa");
    assert_eq!(
        (shown["seq"].as_u64().unwrap(), &shown["entry"]["id"]),
        (receipt.seq(), &json!(receipt.header("message-id")))
    );
    let unsend = format!("{base}/entries/{}/unsend", receipt.seq());
    let first = ada.send(&unsend, &json!({})).await.unwrap();
    let gone = bob.event_where("entry", |event| event["entry"]["kind"] == "unsend").await;
    assert_eq!(gone["entry"]["target_seq"], receipt.seq());
    let again = ada.send(&unsend, &json!({})).await.unwrap();
    assert_eq!(first.seq(), again.seq());
    let conversation = scene.bob.get(&format!("/api/v1/conversations/{}", scene.direct)).await;
    let timeline = scene.bob.timeline(&scene.direct).await;
    assert!(!format!("{timeline:?}{conversation:?}").contains("canary-77aa"), "the text is still there");
    // After the hour it is too late.
    let late = scene.ada.say(&scene.direct, "stays").await["seq"].as_u64().unwrap();
    scene.server.move_clock(3_700).await;
    // The access token has run out with the hour.
    scene.ada.renew().await;
    let path = format!("/api/v1/conversations/{}/entries/{late}/unsend", scene.direct);
    scene.ada.call("POST", &path, None).await.refuse("after an hour", 409, "unsend_expired");
    scene.bob.renew().await;
    scene.assert_intact("an hour").await;
}

/// Who is kicked sees nothing from then on, on any path.
#[tokio::test]
async fn a_kick_cuts_at_its_seq() {
    let server = Server::start().await;
    let (ada, bob) = (Person::sign_in(&server.http, "ada").await, Person::sign_in(&server.http, "bob").await);
    let (group, code) = ada.create_group("Team").await;
    bob.join(&code).await;
    ada.say(&group, "before").await;
    let mut socket = Socket::connect(&bob).await;
    ada.delete(&format!("/api/v1/groups/{group}/members/{}", bob.id)).await.expect(204);
    ada.say(&group, "canary-after").await;
    let removed = socket.event("conversation_removed").await;
    assert_eq!((&removed["conversation_id"], &removed["reason"]), (&json!(group), &json!("kicked")));
    // Everything on its way to this socket has come when a later receipt has.
    socket.send("/app/presence", &json!({"state": "active"})).await.unwrap();
    let refused =
        socket.send(&format!("/app/conversations/{group}/messages"), &message(&fresh_id(), "x")).await;
    assert_eq!(refused.unwrap_err()["code"], "not_member");
    let sync = bob.post("/api/v1/sync", &json!({"conversations": {}, "user_seq": 0})).await.expect(200);
    let timeline = bob.timeline(&group).await;
    let conversation = bob.get(&format!("/api/v1/conversations/{group}")).await.expect(200);
    let all = format!("{:?}{sync}{timeline:?}{conversation}", socket.waiting());
    assert!(all.contains("before") && !all.contains("canary-after"), "{all}");
    assert_eq!(conversation["state"], "kicked");
    bob.post("/api/v1/groups/join", &json!({"code": code})).await;
    ada.say(&group, "canary-later").await;
    let timeline = format!("{:?}", bob.timeline(&group).await);
    assert!(!timeline.contains("canary-later"), "the way back is an admin's to give: {timeline}");
}

/// With nothing in the way, a committed entry is told to everybody; what was lost on the way is found by `/sync`.
#[tokio::test]
async fn who_was_away_catches_up_and_who_sits_there_needs_not() {
    let mut server = Launch::default().start().await;
    let (mut ada, bob) =
        (Person::sign_in(&server.http, "ada").await, Person::sign_in(&server.http, "bob").await);
    let direct = ada.befriend(&bob).await;
    let mut socket = Socket::connect(&ada).await;
    for number in 0..50 {
        bob.say(&direct, &format!("{number}")).await;
    }
    for seq in 1..=50_u64 {
        assert_eq!(socket.event("entry").await["seq"], seq);
    }
    drop(socket);
    for number in 50..80 {
        bob.say(&direct, &format!("{number}")).await;
    }
    server.kill();
    server.restart().await;
    ada.move_to(&server.http).await;
    let mut socket = Socket::connect(&ada).await;
    let answer =
        ada.post("/api/v1/sync", &json!({"conversations": {&direct: 50}, "user_seq": 0})).await.expect(200);
    assert_eq!(answer["epoch"], socket.connected.as_ref().unwrap().header("epoch"));
    let synced = &answer["conversations"][0];
    assert_eq!((&synced["complete"], synced["conversation"]["unread"].as_u64()), (&json!(true), Some(80)));
    let seqs: Vec<u64> =
        synced["entries"].as_array().unwrap().iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (51..=80).collect::<Vec<u64>>());
    socket
        .send(&format!("/app/conversations/{direct}/messages"), &message(&fresh_id(), "back"))
        .await
        .unwrap();
    assert_eq!(socket.event("entry").await["seq"], 81);
}

/// A socket that is not read is given up before it takes much memory; nobody else waits for it, and it loses nothing.
#[tokio::test]
async fn a_reader_who_cannot_follow_is_closed_and_catches_up() {
    let mut server = Server::start().await;
    let (ada, bob) = (Person::sign_in(&server.http, "ada").await, Person::sign_in(&server.http, "bob").await);
    let direct = ada.befriend(&bob).await;
    let mut slow = RawSocket::open(&server.http, "").await;
    let connect =
        format!("CONNECT\naccept-version:1.2\nhost:kith\nAuthorization:Bearer {}\n\n\0", bob.access_token);
    slow.write(&frame(0x82, connect.as_bytes())).await;
    slow.write(&frame(0x82, b"SUBSCRIBE\nid:0\ndestination:/user/queue/events\n\n\0")).await;

    let mut socket = Socket::connect(&ada).await;
    let (destination, text) = (format!("/app/conversations/{direct}/messages"), "😀".repeat(8_000));
    let mut sent = 0;
    let mut closed = false;
    while !closed {
        let mut receipts = Vec::new();
        for _ in 0..32 {
            receipts.push(socket.post(&destination, &message(&fresh_id(), &text)).await);
        }
        for receipt in receipts {
            sent += 1;
            assert_eq!(socket.answer(&receipt).await.unwrap().seq(), sent);
        }
        let metrics = server.http.get("/metrics").await.text;
        closed = metrics
            .lines()
            .any(|line| line.starts_with(r#"kith_gateway_closed_total{reason="slow_consumer"} 1"#));
        assert!(sent < 4_096, "128 MiB wait for a socket that nobody reads");
    }
    for seq in 1..=sent {
        assert_eq!(socket.event("entry").await["seq"], seq);
    }
    let timeline = bob.timeline(&direct).await;
    assert_eq!(timeline.len() as u64, sent);
    assert!(timeline.iter().all(|entry| entry["content"]["text"] == text.as_str()));
    server.assert_alive().await;
}
