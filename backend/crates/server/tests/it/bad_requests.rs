//! Rows R: requests that nobody in their right mind sends.

use serde_json::{Value, json};

use crate::harness::{Person, Reply, Scene, exchange, fresh_id, message};

/// JSON with 100,000 brackets.
fn deep() -> String {
    "[".repeat(100_000) + &"]".repeat(100_000)
}

#[tokio::test]
async fn bodies_that_are_no_acceptable_json() {
    let mut scene = Scene::new().await;
    let me = || scene.ada.request("PATCH", "/api/v1/me");
    let good = message(&fresh_id(), "x").to_string();
    for (what, body, status, code) in [
        ("nothing", String::new(), 400, "validation_failed"),
        ("broken", r#"{"username":"#.to_owned(), 400, "validation_failed"),
        ("two values", r#"{"username":"x"}{}"#.to_owned(), 400, "validation_failed"),
        ("a trailing comma", r#"{"username":"x",}"#.to_owned(), 400, "validation_failed"),
        ("single quotes", "{'username':'x'}".to_owned(), 400, "validation_failed"),
        ("NaN", r#"{"username":NaN}"#.to_owned(), 400, "validation_failed"),
        ("a comment", r#"{/* */"username":"x"}"#.to_owned(), 400, "validation_failed"),
        ("a byte order mark", "\u{feff}{}".to_owned(), 400, "validation_failed"),
        ("duplicate keys", r#"{"username":"x","username":"y"}"#.to_owned(), 400, "validation_failed"),
        (
            "duplicate keys in other spellings",
            r#"{"username":"x","user\u006eame":"y"}"#.to_owned(),
            400,
            "validation_failed",
        ),
        ("duplicate keys deep inside", r#"{"username":{"a":1,"a":2}}"#.to_owned(), 400, "validation_failed"),
        ("a lone high surrogate", r#"{"username":"\ud800"}"#.to_owned(), 400, "validation_failed"),
        ("a lone low surrogate", r#"{"username":"\udc00x"}"#.to_owned(), 400, "validation_failed"),
        (
            "surrogates in the wrong order",
            r#"{"username":"\udc00\ud800"}"#.to_owned(),
            400,
            "validation_failed",
        ),
        ("depth 100,000", deep(), 400, "validation_failed"),
        ("depth 100,000 in a field", format!(r#"{{"username":{}}}"#, deep()), 400, "validation_failed"),
        (
            "depth 33",
            format!(r#"{{"username":{}{}}}"#, "[".repeat(33), "]".repeat(33)),
            400,
            "validation_failed",
        ),
        ("an array", "[]".to_owned(), 422, "validation_failed"),
        ("a string", "\"x\"".to_owned(), 422, "validation_failed"),
        ("null", "null".to_owned(), 422, "validation_failed"),
        ("a number for a text", r#"{"username":1}"#.to_owned(), 422, "validation_failed"),
        ("an unknown field", r#"{"role":"admin"}"#.to_owned(), 422, "unknown_field"),
        ("an injected field", r#"{"username":"x","is_admin":true}"#.to_owned(), 422, "unknown_field"),
        ("a prototype", r#"{"__proto__":{}}"#.to_owned(), 422, "unknown_field"),
        (
            "256 KiB and more",
            format!(r#"{{"username":"{}"}}"#, "x".repeat(256 * 1024)),
            413,
            "payload_too_large",
        ),
    ] {
        let reply = Reply::of(me().header("content-type", "application/json").body(body)).await;
        reply.refuse(what, status, code);
    }
    let bytes = b"{\"username\":\"\xFF\"}".to_vec();
    Reply::of(me().header("content-type", "application/json").body(bytes)).await.refuse(
        "no UTF-8",
        400,
        "validation_failed",
    );
    for (content_type, status) in [
        (Some("application/json"), 200),
        (Some("application/json; charset=utf-8"), 200),
        (Some("application/json; charset=utf-16"), 415),
        (Some("text/json"), 415),
        (Some("text/plain"), 415),
        (Some("application/x-www-form-urlencoded"), 415),
        (Some("application/json, text/plain"), 415),
        (None, 415),
    ] {
        let mut request = me().body(r#"{"introduction":"x"}"#);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, status, "{content_type:?}: {reply:?}");
    }
    let packed =
        me().header("content-type", "application/json").header("content-encoding", "gzip").body(good);
    Reply::of(packed).await.refuse("packed", 415, "unsupported_media");
    scene.assert_unchanged("bad bodies").await;
    assert_eq!(scene.ada.get("/api/v1/me").await.expect(200)["username"], "Ada");
}

#[tokio::test]
async fn fields_the_caller_may_not_choose() {
    let mut scene = Scene::new().await;
    let (id, direct) = (scene.bob.id.clone(), scene.direct.clone());
    for name in ["role", "sender_id", "seq", "created_at", "is_admin", "id", "server_time", "user_id"] {
        for (method, path, mut body) in [
            ("POST", scene.messages(), message(&fresh_id(), "x")),
            ("PATCH", "/api/v1/me".to_owned(), json!({})),
            ("PATCH", format!("/api/v1/conversations/{direct}"), json!({})),
            ("POST", "/api/v1/groups".to_owned(), json!({"name": "x", "member_ids": []})),
            ("POST", "/api/v1/friend-requests".to_owned(), json!({"friend_code": scene.bob.friend_code})),
            ("POST", "/api/v1/sync".to_owned(), json!({"conversations": {}, "user_seq": 0})),
        ] {
            body[name] = json!(id);
            scene.ada.call(method, &path, Some(&body)).await.refuse(
                &format!("{method} {path} {name}"),
                422,
                "unknown_field",
            );
        }
    }
    let mut content = message(&fresh_id(), "x");
    content["content"]["html"] = json!("<b>");
    scene.ada.post(&scene.messages(), &content).await.refuse("in the content", 422, "unknown_field");
    scene.assert_unchanged("chosen fields").await;
}

#[tokio::test]
async fn paths_queries_and_methods() {
    let mut scene = Scene::new().await;
    let direct = scene.direct.clone();
    let entries = format!("/api/v1/conversations/{direct}/entries");
    let mut rows: Vec<(&str, String, u16, &str)> = Vec::new();
    for limit in ["-1", "0", "101", "1000000000", "99999999999999999999", "1e2", "ten", "", "1%00", "+5"] {
        for path in [
            &entries,
            "/api/v1/conversations",
            "/api/v1/friends",
            "/api/v1/blocks",
            "/api/v1/friend-requests",
        ] {
            rows.push(("GET", format!("{path}?limit={limit}"), 422, "validation_failed"));
        }
    }
    for query in [
        "before=-1",
        "after=-1",
        "around=-1",
        "before=x",
        "after=1.5",
        "before=18446744073709551616",
        "before=1&after=1",
        "before=1&before=2",
    ] {
        rows.push(("GET", format!("{entries}?{query}"), 422, "validation_failed"));
    }
    for cursor in ["x", "AAAA", "%00", "..%2f..", &"A".repeat(28), &"A".repeat(5_000)] {
        rows.push(("GET", format!("/api/v1/friends?cursor={cursor}"), 422, "validation_failed"));
    }
    rows.push(("GET", "/api/v1/friends?direction=up".to_owned(), 422, "unknown_field"));
    rows.push(("GET", "/api/v1/friend-requests?direction=up".to_owned(), 422, "validation_failed"));
    rows.push(("GET", "/api/v1/friend-requests?status=lost".to_owned(), 422, "validation_failed"));
    for id in [
        "0",
        "-1",
        "x",
        "1e3",
        "9223372036854775808",
        "99999999999999999999999",
        "%00",
        "%FF",
        "..%2fme",
        "1%20",
        &format!("0{direct}"),
    ] {
        rows.push(("GET", format!("/api/v1/conversations/{id}"), 404, "not_found"));
        rows.push(("GET", format!("/api/v1/users/{id}"), 404, "not_found"));
        rows.push(("POST", format!("/api/v1/conversations/{direct}/entries/{id}/unsend"), 404, "not_found"));
        rows.push(("DELETE", format!("/api/v1/me/devices/{id}"), 404, "not_found"));
    }
    for code in ["x", "%00", "00000-00000", "'%20OR%201=1", &"A".repeat(4_000)] {
        rows.push(("GET", format!("/api/v1/users/by-code/{code}"), 404, "not_found"));
        rows.push(("GET", format!("/api/v1/groups/by-code/{code}"), 404, "not_found"));
    }
    for path in
        ["/api", "/api/", "/api/v1", "/api/v2/me", "/api/v1/me/", "/api/v1/admin/users", "/auth", "/auth/x/y"]
    {
        rows.push(("GET", path.to_owned(), 404, "not_found"));
    }
    for (method, path) in [
        ("TRACE", "/api/v1/me"),
        ("PUT", "/api/v1/me"),
        ("BREW", "/api/v1/me"),
        ("DELETE", "/api/v1/sync"),
        ("HEAD", "/auth/providers"),
    ] {
        rows.push((method, path.to_owned(), 405, if method == "HEAD" { "" } else { "method_not_allowed" }));
    }
    for (method, path, status, code) in rows {
        let reply = scene.ada.call(method, &path, None).await;
        assert_eq!(reply.status, status, "{method} {path}: {reply:?}");
        if !code.is_empty() {
            reply.refuse(&format!("{method} {path}"), status, code);
        }
    }
    // A method in a header or query is not the method.
    for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let request =
            scene.ada.request("GET", &format!("/api/v1/conversations/{direct}")).header(name, "DELETE");
        Reply::of(request).await.expect(200);
    }
    scene.ada.get("/api/v1/friends?_method=DELETE").await.refuse(
        "a method in the query",
        422,
        "unknown_field",
    );
    assert_eq!(
        scene.ada.get("/api/v1/conversations").await.expect(200)["items"].as_array().unwrap().len(),
        1
    );
    scene.assert_unchanged("bad paths").await;
}

#[tokio::test]
async fn requests_that_are_no_http() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let host = format!("Host: {}\r\n", http.authority());
    let post = format!("POST /auth/refresh HTTP/1.1\r\n{host}Content-Type: application/json\r\n");
    for (what, request) in [
        ("a bad request line", "GET\r\n\r\n".to_owned()),
        ("a NUL in the path", format!("GET /\0 HTTP/1.1\r\n{host}\r\n")),
        ("65 headers", format!("GET /healthz HTTP/1.1\r\n{host}{}\r\n", "x: y\r\n".repeat(65))),
        ("headers of 20 KiB", format!("GET /healthz HTTP/1.1\r\n{host}x: {}\r\n\r\n", "y".repeat(20_000))),
        ("two lengths", format!("{post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}")),
        ("a negative length", format!("{post}Content-Length: -2\r\n\r\n")),
        ("an unknown coding", format!("{post}Transfer-Encoding: gzip\r\n\r\n")),
        ("a chunk that is none", format!("{post}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n")),
    ] {
        let (status, answer) = exchange(&http, request.as_bytes()).await;
        assert!((400..=431).contains(&status), "{what}: {answer}");
    }
    scene.assert_unchanged("bad HTTP").await;
}

/// Ids of what belongs to others, in path, body and query: as if they did not exist.
#[tokio::test]
async fn what_belongs_to_others() {
    let mut scene = Scene::new().await;
    let eve = Person::sign_in(&scene.server.http, "eve").await;
    let (group, _) = scene.bob.create_group("Bob's").await;
    let device = scene.bob.device_id.clone();
    let request =
        scene.bob.post("/api/v1/friend-requests", &json!({"friend_code": eve.friend_code})).await.expect(201);
    let request = request["id"].as_str().unwrap();
    let bob = &scene.bob.id;
    for (method, path, body) in [
        ("GET", format!("/api/v1/conversations/{group}"), Value::Null),
        ("PATCH", format!("/api/v1/conversations/{group}"), json!({"pinned": true})),
        ("DELETE", format!("/api/v1/conversations/{group}"), Value::Null),
        ("GET", format!("/api/v1/conversations/{group}/entries?around=1"), Value::Null),
        ("GET", format!("/api/v1/conversations/{group}/reads"), Value::Null),
        ("PUT", format!("/api/v1/conversations/{group}/read"), json!({"seq": 1})),
        ("POST", format!("/api/v1/conversations/{group}/messages"), message(&fresh_id(), "x")),
        ("POST", format!("/api/v1/conversations/{group}/entries/1/unsend"), Value::Null),
        ("PATCH", format!("/api/v1/groups/{group}"), json!({"name": "Mine"})),
        ("PATCH", format!("/api/v1/groups/{}", scene.direct), json!({"name": "Mine"})),
        ("POST", format!("/api/v1/groups/{group}/code"), Value::Null),
        ("GET", format!("/api/v1/groups/{group}/members"), Value::Null),
        ("POST", format!("/api/v1/groups/{group}/members"), json!({"user_ids": [scene.ada.id]})),
        ("DELETE", format!("/api/v1/groups/{group}/members/{bob}"), Value::Null),
        ("PUT", format!("/api/v1/groups/{group}/members/{bob}/role"), json!({"role": "member"})),
        ("DELETE", format!("/api/v1/me/devices/{device}"), Value::Null),
        ("POST", format!("/api/v1/friend-requests/{request}/accept"), Value::Null),
        ("POST", format!("/api/v1/friend-requests/{request}/reject"), Value::Null),
        ("POST", format!("/api/v1/friend-requests/{request}/cancel"), Value::Null),
        ("GET", format!("/api/v1/users/{}", eve.id), Value::Null),
        ("POST", "/api/v1/conversations/direct".to_owned(), json!({"user_id": eve.id})),
    ] {
        let body = (!body.is_null()).then_some(&body);
        scene.ada.call(method, &path, body).await.refuse(&format!("{method} {path}"), 404, "not_found");
    }
    // A reply to what is elsewhere, a stranger in a group.
    let mut reply = message(&fresh_id(), "x");
    reply["content"]["reply_to"] = json!(4_000);
    scene.ada.post(&scene.messages(), &reply).await.refuse("a reply to nothing", 422, "validation_failed");
    let group = json!({"name": "x", "member_ids": [eve.id]});
    scene.ada.post("/api/v1/groups", &group).await.refuse("a stranger in a group", 403, "not_friends");
    scene.assert_unchanged("foreign ids").await;
}

/// Row R2: `/sync` with positions that cannot be.
#[tokio::test]
async fn positions_that_cannot_be() {
    let mut scene = Scene::new().await;
    let (group, _) = scene.bob.create_group("Secret").await;
    scene.bob.say(&group, "canary-2f9c").await;
    let direct = scene.direct.clone();
    let sync = async |body: &Value| scene.ada.post("/api/v1/sync", body).await;
    let fresh = sync(&json!({"conversations": {}, "user_seq": 0})).await.expect(200);
    assert!(fresh.get("reload").is_none());
    let (epoch, user_seq) = (fresh["epoch"].clone(), fresh["user_seq"].as_u64().unwrap());
    let entries = |answer: &Value| {
        answer["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["entries"].as_array().unwrap().len())
            .sum::<usize>()
    };
    assert_eq!(entries(&fresh), 3);

    for (what, body) in [
        ("seq -1", json!({"conversations": {&direct: -1}, "user_seq": 0})),
        ("seq 1.5", json!({"conversations": {&direct: 1.5}, "user_seq": 0})),
        ("seq as text", json!({"conversations": {&direct: "1"}, "user_seq": 0})),
        ("user_seq -1", json!({"conversations": {}, "user_seq": -1})),
        ("an id that is none", json!({"conversations": {"x": 1}, "user_seq": 0})),
        ("an id with a zero in front", json!({"conversations": {format!("0{direct}"): 1}, "user_seq": 0})),
        ("a list", json!({"conversations": [direct], "user_seq": 0})),
    ] {
        sync(&body).await.refuse(what, 422, "validation_failed");
    }
    let at = |seq: u64| json!({"conversations": {&direct: seq}, "user_seq": user_seq, "epoch": epoch});
    for (seq, count, reload) in [
        (0, 3, false),
        (1, 2, false),
        (3, 0, false),
        (4, 3, true),
        (1 << 62, 3, true),
        (1 << 63, 3, true),
        (u64::MAX, 3, true),
    ] {
        let answer = sync(&at(seq)).await.expect(200);
        assert_eq!((entries(&answer), answer["reload"] == true), (count, reload), "from {seq}: {answer}");
    }
    let other = sync(&json!({"conversations": {&direct: 3}, "user_seq": user_seq, "epoch": "another"}))
        .await
        .expect(200);
    assert_eq!((entries(&other), &other["reload"]), (3, &json!(true)), "another epoch");
    let ahead = sync(&json!({"conversations": {&direct: 3}, "user_seq": 1_u64 << 63, "epoch": epoch}))
        .await
        .expect(200);
    assert_eq!(ahead["reload"], true, "a user_seq above the head");

    let foreign =
        sync(&json!({"conversations": {&group: 0, &direct: 3}, "user_seq": user_seq, "epoch": epoch}))
            .await
            .expect(200);
    assert!(
        !foreign.to_string().contains("canary-2f9c") && !foreign.to_string().contains("Secret"),
        "{foreign}"
    );
    assert_eq!(entries(&foreign), 0);

    let mut many: serde_json::Map<String, Value> =
        (1..=10_000_u64).map(|id| (id.to_string(), json!(1))).collect();
    many.insert(direct.clone(), json!(2));
    let answer = sync(&json!({"conversations": many, "user_seq": user_seq, "epoch": epoch})).await;
    // 10,000 positions fit into a body; their work is bounded, and nothing of others is told.
    let answer = answer.expect(200);
    assert_eq!(entries(&answer), 1);
    assert!(answer["removed"].as_array().unwrap().len() <= 10_000);
    let more: serde_json::Map<String, Value> =
        (0..30_000_u64).map(|id| ((id + 1_000_000).to_string(), json!(1))).collect();
    sync(&json!({"conversations": more, "user_seq": 0})).await.refuse(
        "30,000 conversations",
        413,
        "payload_too_large",
    );
    scene.assert_unchanged("odd positions").await;
}
