//! Rotation of refresh tokens, and the end of sign-ins.

use futures_util::future::join_all;
use serde_json::json;

use crate::harness::{Http, Person, Reply, Server, Socket, browser_sign_in, eventually};

async fn refresh(http: &Http, cookie: &str) -> Reply {
    let request = http
        .request("POST", "/auth/refresh")
        .header("cookie", cookie)
        .header("sec-fetch-site", "same-origin");
    Reply::of(request.json(&json!({}))).await
}

async fn next(http: &Http, cookie: &str) -> String {
    let reply = refresh(http, cookie).await;
    reply.expect(200);
    reply.cookie("kith-refresh").unwrap()
}

#[tokio::test]
async fn eight_tabs_refresh_at_once_and_nobody_is_signed_out() {
    let server = Server::start().await;
    let first = browser_sign_in(&server.http, "ada").await;
    let replies = join_all((0..8).map(|_| refresh(&server.http, &first))).await;
    let cookies: Vec<String> = replies
        .iter()
        .map(|reply| {
            reply.expect(200);
            reply.cookie("kith-refresh").unwrap()
        })
        .collect();
    for cookie in &cookies {
        refresh(&server.http, cookie).await.expect(200);
    }
    let token = replies[0].json()["access_token"].as_str().unwrap().to_owned();
    let devices =
        Reply::of(server.http.request("GET", "/api/v1/me/devices").bearer_auth(token)).await.expect(200);
    assert_eq!(devices["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_spent_token_yields_the_same_successor_for_30_s_and_then_ends_the_sign_in() {
    let mut server = Server::start().await;
    let http = server.http.clone();
    let first = browser_sign_in(&http, "ada").await;
    let second = next(&http, &first).await;
    assert_ne!(first, second);
    server.move_clock(25).await;
    assert_eq!(next(&http, &first).await, second, "within 30 s");

    // The chain goes on, and the sign-in's open socket sees its end.
    let watching = Person::sign_in(&http, "ada").await;
    let third = refresh(&http, &second).await;
    let token = third.expect(200)["access_token"].as_str().unwrap().to_owned();
    let third = third.cookie("kith-refresh").unwrap();
    let mut person = watching.clone();
    person.access_token = token;
    let mut socket = Socket::connect(&person).await;
    server.move_clock(60).await;
    let replay = refresh(&http, &first).await;
    replay.refuse("35 s later", 401, "unauthenticated");
    assert!(replay.cookie("kith-refresh").is_none(), "the loser clears the cookie");
    let event = socket.event("session").await;
    assert_eq!(event["action"], "signed_out");
    assert_eq!(socket.closed().await, 4501);
    for cookie in [&second, &third] {
        refresh(&http, cookie).await.refuse("of the revoked family", 401, "unauthenticated");
    }
    eventually("the access token is void", async || {
        (person.get("/api/v1/me").await.status == 401).then_some(())
    })
    .await;
    // Another device of the same person is not touched.
    watching.get("/api/v1/me").await.expect(200);
    server.assert_alive().await;
}

#[tokio::test]
async fn a_sign_in_ends_after_30_days_whatever_is_refreshed() {
    let mut server = Server::start().await;
    let http = server.http.clone();
    let mut cookie = browser_sign_in(&http, "ada").await;
    for day in [10, 20, 29] {
        server.move_clock(day * 86_400).await;
        cookie = next(&http, &cookie).await;
    }
    server.move_clock(30 * 86_400 + 60).await;
    refresh(&http, &cookie).await.refuse("after 30 days", 401, "unauthenticated");
    server.assert_alive().await;
}

#[tokio::test]
async fn logging_out_ends_this_device_alone() {
    let server = Server::start().await;
    let here = Person::sign_in(&server.http, "ada").await;
    let there = Person::sign_in(&server.http, "ada").await;
    let mut socket = Socket::connect(&here).await;
    let gone = here.call("POST", "/auth/logout", None).await;
    gone.expect(204);
    assert!(gone.header("set-cookie").starts_with("kith-refresh=; "), "{gone:?}");
    assert!(gone.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(socket.closed().await, 4501);
    here.get("/api/v1/me").await.refuse("its token", 401, "unauthenticated");
    let refresh = json!({"refresh_token": here.refresh_token});
    server.http.post("/auth/refresh", &refresh).await.refuse("its refresh token", 401, "unauthenticated");
    there.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn remote_sign_out_closes_sockets_within_5_s() {
    let mut server = Server::start().await;
    let here = Person::sign_in(&server.http, "ada").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(Person::sign_in(&server.http, "ada").await);
    }
    let mut own = Socket::connect(&here).await;
    let mut sockets = Vec::new();
    for other in &others {
        sockets.push(Socket::connect(other).await);
    }
    here.delete(&format!("/api/v1/me/devices/{}", others[0].device_id)).await.expect(204);
    let limit = std::time::Duration::from_secs(5);
    let event = tokio::time::timeout(limit, sockets[0].event("session")).await.expect("within 5 s");
    assert_eq!(event["action"], "signed_out");
    assert_eq!(tokio::time::timeout(limit, sockets[0].closed()).await.expect("within 5 s"), 4501);
    others[0].get("/api/v1/me").await.refuse("its token", 401, "unauthenticated");
    others[1].get("/api/v1/me").await.expect(200);

    here.delete("/api/v1/me/devices").await.expect(204);
    for socket in &mut sockets[1..] {
        assert_eq!(tokio::time::timeout(limit, socket.closed()).await.expect("within 5 s"), 4501);
    }
    own.send("/app/presence", &json!({"state": "active"})).await.unwrap();
    let left = here.get("/api/v1/me/devices").await.expect(200);
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(left["items"][0]["current"], true);
    // Somebody else's device is nobody's.
    let bob = Person::sign_in(&server.http, "bob").await;
    bob.delete(&format!("/api/v1/me/devices/{}", here.device_id)).await.refuse("foreign", 404, "not_found");
    server.assert_alive().await;
}
