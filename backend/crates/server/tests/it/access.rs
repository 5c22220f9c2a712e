//! Who may call what: every route of the OpenAPI document, called by everybody.

use std::collections::BTreeSet;

use kith_inspection::testing::encoded;
use serde_json::{Value, json};

use crate::harness::{Person, Reply, Server, fresh_id, message};

/// Who calls. Ada is admin of a group in which Max is member and Tom too; Xen was in it, Fay is Ada's friend and
/// never was, Sue knows nobody.
const CALLERS: [&str; 6] = ["anonymous", "stranger", "friend", "former member", "member", "admin"];

/// A route with a body or query, and the status that each of [`CALLERS`] gets. They call in this order on one scene.
struct Row(&'static str, &'static str, &'static str, [u16; 6]);

/// The caller's own things, which everybody has.
const OWN: [u16; 6] = [401, 200, 200, 200, 200, 200];
/// Nothing secret.
const OPEN: [u16; 6] = [200; 6];

/// `{…}` in paths and bodies are ids and codes of the scene. Codes are secrets that were given away: who has one may
/// use it.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("GET", "/healthz", "", OPEN),
    Row("GET", "/readyz", "", OPEN),
    Row("GET", "/.well-known/jwks.json", "", OPEN),
    Row("GET", "/auth/providers", "", OPEN),
    Row("GET", "/auth/login/{provider}", "", [302; 6]),
    Row("GET", "/auth/callback/{provider}", "", [302; 6]),
    Row("GET", "/auth/notice/{ticket}", "", [404; 6]),
    Row("POST", "/auth/token", r#"{"grant_type":"authorization_code","code":"x","code_verifier":"y"}"#, [401; 6]),
    Row("POST", "/auth/refresh", "{}", [403; 6]),
    Row("POST", "/auth/logout", "", [401, 204, 204, 204, 204, 204]),

    Row("GET", "/api/v1/me", "", OWN),
    Row("PATCH", "/api/v1/me", r#"{"introduction":"x"}"#, OWN),
    Row("POST", "/api/v1/me/friend-code", "", OWN),
    Row("PUT", "/api/v1/me/password", r#"{"new":"correct horse"}"#, [401, 204, 204, 204, 204, 204]),
    Row("DELETE", "/api/v1/me", "", [401, 202, 202, 202, 202, 202]),
    Row("POST", "/api/v1/me/restore", "", OWN),
    Row("POST", "/api/v1/me/export", "", [401, 202, 202, 202, 202, 202]),
    Row("GET", "/api/v1/me/export", "", OWN),
    Row("GET", "/api/v1/me/devices", "", OWN),
    Row("DELETE", "/api/v1/me/devices", "", [401, 204, 204, 204, 204, 204]),
    // This server wakes no devices.
    Row("PUT", "/api/v1/me/devices/current/push-token", r#"{"token":"x"}"#, [401, 409, 409, 409, 409, 409]),
    Row("DELETE", "/api/v1/me/devices/current/push-token", "", [401, 204, 204, 204, 204, 204]),
    // The device is Tom's.
    Row("DELETE", "/api/v1/me/devices/{device_id}", "", [401, 404, 404, 404, 404, 404]),

    // Ada: her friend, and whoever shares a group with her now, may look at her.
    Row("GET", "/api/v1/users/{user_id}", "", [401, 404, 200, 404, 200, 200]),
    Row("GET", "/api/v1/users/by-code/{friend_code}", "", OWN),
    Row("GET", "/api/v1/friends", "", OWN),
    Row("DELETE", "/api/v1/friends/{user_id}", "", [401, 404, 204, 404, 404, 404]),
    Row("GET", "/api/v1/blocks", "", OWN),
    Row("PUT", "/api/v1/blocks/{user_id}", "", [401, 404, 204, 404, 204, 404]),
    // Again changes nothing; nobody blocks themselves.
    Row("DELETE", "/api/v1/blocks/{user_id}", "", [401, 204, 204, 204, 204, 404]),
    Row("GET", "/api/v1/friend-requests", "", OWN),
    // Ada's code: a friend is one already, one's own leads nowhere.
    Row("POST", "/api/v1/friend-requests", r#"{"friend_code":"{friend_code}"}"#, [401, 201, 409, 201, 201, 422]),
    // The request is from Tom to Ada.
    Row("POST", "/api/v1/friend-requests/{request_id}/accept", "", [401, 404, 404, 404, 404, 200]),
    Row("POST", "/api/v1/friend-requests/{request_id}/reject", "", [401, 404, 404, 404, 404, 200]),
    Row("POST", "/api/v1/friend-requests/{request_id}/cancel", "", [401, 404, 404, 404, 404, 404]),

    Row("GET", "/api/v1/conversations", "", OWN),
    Row("POST", "/api/v1/conversations/direct", r#"{"user_id":"{user_id}"}"#, [401, 404, 200, 404, 403, 422]),
    Row("GET", "/api/v1/conversations/{conversation_id}", "", [401, 404, 404, 200, 200, 200]),
    Row("PATCH", "/api/v1/conversations/{conversation_id}", r#"{"pinned":true}"#, [401, 404, 404, 200, 200, 200]),
    Row("DELETE", "/api/v1/conversations/{conversation_id}", "", [401, 404, 404, 204, 409, 409]),
    Row("GET", "/api/v1/conversations/{conversation_id}/drafts", "", [401, 404, 404, 200, 200, 200]),
    Row("GET", "/api/v1/conversations/{conversation_id}/entries", "", [401, 404, 404, 200, 200, 200]),
    Row("GET", "/api/v1/conversations/{conversation_id}/media", "", [401, 404, 404, 200, 200, 200]),
    Row("POST", "/api/v1/conversations/{conversation_id}/messages", "{message}", [401, 404, 404, 403, 201, 201]),
    // The message is Ada's, sent after Xen was in it.
    Row("POST", "/api/v1/conversations/{conversation_id}/entries/{seq}/unsend", "", [401, 404, 404, 404, 403, 200]),
    Row("PUT", "/api/v1/conversations/{conversation_id}/read", r#"{"seq":1}"#, [401, 404, 404, 200, 200, 200]),
    Row("GET", "/api/v1/conversations/{conversation_id}/reads", "", [401, 404, 404, 404, 200, 200]),

    Row("POST", "/api/v1/media", r#"{"kind":"file","name":"a.pdf","content_type":"application/pdf","size_bytes":1,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}"#, [401, 201, 201, 201, 201, 201]),
    // The medium is Ada's, sent after Xen was in it.
    Row("GET", "/api/v1/media/{media_id}", "", [401, 404, 404, 404, 302, 302]),
    Row("GET", "/api/v1/media/{media_id}/thumbnail", "", [401, 404, 404, 404, 302, 302]),
    Row("POST", "/api/v1/media/{media_id}/complete", "", [401, 404, 404, 404, 404, 200]),
    Row("POST", "/api/v1/media/urls", r#"{"ids":["{media_id}"]}"#, OWN),

    Row("POST", "/api/v1/groups", r#"{"name":"x","member_ids":[]}"#, [401, 201, 201, 201, 201, 201]),
    Row("PATCH", "/api/v1/groups/{group_id}", r#"{"name":"x"}"#, [401, 404, 404, 403, 403, 200]),
    Row("GET", "/api/v1/groups/by-code/{code}", "", OWN),
    // Who was kicked asks, all others are in.
    Row("POST", "/api/v1/groups/join", r#"{"code":"{code}"}"#, [401, 200, 200, 202, 200, 200]),
    Row("POST", "/api/v1/groups/{group_id}/code", "", [401, 404, 404, 403, 403, 200]),
    Row("GET", "/api/v1/groups/{group_id}/join-requests", "", [401, 404, 404, 404, 403, 200]),
    // Xen asks to be let in again.
    Row("POST", "/api/v1/groups/{group_id}/join-requests/{user_id}/approve", "", [401, 404, 404, 403, 403, 204]),
    Row("POST", "/api/v1/groups/{group_id}/join-requests/{user_id}/reject", "", [401, 404, 404, 403, 403, 204]),
    // Who is in it now is not for former members to see; `not_member` is for what they try to do.
    Row("GET", "/api/v1/groups/{group_id}/members", "", [401, 404, 404, 404, 200, 200]),
    // Fay, who is a friend of Ada's alone.
    Row("POST", "/api/v1/groups/{group_id}/members", r#"{"user_ids":["{friend}"]}"#, [401, 404, 404, 403, 403, 204]),
    Row("DELETE", "/api/v1/groups/{group_id}/members/{user_id}", "", [401, 404, 404, 403, 403, 204]),
    Row("PUT", "/api/v1/groups/{group_id}/members/{user_id}/role", r#"{"role":"admin"}"#, [401, 404, 404, 403, 403, 204]),

    // The conversation is the group, which Xen was in.
    Row("GET", "/api/v1/search/messages", "?q=canary&conversation_id={group}", [401, 404, 404, 200, 200, 200]),
    Row("POST", "/api/v1/sync", r#"{"conversations":{"{group}":0},"user_seq":0}"#, OWN),
];

/// What others must never get to see of the group.
const CANARY: &str = "canary-91ce";

struct Scene {
    server: Server,
    /// In the order of [`CALLERS`], from the stranger on.
    people: [Person; 5],
    tom: Person,
    group: String,
    code: String,
    request: String,
    seq: String,
    media: String,
}

fn picture() -> Vec<u8> {
    encoded(&kith_inspection::testing::picture(4, 4), image::ImageFormat::Png)
}

impl Scene {
    async fn new(server: Server, turn: usize) -> Self {
        let person = async |name: &str| Person::sign_in(&server.http, &format!("{name}{turn}")).await;
        let (sue, fay, xen, max, ada, tom) = (
            person("sue").await,
            person("fay").await,
            person("xen").await,
            person("max").await,
            person("ada").await,
            person("tom").await,
        );
        ada.befriend(&fay).await;
        let (group, code) = ada.create_group(CANARY).await;
        for member in [&xen, &max, &tom] {
            member.join(&code).await;
        }
        ada.delete(&format!("/api/v1/groups/{group}/members/{}", xen.id)).await.expect(204);
        xen.post("/api/v1/groups/join", &json!({"code": code})).await.expect(202);
        let name = format!("{CANARY}.png");
        let media = ada.upload("image", &name, "image/png", &picture()).await.expect(200);
        let media = media["id"].as_str().unwrap().to_owned();
        ada.show(&group, "image", &media).await;
        let seq = ada.say(&group, CANARY).await["seq"].to_string();
        let request =
            tom.post("/api/v1/friend-requests", &json!({"friend_code": ada.friend_code})).await.expect(201);
        let request = request["id"].as_str().unwrap().to_owned();
        Self { server, people: [sue, fay, xen, max, ada], tom, group, code, request, seq, media }
    }

    /// Fills the names in braces for one row.
    fn fill(&self, row: &Row, text: &str) -> String {
        let [_, friend, former, _, admin] = &self.people;
        // Whom a path with a user is about.
        let user = match row.1 {
            path if path.contains("join-requests") => &former.id,
            path if path.contains("/members/") => &self.tom.id,
            _ => &admin.id,
        };
        let mut text = text.to_owned();
        for (name, value) in [
            ("{provider}", "dev"),
            ("{ticket}", "x"),
            ("{device_id}", &self.tom.device_id),
            ("{user_id}", user),
            ("{friend}", &friend.id),
            ("{friend_code}", &admin.friend_code),
            ("{request_id}", &self.request),
            ("{conversation_id}", &self.group),
            ("{group_id}", &self.group),
            ("{group}", &self.group),
            ("{code}", &self.code),
            ("{seq}", &self.seq),
            ("{media_id}", &self.media),
            ("{message}", &message(&fresh_id(), "x").to_string()),
        ] {
            text = text.replace(name, value);
        }
        text
    }

    async fn call(&self, row: &Row, caller: Option<&Person>) -> Reply {
        let (mut path, mut body) = (self.fill(row, row.1), self.fill(row, row.2));
        if body.starts_with('?') {
            path += &std::mem::take(&mut body);
        }
        let mut request = match caller {
            Some(person) => person.request(row.0, &path),
            None => self.server.http.request(row.0, &path),
        };
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body);
        }
        Reply::of(request).await
    }
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_table_says() {
    let mut server = Server::start().await;
    let document = server.http.get("/api/v1/openapi.json").await.expect(200);
    let mut wrong = Vec::new();
    for (turn, row) in ROWS.iter().enumerate() {
        let mut scene = Scene::new(server, turn).await;
        let mut answers = Vec::new();
        for (at, name) in CALLERS.iter().enumerate() {
            let caller = at.checked_sub(1).map(|at| scene.people[at].clone());
            let reply = scene.call(row, caller.as_ref()).await;
            answers.push(reply.status);
            let documented = &document["paths"][row.1][row.0.to_lowercase()]["responses"];
            if documented.get(reply.status.to_string()).is_none() {
                wrong.push(format!("{} {} {name}: {} is not documented", row.0, row.1, reply.status));
            }
            if reply.status >= 400 && reply.code().is_empty() {
                wrong.push(format!("{} {} {name}: no problem document: {reply:?}", row.0, row.1));
            }
            // A preview and a join are what the code was given away for.
            let outside = at <= 2 && !row.1.contains("code") && !row.1.contains("join");
            if outside && reply.text.contains(CANARY) {
                wrong.push(format!("{} {} {name}: sees the group: {reply:?}", row.0, row.1));
            }
        }
        if answers != row.3 {
            wrong.push(format!("{} {}: {answers:?} instead of {:?}", row.0, row.1, row.3));
        }
        scene.server.assert_alive().await;
        server = scene.server;
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn no_route_is_missing_from_the_table() {
    let server = Server::start().await;
    let document = server.http.get("/api/v1/openapi.json").await.expect(200);
    let methods = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let named = item.as_object().unwrap().keys().filter(|key| methods.contains(&key.as_str()));
            named.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
        })
        .collect();
    let listed: BTreeSet<(String, String)> =
        ROWS.iter().map(|row| (row.0.to_owned(), row.1.to_owned())).collect();
    assert_eq!(listed.len(), ROWS.len(), "a route is listed twice");
    assert_eq!(documented, listed);
    // What says in the document that it needs nobody's token is what answers without one.
    for row in ROWS {
        let operation: &Value = &document["paths"][row.1][row.0.to_lowercase()];
        let open = operation["security"]
            .as_array()
            .is_some_and(|security| security.iter().any(|one| one == &json!({})));
        assert_eq!(open, row.3[0] != 401 || row.1 == "/auth/token", "{} {}", row.0, row.1);
    }
}
