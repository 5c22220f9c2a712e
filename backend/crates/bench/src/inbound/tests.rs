use bytes::BytesMut;
use kith_stomp::encoder;

use super::*;

fn entry(body: &str) -> Vec<u8> {
    let mut frame = BytesMut::new();
    let message = encoder::Message {
        message_id: "17",
        destination: "/user/queue/events",
        event: "entry",
        body: body.as_bytes(),
    };
    encoder::message(&mut frame, "e", &message);
    frame.to_vec()
}

#[test]
fn frames_of_every_length() {
    for length in [0, 1, 125, 126, 65_535, 65_536, 100_000] {
        let payload = vec![b'x'; length];
        let mut bytes = vec![0x81];
        match length {
            0..=125 => bytes.push(length as u8),
            126..=0xFFFF => {
                bytes.push(126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.extend(&payload);
        let whole = bytes.len();
        bytes.extend(b"next");
        assert_eq!(frame(&bytes), Ok(Some((Inbound::Message(&payload), whole))), "{length}");
        for cut in [0, 1, 2, 3, whole - 1] {
            assert!(cut >= whole || frame(&bytes[..cut]) == Ok(None), "{length}, cut at {cut}");
        }
    }
}

#[test]
fn control_frames() {
    for (bytes, expected) in [
        (&[0x88, 0][..], Ok(Some((Inbound::Close(None), 2)))),
        (&[0x88, 2, 0x0F, 0xA8], Ok(Some((Inbound::Close(Some(4008)), 4)))),
        (&[0x89, 1, b'x'], Ok(Some((Inbound::Ping(b"x"), 3)))),
        (&[0x8A, 0], Ok(Some((Inbound::Pong, 2)))),
        (&[0x01, 1, b'x'], Err(Malformed)),
        (&[0x80, 1, b'x'], Err(Malformed)),
        (&[0xC1, 1, b'x'], Err(Malformed)),
        (&[0x81, 0x81, 0, 0, 0, 0, b'x'], Err(Malformed)),
    ] {
        assert_eq!(frame(bytes), expected, "{bytes:?}");
    }
}

#[test]
fn entries() {
    let stamp = Stamp { run: 1, conversation: 2, sender: 3, number: 4, scheduled_ns: 5 };
    let mut text = Vec::new();
    stamp.write(&mut text);
    let text = String::from_utf8(text).unwrap();
    let reader = Reader::default();
    let stamped = entry(&format!(
        r#"{{"type":"entry","conversation_id":"77","seq":12,"entry":{{"conversation_id":"77","seq":12,"content":{{"type":"text","text":"{text}xx"}}}}}}"#
    ));
    let expected = Said::Entry { conversation_id: b"77", seq: 12, stamp: Some(stamp) };
    assert_eq!(reader.read(&stamped), expected);

    let turned = entry(r#"{"seq":3,"type":"entry","conversation_id":"9","entry":{}}"#);
    assert_eq!(reader.read(&turned), Said::Entry { conversation_id: b"9", seq: 3, stamp: None });

    for broken in
        [r#"{"type":"entry"}"#, r#"{"conversation_id":"1","seq":x}"#, r#"{"seq":99999999999999999999}"#]
    {
        assert_eq!(reader.read(&entry(broken)), Said::Nonsense, "{broken}");
    }
}

#[test]
fn everything_else() {
    let reader = Reader::default();
    let mut refusal = BytesMut::new();
    let body = br#"{"type":"error","receipt":"r","code":"rate_limited","detail":"slow down"}"#;
    let event = encoder::Message { message_id: "1", destination: "/q", event: "error", body };
    encoder::message(&mut refusal, "e", &event);
    let mut typing = BytesMut::new();
    encoder::message(&mut typing, "e", &encoder::Message { event: "typing", body: b"{}", ..event });
    let mut receipt = BytesMut::new();
    encoder::receipt(&mut receipt, "abc", &[("message-id", "5"), ("seq", "31"), ("server-time", "now")]);
    let mut bare = BytesMut::new();
    encoder::receipt(&mut bare, "live", &[]);
    let mut error = BytesMut::new();
    encoder::error(&mut error, &encoder::ErrorFrame { code: "unauthenticated", ..Default::default() });
    let mut connected = BytesMut::new();
    encoder::connected(&mut connected, &[("version", "1.2")]);
    for (message, expected) in [
        (&b"\n"[..], Said::Heartbeat),
        (&connected, Said::Connected),
        (&receipt, Said::Receipt { id: b"abc", seq: Some(31) }),
        (&bare, Said::Receipt { id: b"live", seq: None }),
        (&refusal, Said::Refusal { code: b"rate_limited" }),
        (&typing, Said::Other),
        (&error, Said::Error { code: b"unauthenticated" }),
        (b"HELLO\n\n\0", Said::Nonsense),
        (b"MESSAGE\nsubscription:e\n\n\0", Said::Nonsense),
        (b"", Said::Nonsense),
    ] {
        assert_eq!(reader.read(message), expected, "{:?}", String::from_utf8_lossy(message));
    }
}
