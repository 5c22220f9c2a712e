//! Input that STOMP 1.2 allows, and what it means.

use kith_stomp::{Command, Event, Limits, ProtocolError, ServerDecoder};

use crate::support::{Owned, decode, decode_both_ways};

/// One frame of `command` with these headers and this body.
fn one(command: Command, headers: &[(&str, &str)], body: &[u8]) -> Vec<Owned<Command>> {
    vec![Owned::new(command, headers, body)]
}

/// What the case is about, the bytes, the frames in them.
type Case<'a> = (&'a str, &'a [u8], Vec<Owned<Command>>);

#[test]
fn frames_are_read_as_the_specification_says() {
    use Command::{Ack, Connect, Send, Stomp, Subscribe};
    let cases: &[Case<'_>] = &[
        ("plain", b"SEND\ndestination:/a\n\nhello\0", one(Send, &[("destination", "/a")], b"hello")),
        ("no header, no body", b"SEND\n\n\0", one(Send, &[], b"")),
        ("CRLF everywhere", b"SEND\r\na:b\r\n\r\nx\r\n\0\r\n", one(Send, &[("a", "b")], b"x\r\n")),
        ("LF and CRLF mixed", b"\r\n\nACK\nid:1\r\n\n\0", one(Ack, &[("id", "1")], b"")),
        ("spaces are kept", b"SEND\n a : b \n\n\0", one(Send, &[(" a ", " b ")], b"")),
        ("empty value", b"SEND\na:\n\n\0", one(Send, &[("a", "")], b"")),
        ("colon in a value", b"SEND\na:b:c\n\n\0", one(Send, &[("a", "b:c")], b"")),
        ("UTF-8", "SEND\nä:ö\n\nü\0".as_bytes(), one(Send, &[("ä", "ö")], "ü".as_bytes())),
        ("body need not be UTF-8", b"SEND\n\n\xff\xfe\0", one(Send, &[], b"\xff\xfe")),
        ("escapes", b"SEND\na\\cb:\\r\\n\\c\\\\n\n\n\0", one(Send, &[("a:b", "\r\n:\\n")], b"")),
        ("an escaped CR at the end", b"SEND\na:b\\r\r\n\n\0", one(Send, &[("a", "b\r")], b"")),
        ("CONNECT is literal", b"CONNECT\na:\\c\\t\\\n\n\0", one(Connect, &[("a", "\\c\\t\\")], b"")),
        ("so is STOMP", b"STOMP\na:\\c\n\n\0", one(Stomp, &[("a", "\\c")], b"")),
        (
            "content-length wins over NUL",
            b"SEND\ncontent-length:3\n\na\0b\0",
            one(Send, &[("content-length", "3")], b"a\0b"),
        ),
        (
            "a body of what looks like frames",
            b"SEND\ncontent-length:9\n\n\0\n\nSEND\n\n\0",
            one(Send, &[("content-length", "9")], b"\0\n\nSEND\n\n"),
        ),
        (
            "leading zeros",
            b"SEND\ncontent-length:001\n\n\0\0",
            one(Send, &[("content-length", "001")], b"\0"),
        ),
        (
            "repeated content-length: the first",
            b"SEND\ncontent-length:1\ncontent-length:x\n\n\0\0",
            one(Send, &[("content-length", "1"), ("content-length", "x")], b"\0"),
        ),
        (
            "names are case-sensitive",
            b"SEND\nContent-Length:9\n\na\0",
            one(Send, &[("Content-Length", "9")], b"a"),
        ),
        (
            "length of no body",
            b"SUBSCRIBE\nid:0\ncontent-length:0\n\n\0",
            one(Subscribe, &[("id", "0"), ("content-length", "0")], b""),
        ),
        ("an unfinished frame is none", b"SEND\n\nabc", vec![]),
        ("longer than what has come", b"SEND\ncontent-length:9\n\nab\0", vec![]),
        ("line ends only", b"\n\n\r\n\n", vec![]),
    ];
    for (name, bytes, frames) in cases {
        assert_eq!(decode_both_ways(Limits::default(), bytes), (frames.clone(), None), "{name}");
    }
}

#[test]
fn every_command_of_a_client_is_known() {
    for (name, command) in [
        ("CONNECT", Command::Connect),
        ("STOMP", Command::Stomp),
        ("SEND", Command::Send),
        ("SUBSCRIBE", Command::Subscribe),
        ("UNSUBSCRIBE", Command::Unsubscribe),
        ("ACK", Command::Ack),
        ("NACK", Command::Nack),
        ("BEGIN", Command::Begin),
        ("COMMIT", Command::Commit),
        ("ABORT", Command::Abort),
        ("DISCONNECT", Command::Disconnect),
    ] {
        let bytes = format!("{name}\nreceipt:1\n\n\0");
        let frames = one(command, &[("receipt", "1")], b"");
        assert_eq!(decode_both_ways(Limits::default(), bytes.as_bytes()), (frames, None));
    }
}

