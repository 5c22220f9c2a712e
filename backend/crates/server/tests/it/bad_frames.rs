//! Rows W and T: what is wrong with an upgrade, with WebSocket frames, with STOMP frames.

use serde_json::json;

use crate::harness::{RawSocket, Scene, Socket, exchange, frame, fresh_id, message};

#[tokio::test]
async fn only_pages_of_this_origin_open_sockets() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let (own, authority) = (http.origin().to_owned(), http.authority().to_owned());
    let port: u16 = authority.rsplit(':').next().unwrap().parse().unwrap();
    for (origin, status) in [
        (Some(own.clone()), 101),
        // No page made this request; a token is still demanded in CONNECT.
        (None, 101),
        (Some("null".to_owned()), 403),
        (Some(String::new()), 403),
        (Some(format!("https://{authority}")), 403),
        (Some(format!("http://127.0.0.1:{}", port ^ 1)), 403),
        (Some("http://127.0.0.1".to_owned()), 403),
        (Some(format!("{own}.evil.example")), 403),
        (Some(format!("{own}0")), 403),
        (Some(format!("{own}/")), 403),
        (Some(format!("http://evil.{authority}")), 403),
        (Some(format!("http://evil@{authority}")), 403),
        (Some(format!("{own}, http://evil.example")), 403),
        (Some(format!("{own}\r\nOrigin: http://evil.example")), 403),
    ] {
        let header = origin.as_ref().map(|origin| format!("Origin: {origin}\r\n")).unwrap_or_default();
        let (got, answer) = exchange(&http, RawSocket::upgrade(&http, &header).as_bytes()).await;
        assert_eq!(got, status, "{origin:?}: {answer}");
        if status == 403 {
            assert!(answer.contains(r#""code":"forbidden""#), "{origin:?}: {answer}");
        }
    }
    let mut socket = Socket::open(&http).await;
    socket.write(b"CONNECT\naccept-version:1.2\nhost:kith\n\n\0").await;
    assert_eq!(socket.fatal().await, ("unauthenticated".to_owned(), 4500));
    scene.assert_unchanged("foreign origins").await;
}

#[tokio::test]
async fn upgrades_that_are_none() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let whole = RawSocket::upgrade(&http, "");
    for (line, instead, status) in [
        ("Upgrade: websocket\r\n", "", 400),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: short", 400),
        ("v12.stomp", "v10.stomp", 400),
    ] {
        let (got, answer) = exchange(&http, whole.replace(line, instead).as_bytes()).await;
        assert_eq!(got, status, "{line} -> {instead}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    // Compression is declined by saying nothing of it.
    let offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let socket = RawSocket::open(&http, offer).await;
    assert!(!socket.head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{}", socket.head);
    scene.assert_unchanged("bad upgrades").await;
}

/// A message in so many frames.
fn fragments(count: usize, payload: &[u8]) -> Vec<u8> {
    let piece = |at: usize| {
        let (fin, opcode) = (if at + 1 == count { 0x80 } else { 0 }, if at == 0 { 1 } else { 0 });
        frame(fin | opcode, payload)
    };
    (0..count).flat_map(piece).collect()
}

#[tokio::test]
async fn websocket_frames_that_break_the_rules() {
    let mut scene = Scene::new().await;
    let http = scene.server.http.clone();
    let endless = |code: u8| [vec![code, 0xFF], vec![0x7F; 8], vec![0; 4]].concat();
    for (what, bytes, code) in [
        ("unmasked", vec![0x81, 1, b'a'], 1002),
        ("RSV1, as deflate sets it", frame(0xC1, b"\n"), 1002),
        ("RSV2", frame(0xA1, b"\n"), 1002),
        ("RSV3", frame(0x91, b"\n"), 1002),
        ("opcode 3", frame(0x83, b""), 1002),
        ("opcode 11", frame(0x8B, b""), 1002),
        ("a ping of 126 bytes", frame(0x89, &[0; 126]), 1002),
        ("a fragmented ping", frame(0x09, b""), 1002),
        ("a continuation of nothing", frame(0x80, b""), 1002),
        ("a message inside a message", [frame(0x01, b"\n"), frame(0x81, b"\n")].concat(), 1002),
        ("a close of one byte", frame(0x88, b"x"), 1002),
        ("a 17th fragment", fragments(17, b"\n"), 1009),
        ("endless empty continuations", fragments(200, b""), 1009),
        ("more than 64 KiB", frame(0x82, &vec![b'\n'; 64 * 1024 + 1]), 1009),
        ("more than 64 KiB in pieces", fragments(3, &[b'\n'; 30_000]), 1009),
        ("a length near 2^63", endless(0x82), 1009),
        ("text that is no UTF-8", frame(0x81, b"\xC3\x28"), 1007),
        ("text that ends inside a character", frame(0x81, b"\xE2\x82"), 1007),
        ("a close, which is answered", frame(0x88, &1000_u16.to_be_bytes()), 1000),
        ("a flood of pings", frame(0x89, b"").repeat(100), 1008),
    ] {
        let mut socket = RawSocket::open(&http, "").await;
        socket.write(&bytes).await;
        assert_eq!(socket.close_code().await, Some(code), "{what}");
        scene.assert_unchanged(what).await;
    }
}

/// SEND of a message with headers as given.
fn send(scene: &Scene, headers: &str, body: &str) -> String {
    format!("SEND\ndestination:{}\n{headers}\n{body}\0", scene.destination())
}

/// Rows T1–T3 and T5: frames on an open session that are understood.
#[tokio::test]
async fn stomp_frames_that_are_fine() {
    let scene = Scene::new().await;
    let body = |text: &str| message(&fresh_id(), text).to_string();
    let (plain, crlf) = (body("plain"), body("with CRLF"));
    let with_nul = body("one").len();
    for (what, frame, receipt) in [
        ("CRLF line ends", send(&scene, "receipt:1\n", &crlf).replace("\n", "\r\n"), "1"),
        ("an escaped receipt", send(&scene, "receipt:a\\c\\\\\\nb\n", &plain), "a:\\\nb"),
        ("spaces belong to values", send(&scene, "receipt: 3 \n", &body("spaces")), " 3 "),
        (
            "a receipt of 900 bytes",
            send(&scene, &format!("receipt:{}\n", "r".repeat(900)), &body("long")),
            &"r".repeat(900),
        ),
        (
            "the first of repeated headers counts",
            send(&scene, "receipt:first\nreceipt:second\ndestination:/app/nowhere\n", &body("twice")),
            "first",
        ),
        (
            "an exact content-length",
            send(&scene, &format!("receipt:6\ncontent-length:{with_nul}\n"), &body("one")),
            "6",
        ),
        (
            "a header of no meaning",
            send(&scene, "receipt:7\nselector:T(java.lang.Runtime).getRuntime()\n", &body("spel")),
            "7",
        ),
        ("a header with an empty value", send(&scene, "receipt:8\nempty:\n", &body("empty")), "8"),
    ] {
        let mut socket = scene.socket().await;
        socket.write(frame.as_bytes()).await;
        let answer = socket.answer(receipt).await;
        assert!(answer.is_ok(), "{what}: {answer:?}");
    }

    let before = scene.bob.timeline(&scene.direct).await.len();
    // Split at every byte.
    let mut socket = scene.socket().await;
    let frame = send(&scene, "receipt:split\n", &body("byte by byte: ü€😀"));
    for byte in frame.as_bytes() {
        socket.write(&[*byte]).await;
    }
    socket.answer("split").await.unwrap();
    // 300 in one WebSocket message.
    let many: String = (0..300)
        .map(|n| format!("SEND\ndestination:/app/presence\nreceipt:p{n}\n\n{{\"state\":\"active\"}}\0\n"))
        .collect();
    socket.write(many.as_bytes()).await;
    for number in 0..300 {
        socket.answer(&format!("p{number}")).await.unwrap();
    }
    let timeline = scene.bob.timeline(&scene.direct).await;
    assert_eq!(timeline.len(), before + 1);
    assert_eq!(timeline[before]["content"]["text"], "byte by byte: ü€😀");
}

/// Rows T1–T7: what ends a session, before or after CONNECT. The ERROR has a code and tells nothing of what was sent.
#[tokio::test]
async fn stomp_frames_that_end_the_session() {
    let mut scene = Scene::new().await;
    let body = message(&fresh_id(), "never").to_string();
    let token = scene.ada.access_token.clone();
    let sub = |destination: &str| format!("SUBSCRIBE\nid:9\ndestination:{destination}\n\n\0");
    let to = |destination: &str| format!("SEND\ndestination:{destination}\n\n{{}}\0");
    let connect = |headers: &str| {
        format!("CONNECT\naccept-version:1.2\nhost:kith\nAuthorization:Bearer {token}\n{headers}\n\0")
    };
    let raw_connect = |lines: &str| format!("CONNECT\n{lines}Authorization:Bearer {token}\n\n\0");

    let connected: Vec<(&str, String)> = vec![
        ("T1 an escape that is none", send(&scene, "x:a\\tb\n", &body)),
        ("T1 a backslash at the end", send(&scene, "x:a\\\n", &body)),
        ("T2 a negative content-length", send(&scene, "content-length:-1\n", &body)),
        ("T2 a signed content-length", send(&scene, "content-length:+5\n", &body)),
        ("T2 a content-length of 2^64", send(&scene, "content-length:18446744073709551616\n", &body)),
        ("T2 two content-lengths", send(&scene, "content-length:5\ncontent-length:6\n", &body)),
        ("T2 a content-length too small", send(&scene, "content-length:3\n", &body)),
        ("T2 a body where none may be", "DISCONNECT\ncontent-length:1\n\nx\0".to_owned()),
        ("T3 33 headers", send(&scene, &(0..32).map(|n| format!("h{n}:x\n")).collect::<String>(), &body)),
        ("T3 a header line of 1,025 bytes", send(&scene, &format!("h:{}\n", "x".repeat(1_023)), &body)),
        ("T3 a header without a colon", send(&scene, "nothing\n", &body)),
        ("T3 a NUL in a header", "SEND\ndestination:/app/presence\nx:\u{0}\n\n\0".to_owned()),
        ("T4 a second CONNECT", connect("")),
        ("T4 an unknown command", "SHOUT\n\n\0".to_owned()),
        ("T4 a command in lower case", "send\ndestination:/app/presence\n\n{}\0".to_owned()),
        ("T4 a server's command", "MESSAGE\n\n\0".to_owned()),
        ("T4 BEGIN", "BEGIN\ntransaction:t\n\n\0".to_owned()),
        ("T4 COMMIT", "COMMIT\ntransaction:t\n\n\0".to_owned()),
        ("T4 ABORT", "ABORT\ntransaction:t\n\n\0".to_owned()),
        ("T4 SEND in a transaction", send(&scene, "transaction:t\n", &body)),
        ("T4 ACK", "ACK\nid:1\n\n\0".to_owned()),
        ("T4 NACK", "NACK\nid:1\n\n\0".to_owned()),
        ("T4 SEND without a destination", "SEND\n\n{}\0".to_owned()),
        ("T6 a second subscription", sub("/user/queue/events")),
        ("T6 an id in use", "SUBSCRIBE\nid:0\ndestination:/user/queue/events\n\n\0".to_owned()),
        ("T6 another's queue", sub(&format!("/user/{}/queue/events", scene.bob.id))),
        ("T6 a wildcard", sub("/user/*/events")),
        ("T6 all below", sub("/user/queue/>")),
        ("T6 another case", sub("/user/Queue/events")),
        ("T6 a way around", sub("/user/queue/../queue/events")),
        ("T6 an encoded way", sub("/user/queue/%2e%2e/events")),
        ("T6 a topic", sub(&format!("/topic/conversations/{}", scene.direct))),
        ("T6 UNSUBSCRIBE of nothing", "UNSUBSCRIBE\nid:77\n\n\0".to_owned()),
        ("T6 SEND elsewhere", to("/app/elsewhere")),
        ("T6 SEND to a queue", to("/user/queue/events")),
        ("T6 SEND around", to(&format!("/app/conversations/../conversations/{}/messages", scene.direct))),
        ("T6 SEND encoded", to("/app/%2e%2e/presence")),
        ("T6 SEND to all", to("/app/conversations/*/messages")),
        ("T6 SEND below all", to("/app/conversations/>/messages")),
        ("T6 SEND in another case", to("/app/Presence")),
        (
            "T6 SEND to another spelling of an id",
            to(&format!("/app/conversations/0{}/messages", scene.direct)),
        ),
    ];
    for (what, frame) in &connected {
        let mut socket = scene.socket().await;
        socket.write(frame.as_bytes()).await;
        assert_eq!(socket.fatal().await, ("protocol_error".to_owned(), 1002), "{what}");
        let told = format!("{:?}", socket.errors());
        assert!(!told.contains(&scene.direct) && !told.contains("elsewhere"), "{what}: {told}");
        scene.assert_unchanged(what).await;
    }
    // A frame above the bound, in two messages that are not.
    let mut socket = scene.socket().await;
    let large = send(&scene, "", &"x".repeat(66_000));
    for piece in large.as_bytes().chunks(40_000) {
        socket.write(piece).await;
    }
    assert_eq!(socket.fatal().await, ("protocol_error".to_owned(), 1002));
    let mut texts = Vec::new();
    for (_, frame) in connected.iter().filter(|(what, _)| what.starts_with("T6 SEND")) {
        let mut socket = scene.socket().await;
        socket.write(frame.as_bytes()).await;
        socket.fatal().await;
        texts.push(socket.errors()[0].header("message").to_owned());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "the text depends on what was asked for");

    for (what, frame, code, close) in [
        ("T4 SEND before CONNECT", send(&scene, "", &body), "protocol_error", 1002),
        ("T4 SUBSCRIBE before CONNECT", sub("/user/queue/events"), "protocol_error", 1002),
        ("T4 version 9", raw_connect("accept-version:9\nhost:kith\n"), "protocol_error", 1002),
        ("T4 no version", raw_connect("host:kith\n"), "protocol_error", 1002),
        (
            "T6 ack:client",
            format!("{}SUBSCRIBE\nid:1\ndestination:/user/queue/events\nack:client\n\n\0", connect("")),
            "protocol_error",
            1002,
        ),
        (
            "T6 a subscription id of 33 bytes",
            format!("{}SUBSCRIBE\nid:{}\ndestination:/user/queue/events\n\n\0", connect(""), "i".repeat(33)),
            "protocol_error",
            1002,
        ),
        ("T7 a negative heart-beat", connect("heart-beat:-1,5\n"), "protocol_error", 1002),
        ("T7 a heart-beat in words", connect("heart-beat:abc\n"), "protocol_error", 1002),
        ("T7 one heart-beat", connect("heart-beat:5000\n"), "protocol_error", 1002),
        // CONNECT knows no escapes: the name is another one, so there is no token.
        (
            "T1 an escaped CONNECT header",
            "CONNECT\naccept-version:1.2\nhost:kith\nAuthori\\czation:Bearer x\n\n\0".to_owned(),
            "unauthenticated",
            4500,
        ),
        (
            "T5 the first token counts",
            connect("").replace("Authorization", "Authorization:Bearer void\nAuthorization"),
            "unauthenticated",
            4500,
        ),
        (
            "T8 a refused SEND before SUBSCRIBE",
            connect("") + &send(&scene, "", "{}"),
            "validation_failed",
            1002,
        ),
    ] {
        let mut socket = Socket::open(&scene.server.http).await;
        socket.write(frame.as_bytes()).await;
        assert_eq!(socket.fatal().await, (code.to_owned(), close), "{what}");
        scene.assert_unchanged(what).await;
    }
}

/// Row T7: what is agreed on.
#[tokio::test]
async fn heart_beats_are_moved_into_the_range() {
    let scene = Scene::new().await;
    for (asked, agreed) in [
        ("0,0", "0,0"),
        ("30000,30000", "30000,30000"),
        ("1,1", "10000,10000"),
        ("9223372036854775808,0", "0,60000"),
        ("0,9223372036854775808", "60000,0"),
    ] {
        let mut socket = Socket::open(&scene.server.http).await;
        let token = &scene.ada.access_token;
        let frame = format!(
            "CONNECT\naccept-version:1.0,1.1,1.2\nhost:kith\nheart-beat:{asked}\nAuthorization:Bearer {token}\n\n\0"
        );
        socket.write(frame.as_bytes()).await;
        while socket.connected.is_none() {
            assert!(socket.pump().await, "{asked}");
        }
        let connected = socket.connected.as_ref().unwrap();
        assert_eq!(connected.header("heart-beat"), agreed, "{asked}");
        assert_eq!(connected.header("version"), "1.2");
        assert_eq!(connected.header("user-id"), scene.ada.id);
        assert_eq!(connected.header("device-id"), scene.ada.device_id);
        assert!(!connected.header("epoch").is_empty() && !connected.header("server-time").is_empty());
    }
}

/// Row T8: a SEND that a rule refuses is answered by an event, and the socket stays.
#[tokio::test]
async fn refused_sends_leave_the_socket_open() {
    let mut scene = Scene::new().await;
    let (group, code) = scene.bob.create_group("Bob's").await;
    let (left, left_code) = scene.bob.create_group("Once Ada's").await;
    scene.ada.join(&left_code).await;
    let gone = format!("/api/v1/groups/{left}/members/{}", scene.ada.id);
    scene.ada.delete(&gone).await.expect(204);
    let own = format!("/app/conversations/{}", scene.direct);
    let good = || message(&fresh_id(), "x");
    let with = |field: &str, value: serde_json::Value| {
        let mut body = message(&fresh_id(), "x");
        body[field] = value;
        body
    };
    let taken = fresh_id();
    let mut socket = scene.socket().await;
    socket.send(&scene.destination(), &message(&taken, "first")).await.unwrap();
    for (destination, body, code) in [
        (format!("/app/conversations/{group}/messages"), good(), "not_found"),
        ("/app/conversations/1/messages".to_owned(), good(), "not_found"),
        (format!("/app/conversations/{left}/messages"), good(), "not_member"),
        (format!("/app/conversations/{group}/read"), json!({"seq": 1}), "not_found"),
        (format!("/app/conversations/{group}/typing"), json!({}), "not_found"),
        (format!("/app/conversations/{group}/entries/1/unsend"), json!({}), "not_found"),
        (format!("{own}/entries/2/unsend"), json!({}), "forbidden"),
        (format!("{own}/entries/99/unsend"), json!({}), "not_found"),
        (scene.destination(), message(&fresh_id(), ""), "validation_failed"),
        (scene.destination(), message(&fresh_id(), &"x".repeat(8_001)), "validation_failed"),
        (scene.destination(), message("no-uuid", "x"), "validation_failed"),
        (scene.destination(), with("client_time", json!("yesterday")), "validation_failed"),
        (scene.destination(), with("sender_id", json!(scene.bob.id)), "unknown_field"),
        (scene.destination(), with("seq", json!(1)), "unknown_field"),
        (scene.destination(), with("viewed_seq", json!(-1)), "validation_failed"),
        (scene.destination(), with("content", json!({"type": "image"})), "validation_failed"),
        (scene.destination(), json!([]), "validation_failed"),
        (scene.destination(), message(&taken, "another"), "id_reused"),
        (format!("{own}/read"), json!({"seq": -1}), "validation_failed"),
        (format!("{own}/typing"), json!({"loud": true}), "unknown_field"),
        ("/app/presence".to_owned(), json!({"state": "asleep"}), "validation_failed"),
        ("/app/token".to_owned(), json!({}), "validation_failed"),
    ] {
        let refused = socket.send(&destination, &body).await.expect_err(&format!("{destination} {body}"));
        assert_eq!(refused["code"], code, "{destination} {body}: {refused}");
        assert!(refused["detail"].is_string());
    }
    for body in ["{", "{\"seq\":1,\"seq\":2}", "", "\"\\ud800\"", "nothing"] {
        socket.write(format!("SEND\ndestination:{own}/read\nreceipt:raw\n\n{body}\0").as_bytes()).await;
        assert_eq!(socket.answer("raw").await.unwrap_err()["code"], "validation_failed", "{body}");
    }
    socket
        .write(
            format!("SEND\ndestination:{own}/read\nreceipt:raw\ncontent-type:text/plain\n\n{{}}\0")
                .as_bytes(),
        )
        .await;
    assert_eq!(socket.answer("raw").await.unwrap_err()["code"], "unsupported_media");
    scene.ada.join(&code).await;
    socket.send(&format!("/app/conversations/{group}/messages"), &good()).await.unwrap();
    scene.assert_intact("refusals").await;
}
