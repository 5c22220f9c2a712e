//! Media from announcing to letting go: who may fetch what, for how long, and what goes when.

use kith_inspection::testing::{docx, encoded, mp3, mp4, pdf, picture, telling_jpeg, wav};
use serde_json::{Value, json};

use crate::harness::{
    Download, Launch, Person, Reply, Scene, Server, Socket, anybody, eventually, fetch, file_origin, sha256,
    upload_request,
};

const PDF: &str = "application/pdf";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

fn photo() -> Vec<u8> {
    encoded(&picture(800, 600), image::ImageFormat::Jpeg)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Uploads a photograph; its number.
async fn photo_of(person: &Person) -> String {
    text(&person.upload("image", "photo.jpg", "image/jpeg", &photo()).await.expect(200)["id"])
}

#[tokio::test]
async fn a_photograph_comes_through_to_the_other_side() {
    let scene = Scene::new().await;
    let mut socket = Socket::connect(&scene.bob).await;
    let media = scene
        .ada
        .upload("image", "Me at the sea.JPG", "image/jpeg", &telling_jpeg(800, 600))
        .await
        .expect(200);
    let id = text(&media["id"]);
    assert_eq!(media["name"], "Me at the sea.JPG");
    assert_eq!((&media["width"], &media["height"]), (&json!(600), &json!(800)), "upright");
    let origin = scene.server.http.origin();
    assert_eq!(media["url"], format!("{origin}/api/v1/media/{id}"));
    assert_eq!(media["thumbnail_url"], format!("{origin}/api/v1/media/{id}/thumbnail"));

    let entry = scene.ada.show(&scene.direct, "image", &id).await;
    assert_eq!(entry["content"], json!({"type": "image", "media": media}));
    let told = socket.event("entry").await;
    assert_eq!(told["entry"], entry);
    assert_eq!(scene.bob.timeline(&scene.direct).await.last(), Some(&entry));

    // The address in the message sends on to where it lies; the page asks for all at once.
    let redirect = scene.bob.get(&format!("/api/v1/media/{id}")).await;
    assert_eq!(redirect.status, 302, "{redirect:?}");
    let urls = scene.bob.post("/api/v1/media/urls", &json!({"ids": [id, "12345"]})).await.expect(200);
    let [item] = urls["items"].as_array().unwrap().as_slice() else { panic!("{urls}") };
    assert_eq!(item["id"], json!(id));
    for (url, side) in [
        (redirect.header("location"), 800),
        (item["url"].as_str().unwrap(), 800),
        (item["thumbnail_url"].as_str().unwrap(), 320),
    ] {
        assert!(url.starts_with(&file_origin(&scene.server.http)), "{url}");
        let file = fetch(url).await;
        assert_eq!((file.status, file.header("content-type")), (200, "image/jpeg"));
        assert_eq!(image::load_from_memory(&file.body).unwrap().height(), side);
        assert!(!file.body.windows(3).any(|part| part == b"GPS"), "where it was taken is gone");
    }
}

#[tokio::test]
async fn every_kind_is_told_as_what_it_is() {
    let scene = Scene::new().await;
    let glass = encoded(&kith_inspection::testing::glass(20, 10), image::ImageFormat::Png);
    let film = mp4(&[], 640, 360, 2_500, false);
    let mut newest = Vec::new();
    for (kind, name, content_type, bytes, expected) in [
        (
            "image",
            "a.png",
            "image/png",
            glass,
            json!({"width": 20, "height": 10, "content_type": "image/png"}),
        ),
        ("video", "a.mp4", "video/mp4", film, json!({"width": 640, "height": 360, "duration_ms": 2_500})),
        (
            "audio",
            "a.mp3",
            "audio/mpeg",
            mp3(100),
            json!({"duration_ms": 2_612, "content_type": "audio/mpeg"}),
        ),
        (
            "audio",
            "a.wav",
            "audio/x-wav",
            wav(1_500),
            json!({"duration_ms": 1_500, "content_type": "audio/wav"}),
        ),
        ("file", "a.pdf", PDF, pdf(), json!({"size_bytes": pdf().len(), "content_type": PDF})),
        ("file", "a.docx", DOCX, docx(), json!({"name": "a.docx", "content_type": DOCX})),
    ] {
        let media = scene.ada.upload(kind, name, content_type, &bytes).await.expect(200);
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&media[field], value, "{field} of {media}");
        }
        let id = text(&media["id"]);
        let entry = scene.ada.show(&scene.direct, kind, &id).await;
        let file = fetch(&scene.bob.locate(&id).await.unwrap()).await;
        assert_eq!(file.status, 200);
        let shown = if kind == "file" { "attachment" } else { "inline" };
        assert!(file.header("content-disposition").starts_with(&format!("{shown}; ")), "{file:?}");
        if kind != "image" {
            assert_eq!(file.body, bytes, "{name} is kept as it is");
        }
        newest.insert(0, entry);
    }
    let path = format!("/api/v1/conversations/{}/media", scene.direct);
    let page = scene.bob.get(&path).await.expect(200);
    assert_eq!(page["items"], json!(newest));
    assert_eq!(page["users"][0]["username"], "Ada");
    let sounds = scene.bob.get(&format!("{path}?kind=audio&limit=1")).await.expect(200);
    assert_eq!(sounds["items"], json!([newest[2]]));
    let more = scene.bob.get(&format!("{path}?kind=audio&before={}", sounds["next"])).await.expect(200);
    assert_eq!((&more["items"], &more["next"]), (&json!([newest[3]]), &Value::Null));
}