#[test]
fn the_first_of_a_repeated_header_counts() -> Result<(), ProtocolError> {
    let mut input: &[u8] = b"SEND\nfoo:1\nfoobar:2\nfoo:3\na\\cb:4\nreceipt:r\\c1\n\n\0";
    let mut decoder = ServerDecoder::new(Limits::default());
    let Some(Event::Frame(frame)) = decoder.decode(&mut input)? else { panic!("one frame") };
    assert_eq!(frame.headers.get("foo").as_deref(), Some("1"));
    assert_eq!(frame.headers.get("foobar").as_deref(), Some("2"));
    assert_eq!(frame.headers.get("a:b").as_deref(), Some("4"));
    assert_eq!(frame.receipt().as_deref(), Some("r:1"));
    for absent in ["fo", "Foo", "a\\cb", "foo:1", ""] {
        assert_eq!(frame.headers.get(absent), None, "{absent:?}");
    }
    let missing = frame.headers.require("destination");
    assert_eq!(missing, Err(ProtocolError::MissingHeader("destination")));
    Ok(())
}

#[test]
fn a_frame_may_be_cut_in_two_at_every_byte() {
    let bytes = b"\r\nSEND\r\na:\\c\xc3\xa4\ncontent-length:3\r\n\r\n\0\n\0\0\r\nSEND\nb:c\n\nbody\0\nDISCONNECT\n\n\0";
    let whole = decode::<Command>(Limits::default(), [&bytes[..]]);
    assert_eq!((whole.0.len(), whole.1), (3, None));
    for at in 0..=bytes.len() {
        let (front, back) = bytes.split_at(at);
        assert_eq!(decode(Limits::default(), [front, back]), whole, "cut at {at}");
    }
}

#[test]
fn many_small_frames_come_in_one_piece() {
    let bytes = b"SEND\ndestination:/a\n\n{}\0".repeat(300);
    let (frames, error) = decode::<Command>(Limits::default(), [&bytes[..]]);
    assert_eq!((frames.len(), error), (300, None));
}

#[test]
fn line_ends_between_frames_are_heartbeats() -> Result<(), ProtocolError> {
    let mut decoder = ServerDecoder::new(Limits::default());
    let mut shape = String::new();
    for mut piece in [&b"\n"[..], b"\r", b"\n", b"\r\n\n\nSEND\n\n\0\nSEND\n", b"\n\0", b"\n"] {
        while let Some(event) = decoder.decode(&mut piece)? {
            shape.push(if matches!(event, Event::Heartbeat) { 'h' } else { 'f' });
        }
        shape.push('|');
    }
    assert_eq!(shape, "h||h|hfh|f|h|");
    Ok(())
}

#[test]
fn a_frame_is_over_once_it_is_handed_out() -> Result<(), ProtocolError> {
    for cut in 1..b"SEND\n\nhi\0".len() {
        let mut decoder = ServerDecoder::new(Limits::default());
        assert!(!decoder.is_inside(), "before the first byte");
        let (mut first, mut second) = b"SEND\n\nhi\0".split_at(cut);
        assert!(decoder.decode(&mut first)?.is_none());
        assert!(decoder.is_inside(), "cut at {cut}");
        assert!(matches!(decoder.decode(&mut second)?, Some(Event::Frame(_))));
        assert!(!decoder.is_inside(), "whoever took it may ask for more much later: cut at {cut}");
    }
    Ok(())
}

#[test]
fn a_frame_in_one_piece_is_read_in_place_and_only_a_tail_is_kept() -> Result<(), ProtocolError> {
    let mut decoder = ServerDecoder::new(Limits::default());
    let bytes = b"SEND\na:b\n\nbody\0SEND\nrest:1\n".to_vec();
    let mut input = &bytes[..];
    {
        let Some(Event::Frame(frame)) = decoder.decode(&mut input)? else { panic!("one frame") };
        assert!(bytes.as_ptr_range().contains(&frame.body.as_ptr()));
    }
    assert_eq!(decoder.buffered_bytes(), 0);
    assert!(decoder.decode(&mut input)?.is_none());
    assert_eq!(decoder.buffered_bytes(), b"SEND\nrest:1\n".len());
    let mut input: &[u8] = b"\n\0";
    assert!(matches!(decoder.decode(&mut input)?, Some(Event::Frame(_))));
    assert!(decoder.decode(&mut input)?.is_none());
    assert_eq!(decoder.buffered_bytes(), 0);
    Ok(())
}
