//! Group 6: text is UTF-8. The sequences are those of Markus Kuhn's decoder stress test, by whose sections the suite numbers
//! its cases.

use super::*;

const KOSME: &str = "κόσμε";
/// A greeting in bytes of one and two.
const GREETING: &str = "Hello-µ@ßöäüàá-UTF-8!!";
/// Good text, half a surrogate pair, good text.
const BROKEN_TEXT: &[u8] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";

/// A text in fragments of these payloads.
fn in_fragments(payloads: &[&[u8]]) -> Vec<Vec<u8>> {
    let last = payloads.len() - 1;
    let fragment = |(index, payload): (usize, &&[u8])| match index {
        0 => begin(payload),
        index if index == last => end(payload),
        _ => more(payload),
    };
    payloads.iter().enumerate().map(fragment).collect()
}

fn byte_by_byte(payload: &[u8]) -> Vec<Vec<u8>> {
    in_fragments(&payload.chunks(1).collect::<Vec<_>>())
}

#[test]
fn empty_texts_are_texts() {
    check([
        Case::new("6.1.1 nothing", [text("")], [echoed("")]),
        Case::new("6.1.2 three times nothing", in_fragments(&[b"", b"", b""]), [echoed("")]),
        Case::new("6.1.3 something between", in_fragments(&[b"", b"middle", b""]), [echoed("middle")]),
    ]);
}

#[test]
fn characters_may_be_cut_by_fragments() {
    let (first, second) = GREETING.as_bytes().split_at(12);
    check([
        Case::new("6.2.1 in one frame", [text(GREETING)], [echoed(GREETING)]),
        Case::new("6.2.2 between characters", in_fragments(&[first, second]), [echoed(GREETING)]),
        Case::new("6.2.3 byte by byte", byte_by_byte(GREETING.as_bytes()), [echoed(GREETING)]),
        Case::new("6.2.4 byte by byte", byte_by_byte(KOSME.as_bytes()), [echoed(KOSME)]),
    ]);
}

/// A bad byte is refused when it comes, whatever would follow it.
#[test]
fn text_is_refused_as_soon_as_it_is_bad() {
    let good = KOSME.as_bytes();
    // Heads take six bytes. The text goes bad with the second byte of a character beyond U+10FFFF.
    let first = 6 + good.len();
    check([
        Case::new("6.3.1 in one frame", [text(BROKEN_TEXT)], [NO_TEXT]),
        Case::new("6.3.2 byte by byte", byte_by_byte(BROKEN_TEXT), [NO_TEXT]),
        Case::new(
            "6.4.1 in the second fragment",
            in_fragments(&[good, b"\xf4\x90\x80\x80", b"edited"]),
            [NO_TEXT],
        )
        .refused_within(first + 6 + 2),
        Case::new(
            "6.4.2 in the third",
            in_fragments(&[good, b"\xf4", b"\x90\x80\x80", b"edited"]),
            [NO_TEXT],
        )
        .refused_within(first + 6 + 1 + 6 + 1),
        Case::new(
            "6.4.3, 6.4.4 within a frame",
            [text([good, b"\xf4\x90\x80\x80edited"].concat())],
            [NO_TEXT],
        )
        .refused_within(6 + good.len() + 2),
    ]);
}

#[test]
fn a_text_ends_with_a_whole_character() {
    let bytes = KOSME.as_bytes();
    check((1..=bytes.len()).map(|length| {
        let answer = if KOSME.is_char_boundary(length) { echoed(&bytes[..length]) } else { NO_TEXT };
        Case::new(format!("6.6.{length} the first bytes"), [text(&bytes[..length])], [answer])
    }));
}

/// A sequence alone, and the same byte by byte with text around it.
fn sequences(group: &str, all: impl IntoIterator<Item = impl AsRef<[u8]>>, valid: bool) {
    check(all.into_iter().enumerate().flat_map(|(index, sequence)| {
        let sequence = sequence.as_ref();
        let within = [b"a", sequence, b"z"].concat();
        let name = |how| format!("{group}.{} {how} {sequence:x?}", index + 1);
        let answer = |payload: &[u8]| if valid { echoed(payload) } else { NO_TEXT };
        [
            Case::new(name("alone"), [text(sequence)], [answer(sequence)]),
            Case::new(name("within"), byte_by_byte(&within), [answer(&within)]),
        ]
    }));
}

