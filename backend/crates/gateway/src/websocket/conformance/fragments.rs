//! Group 5: messages in fragments. Each case stands for three of the suite, which differ in the cuts alone.

use super::*;

#[test]
fn control_frames_are_not_fragmented() {
    check([
        Case::new("5.1 a ping in two", [frame(0x09, b"one"), end("two")], [BROKEN]).refused_within(2),
        Case::new("5.2 a pong in two", [frame(0x0A, b"one"), end("two")], [BROKEN]).refused_within(2),
        Case::new("a close in two", [frame(0x08, b"\x03\xe8"), end("bye")], [BROKEN]).refused_within(2),
    ]);
}

#[test]
fn control_frames_come_between_fragments() {
    check([
        Case::new("5.3 to 5.5 two fragments", [begin("one"), end("two")], [echoed("onetwo")]),
        Case::new(
            "5.6 to 5.8 a ping between them",
            [begin("one"), ping("?"), end("two")],
            [pong("?"), echoed("onetwo")],
        ),
        Case::new(
            "5.19, 5.20 five fragments and two pings",
            [begin("1"), more("2"), ping("?"), more("3"), more("4"), ping("!"), end("5")],
            [pong("?"), pong("!"), echoed("12345")],
        ),
        Case::new(
            "a binary message",
            [frame(0x02, b"\xff"), ping(""), end(b"\x00")],
            [pong(""), Answer::Binary(b"\xff\x00".to_vec())],
        ),
    ]);
}

#[test]
fn fragments_come_in_order() {
    let nothing = |last: bool| if last { end("more") } else { more("more") };
    check([
        Case::new("5.9 to 5.11 the end of nothing", [nothing(true), text("ok")], [BROKEN]).refused_within(2),
        Case::new("5.12 to 5.14 the middle of nothing", [nothing(false), text("ok")], [BROKEN])
            .refused_within(2),
        Case::new(
            "5.15 more of what has ended",
            [begin("one"), end("two"), more("three"), text("ok")],
            [echoed("onetwo"), BROKEN],
        ),
        Case::new(
            "5.16 the middle of nothing, twice",
            [nothing(false), begin("one"), end("two"), nothing(false), begin("one"), end("two")],
            [BROKEN],
        ),
        Case::new(
            "5.17 the end of nothing, twice",
            [nothing(true), begin("one"), end("two"), nothing(true), begin("one"), end("two")],
            [BROKEN],
        ),
        Case::new("5.18 a text inside a text", [begin("one"), text("two")], [BROKEN]),
        Case::new("a binary message inside a text", [begin("one"), frame(0x82, b"two")], [BROKEN]),
        Case::new("a text inside a binary message", [frame(0x02, b"one"), text("two")], [BROKEN]),
    ]);
}