#[tokio::test]
async fn a_signed_request_does_one_thing() {
    let scene = Scene::new().await;
    let bytes = photo();
    let ticket = scene.ada.announce("image", "a.jpg", "image/jpeg", &bytes).await.expect(201);
    let id = text(&ticket["media_id"]);
    let complete = format!("/api/v1/media/{id}/complete");
    let waiting = scene.ada.call("POST", &complete, None).await;
    waiting.refuse("nothing was uploaded", 409, "conflict");

    let longer = [&bytes[..], b"!"].concat();
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    let second = scene.ada.announce("image", "b.jpg", "image/jpeg", &bytes).await.expect(201);
    let mut elsewhere = ticket.clone();
    let key = |ticket: &Value| text(&ticket["upload"]["url"]).split(['/', '?']).nth(4).unwrap().to_owned();
    elsewhere["upload"]["url"] = text(&ticket["upload"]["url"]).replace(&key(&ticket), &key(&second)).into();
    for (what, ticket, bytes, status) in [
        ("one byte more", &ticket, longer, 413),
        ("other bytes", &ticket, other, 422),
        ("another key", &elsewhere, bytes.clone(), 403),
    ] {
        let refused = Download::of(upload_request(ticket, bytes)).await;
        assert_eq!(refused.status, status, "{what}: {refused:?}");
        assert_eq!(refused.header("content-type"), "application/problem+json", "{what}");
    }
    // Nobody else completes it, and until it is complete nobody sends it.
    scene.bob.call("POST", &complete, None).await.refuse("somebody else's", 404, "not_found");
    assert_eq!(Download::of(upload_request(&ticket, bytes.clone())).await.status, 204);
    scene.ada.try_show(&scene.direct, "image", &id).await.refuse("incomplete", 422, "validation_failed");
    let media = scene.ada.call("POST", &complete, None).await.expect(200);
    assert_eq!(scene.ada.call("POST", &complete, None).await.expect(200), media, "again: the same");
    let reused = Download::of(upload_request(&ticket, bytes.clone())).await;
    assert_eq!(reused.status, 410, "{reused:?}");

    // Five minutes later nothing signed before is good any more.
    let url = scene.ada.locate(&id).await.unwrap();
    assert_eq!(fetch(&url).await.status, 200);
    let host = file_origin(&scene.server.http);
    assert_eq!(fetch(url.split('?').next().unwrap()).await.status, 403);
    assert_eq!(fetch(&url.replace("as=inline", "as=attachment")).await.status, 403);
    assert_eq!(fetch(&url.replace("/media/", "/uploads/")).await.status, 405);
    assert_eq!(fetch(&format!("{host}/avatars/{}", key(&ticket))).await.status, 404);
    scene.server.move_clock(301).await;
    assert_eq!(fetch(&url).await.status, 403);
    let late = Download::of(upload_request(&second, bytes)).await;
    assert_eq!(late.status, 403, "{late:?}");
}

