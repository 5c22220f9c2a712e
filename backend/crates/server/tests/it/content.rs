//! Rows C: text is stored as typed and counted in characters; names are clean.

use serde_json::{Value, json};

use crate::harness::{Scene, fresh_id, message};

#[tokio::test]
async fn text_is_stored_as_typed_and_counted_in_characters() {
    let mut scene = Scene::new().await;
    let mut socket = scene.socket().await;
    let combining = format!("e{}", "\u{301}".repeat(7_999));
    let texts: Vec<(&str, String, bool)> = vec![
        ("8,000 of 1 byte", "x".repeat(8_000), true),
        ("8,001 of 1 byte", "x".repeat(8_001), false),
        ("8,000 of 4 bytes", "😀".repeat(8_000), true),
        ("8,001 of 4 bytes", "😀".repeat(8_001), false),
        ("8,000 combining marks", combining, true),
        ("nothing", String::new(), false),
        ("bidi overrides", "\u{202e}txet\u{202c} \u{2066}x\u{2069}".to_owned(), true),
        ("zero width", "a\u{200b}\u{200d}\u{feff}b".to_owned(), true),
        ("markup", "<img src=x onerror=alert(1)>&amp;\"'".to_owned(), true),
        ("a link", "javascript:alert(1)".to_owned(), true),
        ("a formula", "=HYPERLINK(\"http://evil.example\")".to_owned(), true),
        ("SQL", "'); DROP TABLE entries; --".to_owned(), true),
        ("not normalized", "A\u{30a} \u{c5} \u{fb01}".to_owned(), true),
        ("line ends", "a\r\nb\nc\r\td".to_owned(), true),
        ("spaces around", "  x  ".to_owned(), true),
    ];
    for (what, text, good) in &texts {
        let body = message(&fresh_id(), text);
        let by_rest = scene.ada.post(&scene.messages(), &body).await;
        let by_stomp = socket.send(&scene.destination(), &message(&fresh_id(), text)).await;
        if *good {
            assert_eq!(by_rest.expect(201)["content"]["text"], text.as_str(), "{what}");
            by_stomp.unwrap_or_else(|refused| panic!("{what}: {refused}"));
        } else {
            by_rest.refuse(what, 422, "validation_failed");
            assert_eq!(by_rest.json()["errors"][0]["field"], "content.text", "{what}: {by_rest:?}");
            assert_eq!(by_stomp.unwrap_err()["code"], "validation_failed", "{what}");
        }
    }
    // Every character of a body may be written as an escape; surrogate pairs are one character.
    let escaped = r#"{"client_msg_id":"ID","client_time":"2026-11-24T10:00:00Z","content":{"type":"text","text":"\ud83d\ude00\u0041"}}"#;
    let request = scene.ada.request("POST", &scene.messages()).header("content-type", "application/json");
    let reply = crate::harness::Reply::of(request.body(escaped.replace("ID", &fresh_id()))).await;
    assert_eq!(reply.expect(201)["content"]["text"], "😀A");

    let timeline = scene.bob.timeline(&scene.direct).await;
    let stored: Vec<&str> =
        timeline[3..].iter().map(|entry| entry["content"]["text"].as_str().unwrap()).collect();
    let mut expected: Vec<&str> = texts
        .iter()
        .filter(|(_, _, good)| *good)
        .flat_map(|(_, text, _)| [text.as_str(), text.as_str()])
        .collect();
    expected.push("😀A");
    assert_eq!(stored, expected);
    scene.assert_intact("texts").await;
}

#[tokio::test]
async fn names_are_clean() {
    let mut scene = Scene::new().await;
    let (group, _) = scene.ada.create_group("Team").await;
    // (what, name, as it is kept)
    let names: Vec<(&str, String, Option<String>)> = vec![
        ("plain", "Ada King".into(), Some("Ada King".into())),
        ("spaces around", "  Ada  ".into(), Some("Ada".into())),
        ("composed", "A\u{30a}da".into(), Some("\u{c5}da".into())),
        ("32 of 4 bytes", "😀".repeat(32), Some("😀".repeat(32))),
        ("markup", "<b>Ada</b>".into(), Some("<b>Ada</b>".into())),
        ("nothing", "".into(), None),
        ("spaces only", " \u{3000} ".into(), None),
        ("a NUL", "A\0da".into(), None),
        ("a line end", "Ada\r\nBcc: x".into(), None),
        ("a tab", "A\tda".into(), None),
        ("an escape", "A\u{1b}[31mda".into(), None),
        ("a C1 control", "A\u{85}da".into(), None),
        ("delete", "A\u{7f}da".into(), None),
        ("a bidi override", "\u{202e}adA".into(), None),
        ("a bidi isolate", "A\u{2066}da\u{2069}".into(), None),
        ("a line separator", "A\u{2028}da".into(), None),
        ("zero width only", "\u{200b}\u{200d}".into(), None),
    ];
    for (what, name, kept) in &names {
        let me = scene.ada.call("PATCH", "/api/v1/me", Some(&json!({"username": name}))).await;
        let renamed =
            scene.ada.call("PATCH", &format!("/api/v1/groups/{group}"), Some(&json!({"name": name}))).await;
        match kept {
            Some(kept) => {
                assert_eq!(me.expect(200)["username"], kept.as_str(), "{what}");
                assert_eq!(renamed.expect(200)["name"], kept.as_str(), "{what}");
                assert_eq!(
                    scene.bob.get(&format!("/api/v1/users/{}", scene.ada.id)).await.expect(200)["username"],
                    kept.as_str()
                );
            }
            None => {
                me.refuse(what, 422, "validation_failed");
                renamed.refuse(what, 422, "validation_failed");
            }
        }
    }
    for (field, value, good) in [
        ("username", json!("x".repeat(33)), false),
        ("username", Value::Null, false),
        ("introduction", json!("😀".repeat(500)), true),
        ("introduction", json!("x".repeat(501)), false),
        ("introduction", Value::Null, true),
        ("gender", json!("non_binary"), true),
        ("gender", json!("robot"), false),
        ("gender", Value::Null, true),
        ("gender_shared", json!("yes"), false),
    ] {
        let reply = scene.ada.call("PATCH", "/api/v1/me", Some(&json!({field: value}))).await;
        if good {
            reply.expect(200);
        } else {
            reply.refuse(&format!("{field} {value}"), 422, "validation_failed");
            assert_eq!(reply.json()["errors"][0]["field"], field);
        }
    }
    for (name, good) in [("x".repeat(64), true), ("x".repeat(65), false)] {
        let status = scene
            .ada
            .call("PATCH", &format!("/api/v1/groups/{group}"), Some(&json!({"name": name})))
            .await
            .status;
        assert_eq!(status, if good { 200 } else { 422 }, "{name:?}");
    }
    scene.assert_unchanged("names").await;
}
