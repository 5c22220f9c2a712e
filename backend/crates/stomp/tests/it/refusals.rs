//! Input that ends the connection, and the bounds of what does not.

use kith_stomp::{Command, Limits, ProtocolError, ServerCommand};

use crate::support::decode_both_ways;

#[test]
fn breaches_are_fatal() {
    use ProtocolError::*;
    let cases: &[(&str, &[u8], ProtocolError)] = &[
        ("unknown command", b"HELLO\n\n\0", UnknownCommand),
        ("lower case", b"send\n\n\0", UnknownCommand),
        ("space after the command", b"SEND \n\n\0", UnknownCommand),
        ("command of the other side", b"MESSAGE\n\n\0", UnknownCommand),
        ("HTTP", b"GET / HTTP/1.1\r\nhost:a\r\n\r\n", UnknownCommand),
        ("escape \\t", b"SEND\na:\\t\n\n\0", InvalidEscape),
        ("backslash at the end", b"SEND\na:b\\\n\n\0", InvalidEscape),
        ("backslash at the end, CRLF", b"SEND\na:b\\\r\n\n\0", InvalidEscape),
        ("escape in a name", b"SEND\na\\x:b\n\n\0", InvalidEscape),
        ("backslash before the colon", b"SEND\na\\:b\n\n\0", InvalidEscape),
        ("no colon", b"SEND\nabc\n\n\0", MalformedHeader),
        ("no name", b"SEND\n:abc\n\n\0", MalformedHeader),
        ("CR inside a header", b"SEND\na:b\rc\n\n\0", MalformedHeader),
        ("CR inside a header of CONNECT", b"CONNECT\na:b\rc\n\n\0", MalformedHeader),
        ("two CR", b"SEND\na:b\r\r\n\n\0", MalformedHeader),
        ("NUL in a header", b"SEND\ndestination:/a\0\n\n\0", NulInHead),
        ("NUL in the command", b"SE\0ND\n\n\0", NulInHead),
        ("no blank line", b"SEND\na:b\n\0", NulInHead),
        ("NUL between frames", b"SEND\n\n\0\0", NulInHead),
        ("header not UTF-8", b"SEND\na:\xff\n\n\0", InvalidUtf8),
        ("surrogate", b"SEND\na:\xed\xa0\x80\n\n\0", InvalidUtf8),
        ("CR between frames", b"\rSEND\n\n\0", InvalidLineEnd),
        ("two CR between frames", b"\r\r\n", InvalidLineEnd),
        ("negative length", b"SEND\ncontent-length:-1\n\n\0", InvalidContentLength),
        ("length +5", b"SEND\ncontent-length:+5\n\nhello\0", InvalidContentLength),
        ("length with a space", b"SEND\ncontent-length: 5\n\nhello\0", InvalidContentLength),
        ("no length", b"SEND\ncontent-length:\n\n\0", InvalidContentLength),
        ("length in hexadecimal", b"SEND\ncontent-length:0x5\n\nhello\0", InvalidContentLength),
        ("length 2^64", b"SEND\ncontent-length:18446744073709551616\n\n\0", InvalidContentLength),
        ("length 2^64 - 1", b"SEND\ncontent-length:18446744073709551615\n\n\0", FrameTooLarge),
        (
            "first length wrong, second right",
            b"SEND\ncontent-length:x\ncontent-length:0\n\n\0",
            InvalidContentLength,
        ),
        ("length shorter than the body", b"SEND\ncontent-length:2\n\nabc\0", MissingNul),
        ("length 0 and a body", b"SEND\ncontent-length:0\n\na\0", MissingNul),
        ("SUBSCRIBE with a body", b"SUBSCRIBE\nid:0\n\nx\0", BodyNotAllowed),
        ("CONNECT with a body", b"CONNECT\ncontent-length:1\n\nx\0", BodyNotAllowed),
    ];
    for (name, bytes, error) in cases {
        let (_, got) = decode_both_ways::<Command>(Limits::default(), bytes);
        assert_eq!(got, Some(*error), "{name}");
    }
}

#[test]
fn frames_before_the_breach_are_delivered() {
    let (frames, error) =
        decode_both_ways::<Command>(Limits::default(), b"SEND\n\n1\0SEND\n\n2\0NO\n\n\0SEND\n\n3\0");
    assert_eq!((frames.len(), error), (2, Some(ProtocolError::UnknownCommand)));
}

