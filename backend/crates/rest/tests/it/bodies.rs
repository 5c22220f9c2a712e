use http::header;
use serde_json::json;

use crate::world::{Person, World, message, text};

async fn send(
    world: &World,
    by: &Person,
    method: &str,
    path: &str,
    kind: &str,
    body: &[u8],
) -> (u16, String) {
    let bearer = format!("Bearer {}", by.token);
    let reply = world.raw(method, path, &[("authorization", &bearer), ("content-type", kind)], body).await;
    (reply.status.as_u16(), reply.code())
}

/// Every call with a body, with one that it would take.
fn bodies(world_ids: (&str, &str, &str)) -> Vec<(&'static str, String, serde_json::Value)> {
    let (direct, group, friend) = world_ids;
    vec![
        ("PATCH", "/api/v1/me".to_owned(), json!({"introduction": "hi"})),
        ("POST", "/api/v1/friend-requests".to_owned(), json!({"friend_code": "00000-00000"})),
        ("PATCH", format!("/api/v1/conversations/{direct}"), json!({"pinned": true})),
        ("POST", "/api/v1/conversations/direct".to_owned(), json!({"user_id": friend})),
        ("POST", "/api/v1/groups".to_owned(), json!({"name": "x", "member_ids": [friend]})),
        ("PATCH", format!("/api/v1/groups/{group}"), json!({"name": "y"})),
        ("POST", "/api/v1/groups/join".to_owned(), json!({"code": "00000-00000"})),
        ("POST", format!("/api/v1/groups/{group}/members"), json!({"user_ids": [friend]})),
        ("PUT", format!("/api/v1/groups/{group}/members/{friend}/role"), json!({"role": "member"})),
        ("POST", format!("/api/v1/conversations/{direct}/messages"), message(1, "hi")),
        ("PUT", format!("/api/v1/conversations/{direct}/read"), json!({"seq": 1})),
        ("PUT", "/api/v1/me/devices/current/push-token".to_owned(), json!({"token": "c-VQ:APA91bH"})),
        ("POST", "/api/v1/sync".to_owned(), json!({"conversations": {}, "user_seq": 0})),
    ]
}

