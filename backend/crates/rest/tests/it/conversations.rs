use serde_json::json;

use crate::world::{World, message, text};

#[tokio::test]
async fn two_friends_talk() {
    let world = World::new().await;
    let (mei, oscar) = (world.person("mei").await, world.person("oscar").await);
    let id = world.befriend(&mei, &oscar).await;
    let path = format!("/api/v1/conversations/{id}");

    let sent = world.call_with(&mei, "POST", &format!("{path}/messages"), message(1, "hi")).await.expect(201);
    assert_eq!((sent["kind"].as_str(), sent["content"]["text"].as_str()), (Some("message"), Some("hi")));
    let retried =
        world.call_with(&mei, "POST", &format!("{path}/messages"), message(1, "hi")).await.expect(200);
    assert_eq!(retried, sent, "a retry answers the same entry");
    let reused = world.call_with(&mei, "POST", &format!("{path}/messages"), message(1, "other")).await;
    assert_eq!((reused.status.as_u16(), &*reused.code()), (409, "id_reused"));

    let seq = sent["seq"].as_u64().unwrap();
    let list = world.call(&oscar, "GET", "/api/v1/conversations").await.expect(200);
    let shown = &list["items"][0];
    assert_eq!((shown["unread"].as_u64(), shown["last_entry"]["seq"].as_u64()), (Some(1), Some(seq)));
    assert_eq!(shown["peer"]["username"], "mei");
    let read =
        world.call_with(&oscar, "PUT", &format!("{path}/read"), json!({"seq": u64::MAX})).await.expect(200);
    assert_eq!(read, json!({"read_seq": seq, "unread": 0}));
    let reads = world.call(&mei, "GET", &format!("{path}/reads")).await.expect(200);
    let reader = reads["items"].as_array().unwrap().iter().find(|reader| reader["user_id"] == oscar.id);
    let reader = reader.unwrap_or_else(|| panic!("{reads}"));
    assert_eq!(reader["read_seq"], seq);
    assert!(reader["read_at"].is_string(), "{reads}");

    let foreign = world.call(&oscar, "POST", &format!("{path}/entries/{seq}/unsend")).await;
    assert_eq!((foreign.status.as_u16(), &*foreign.code()), (403, "forbidden"));
    let unsent = world.call(&mei, "POST", &format!("{path}/entries/{seq}/unsend")).await.expect(200);
    assert_eq!((unsent["kind"].as_str(), unsent["target_seq"].as_u64()), (Some("unsend"), Some(seq)));
    let page = world.call(&oscar, "GET", &format!("{path}/entries?around={seq}")).await.expect(200);
    let erased = page["items"].as_array().unwrap().iter().find(|entry| entry["seq"] == seq).unwrap();
    assert_eq!((erased["unsent"].as_bool(), erased.get("content")), (Some(true), None));

    let synced = json!({"conversations": {&*id: seq}, "user_seq": 0});
    let synced = world.call_with(&oscar, "POST", "/api/v1/sync", synced).await.expect(200);
    let news = &synced["conversations"][0];
    assert_eq!(
        (news["complete"].as_bool(), news["entries"][0]["kind"].as_str()),
        (Some(true), Some("unsend"))
    );
    let ahead = json!({"conversations": {&*id: u64::MAX}, "user_seq": 0});
    let ahead = world.call_with(&oscar, "POST", "/api/v1/sync", ahead).await.expect(200);
    assert_eq!(ahead["reload"], true, "a position above the head");

    world.call(&mei, "DELETE", &format!("/api/v1/friends/{}", oscar.id)).await.expect(204);
    let refused = world.call_with(&mei, "POST", &format!("{path}/messages"), message(2, "still?")).await;
    assert_eq!((refused.status.as_u16(), &*refused.code()), (403, "not_friends"));
}

