//! Groups 1 (messages by size), 2 (pings and pongs) and 10 (a message in many frames).

use super::*;

#[test]
fn messages_of_every_length_form_come_back() {
    let sizes = [0, 125, 126, 127, 128, 65_535, 65_536];
    check(sizes.into_iter().enumerate().flat_map(|(index, size)| {
        let (letters, bytes) = (vec![b'*'; size], vec![0xFE; size]);
        [
            Case::new(format!("1.1.{} text of {size}", index + 1), [text(&letters)], [echoed(&letters)]),
            Case::new(
                format!("1.2.{} {size} bytes", index + 1),
                [frame(0x82, &bytes)],
                [Answer::Binary(bytes)],
            ),
        ]
    }));
}

#[test]
fn pings_are_answered_and_pongs_are_not() {
    let binary = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff";
    let ten: Vec<String> = (0..10).map(|number| format!("payload-{number}")).collect();
    check([
        Case::new("2.1 a ping without payload", [ping("")], [pong("")]),
        Case::new("2.2 a ping with text", [ping("Hello, world!")], [pong("Hello, world!")]),
        Case::new("2.3 a ping with what is no UTF-8", [ping(binary)], [pong(binary)]),
        Case::new("2.4, 2.6 a ping of 125 bytes", [ping([0xFE; 125])], [pong([0xFE; 125])]),
        Case::new("2.5 a ping of 126 bytes", [ping([0xFE; 126])], [BROKEN]).refused_within(2),
        Case::new("2.7 a pong that nobody asked for", [frame(0x8A, b"")], []),
        Case::new("2.8 one with payload", [frame(0x8A, b"unasked")], []),
        Case::new("2.9 one, and a ping", [frame(0x8A, b"unasked"), ping("asked")], [pong("asked")]),
        Case::new("2.10, 2.11 ten pings", ten.iter().map(ping), ten.iter().map(pong)),
    ]);
}

#[test]
fn a_message_in_many_frames_comes_back_whole() {
    let letters = vec![b'*'; 65_536];
    let last = letters.chunks(1_300).count() - 1;
    let frames = letters.chunks(1_300).enumerate().map(|(index, piece)| match index {
        0 => begin(piece),
        index if index == last => end(piece),
        _ => more(piece),
    });
    check([Case::new("10.1.1 64 KiB in frames of 1,300", frames, [echoed(&letters)])]);
}