#[tokio::test]
async fn only_who_may_see_a_message_finds_its_medium() {
    let server = Server::start().await;
    let sign_in = async |name: &str| Person::sign_in(&server.http, name).await;
    let (ada, bob, eve) = (sign_in("ada").await, sign_in("bob").await, sign_in("eve").await);
    let (group, code) = ada.create_group("Hikers").await;
    bob.join(&code).await;
    let (before, after) = (photo_of(&ada).await, photo_of(&ada).await);
    assert_eq!(bob.locate(&before).await, None, "it was not sent yet");
    ada.show(&group, "image", &before).await;
    assert!(bob.locate(&before).await.is_some());
    assert_eq!(eve.locate(&before).await, None);
    eve.get(&format!("/api/v1/media/{before}")).await.refuse("a stranger", 404, "not_found");
    eve.try_show(&group, "image", &before).await.refuse("a stranger", 404, "not_found");
    bob.try_show(&group, "image", &before).await.refuse("not his own", 422, "validation_failed");
    ada.try_show(&group, "file", &before).await.refuse("another kind", 422, "validation_failed");

    ada.delete(&format!("/api/v1/groups/{group}/members/{}", bob.id)).await.expect(204);
    ada.show(&group, "image", &after).await;
    assert!(bob.locate(&before).await.is_some(), "what he could see he keeps");
    assert_eq!(bob.locate(&after).await, None, "nothing after the kick");
    let urls = bob.post("/api/v1/media/urls", &json!({"ids": [after, before]})).await.expect(200);
    assert_eq!(urls["items"].as_array().unwrap().len(), 1);
    let page = bob.get(&format!("/api/v1/conversations/{group}/media")).await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    // Who comes later sees what comes later, the same picture included.
    eve.join(&code).await;
    assert_eq!(eve.locate(&after).await, None);
    ada.show(&group, "image", &after).await;
    assert!(eve.locate(&after).await.is_some());
}

#[tokio::test]
async fn an_unsent_medium_is_gone_everywhere() {
    let scene = Scene::new().await;
    let id = photo_of(&scene.ada).await;
    let (first, second) = (
        scene.ada.show(&scene.direct, "image", &id).await,
        scene.ada.show(&scene.direct, "image", &id).await,
    );
    let url = scene.bob.locate(&id).await.unwrap();
    let unsend = async |entry: &Value| {
        let path = format!("/api/v1/conversations/{}/entries/{}/unsend", scene.direct, entry["seq"]);
        scene.ada.call("POST", &path, None).await.expect(200);
    };
    unsend(&first).await;
    assert_eq!(fetch(&url).await.status, 200, "another message shows it");
    unsend(&second).await;
    assert_eq!(fetch(&url).await.status, 404, "an address given out before leads nowhere");
    assert_eq!((scene.bob.locate(&id).await, scene.ada.locate(&id).await), (None, None));
    let timeline = scene.bob.timeline(&scene.direct).await;
    assert!(!json!(timeline).to_string().contains(&id));
    scene.ada.try_show(&scene.direct, "image", &id).await.refuse("it is gone", 422, "validation_failed");
    let left = walk(&scene.server.data_dir().join("blobs/media"));
    assert_eq!(left, 0, "no file is left");
}

/// How many files lie below a directory.
fn walk(directory: &std::path::Path) -> usize {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { walk(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn what_nobody_sends_goes_after_a_day() {
    let scene = Scene::new().await;
    let (sent, kept) = (photo_of(&scene.ada).await, photo_of(&scene.ada).await);
    scene.ada.show(&scene.direct, "image", &sent).await;
    let bytes = photo();
    let ticket = scene.ada.announce("image", "a.jpg", "image/jpeg", &bytes).await.expect(201);
    assert_eq!(Download::of(upload_request(&ticket, bytes)).await.status, 204);
    let directory = scene.server.data_dir().join("blobs");
    let files = || ["uploads", "media", "thumbnails"].map(|area| walk(&directory.join(area)));
    assert_eq!(files(), [1, 2, 2]);
    // The janitor looks once a minute, but first at the start.
    let Scene { mut server, mut ada, .. } = scene;
    server.move_clock(90_000 + 3_601).await;
    server.kill();
    server.restart().await;
    ada.move_to(&server.http).await;
    eventually("the janitor lets go", async || (files() == [0, 1, 1]).then_some(())).await;
    assert!(ada.locate(&sent).await.is_some());
    assert_eq!(ada.locate(&kept).await, None);
}

#[tokio::test]
async fn parts_and_conditions() {
    let scene = Scene::new().await;
    let bytes = mp4(&[], 640, 360, 2_500, false);
    let id = text(&scene.ada.upload("video", "a.mp4", "video/mp4", &bytes).await.expect(200)["id"]);
    let url = scene.ada.locate(&id).await.unwrap();
    let whole = fetch(&url).await;
    let tag = whole.header("etag").to_owned();
    let length = bytes.len();
    let other = "\"another\"".to_owned();
    for (headers, status, range, body) in [
        (vec![("range", "bytes=0-3".to_owned())], 206, format!("bytes 0-3/{length}"), &bytes[..4]),
        (
            vec![("range", "bytes=-4".to_owned())],
            206,
            format!("bytes {}-{}/{length}", length - 4, length - 1),
            &bytes[length - 4..],
        ),
        (
            vec![("range", "bytes=0-3".to_owned()), ("if-range", tag.clone())],
            206,
            format!("bytes 0-3/{length}"),
            &bytes[..4],
        ),
        (
            vec![("range", "bytes=0-3".to_owned()), ("if-range", other.clone())],
            200,
            String::new(),
            &bytes[..],
        ),
        (vec![("if-none-match", tag.clone())], 304, String::new(), b""),
        (vec![("if-none-match", other)], 200, String::new(), &bytes[..]),
    ] {
        let mut request = anybody().get(&url);
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let part = Download::of(request).await;
        assert_eq!(
            (part.status, part.header("content-range"), &*part.body),
            (status, &*range, body),
            "{headers:?}"
        );
    }
    let beyond = Download::of(anybody().get(&url).header("range", format!("bytes={length}-"))).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, &*format!("bytes */{length}")));
    let head = Download::of(anybody().head(&url)).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, &*length.to_string(), 0));
}

