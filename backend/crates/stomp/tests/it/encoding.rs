//! The bytes of what is written.

use bytes::BytesMut;
use kith_stomp::{
    Command, Limits, ServerCommand, client,
    encoder::{self, ErrorFrame, Message},
};

use crate::support::{Owned, decode_both_ways};

fn written(write: impl FnOnce(&mut BytesMut)) -> String {
    let mut dst = BytesMut::new();
    write(&mut dst);
    String::from_utf8(dst.to_vec()).expect("these frames are text")
}

const MESSAGE: Message<'_> =
    Message { message_id: "7:1", destination: "/user/queue/events", event: "entry", body: b"{}" };

#[test]
fn server_frames() {
    let error = ErrorFrame {
        code: "unsupported_version",
        message: "only STOMP 1.2 is supported",
        receipt_id: Some("a:b"),
        headers: &[("version", "1.2")],
        body: "",
    };
    let cases = [
        (
            written(|dst| encoder::connected(dst, &[("version", "1.2"), ("server", "a:b\\")])),
            "CONNECTED\nversion:1.2\nserver:a:b\\\n\n\0",
        ),
        (
            written(|dst| encoder::receipt(dst, "a:\\\r\n", &[("seq", "5")])),
            "RECEIPT\nreceipt-id:a\\c\\\\\\r\\n\nseq:5\n\n\0",
        ),
        (
            written(|dst| encoder::error(dst, &error)),
            "ERROR\ncode:unsupported_version\nmessage:only STOMP 1.2 is supported\nreceipt-id:a\\cb\nversion:1.2\n\
             content-type:text/plain\ncontent-length:0\n\n\0",
        ),
        (
            written(|dst| encoder::message(dst, "s:0", &MESSAGE)),
            "MESSAGE\nsubscription:s\\c0\nmessage-id:7\\c1\ndestination:/user/queue/events\n\
             content-type:application/json\nevent:entry\ncontent-length:2\n\n{}\0",
        ),
    ];
    for (got, expected) in cases {
        assert_eq!(got, expected);
    }
}

#[test]
fn a_message_is_its_private_head_and_the_shared_tail() {
    let tail = written(|dst| encoder::message_tail(dst, &MESSAGE));
    for id in ["0", "sub-1", "a:b"] {
        let head = written(|dst| encoder::message_head(dst, id));
        assert_eq!(head + &tail, written(|dst| encoder::message(dst, id, &MESSAGE)));
    }
}

#[test]
fn client_frames() {
    let cases = [
        (
            written(|dst| client::connect(dst, "chat.example", "30000,30000", "a.b\\c")),
            "CONNECT\naccept-version:1.2\nhost:chat.example\nheart-beat:30000,30000\nAuthorization:Bearer a.b\\c\n\n\0",
        ),
        (
            written(|dst| client::subscribe(dst, "0", "/user/queue/events")),
            "SUBSCRIBE\nid:0\ndestination:/user/queue/events\nack:auto\n\n\0",
        ),
        (written(|dst| client::unsubscribe(dst, "0")), "UNSUBSCRIBE\nid:0\n\n\0"),
        (
            written(|dst| client::send(dst, "/app/presence", Some("1"), b"{}")),
            "SEND\ndestination:/app/presence\ncontent-type:application/json\nreceipt:1\ncontent-length:2\n\n{}\0",
        ),
        (
            written(|dst| client::send(dst, "/app/presence", None, b"")),
            "SEND\ndestination:/app/presence\ncontent-type:application/json\ncontent-length:0\n\n\0",
        ),
        (written(|dst| client::disconnect(dst, "bye")), "DISCONNECT\nreceipt:bye\n\n\0"),
    ];
    for (got, expected) in cases {
        assert_eq!(got, expected);
    }
}

#[test]
fn a_receipt_id_is_echoed_as_it_came() {
    let long = "x".repeat(900);
    for id in ["1", "a\\cb", "\\r\\n\\\\", " spaced ", "ä", long.as_str()] {
        let sent = format!("SEND\nreceipt:{id}\n\n\0");
        let (frames, _) = decode_both_ways::<Command>(Limits::default(), sent.as_bytes());
        let echoed = written(|dst| encoder::receipt(dst, &frames[0].headers[0].1, &[]));
        assert_eq!(echoed, format!("RECEIPT\nreceipt-id:{id}\n\n\0"));
    }
}

#[test]
fn no_text_breaks_the_framing_or_adds_a_header() {
    let evil = "x\r\nadmin:yes\n\n\0SEND\n\n\0";
    let connected = written(|dst| encoder::connected(dst, &[("ses:sion\n", evil)]));
    let receipt = written(|dst| encoder::receipt(dst, evil, &[]));
    let frames = vec![
        Owned::new(ServerCommand::Connected, &[("session", "xadmin:yesSEND")], b""),
        Owned::new(ServerCommand::Receipt, &[("receipt-id", "x\r\nadmin:yes\n\nSEND\n\n")], b""),
    ];
    assert_eq!(decode_both_ways(Limits::default(), (connected + &receipt).as_bytes()), (frames, None));
}
