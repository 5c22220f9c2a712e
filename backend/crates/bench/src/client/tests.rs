use std::io::{self, Cursor, Read, Write};

use kith_stomp::{Command, Event, Limits, ServerDecoder};
use tokio_tungstenite::tungstenite::{Message, WebSocket, protocol::Role};

use super::*;

/// What a client wrote, to be read by a server.
struct Written(Cursor<Vec<u8>>);

impl Read for Written {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The messages of `bytes`, as another implementation of RFC 6455 reads them; it refuses frames without a mask.
fn messages(bytes: Vec<u8>) -> Vec<Message> {
    let mut socket = WebSocket::from_raw_socket(Written(Cursor::new(bytes)), Role::Server, None);
    std::iter::from_fn(|| socket.read().ok()).collect()
}

/// A frame's command, headers and body.
type StompFrame = (Command, Vec<(String, String)>, Vec<u8>);

fn stomp(text: &str) -> StompFrame {
    let mut decoder = ServerDecoder::new(Limits::default());
    let mut input = text.as_bytes();
    match decoder.decode(&mut input).unwrap() {
        Some(Event::Frame(frame)) => {
            let headers = frame.headers.iter().map(|(name, value)| (name.into_owned(), value.into_owned()));
            (frame.command, headers.collect(), frame.body.to_vec())
        }
        other => panic!("no frame: {other:?}"),
    }
}

fn text(message: &Message) -> &str {
    match message {
        Message::Text(text) => text,
        other => panic!("no text: {other:?}"),
    }
}

#[test]
fn a_server_understands_the_greeting() {
    let mut bytes = Vec::new();
    write_hello(&mut bytes, "a.token");
    let messages = messages(bytes);
    assert_eq!(messages.len(), 2);
    let (command, headers, _) = stomp(text(&messages[0]));
    assert_eq!(command, Command::Connect);
    assert!(headers.contains(&("Authorization".into(), "Bearer a.token".into())), "{headers:?}");
    assert!(headers.contains(&("heart-beat".into(), "30000,30000".into())), "{headers:?}");
    let (command, headers, _) = stomp(text(&messages[1]));
    assert_eq!(command, Command::Subscribe);
    assert!(headers.contains(&("destination".into(), EVENTS.into())), "{headers:?}");
    assert!(headers.contains(&("receipt".into(), LIVE_RECEIPT.into())), "{headers:?}");
}

#[test]
fn a_server_understands_messages_of_every_size() {
    for message_bytes in [Stamp::BYTES, 100, 1_024, 8_000] {
        let mut writer = SendWriter::new(message_bytes, 1);
        let stamp = Stamp { run: 9, conversation: 8, sender: 7, number: 6, scheduled_ns: 1_234_567 };
        let mut bytes = Vec::new();
        writer.write(&mut bytes, "123", &stamp, 1_795_568_298_123);
        writer.write(&mut bytes, "4567", &stamp, 1_795_568_298_124);
        let messages = messages(bytes);
        assert_eq!(messages.len(), 2);

        let (command, headers, body) = stomp(text(&messages[0]));
        assert_eq!(command, Command::Send);
        let header =
            |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        assert_eq!(header("destination"), Some("/app/conversations/123/messages"));
        assert_eq!(header("content-type"), Some("application/json"));
        let receipt = ReceiptId::read(header("receipt").unwrap().as_bytes());
        assert_eq!(receipt, Some(ReceiptId { scheduled_ns: 1_234_567, conversation: 8, number: 6 }));

        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let content = body["content"]["text"].as_str().unwrap();
        assert_eq!(content.len(), message_bytes);
        assert_eq!(crate::stamp::StampFinder::default().find(content.as_bytes()), Some(stamp));
        assert_eq!(body["client_time"], "2026-11-25T00:58:18.123Z");
        let id: uuid::Uuid = body["client_msg_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(id.get_version_num(), 7);

        let (_, headers, body) = stomp(text(&messages[1]));
        assert!(headers.contains(&("destination".into(), "/app/conversations/4567/messages".into())));
        let next: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_ne!(next["client_msg_id"].as_str().unwrap(), id.to_string());
    }
}

#[test]
fn heartbeats_and_pongs() {
    let mut bytes = HEARTBEAT.to_vec();
    write_pong(&mut bytes, b"abc");
    let messages = messages(bytes);
    assert_eq!(messages, [Message::text("\n"), Message::Pong(b"abc".to_vec().into())]);
}

#[test]
fn receipts_that_are_not_ours() {
    for text in [&b""[..], b"live", b"0000000000000000000000000000000", b"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"] {
        assert_eq!(ReceiptId::read(text), None, "{text:?}");
    }
}

#[test]
fn heads_of_every_length() {
    for (length, expected) in [
        (0, &[0x81, 0x80][..]),
        (125, &[0x81, 0xFD]),
        (126, &[0x81, 0xFE, 0, 126]),
        (0xFFFF, &[0x81, 0xFE, 0xFF, 0xFF]),
        (0x1_0000, &[0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let mut head = Vec::new();
        write_head(&mut head, TEXT, length);
        assert_eq!(head, [expected, &MASK].concat(), "{length}");
    }
}
