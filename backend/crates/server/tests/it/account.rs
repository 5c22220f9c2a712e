//! The account: its password, its deletion.

use serde_json::{Value, json};

use crate::harness::{Launch, Person, Reply, Scene, Server, Socket, eventually, fresh_id, message};

const DAY: i64 = 86_400;
const PASSWORD: &str = "correct horse";

/// Row P1.
#[tokio::test]
async fn the_password_is_no_way_in_and_its_checks_are_bounded() {
    let mut scene = Scene::on(Launch::default().limited().start().await).await;
    let ada = scene.ada.clone();
    let new = json!({"new": PASSWORD});
    ada.call("PUT", "/api/v1/me/password", Some(&new)).await.expect(204);
    assert_eq!(ada.get("/api/v1/me").await.expect(200)["password_set"], true);
    assert!(scene.bob.get("/api/v1/friends").await.expect(200)["items"][0]["password_set"].is_null());

    // In place of a token.
    let http = &scene.server.http;
    let basic = http.request("GET", "/api/v1/me").basic_auth(&ada.email, Some(PASSWORD));
    Reply::of(basic).await.refuse("basic", 401, "unauthenticated");
    let bearer = http.request("GET", "/api/v1/me").bearer_auth(PASSWORD);
    Reply::of(bearer).await.refuse("bearer", 401, "unauthenticated");
    for (path, body) in [
        ("/auth/token", json!({"grant_type": "password", "username": ada.email, "password": PASSWORD})),
        ("/auth/refresh", json!({"password": PASSWORD})),
    ] {
        let reply = http.post(path, &body).await;
        assert!((400..500).contains(&reply.status), "{path}: {reply:?}");
    }
    let mut socket = Socket::open(http).await;
    socket.say_connect(PASSWORD).await;
    assert_eq!(socket.fatal().await, ("unauthenticated".to_owned(), 4500));

    // In a URL it is not looked at; far too long it is not read.
    let path = format!("/api/v1/me/devices?password={}", PASSWORD.replace(' ', "%20"));
    ada.delete(&path).await.refuse("in a URL", 403, "password_required");
    let huge = json!({"password": "x".repeat(1 << 20)});
    let huge = ada.call("DELETE", "/api/v1/me/devices", Some(&huge)).await;
    huge.refuse("1 MiB", 413, "payload_too_large");
    for (new, code) in [("short", "too_short"), (&*"x".repeat(129), "too_long")] {
        let reply = ada.call("PUT", "/api/v1/me/password", Some(&json!({"new": new}))).await;
        reply.refuse(code, 422, "validation_failed");
        assert_eq!(reply.json()["errors"][0]["code"], code);
    }

    // One check was used to set it. The right one and wrong ones at once: nine more are looked at.
    let calls = (0..22).map(|number| {
        let (ada, given) = (ada.clone(), if number % 2 == 0 { PASSWORD } else { "the wrong one" });
        let body = json!({"password": given});
        async move { ada.call("DELETE", "/api/v1/me/devices", Some(&body)).await }
    });
    let replies = futures_util::future::join_all(calls).await;
    let limited: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert_eq!(limited.len(), 13, "{replies:?}");
    assert!(limited.iter().all(|reply| !reply.header("retry-after").is_empty()));
    for reply in &replies {
        // On a busy machine some wait too long for their turn.
        assert!(matches!(reply.status, 204 | 429 | 503) || reply.code() == "password_wrong", "{reply:?}");
    }
    scene.assert_unchanged("guesses").await;
}

/// Everything that an account on its way out may still do, and one of all others.
async fn assert_leaving(person: &Person, direct: &str) {
    for path in ["/api/v1/conversations", "/api/v1/me/devices", "/api/v1/friends"] {
        person.get(path).await.refuse(path, 403, "account_deleting");
    }
    let sent = format!("/api/v1/conversations/{direct}/messages");
    let reply = person.post(&sent, &message(&fresh_id(), "x")).await;
    reply.refuse("a message", 403, "account_deleting");
    assert_eq!(reply.json()["until"], person.get("/api/v1/me").await.expect(200)["deletes_at"]);
    let sync = person.post("/api/v1/sync", &json!({"conversations": {}, "user_seq": 0})).await;
    sync.refuse("sync", 403, "account_deleting");
    let mut socket = Socket::open(&person.http).await;
    socket.say_connect(&person.access_token).await;
    assert_eq!(socket.fatal().await, ("account_deleting".to_owned(), 4504));
}