#[tokio::test]
async fn every_body_is_read_strictly() {
    let world = World::new().await;
    let (mei, oscar) = (world.person("mei").await, world.person("oscar").await);
    let direct = world.befriend(&mei, &oscar).await;
    let group = json!({"name": "Night Market", "member_ids": [oscar.id]});
    let group = text(&world.call_with(&mei, "POST", "/api/v1/groups", group).await.expect(201)["id"]);
    for (method, path, good) in bodies((&direct, &group, &oscar.id)) {
        for extra in ["role_", "sender_id", "created_at", "is_admin", "__proto__"] {
            let mut body = good.clone();
            body[extra] = json!("1");
            let body = body.to_string();
            let got = send(&world, &mei, method, &path, "application/json", body.as_bytes()).await;
            assert_eq!(got, (422, "unknown_field".to_owned()), "{method} {path} {extra}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let repeated = format!("{{\"a\":1,\"a\":2,{}", &good.to_string()[1..]);
        for (kind, body, status, code) in [
            ("application/json", "", 400, "validation_failed"),
            ("application/json", "{", 400, "validation_failed"),
            ("application/json", &*repeated, 400, "validation_failed"),
            ("application/json", &*deep, 400, "validation_failed"),
            ("application/json", r#"{"a":"\ud800"}"#, 400, "validation_failed"),
            ("application/json", "[]", 422, "validation_failed"),
            ("application/json", "null", 422, "validation_failed"),
            ("text/plain", &*good.to_string(), 415, "unsupported_media"),
            ("application/x-www-form-urlencoded", "a=1", 415, "unsupported_media"),
            ("application/json", &*" ".repeat(262_145), 413, "payload_too_large"),
        ] {
            let got = send(&world, &mei, method, &path, kind, body.as_bytes()).await;
            let shown = &body[..body.len().min(30)];
            assert_eq!(got, (status, code.to_owned()), "{method} {path} {kind} {shown:?}");
        }
        // As it stands, the body is understood.
        let got = send(&world, &mei, method, &path, "application/json", good.to_string().as_bytes()).await;
        assert!(got.0 < 300 || got.0 == 404, "{method} {path}: {got:?}");
    }
}

#[tokio::test]
async fn patches_tell_absent_from_null() {
    let world = World::new().await;
    let mei = world.person("mei").await;
    for (patch, gender, introduction) in [
        (json!({"gender": "non_binary", "introduction": "hello"}), Some("non_binary"), Some("hello")),
        (json!({}), Some("non_binary"), Some("hello")),
        (json!({"gender": null}), None, Some("hello")),
        (json!({"introduction": null}), None, None),
    ] {
        let me = world.call_with(&mei, "PATCH", "/api/v1/me", patch.clone()).await.expect(200);
        assert_eq!((me["gender"].as_str(), me["introduction"].as_str()), (gender, introduction), "{patch}");
    }
    for (patch, field) in [
        (json!({"username": null}), "username"),
        (json!({"username": ""}), "username"),
        (json!({"gender": "x"}), "gender"),
        (json!({"gender_shared": "yes"}), "gender_shared"),
        (json!({"introduction": "x".repeat(501)}), "introduction"),
    ] {
        let reply = world.call_with(&mei, "PATCH", "/api/v1/me", patch.clone()).await;
        assert_eq!(reply.json()["errors"][0]["field"], field, "{patch}: {}", reply.text);
        assert_eq!((reply.status.as_u16(), &*reply.code()), (422, "validation_failed"));
    }
}

#[tokio::test]
async fn a_push_token_is_taken_and_never_shown() {
    let world = World::new().await;
    let mei = world.person("mei").await;
    let path = "/api/v1/me/devices/current/push-token";
    let longest = "x".repeat(4_096);
    for (token, code) in [
        (json!("c-VQ:APA91bH_x-Z"), None),
        (json!(longest), None),
        (json!(format!("{longest}x")), Some("too_long")),
        (json!(""), Some("empty")),
        (json!("a b"), Some("not_allowed")),
        (json!("tökén"), Some("not_allowed")),
        (json!("a\u{0}"), Some("not_allowed")),
    ] {
        let reply = world.call_with(&mei, "PUT", path, json!({"token": token})).await;
        let expected = if code.is_some() { 422 } else { 204 };
        assert_eq!(reply.status, expected, "{token}: {}", reply.text);
        assert_eq!(reply.json()["errors"][0]["code"].as_str(), code, "{token}");
        assert!(code == Some("empty") || !reply.text.contains(token.as_str().unwrap()), "{}", reply.text);
    }
    for token in [json!(null), json!(7), json!(["x"])] {
        let reply = world.call_with(&mei, "PUT", path, json!({"token": token})).await;
        assert_eq!((reply.status.as_u16(), &*reply.code()), (422, "validation_failed"), "{token}");
    }
    let devices = world.call(&mei, "GET", "/api/v1/me/devices").await;
    assert!(devices.status == 200 && !devices.text.contains("xxxx"), "{}", devices.text);
    for _ in 0..2 {
        assert_eq!(world.call(&mei, "DELETE", path).await.status, 204);
    }
    assert_eq!(world.call(&mei, "GET", path).await.status, 405);
}

#[tokio::test]
async fn queries_cursors_and_ids_are_read_strictly() {
    let world = World::new().await;
    let (mei, oscar) = (world.person("mei").await, world.person("oscar").await);
    let direct = world.befriend(&mei, &oscar).await;
    let entries = format!("/api/v1/conversations/{direct}/entries");
    for (path, status) in [
        ("/api/v1/friends?limit=1".to_owned(), 200),
        ("/api/v1/friends?limit=0".to_owned(), 422),
        ("/api/v1/friends?limit=-1".to_owned(), 422),
        ("/api/v1/friends?limit=101".to_owned(), 422),
        ("/api/v1/friends?limit=1000000000".to_owned(), 422),
        ("/api/v1/friends?limit=99999999999999999999".to_owned(), 422),
        ("/api/v1/friends?limit=1&limit=2".to_owned(), 422),
        ("/api/v1/friends?user_id=1".to_owned(), 422),
        ("/api/v1/friends?cursor=AAAA".to_owned(), 422),
        ("/api/v1/friends?q=%00".to_owned(), 200),
        (format!("/api/v1/friends?q={}", "x".repeat(101)), 422),
        ("/api/v1/friend-requests?status=open".to_owned(), 422),
        ("/api/v1/friend-requests?direction=outgoing&status=accepted".to_owned(), 200),
        (format!("{entries}?before=1&after=2"), 422),
        (format!("{entries}?before=-1"), 422),
        (format!("{entries}?before=9223372036854775807"), 200),
        (format!("{entries}?before=9223372036854775808"), 422),
        (format!("{entries}?around=5&limit=100"), 200),
        ("/api/v1/conversations/0/entries".to_owned(), 404),
        ("/api/v1/conversations/01".to_owned(), 404),
        ("/api/v1/conversations/%00".to_owned(), 404),
        ("/api/v1/conversations/%ff".to_owned(), 404),
        ("/api/v1/conversations/9223372036854775808".to_owned(), 404),
        ("/api/v1/users/by-code/%E5%86%8D".to_owned(), 404),
        ("/api/v1/groups/by-code/none".to_owned(), 404),
    ] {
        let reply = world.call(&mei, "GET", &path).await;
        assert_eq!(reply.status, status, "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let world = World::new().await;
    let mei = world.person("mei").await;
    for name in ["ada", "ben", "cai"] {
        world.befriend(&mei, &world.person(name).await).await;
    }
    for list in ["friends", "conversations", "friend-requests"] {
        let (mut seen, mut next) = (Vec::new(), None);
        for _ in 0..4 {
            let cursor = next.map_or(String::new(), |next| format!("&cursor={next}"));
            let page = world.call(&mei, "GET", &format!("/api/v1/{list}?limit=1{cursor}")).await.expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])));
            next = page["next"].as_str().map(str::to_owned);
            if next.is_none() {
                break;
            }
        }
        let distinct: std::collections::HashSet<_> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len(), next), (3, 3, None), "{list}");
    }
    let first = world.call(&mei, "GET", "/api/v1/friends?limit=1").await.expect(200);
    let foreign = format!("/api/v1/conversations?cursor={}", text(&first["next"]));
    assert_eq!(world.call(&mei, "GET", &foreign).await.status, 422, "another list's cursor");
}

#[tokio::test]
async fn a_compressed_body_is_not_taken() {
    let world = World::new().await;
    let mei = world.person("mei").await;
    let bearer = format!("Bearer {}", mei.token);
    let headers =
        [("authorization", &*bearer), ("content-type", "application/json"), ("content-encoding", "gzip")];
    let reply = world.raw("POST", "/api/v1/sync", &headers, b"{}").await;
    assert_eq!(reply.status, 415);
    assert_eq!(reply.header(header::CONTENT_TYPE), "application/problem+json");
}
