//! Groups 3 (reserved bits) and 4 (reserved opcodes): nobody has agreed on what they mean.

use super::*;

#[test]
fn reserved_bits_are_refused() {
    check([
        Case::new("3.1 RSV3", [frame(0x91, b"small")], [BROKEN]).refused_within(2),
        Case::new(
            "3.2 RSV2 after a good text",
            [text("ok"), frame(0xA1, b"no"), ping("")],
            [echoed("ok"), BROKEN],
        ),
        Case::new(
            "3.3, 3.4 RSV2 and RSV3",
            [text("ok"), frame(0xB1, b"no"), ping("")],
            [echoed("ok"), BROKEN],
        ),
        Case::new(
            "3.4 RSV1, as compression sets it",
            [text("ok"), frame(0xC1, b"no"), ping("")],
            [echoed("ok"), BROKEN],
        ),
        Case::new("3.5 RSV1 and RSV3 of a binary message", [frame(0xD2, b"\x00\xff")], [BROKEN]),
        Case::new("3.6 RSV1 and RSV2 of a ping", [frame(0xE9, b"no")], [BROKEN]),
        Case::new("3.7 all three of a close", [frame(0xF8, b"\x03\xe8")], [BROKEN]),
    ]);
}

#[test]
fn reserved_opcodes_are_refused() {
    let kinds = [("4.1", 3..=7_u8), ("4.2", 11..=15)];
    check(kinds.into_iter().flat_map(|(group, opcodes)| {
        opcodes.enumerate().flat_map(move |(index, opcode)| {
            let name = |what: &str| format!("{group}.{} opcode {opcode} {what}", index + 1);
            [
                Case::new(name("alone"), [frame(0x80 | opcode, b"")], [BROKEN]).refused_within(2),
                Case::new(name("with payload"), [frame(0x80 | opcode, b"reserved")], [BROKEN]),
                Case::new(
                    name("after a good text"),
                    [text("ok"), frame(0x80 | opcode, b"no"), ping("")],
                    [echoed("ok"), BROKEN],
                ),
            ]
        })
    }));
}

/// Beyond the suite, whose client always masks: section 5.1 has a server close on a frame without a mask.
#[test]
fn frames_without_a_mask_are_refused() {
    check([
        Case::new("an unmasked text", [b"\x81\x02hi".to_vec()], [BROKEN]).refused_within(2),
        Case::new("an unmasked close", [b"\x88\x00".to_vec()], [BROKEN]).refused_within(2),
    ]);
}