#[tokio::test]
async fn a_draft_of_an_old_version_is_answered_with_the_stored_one() {
    let world = World::new().await;
    let (mei, oscar) = (world.person("mei").await, world.person("oscar").await);
    let path = format!("/api/v1/conversations/{}", world.befriend(&mei, &oscar).await);
    let draft = |text: &str, version: u64| json!({"draft": {"text": text, "version": version}});
    let stored = world.call_with(&mei, "PATCH", &path, draft("one", 0)).await.expect(200);
    assert_eq!(stored["draft"], json!({"text": "one", "version": 1}));
    let late = world.call_with(&mei, "PATCH", &path, draft("two", 0)).await;
    assert_eq!((late.status.as_u16(), &*late.code()), (409, "conflict"));
    assert_eq!(late.json()["draft"], json!({"text": "one", "version": 1}));
    let muted = json!({"muted_until": "9999-12-31T00:00:00.000Z", "draft": null});
    let muted = world.call_with(&mei, "PATCH", &path, muted).await.expect(200);
    assert_eq!((muted["muted_until"].as_str(), muted.get("draft")), (Some("9999-12-31T00:00:00.000Z"), None));
}

#[tokio::test]
async fn a_group_from_code_to_kick() {
    let world = World::new().await;
    let (mei, oscar, amara) =
        (world.person("mei").await, world.person("oscar").await, world.person("amara").await);
    world.befriend(&mei, &oscar).await;
    let body = json!({"name": "Night Market", "member_ids": [oscar.id]});
    let group = world.call_with(&mei, "POST", "/api/v1/groups", body).await.expect(201);
    let (id, code) = (text(&group["id"]), text(&group["group_code"]));
    assert_eq!(
        (group["join_policy"].as_str(), group["history_visibility"].as_str()),
        (Some("open"), Some("from_joining"))
    );
    let path = format!("/api/v1/groups/{id}");

    let preview = world.call(&amara, "GET", &format!("/api/v1/groups/by-code/{code}")).await.expect(200);
    assert_eq!(
        preview,
        json!({"name": "Night Market", "member_count": 2, "join_policy": "open", "state": "none"})
    );
    world.call_with(&mei, "PATCH", &path, json!({"join_policy": "approval"})).await.expect(200);
    let asked =
        world.call_with(&amara, "POST", "/api/v1/groups/join", json!({"code": code})).await.expect(202);
    assert_eq!(asked, json!({"state": "requested"}));
    let requests = format!("{path}/join-requests");
    assert_eq!(world.call(&oscar, "GET", &requests).await.code(), "forbidden");
    let waiting = world.call(&mei, "GET", &requests).await.expect(200);
    assert_eq!(waiting["items"][0]["user"]["id"], json!(amara.id));
    world.call(&mei, "POST", &format!("{requests}/{}/approve", amara.id)).await.expect(204);
    let members = world.call(&amara, "GET", &format!("{path}/members")).await.expect(200);
    assert_eq!(members["items"].as_array().unwrap().len(), 3);

    let role = format!("{path}/members/{}/role", mei.id);
    let last = world.call_with(&mei, "PUT", &role, json!({"role": "member"})).await;
    assert_eq!((last.status.as_u16(), &*last.code()), (409, "conflict"), "the last admin stays one");
    world.call(&mei, "DELETE", &format!("{path}/members/{}", amara.id)).await.expect(204);
    let kicked = world.call(&amara, "GET", &format!("/api/v1/conversations/{id}")).await.expect(200);
    assert_eq!(kicked["state"], "kicked");
    let write = format!("/api/v1/conversations/{id}/messages");
    assert_eq!(world.call_with(&amara, "POST", &write, message(1, "hello?")).await.code(), "not_member");
    let renewed = world.call(&mei, "POST", &format!("{path}/code")).await.expect(200);
    assert_ne!(text(&renewed["group_code"]), code);
}

#[tokio::test]
async fn devices_are_listed_and_signed_out() {
    let world = World::new().await;
    let (laptop, phone) = (world.person("mei").await, world.person("mei").await);
    assert_eq!(laptop.id, phone.id);
    let devices = world.call(&laptop, "GET", "/api/v1/me/devices").await.expect(200);
    let devices = devices["items"].as_array().unwrap();
    assert_eq!(devices.iter().filter(|device| device["current"] == true).count(), 1);
    let other = devices.iter().find(|device| device["current"] == false).unwrap();
    world.call(&laptop, "DELETE", &format!("/api/v1/me/devices/{}", text(&other["id"]))).await.expect(204);
    assert_eq!(world.call(&phone, "GET", "/api/v1/me").await.status, 401);
    world.call(&laptop, "DELETE", "/api/v1/me/devices").await.expect(204);
    world.call(&laptop, "GET", "/api/v1/me").await.expect(200);
}
