//! Searching messages: from what is said to what is found, whatever becomes of the index.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Launch, Person, Scene, Server, eventually};

/// A search with its fields.
fn path(fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("/api/v1/search/messages?{query}")
}

async fn search(who: &Person, fields: &[(&str, &str)]) -> Value {
    who.get(&path(fields)).await.expect(200)
}

/// The snippets, hits in brackets.
fn snippets(page: &Value) -> Vec<String> {
    let part = |part: &Value| {
        let text = part["text"].as_str().unwrap();
        if part["hit"].as_bool().unwrap() { format!("[{text}]") } else { text.to_owned() }
    };
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["snippet"].as_array().unwrap().iter().map(part).collect()).collect()
}

/// Asks until exactly that is found.
async fn finds(who: &Person, q: &str, expected: &[&str]) {
    let mut last = Vec::new();
    eventually(&format!("{q:?} finds {expected:?}"), async || {
        last = snippets(&search(who, &[("q", q)]).await);
        (last == expected).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_said_is_found_and_leads_to_its_place() {
    let mut scene = Scene::new().await;
    let eve = Person::sign_in(&scene.server.http, "eve").await;
    let sent = scene.ada.say(&scene.direct, "我們去士林夜市吧, the Night Market!").await;
    for (q, expected) in [
        ("夜", "我們去士林[夜]市吧, the Night Market!"),
        ("夜市", "我們去士林[夜市]吧, the Night Market!"),
        ("night", "我們去士林夜市吧, the [Night] Market!"),
        ("Mark", "我們去士林夜市吧, the Night [Market]!"),
        ("\"night market\"", "我們去士林夜市吧, the [Night Market]!"),
        ("士林 MÁRKET", "我們去[士林]夜市吧, the Night [Market]!"),
    ] {
        finds(&scene.bob, q, &[expected]).await;
    }
    let page = search(&scene.bob, &[("q", "夜市")]).await;
    let item = &page["items"][0];
    assert_eq!((&item["entry"], &item["conversation_id"]), (&sent, &json!(scene.direct)));
    assert_eq!((&page["next"], &page["not_searched"], page.get("as_of")), (&Value::Null, &json!([]), None));
    assert_eq!(page["users"][0]["username"], "Ada");
    let around = format!("/api/v1/conversations/{}/entries?around={}", scene.direct, sent["seq"]);
    assert!(scene.bob.get(&around).await.expect(200)["items"].as_array().unwrap().contains(&sent));
    for nothing in ["夜市", "hello"] {
        assert_eq!(snippets(&search(&eve, &[("q", nothing)]).await), [""; 0]);
    }
    for nothing in ["士林的夜市", "\"market night\"", "night club"] {
        assert_eq!(snippets(&search(&scene.bob, &[("q", nothing)]).await), [""; 0], "{nothing}");
    }
    let metrics = scene.server.http.get("/metrics").await.text;
    for line in ["kith_search_lag_seconds 0", "kith_search_rebuilding 0", "kith_search_delay_seconds_count "]
    {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    assert!(!metrics.contains("kith_search_delay_seconds_count 0"), "{metrics}");
    scene.assert_intact("searching").await;
}

#[tokio::test]
async fn what_may_not_be_seen_is_gone_at_once() {
    let server = Server::start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let max = Person::sign_in(&server.http, "max").await;
    let tom = Person::sign_in(&server.http, "tom").await;
    let (group, code) = ada.create_group("Hikers").await;
    ada.say(&group, "market zero").await;
    max.join(&code).await;
    tom.join(&code).await;
    ada.say(&group, "market one").await;
    let second = ada.say(&group, "market two").await;
    for (who, expected) in [
        (&ada, &["[market] two", "[market] one", "[market] zero"][..]),
        (&max, &["[market] two", "[market] one"]),
    ] {
        finds(who, "market", expected).await;
    }
    let unsend = format!("/api/v1/conversations/{group}/entries/{}/unsend", second["seq"]);
    ada.call("POST", &unsend, None).await.expect(200);
    let now = async |who: &Person| snippets(&search(who, &[("q", "market")]).await);
    assert_eq!(now(&max).await, ["[market] one"]);
    ada.delete(&format!("/api/v1/groups/{group}/members/{}", max.id)).await.expect(204);
    tom.delete(&format!("/api/v1/groups/{group}/members/{}", tom.id)).await.expect(204);
    ada.say(&group, "market three").await;
    finds(&ada, "market", &["[market] three", "[market] one", "[market] zero"]).await;
    for former in [&max, &tom] {
        assert_eq!(now(former).await, ["[market] one"], "what they could see before they keep");
    }
    // A replay from the ledger brings nothing back.
    assert!(server.run(&["search", "rebuild"]).await.status.success());
    assert_eq!(now(&ada).await, ["[market] three", "[market] one", "[market] zero"]);
    assert_eq!(now(&max).await, ["[market] one"]);
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let scene = Scene::new().await;
    for number in 0..7 {
        scene.ada.say(&scene.direct, &format!("market {number}")).await;
    }
    finds(&scene.bob, "\"market 6\"", &["[market 6]"]).await;
    for sort in ["newest", "relevance"] {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut fields = vec![("q", "market"), ("sort", sort), ("limit", "3")];
            fields.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = search(&scene.bob, &fields).await;
            all.extend(snippets(&page));
            cursor = page["next"].as_str().map(str::to_owned);
            let Some(cursor) = &cursor else { break };
            let another = [("q", "markets"), ("sort", sort), ("limit", "3"), ("cursor", cursor)];
            scene.bob.get(&path(&another)).await.refuse("another search's cursor", 422, "validation_failed");
        }
        let expected: Vec<String> = (0..7).rev().map(|number| format!("[market] {number}")).collect();
        assert_eq!(all, expected, "{sort}");
    }
}

#[tokio::test]
async fn searches_that_make_no_sense_are_refused() {
    let mut scene = Scene::new().await;
    let long = "x".repeat(201);
    for (fields, field, code) in [
        (&[][..], "q", "required"),
        (&[("q", "")], "q", "empty"),
        (&[("q", "  ")], "q", "empty"),
        (&[("q", "?!…")], "q", "no_words"),
        (&[("q", &*long)], "q", "too_long"),
        (&[("q", "x"), ("from", "yesterday")], "from", "invalid"),
        (&[("q", "x"), ("to", "2026-02-30")], "to", "invalid"),
        (&[("q", "x"), ("to", "2026-11-24T10:00:00")], "to", "invalid"),
        (&[("q", "x"), ("from", "2026-11-25"), ("to", "2026-11-24")], "to", "before_from"),
        (&[("q", "x"), ("sort", "best")], "sort", "invalid"),
        (&[("q", "x"), ("sender_id", "me")], "sender_id", "invalid"),
        (&[("q", "x"), ("conversation_id", "-1")], "conversation_id", "invalid"),
        (&[("q", "x"), ("limit", "0")], "limit", "out_of_range"),
        (&[("q", "x"), ("cursor", "x")], "cursor", "invalid"),
        (&[("q", "x"), ("q", "y")], "q", "duplicate"),
    ] {
        let reply = scene.bob.get(&path(fields)).await;
        reply.refuse("a search", 422, "validation_failed");
        let problem = reply.json();
        let error = &problem["errors"][0];
        assert_eq!((&error["field"], &error["code"]), (&json!(field), &json!(code)), "{fields:?}: {problem}");
    }
    scene.bob.get(&path(&[("q", "x"), ("user", "7")])).await.refuse("unknown", 422, "unknown_field");
    scene.bob.get(&path(&[("q", "x"), ("conversation_id", "7")])).await.refuse("foreign", 404, "not_found");
    for (from, to, found) in
        [("2020-01-01", "2020-12-31", 0), ("2020-01-01", "2999-01-01", 1), ("2999-01-01", "2999-01-02", 0)]
    {
        finds(&scene.bob, "how", &["[How] are you?"]).await;
        let page = search(&scene.bob, &[("q", "how"), ("from", from), ("to", to)]).await;
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{from} to {to}");
    }
    scene.assert_intact("bad searches").await;
}

#[tokio::test]
async fn searches_are_limited_to_30_per_minute() {
    let server = Launch::default().limited().start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    for _ in 0..30 {
        search(&ada, &[("q", "x")]).await;
    }
    ada.get(&path(&[("q", "x")])).await.refuse("one too many", 429, "rate_limited");
}

#[tokio::test]
async fn the_index_is_rebuilt_by_command() {
    let mut scene = Scene::new().await;
    for running in [true, false] {
        if !running {
            scene.server.terminate();
            assert!(scene.server.ended().await.success());
        }
        let output = scene.server.run(&["search", "rebuild"]).await;
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "the search index holds all messages\n");
    }
    scene.server.restart().await;
    scene.bob.move_to(&scene.server.http).await;
    // It is whole from the first search on, and goes on from there.
    assert_eq!(snippets(&search(&scene.bob, &[("q", "hello")]).await), ["[Hello]"]);
    scene.bob.say(&scene.direct, "Hello again").await;
    finds(&scene.bob, "hello", &["[Hello] again", "[Hello]"]).await;
}

/// Files of the index, by the ends of their names.
fn files(index: &Path, ends: &[&str]) -> Vec<PathBuf> {
    let all = std::fs::read_dir(index).unwrap().map(|file| file.unwrap().path());
    let found: Vec<PathBuf> =
        all.filter(|path| ends.iter().any(|end| path.to_str().unwrap().ends_with(end))).collect();
    assert!(!found.is_empty(), "no {ends:?} in {}", index.display());
    found
}

fn change(path: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn an_index_that_is_lost_or_damaged_is_made_anew() {
    let mut scene = Scene::new().await;
    finds(&scene.bob, "hello", &["[Hello]"]).await;
    let index = scene.server.data_dir().join("search");
    type Damage = (&'static str, fn(&Path));
    let damages: [Damage; 9] = [
        ("deleted", |index| std::fs::remove_dir_all(index).unwrap()),
        ("emptied", |index| {
            std::fs::remove_dir_all(index).unwrap();
            std::fs::create_dir(index).unwrap();
        }),
        ("no list of its files", |index| std::fs::remove_file(index.join("meta.json")).unwrap()),
        ("a list of nothing", |index| change(&index.join("meta.json"), |bytes| bytes.clear())),
        ("an older format", |index| {
            change(&index.join("meta.json"), |bytes| {
                let text = String::from_utf8(bytes.clone()).unwrap();
                assert!(text.contains(r#"\"format\":1"#), "{text}");
                *bytes = text.replace(r#"\"format\":1"#, r#"\"format\":0"#).into_bytes();
            });
        }),
        ("another ledger's", |index| {
            change(&index.join("meta.json"), |bytes| {
                let text = String::from_utf8(bytes.clone()).unwrap();
                *bytes = text.replace(r#"\"epoch\":\""#, r#"\"epoch\":\"x"#).into_bytes();
            });
        }),
        ("a byte changed", |index| {
            for file in files(index, &[".term", ".idx", ".fast"]) {
                change(&file, |bytes| bytes[0] ^= 0xFF);
            }
        }),
        ("truncated", |index| {
            for file in files(index, &[".term", ".fast"]) {
                change(&file, |bytes| bytes.truncate(bytes.len() / 2));
            }
        }),
        ("a file missing", |index| std::fs::remove_file(&files(index, &[".idx"])[0]).unwrap()),
    ];
    for (number, (what, damage)) in damages.into_iter().enumerate() {
        scene.server.terminate();
        assert!(scene.server.ended().await.success());
        damage(&index);
        scene.server.restart().await;
        scene.bob.move_to(&scene.server.http).await;
        finds(&scene.bob, "hello", &["[Hello]"]).await;
        let text = format!("After {what}, once more {number}");
        scene.bob.say(&scene.direct, &text).await;
        finds(&scene.bob, &format!("\"more {number}\""), &[&format!("After {what}, once [more {number}]")])
            .await;
        scene.assert_intact(what).await;
    }
    // Under the running server: the files are gone, and the next message that it is to hold tells.
    std::fs::remove_dir_all(&index).unwrap();
    scene.bob.say(&scene.direct, "Afterwards").await;
    finds(&scene.bob, "afterwards", &["[Afterwards]"]).await;
    finds(&scene.bob, "hello", &["[Hello]"]).await;
    scene.assert_intact("deleting it under the server").await;
}

/// The ledger has it, the index not yet: a new process finds it.
#[tokio::test]
async fn what_was_sent_before_a_kill_is_found_after_it() {
    let mut scene = Scene::new().await;
    finds(&scene.bob, "hello", &["[Hello]"]).await;
    for round in 0..5 {
        for message in 0..10 {
            scene.ada.say(&scene.direct, &format!("round{round} message{message}")).await;
        }
        // At once: a commit of the index comes once a second.
        scene.server.kill();
        scene.server.restart().await;
        scene.ada.move_to(&scene.server.http).await;
        scene.bob.move_to(&scene.server.http).await;
        let expected: Vec<String> =
            (0..10).rev().map(|message| format!("[round{round}] message{message}")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        finds(&scene.bob, &format!("round{round} "), &expected).await;
    }
    scene.assert_intact("kills").await;
}