#[tokio::test]
async fn a_deleted_account_can_be_restored_for_fourteen_days() {
    let Scene { server, mut ada, mut bob, direct, .. } = Scene::new().await;
    let mut phone = Socket::connect(&ada).await;
    ada.call("PUT", "/api/v1/me/password", Some(&json!({"new": PASSWORD}))).await.expect(204);
    ada.delete("/api/v1/me").await.refuse("without", 403, "password_required");
    let wrong = ada.call("DELETE", "/api/v1/me", Some(&json!({"password": "no such horse"}))).await;
    wrong.refuse("wrong", 403, "password_wrong");

    let proof = json!({"password": PASSWORD});
    let me = ada.call("DELETE", "/api/v1/me", Some(&proof)).await.expect(202);
    assert!(me["deletes_at"].is_string(), "{me}");
    let event = phone.event("session").await;
    assert_eq!((&event["action"], &event["until"]), (&json!("deleting"), &me["deletes_at"]));
    assert_eq!(phone.closed().await, 4504);
    assert_leaving(&ada, &direct).await;
    ada.delete("/api/v1/me").await.expect(202);
    let code = format!("/api/v1/users/by-code/{}", ada.friend_code);
    bob.get(&code).await.refuse("by code", 404, "not_found");

    server.move_clock(14 * DAY - 60).await;
    // Another device, by signing in.
    let laptop = Person::sign_in(&server.http, "ada").await;
    assert_eq!(laptop.id, ada.id);
    assert_leaving(&laptop, &direct).await;
    ada.renew().await;
    bob.renew().await;
    let me = ada.post("/api/v1/me/restore", &json!({})).await.expect(200);
    assert!(me["deletes_at"].is_null(), "{me}");
    for person in [&ada, &laptop] {
        assert_eq!(person.timeline(&direct).await.len(), 3);
        Socket::connect(person).await;
    }
    bob.get(&code).await.expect(200);
}

/// How many messages of a timeline still say something, and how many unsends each message has.
fn left(timeline: &[Value]) -> (usize, usize) {
    let full = timeline.iter().filter(|entry| entry["kind"] == "message" && entry["content"].is_object());
    (full.count(), timeline.iter().filter(|entry| entry["kind"] == "unsend").count())
}

#[tokio::test]
async fn an_erasure_that_is_killed_goes_on() {
    const MESSAGES: usize = 2_000;
    let mut server = Server::start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let mut bob = Person::sign_in(&server.http, "bob").await;
    let (group, code) = ada.create_group("Hikers").await;
    bob.join(&code).await;
    let mut socket = Socket::connect(&ada).await;
    let destination = format!("/app/conversations/{group}/messages");
    let mut receipts = Vec::new();
    for number in 0..MESSAGES {
        receipts.push(socket.post(&destination, &message(&fresh_id(), &format!("m{number}"))).await);
    }
    for receipt in receipts {
        socket.answer(&receipt).await.unwrap();
    }
    ada.delete("/api/v1/me").await.expect(202);
    server.move_clock(14 * DAY).await;
    bob.renew().await;
    // The two notices come before the first message.
    let first = format!("/api/v1/conversations/{group}/entries?after=2&limit=1");
    eventually("the erasure begins", async || {
        let page = bob.get(&first).await.expect(200);
        page["items"][0]["content"].is_null().then_some(())
    })
    .await;
    server.kill();
    server.restart().await;
    bob.move_to(&server.http).await;
    let timeline = eventually("the erasure ends", async || {
        let members = bob.get(&format!("/api/v1/groups/{group}/members")).await.expect(200);
        let timeline = bob.timeline(&group).await;
        (members["items"].as_array().unwrap().len() == 1 && left(&timeline).0 == 0).then_some(timeline)
    })
    .await;
    assert_eq!(left(&timeline), (0, MESSAGES), "each message is erased once");
    let page = bob.get(&first).await.expect(200);
    let author = page["users"].as_array().unwrap().iter().find(|user| user["id"] == ada.id.as_str());
    assert_eq!(author.map(|user| &user["deleted"]), Some(&json!(true)), "{page}");
    let reborn = Person::sign_in(&server.http, "ada").await;
    assert_ne!(reborn.id, ada.id);
    server.assert_alive().await;
}
