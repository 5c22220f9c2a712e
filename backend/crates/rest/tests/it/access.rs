//! Every route of the document against who may not use it.

use serde_json::{Value, json};

use crate::world::{World, message, text};

/// A body that the operation would take, so that nothing but the caller's standing is judged.
fn body(operation: &str, other: &str) -> Option<Value> {
    Some(match operation {
        "update_me" => json!({}),
        "set_password" => json!({"new": "correct horse"}),
        "set_push_token" => json!({"token": "c-VQ:APA91bH"}),
        "create_friend_request" => json!({"friend_code": "00000-00000"}),
        "update_conversation" => json!({"pinned": true}),
        "open_direct_conversation" => json!({"user_id": other}),
        "create_group" => json!({"name": "x", "member_ids": [other]}),
        "update_group" => json!({"name": "x"}),
        "join_group" => json!({"code": "00000-00000"}),
        "add_members" => json!({"user_ids": [other]}),
        "set_member_role" => json!({"role": "admin"}),
        "send_message" => message(7, "hi"),
        "create_media" => json!({
            "kind": "file", "name": "a.pdf", "content_type": "application/pdf", "size_bytes": 1, "sha256": "0".repeat(64),
        }),
        "locate_media" => json!({"ids": ["1"]}),
        "mark_read" => json!({"seq": 1}),
        "sync_device" => json!({"conversations": {other: 1}, "user_seq": 0}),
        _ => return None,
    })
}

/// The fields of the query that an operation cannot do without.
fn query(operation: &str) -> &'static str {
    match operation {
        "search_messages" => "?q=secret",
        _ => "",
    }
}

/// Operations that take no id of somebody else's thing.
const OWN: &[&str] = &[
    "get_me",
    "update_me",
    "renew_friend_code",
    "set_password",
    "delete_me",
    "restore_me",
    "request_export",
    "get_export",
    "list_devices",
    "sign_out_other_devices",
    "set_push_token",
    "forget_push_token",
    "list_friends",
    "list_friend_requests",
    "list_blocks",
    "list_conversations",
    "search_messages",
    "sync_device",
    "create_media",
    "locate_media",
    // Lifting a block that does not stand changes and tells nothing.
    "unblock_user",
];

#[tokio::test]
async fn strangers_find_nothing_and_nobody_gets_in_without_a_token() {
    let world = World::new().await;
    let (mei, oscar, eve) =
        (world.person("mei").await, world.person("oscar").await, world.person("eve").await);
    let direct = world.befriend(&mei, &oscar).await;
    let group = json!({"name": "Night Market", "member_ids": [oscar.id]});
    let group = text(&world.call_with(&mei, "POST", "/api/v1/groups", group).await.expect(201)["id"]);
    let sent = format!("/api/v1/conversations/{direct}/messages");
    let seq = world.call_with(&mei, "POST", &sent, message(1, "secret")).await.expect(201)["seq"].to_string();
    let devices = world.call(&mei, "GET", "/api/v1/me/devices").await.expect(200);
    let requests = world.call(&mei, "GET", "/api/v1/friend-requests").await.expect(200);
    let ids = [
        ("{user_id}", mei.id.clone()),
        ("{conversation_id}", direct),
        ("{group_id}", group),
        ("{device_id}", text(&devices["items"][0]["id"])),
        ("{request_id}", text(&requests["items"][0]["id"])),
        ("{seq}", seq),
        ("{friend_code}", "00000-00000".to_owned()),
        ("{code}", "00000-00000".to_owned()),
        ("{media_id}", "1".to_owned()),
    ];
    let document: Value = serde_json::from_str(&kith_rest::openapi_json()).unwrap();
    let mut checked = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        let path = ids.iter().fold(template.clone(), |path, (name, id)| path.replace(name, id));
        for (method, operation) in item.as_object().unwrap() {
            let (method, name) = (method.to_uppercase(), text(&operation["operationId"]));
            if operation["security"].is_array() || name == "log_out" {
                continue;
            }
            checked += 1;
            let path = format!("{path}{}", query(&name));
            for authorization in ["", "Bearer nonsense", "Basic bWVpOm1laQ==", "Bearer "] {
                let headers = [("authorization", authorization), ("content-type", "application/json")];
                let reply = world.raw(&method, &path, &headers, b"{}").await;
                assert_eq!(
                    (reply.status.as_u16(), &*reply.code()),
                    (401, "unauthenticated"),
                    "{method} {template}"
                );
            }
            let reply = match body(&name, &mei.id) {
                Some(body) => world.call_with(&eve, &method, &path, body).await,
                None => world.call(&eve, &method, &path).await,
            };
            if OWN.contains(&&*name) {
                assert!(reply.status.is_success(), "{method} {template}: {}", reply.text);
                if name == "delete_me" {
                    world.call(&eve, "POST", "/api/v1/me/restore").await.expect(200);
                }
            } else {
                let status = reply.status.as_u16();
                let stranger = name == "create_group" && status == 403;
                assert!(status == 404 || stranger, "{method} {template}: {status} {}", reply.text);
            }
            assert!(
                !reply.text.contains("secret") && !reply.text.contains("Night Market"),
                "{method} {template}"
            );
        }
    }
    assert!(checked > 35, "{checked} operations");
    // What the token says ends with it, and with the seconds by which clocks may be apart.
    world.advance(900 + 30);
    assert_eq!(world.call(&mei, "GET", "/api/v1/me").await.status, 401);
}
