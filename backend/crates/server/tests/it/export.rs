//! The export: everything of one's own, and nothing of anybody else's.

use std::io::Read as _;

use kith_inspection::testing::{encoded, picture};
use serde_json::{Value, json};

use crate::harness::{Download, Launch, Person, Reply, Scene, eventually, fetch, file_origin, sha256};

const DAY: i64 = 86_400;

/// Waits for an export; where it is.
async fn ready(person: &Person) -> Value {
    eventually("the export is ready", async || {
        let reply = person.get("/api/v1/me/export").await;
        // Whoever asks this often is told to wait.
        if reply.status == 429 {
            return None;
        }
        let export = reply.expect(200);
        (export["state"] == "ready").then_some(export)
    })
    .await
}

fn files(archive: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn lines(content: &[u8]) -> Vec<Value> {
    std::str::from_utf8(content).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn an_export_holds_what_one_wrote_and_uploaded_and_nothing_else() {
    let mut scene = Scene::new().await;
    let (ada, bob, direct) = (&scene.ada, &scene.bob, &scene.direct);
    let photo = encoded(&picture(300, 200), image::ImageFormat::Png);
    for person in [ada, bob] {
        let name = if person.id == ada.id { "mine.png" } else { "canary-bob.png" };
        let id = person.upload("image", name, "image/png", &photo).await.expect(200)["id"].clone();
        person.show(direct, "image", id.as_str().unwrap()).await;
    }
    ada.say(direct, "=2+5 \"quoted\"\n林").await;
    bob.say(direct, "canary-bob").await;
    let gone = ada.say(direct, "canary-unsent").await;
    let unsend = format!("/api/v1/conversations/{direct}/entries/{}/unsend", gone["seq"]);
    ada.call("POST", &unsend, None).await.expect(200);
    let (group, code) = bob.create_group("Hikers").await;
    ada.join(&code).await;
    ada.say(&group, "in the group").await;
    bob.delete(&format!("/api/v1/groups/{group}/members/{}", ada.id)).await.expect(204);
    let rename = json!({"name": "canary-later"});
    bob.call("PATCH", &format!("/api/v1/groups/{group}"), Some(&rename)).await.expect(200);
    let draft = json!({"draft": {"text": "half a sent", "version": 0}});
    ada.call("PATCH", &format!("/api/v1/conversations/{direct}"), Some(&draft)).await.expect(200);

    assert_eq!(ada.get("/api/v1/me/export").await.expect(200), json!({"state": "none"}));
    let asked = ada.call("POST", "/api/v1/me/export", None).await.expect(202);
    assert_eq!(asked, json!({"state": "preparing"}));
    let export = ready(ada).await;
    let url = export["url"].as_str().unwrap();
    assert!(url.starts_with(&file_origin(&scene.server.http)), "{url}");
    let file = fetch(url).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/zip"));
    assert!(file.header("content-disposition").starts_with("attachment; "), "{file:?}");
    assert_eq!(export["size_bytes"], file.body.len());

    let files = files(file.body);
    let content =
        |name: &str| &files.iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("{name}")).1;
    for (name, content) in &files {
        for canary in ["canary-bob", "canary-unsent", "canary-later", &*bob.email, &*bob.friend_code] {
            assert!(!name.contains(canary), "{name}");
            assert!(
                !content.windows(canary.len()).any(|part| part == canary.as_bytes()),
                "{canary} in {name}"
            );
        }
    }
    assert!(content("README.txt").starts_with(b"This archive holds"));
    let profile: Value = serde_json::from_slice(content("profile.json")).unwrap();
    assert_eq!((&profile["format"], &profile["id"]), (&json!(1), &json!(ada.id)));
    assert_eq!(profile["identities"][0]["email"], ada.email.as_str());
    assert_eq!(
        lines(content("friends.jsonl")),
        [json!({"id": bob.id, "username": bob.get("/api/v1/me").await.expect(200)["username"]})]
    );
    let conversations = lines(content("conversations.jsonl"));
    let of = |id: &str| conversations.iter().find(|line| line["id"] == id).unwrap();
    assert_eq!((&of(direct)["peer"]["id"], &of(direct)["draft"]), (&json!(bob.id), &json!("half a sent")));
    assert_eq!((&of(&group)["name"], &of(&group)["state"]), (&json!("Hikers"), &json!("kicked")));

    // Message by message what the timeline says.
    let own: Vec<Value> = ada
        .timeline(direct)
        .await
        .into_iter()
        .filter(|entry| entry["sender_id"] == ada.id.as_str() && entry["content"].is_object())
        .collect();
    let written = lines(content(&format!("messages/{direct}.jsonl")));
    assert_eq!(written.len(), own.len());
    for (line, entry) in written.iter().zip(&own) {
        for field in ["id", "seq", "server_time", "client_time"] {
            assert_eq!(line[field], entry[field], "{field}");
        }
        assert_eq!(line["content"]["text"], entry["content"]["text"]);
    }
    assert_eq!(lines(content(&format!("messages/{group}.jsonl")))[0]["content"]["text"], "in the group");
    let media: Vec<_> = files.iter().filter(|(name, _)| name.starts_with("media/")).collect();
    let [(name, picture)] = media.as_slice() else { panic!("{} files", media.len()) };
    assert!(name.ends_with("-mine.png"), "{name}");
    let located =
        ada.locate(own.iter().find_map(|entry| entry["content"]["media"]["id"].as_str()).unwrap()).await;
    assert_eq!(sha256(picture), sha256(&fetch(&located.unwrap()).await.body));

    // The address is good for five minutes, the archive for seven days.
    let url = url.to_owned();
    scene.server.move_clock(301).await;
    assert_eq!(fetch(&url).await.status, 403);
    let fresh = ready(&scene.ada).await["url"].as_str().unwrap().to_owned();
    assert_eq!(fetch(&fresh).await.status, 200);
    let forged = fresh.replace("exports/", "media/");
    assert_eq!(fetch(&forged).await.status, 403);
    scene.server.move_clock(7 * DAY).await;
    scene.ada.renew().await;
    assert_eq!(scene.ada.get("/api/v1/me/export").await.expect(200), json!({"state": "none"}));
}

#[tokio::test]
async fn one_export_a_day() {
    let scene = Scene::on(Launch::default().limited().start().await).await;
    let ask = async |person: &Person| person.call("POST", "/api/v1/me/export", None).await;
    ask(&scene.ada).await.expect(202);
    ready(&scene.ada).await;
    let wait: u64 = eventually("the limit of the day is told", async || {
        let again = ask(&scene.ada).await;
        again.refuse("again", 429, "rate_limited");
        let wait = again.header("retry-after").parse().unwrap();
        // Less is the limit of all calls, which waiting for the archive has used up.
        (wait > 60).then_some(wait)
    })
    .await;
    assert!((86_000..=86_400).contains(&wait), "{wait} s");
    ask(&scene.bob).await.expect(202);
    // The one that is there stays.
    let export = ready(&scene.ada).await;
    assert_eq!(
        Download::of(crate::harness::anybody().get(export["url"].as_str().unwrap())).await.status,
        200
    );
}

#[tokio::test]
async fn a_deleted_account_takes_its_files_along() {
    let mut scene = Scene::new().await;
    let photo = encoded(&picture(300, 200), image::ImageFormat::Png);
    let id = scene.ada.upload("image", "mine.png", "image/png", &photo).await.expect(200)["id"].clone();
    scene.ada.show(&scene.direct, "image", id.as_str().unwrap()).await;
    let avatar = json!({"avatar_media_id": id});
    let me = scene.ada.call("PATCH", "/api/v1/me", Some(&avatar)).await.expect(200);
    scene.ada.call("POST", "/api/v1/me/export", None).await.expect(202);
    let archive = ready(&scene.ada).await["url"].as_str().unwrap().to_owned();
    let seen = scene.bob.locate(id.as_str().unwrap()).await.unwrap();
    let picture = me["avatar_url"].as_str().unwrap();
    for url in [&*archive, &*seen, picture] {
        assert_eq!(fetch(url).await.status, 200, "{url}");
    }
    scene.ada.delete("/api/v1/me").await.expect(202);
    // While there is time to change one's mind, the export can be had.
    let leaving = Reply::of(scene.ada.request("GET", "/api/v1/me/export")).await.expect(200);
    assert_eq!(leaving["state"], "ready");
    scene.server.move_clock(14 * DAY).await;
    scene.bob.renew().await;
    let blobs = scene.server.data_dir().join("blobs");
    for area in ["media", "thumbnails", "avatars", "exports"] {
        eventually(area, async || (count(&blobs.join(area)) == 0).then_some(())).await;
    }
    assert_eq!(scene.bob.locate(id.as_str().unwrap()).await, None);
    scene.server.assert_alive().await;
}

/// How many files lie below a directory.
fn count(directory: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}