#[test]
fn what_is_utf8() {
    sequences("6.5", [KOSME, "$£ह€한𐍈", "\u{10FFFF}\u{0}"], true);
    sequences(
        "6.7 the first of each length",
        [&b"\x00"[..], b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"],
        true,
    );
    sequences(
        "6.9 the last of each length",
        [&b"\x7f"[..], b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"],
        true,
    );
    sequences(
        "6.11 beside the surrogates and at the end",
        ["\u{D7FF}", "\u{E000}", "\u{FFFD}", "\u{10FFFF}"],
        true,
    );
    let non_characters = (0..=16_u32).flat_map(|plane| [plane << 16 | 0xFFFE, plane << 16 | 0xFFFF]);
    sequences(
        "6.22 no characters, yet UTF-8",
        non_characters.filter_map(char::from_u32).map(String::from),
        true,
    );
    sequences("6.23 specials", ('\u{FFF9}'..='\u{FFFF}').map(String::from), true);
}

#[test]
fn what_is_not_utf8() {
    let five_and_six = [&b"\xf8\x88\x80\x80\x80"[..], b"\xfc\x84\x80\x80\x80\x80"];
    sequences("6.8 five and six bytes", five_and_six, false);
    let last = [&b"\xf7\xbf\xbf\xbf"[..], b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"];
    sequences("6.10 the last of four, five and six", last, false);
    sequences("6.11.5 beyond the end", [b"\xf4\x90\x80\x80"], false);

    let continuations: Vec<u8> = (0x80..=0xBF).collect();
    let unexpected = (1..=7).map(|count| [0x80, 0xBF].repeat(4)[..count].to_vec());
    sequences("6.12 continuations of nothing", unexpected.chain([vec![0xBF], continuations]), false);

    let lonely =
        |starts: std::ops::RangeInclusive<u8>| starts.flat_map(|start| [start, b' ']).collect::<Vec<u8>>();
    let starts = [0xC0..=0xDF, 0xE0..=0xEF, 0xF0..=0xF7, 0xF8..=0xFB, 0xFC..=0xFD].map(lonely);
    sequences("6.13 starts that nothing continues", starts, false);

    let cut = [
        &b"\xc0"[..],
        b"\xe0\x80",
        b"\xf0\x80\x80",
        b"\xf8\x80\x80\x80",
        b"\xfc\x80\x80\x80\x80",
        b"\xdf",
        b"\xef\xbf",
        b"\xf7\xbf\xbf",
        b"\xfb\xbf\xbf\xbf",
        b"\xfd\xbf\xbf\xbf\xbf",
    ];
    sequences("6.14 without the last byte", cut, false);
    sequences("6.15 all of these", [cut.concat()], false);
    sequences("6.16 bytes that never occur", [&b"\xfe"[..], b"\xff", b"\xfe\xfe\xff\xff"], false);
}

/// A character spelled with more bytes than it needs could slip through a filter.
#[test]
fn overlong_forms_are_not_utf8() {
    for (group, forms) in [
        (
            "6.17 a slash",
            [
                &b"\xc0\xaf"[..],
                b"\xe0\x80\xaf",
                b"\xf0\x80\x80\xaf",
                b"\xf8\x80\x80\x80\xaf",
                b"\xfc\x80\x80\x80\x80\xaf",
            ],
        ),
        (
            "6.18 the highest",
            [
                &b"\xc1\xbf"[..],
                b"\xe0\x9f\xbf",
                b"\xf0\x8f\xbf\xbf",
                b"\xf8\x87\xbf\xbf\xbf",
                b"\xfc\x83\xbf\xbf\xbf\xbf",
            ],
        ),
        (
            "6.19 NUL",
            [
                &b"\xc0\x80"[..],
                b"\xe0\x80\x80",
                b"\xf0\x80\x80\x80",
                b"\xf8\x80\x80\x80\x80",
                b"\xfc\x80\x80\x80\x80\x80",
            ],
        ),
    ] {
        sequences(group, forms, false);
    }
}

#[test]
fn surrogates_are_not_utf8() {
    let encoded = |unit: u16| [0xED, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8];
    let single = [0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF];
    sequences("6.20 alone", single.map(encoded), false);
    let (high, low) = ([0xD800, 0xDB7F, 0xDB80, 0xDBFF], [0xDC00, 0xDFFF]);
    let pairs = high.into_iter().flat_map(|high| low.map(|low| [encoded(high), encoded(low)].concat()));
    sequences("6.21 in pairs", pairs, false);
}
