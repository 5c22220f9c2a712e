//! What holds for any input.

use bytes::BytesMut;
use kith_stomp::{
    Command, Limits, ServerCommand, client,
    encoder::{self, ErrorFrame, Message},
};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::support::{Owned, decode, decode_both_ways};

/// Small bounds, so that random streams reach them.
const TIGHT: Limits =
    Limits { max_frame_bytes: 96, max_headers: 3, max_header_bytes: 24, max_token_header_bytes: 32 };

/// Streams of fragments that often make frames, and often nearly do.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        6 => select(vec![
            &b"SEND\n"[..], b"CONNECT\r\n", b"SUBSCRIBE\n", b"SEND\n\nbody\0", b"DISCONNECT\n\n\0",
            b"SEND\na:b\r\n\r\n\xc3\xa4\0", b"a:b\n", b"a\\c:\\n\n", b"content-length:3\n", b"content-length:70\n",
            b"\n", b"\r\n", b"\n\0", b"\n\n\0", b"abc\0", b"Authorization:xxxxxxxxxxxxxxxx\n",
        ]).prop_map(<[u8]>::to_vec),
        1 => select(vec![
            &b"\r"[..], b"\0", b"\\", b":", b"content-length:-1\n", b"\xff", b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ]).prop_map(<[u8]>::to_vec),
    ];
    vec(fragment, 0..24).prop_map(|fragments| fragments.concat())
}

/// `bytes` cut after `sizes`, over and over; size 0 gives an empty piece.
fn cut<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(rest.len().min(*size));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Sizes of pieces, at least one of which is not 0.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    (vec(0..40_usize, 0..8), 1..40_usize).prop_map(|(mut sizes, last)| {
        sizes.push(last);
        sizes
    })
}

/// A header text; escaped frames carry anything but NUL.
fn text() -> impl Strategy<Value = String> {
    "[a-z:\\\\\r\n ä€𝄞\\PC]{0,24}"
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    // Not "content-length", which the encoder writes itself.
    vec((text().prop_map(|name| format!("x{name}")), text()), 0..8)
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn plain(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_frames_and_error(bytes in stream(), sizes in sizes(), tight: bool) {
        let limits = if tight { TIGHT } else { Limits::default() };
        // `decode` also checks that memory stays within the limit.
        let whole = decode_both_ways::<Command>(limits, &bytes);
        prop_assert_eq!(decode::<Command>(limits, cut(&bytes, &sizes)), whole);
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..512), sizes in sizes()) {
        let whole = decode_both_ways::<Command>(TIGHT, &bytes);
        prop_assert_eq!(decode::<Command>(TIGHT, cut(&bytes, &sizes)), whole);
    }

    #[test]
    fn decoding_undoes_encoding_of_client_frames(
        sent in vec((headers(), vec(any::<u8>(), 0..256)), 1..4),
        literal in headers(),
        sizes in sizes(),
    ) {
        let mut dst = BytesMut::new();
        let mut expected = Vec::new();
        let literal: Vec<_> = literal.iter()
            .map(|(name, value)| (plain(name).replace(':', ""), plain(value)))
            .collect();
        client::frame(&mut dst, Command::Connect, &borrowed(&literal), b"");
        expected.push(Owned::new(Command::Connect, &borrowed(&literal), b""));
        for (headers, body) in &sent {
            client::frame(&mut dst, Command::Send, &borrowed(headers), body);
            dst.extend_from_slice(encoder::HEARTBEAT);
            let length = body.len().to_string();
            let mut headers = borrowed(headers);
            headers.push(("content-length", &length));
            expected.push(Owned::new(Command::Send, &headers, body));
        }
        prop_assert_eq!(decode(Limits::default(), cut(&dst, &sizes)), (expected, None));
    }

    #[test]
    fn decoding_undoes_encoding_of_server_frames(
        (subscription, message_id, event) in (text(), text(), text()),
        (receipt_id, code) in (text(), text()),
        body in vec(any::<u8>(), 0..256),
        sizes in sizes(),
    ) {
        let mut dst = BytesMut::new();
        let message = Message { message_id: &message_id, destination: "/q", event: &event, body: &body };
        encoder::message(&mut dst, &subscription, &message);
        encoder::receipt(&mut dst, &receipt_id, &[("seq", &code)]);
        encoder::error(&mut dst, &ErrorFrame { code: &code, body: &event, ..ErrorFrame::default() });
        let (body_length, text_length) = (body.len().to_string(), event.len().to_string());
        let expected = vec![
            Owned::new(ServerCommand::Message, &[
                ("subscription", &subscription), ("message-id", &message_id), ("destination", "/q"),
                ("content-type", "application/json"), ("event", &event), ("content-length", &body_length),
            ], &body),
            Owned::new(ServerCommand::Receipt, &[("receipt-id", &receipt_id), ("seq", &code)], b""),
            Owned::new(ServerCommand::Error, &[
                ("code", &code), ("message", ""), ("content-type", "text/plain"), ("content-length", &text_length),
            ], event.as_bytes()),
        ];
        prop_assert_eq!(decode(Limits::default(), cut(&dst, &sizes)), (expected, None));
    }
}