#[tokio::test]
async fn a_file_can_do_nothing_and_is_read_by_our_pages_alone() {
    let scene = Scene::new().await;
    let id = text(&scene.ada.upload("file", "報告.pdf", PDF, &pdf()).await.expect(200)["id"]);
    let url = scene.ada.locate(&id).await.unwrap();
    let file = fetch(&url).await;
    for (name, expected) in [
        ("content-type", PDF),
        ("content-disposition", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E5%A0%B1%E5%91%8A.pdf"),
        (
            "content-security-policy",
            "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "private, max-age=300"),
        ("accept-ranges", "bytes"),
        ("set-cookie", ""),
        ("access-control-allow-origin", ""),
        ("access-control-allow-credentials", ""),
    ] {
        assert_eq!(file.header(name), expected, "{name}");
    }
    let ours = scene.server.http.origin().to_owned();
    for (origin, allowed) in [(&*ours, true), ("http://evil.example", false), ("null", false)] {
        let read = Download::of(anybody().get(&url).header("origin", origin)).await;
        assert_eq!(read.header("access-control-allow-origin"), if allowed { origin } else { "" });
        let asked = anybody()
            .request(reqwest::Method::OPTIONS, &url)
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "content-type");
        let asked = Download::of(asked).await;
        assert_eq!(asked.status, 204);
        assert_eq!(asked.header("access-control-allow-methods") == "GET, HEAD, PUT", allowed, "{asked:?}");
    }
    // That host name has files only: the API is not there, and pages are at the one origin.
    let host = file_origin(&scene.server.http);
    let api =
        Download::of(anybody().get(format!("{host}/api/v1/me")).bearer_auth(&scene.ada.access_token)).await;
    assert_eq!((api.status, api.header("location")), (307, &*format!("{ours}/api/v1/me")));
    let posted = anybody().post(format!("{host}/api/v1/media/urls")).bearer_auth(&scene.ada.access_token);
    assert_eq!(Download::of(posted.json(&json!({"ids": []}))).await.status, 405);
    let page = Reply::of(scene.server.http.request("GET", "/")).await;
    let policy = page.header("content-security-policy");
    for source in ["img-src 'self' data: blob: ", "media-src 'self' blob: ", "connect-src 'self' "] {
        assert!(policy.contains(&format!("{source}{host}")), "{policy}");
    }
    let there = scene.server.http.get(&url[host.len()..]).await;
    let is_page = there.header("content-type").starts_with("text/html");
    assert!(there.status == 404 || is_page, "no file under the pages' own origin: {there:?}");
}

#[tokio::test]
async fn a_picture_of_oneself_is_seen_by_others_and_replaced() {
    let scene = Scene::new().await;
    let mut socket = Socket::connect(&scene.bob).await;
    let (first, second) = (photo_of(&scene.ada).await, photo_of(&scene.ada).await);
    let set =
        async |id: Value| scene.ada.call("PATCH", "/api/v1/me", Some(&json!({"avatar_media_id": id}))).await;
    let url = text(&set(json!(first)).await.expect(200)["avatar_url"]);
    assert!(url.starts_with(&format!("{}/avatars/", file_origin(&scene.server.http))), "{url}");
    assert_eq!(socket.event("profile").await["user"]["avatar_url"], json!(url));
    let picture = fetch(&url).await;
    assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
    let seen = image::load_from_memory_with_format(&picture.body, image::ImageFormat::Jpeg).unwrap();
    assert_eq!((seen.width(), seen.height()), (512, 512));
    let entries = scene.bob.get(&format!("/api/v1/conversations/{}/entries", scene.direct)).await.expect(200);
    let ada =
        entries["users"].as_array().unwrap().iter().find(|user| user["id"] == json!(scene.ada.id)).unwrap();
    assert_eq!(ada["avatar_url"], json!(url));
    let direct = scene.bob.get(&format!("/api/v1/conversations/{}", scene.direct)).await.expect(200);
    assert_eq!(direct["peer"]["avatar_url"], json!(url));

    let next = text(&set(json!(second)).await.expect(200)["avatar_url"]);
    assert_ne!(next, url);
    assert_eq!((fetch(&url).await.status, fetch(&next).await.status), (404, 200));
    assert_eq!(set(Value::Null).await.expect(200)["avatar_url"], Value::Null);
    assert_eq!(fetch(&next).await.status, 404);

    let document = text(&scene.ada.upload("file", "a.pdf", PDF, &pdf()).await.expect(200)["id"]);
    let bobs = photo_of(&scene.bob).await;
    for id in [document, bobs, "12345".to_owned()] {
        set(json!(id)).await.refuse("not an image of hers", 422, "validation_failed");
    }
}

#[tokio::test]
async fn a_group_has_a_picture() {
    let scene = Scene::new().await;
    let (group, code) = scene.ada.create_group("Hikers").await;
    scene.bob.join(&code).await;
    let id = photo_of(&scene.ada).await;
    let path = format!("/api/v1/groups/{group}");
    let body = json!({"avatar_media_id": id});
    let changed = scene.ada.call("PATCH", &path, Some(&body)).await.expect(200);
    let url = text(&changed["avatar_url"]);
    assert_eq!(fetch(&url).await.status, 200);
    let last = scene.bob.timeline(&group).await.pop().unwrap();
    assert_eq!(last["notice"], json!({"type": "avatar_changed", "by": scene.ada.id}));
    let seen = scene.bob.get(&format!("/api/v1/conversations/{group}")).await.expect(200);
    assert_eq!(seen["avatar_url"], json!(url));
    let preview = scene.bob.get(&format!("/api/v1/groups/by-code/{code}")).await.expect(200);
    assert_eq!(preview["avatar_url"], json!(url));
    let his = json!({"avatar_media_id": photo_of(&scene.bob).await});
    scene.bob.call("PATCH", &path, Some(&his)).await.refuse("no admin", 403, "forbidden");
    let avatars = walk(&scene.server.data_dir().join("blobs/avatars"));
    assert_eq!(avatars, 1, "a picture that was not set is not kept");
    scene.ada.delete(&format!("{path}/members/{}", scene.bob.id)).await.expect(204);
    let after = scene.bob.get(&format!("/api/v1/conversations/{group}")).await.expect(200);
    assert_eq!(after["avatar_url"], Value::Null, "a former member keeps no picture that may change");
}

#[tokio::test]
async fn uploads_are_limited() {
    let server = Launch::default().limited().start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    for number in 1..=30 {
        ada.announce("file", "a.pdf", PDF, &pdf()).await.expect(201);
        assert!(number <= 30);
    }
    ada.announce("file", "a.pdf", PDF, &pdf()).await.refuse("the 31st", 429, "rate_limited");
}

#[tokio::test]
async fn a_persons_files_have_two_gigabytes() {
    let server = Server::start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let announce = async |bytes: u64| {
        let body = json!({"kind": "video", "name": "a.mp4", "content_type": "video/mp4", "size_bytes": bytes, "sha256": sha256(b"")});
        ada.post("/api/v1/media", &body).await
    };
    // Forty of the largest are 2,000 MB; 48 MB are left.
    for _ in 0..40 {
        announce(50 << 20).await.expect(201);
    }
    announce(49 << 20).await.refuse("too much", 413, "payload_too_large");
    announce(48 << 20).await.expect(201);
    announce(1).await.refuse("one byte too much", 413, "payload_too_large");
}
