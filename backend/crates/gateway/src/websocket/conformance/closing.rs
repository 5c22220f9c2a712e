//! Group 7: closing.

use super::*;

fn with_reason(code: u16, reason: impl AsRef<[u8]>) -> Vec<u8> {
    close([&code.to_be_bytes(), reason.as_ref()].concat())
}

fn with_code(code: u16) -> Vec<u8> {
    with_reason(code, "")
}

#[test]
fn nothing_follows_a_close() {
    let large = vec![b'*'; 256 * 1_024];
    check([
        Case::new("7.1.1 a text, then a close", [text("ok"), with_code(1000)], [echoed("ok"), BYE]),
        Case::new("7.1.2 two closes", [with_code(1000), with_code(1000)], [BYE]),
        Case::new("7.1.3 a ping after it", [with_code(1000), ping("?")], [BYE]),
        Case::new("7.1.4 a text after it", [with_code(1000), text("late")], [BYE]),
        Case::new("7.1.5 between fragments", [begin("one"), with_code(1000), end("two")], [BYE]),
        Case::new("7.1.6 behind 256 KiB", [text(&large), with_code(1000), ping("?")], [echoed(&large), BYE]),
        Case::new("garbage after it", [with_code(1000), vec![0xFF; 64]], [BYE]),
    ]);
}

#[test]
fn a_close_has_no_payload_or_a_code_and_a_reason() {
    check([
        Case::new("7.3.1 no payload", [close("")], [BYE]),
        Case::new("7.3.2 one byte", [close("a")], [BROKEN]),
        Case::new("7.3.3 a code", [with_code(1000)], [BYE]),
        Case::new("7.3.4 a code and a reason", [with_reason(1000, "Hello, world!")], [BYE]),
        Case::new("7.3.5 the longest reason", [with_reason(1000, "*".repeat(123))], [BYE]),
        Case::new("7.3.6 one byte more", [with_reason(1000, "*".repeat(124))], [BROKEN]).refused_within(2),
        Case::new(
            "7.5.1 a reason that is no UTF-8",
            [with_reason(1000, b"\xce\xba\xed\xa0\x80edited")],
            [NO_TEXT],
        ),
        Case::new("a reason that ends inside a character", [with_reason(1000, b"\xe2\x82")], [NO_TEXT]),
    ]);
}

#[test]
fn codes_that_may_be_sent() {
    let codes =
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
    check(codes.map(|code| Case::new(format!("7.7 code {code}"), [with_code(code)], [BYE])));
}

#[test]
fn codes_that_may_not_be_sent() {
    let codes = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
    check(codes.map(|code| Case::new(format!("7.9, 7.13 code {code}"), [with_code(code)], [BROKEN])));
}