#[test]
fn a_client_refuses_the_commands_of_clients() {
    let (_, error) = decode_both_ways::<ServerCommand>(Limits::default(), b"SEND\n\n\0");
    assert_eq!(error, Some(ProtocolError::UnknownCommand));
}

#[test]
fn limits_hold_to_the_byte() {
    use ProtocolError::{FrameTooLarge, HeaderTooLong, TooManyHeaders};
    let headers = |count: usize| format!("SEND\n{}\n\0", "a:b\n".repeat(count));
    let line = |start: &str, bytes: usize, end: &str| {
        let name = start.rsplit('\n').next().unwrap_or_default();
        format!("{start}{}{end}\n\0", "x".repeat(bytes - name.len()))
    };
    let body = |bytes: usize| format!("SEND\n\n{}\0", "x".repeat(bytes - 7));
    let sized = |bytes: usize, stated: usize| {
        let head = format!("SEND\ncontent-length:{stated}\n\n");
        format!("{head}{}\0", "x".repeat(bytes - head.len() - 1))
    };
    // "SEND\n", "content-length:" with 5 digits, two line ends, NUL
    let frame = 64 * 1024;
    let length = frame - 5 - 15 - 5 - 2 - 1;
    let cases = [
        ("32 headers", headers(32), None),
        ("33 headers", headers(33), Some(TooManyHeaders)),
        ("line of 1,024", line("SEND\na:", 1024, "\n"), None),
        ("line of 1,024 and CRLF", line("SEND\na:", 1024, "\r\n"), None),
        ("line of 1,025", line("SEND\na:", 1025, "\n"), Some(HeaderTooLong)),
        ("token line of 4,096", line("CONNECT\nAuthorization:", 4096, "\n"), None),
        ("token line of 4,096 and CRLF", line("CONNECT\nAuthorization:", 4096, "\r\n"), None),
        ("token line of 4,097", line("CONNECT\nAuthorization:", 4097, "\n"), Some(HeaderTooLong)),
        ("another line of CONNECT", line("CONNECT\nauthorization:", 1025, "\n"), Some(HeaderTooLong)),
        ("a token line of SEND", line("SEND\nAuthorization:", 1025, "\n"), Some(HeaderTooLong)),
        ("an endless line", "x".repeat(5000), Some(HeaderTooLong)),
        ("frame of 64 KiB", body(frame), None),
        ("frame of 64 KiB + 1", body(frame + 1), Some(FrameTooLarge)),
        ("an endless body", format!("SEND\n\n{}", "x".repeat(frame)), Some(FrameTooLarge)),
        ("sized frame of 64 KiB", sized(frame, length), None),
        ("sized frame of 64 KiB + 1", sized(frame + 1, length + 1), Some(FrameTooLarge)),
    ];
    for (name, bytes, error) in cases {
        let (frames, got) = decode_both_ways::<Command>(Limits::default(), bytes.as_bytes());
        assert_eq!(got, error, "{name}");
        assert_eq!(frames.len(), usize::from(error.is_none()), "{name}");
    }
}

#[test]
fn a_head_as_long_as_a_frame_is_refused() {
    let limits = Limits { max_frame_bytes: 16, ..Limits::default() };
    for (bytes, error) in [
        (&b"SEND\nabc:defg\n\n\0"[..], None),
        (b"SEND\nabc:defgh\n\n\0", Some(ProtocolError::FrameTooLarge)),
        (b"SEND\nabc:defghi\n\n\0", Some(ProtocolError::FrameTooLarge)),
        (b"SEND\nabc:defghijklmnop", Some(ProtocolError::FrameTooLarge)),
    ] {
        assert_eq!(decode_both_ways::<Command>(limits, bytes).1, error, "{bytes:?}");
    }
}

#[test]
fn texts_and_labels_are_fixed() {
    let error = ProtocolError::MissingHeader("destination");
    assert_eq!((error.label(), error.to_string().as_str()), ("missing_header", "missing header destination"));
    let error = ProtocolError::FrameTooLarge;
    assert_eq!((error.label(), error.to_string().as_str()), ("frame_too_large", "frame too large"));
}
