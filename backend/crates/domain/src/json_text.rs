//! Text inside a JSON string, written as `serde_json` writes it but in long pieces: a message is encoded twice on its
//! way, for its hash and for its row, and hardly any of its characters needs an escape.

/// Bytes that are looked at together: as many as the processor compares at once.
const STRIDE: usize = 32;

/// Appends `text` with the escapes of [RFC 8259, section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7), without
/// the quotation marks around it. Only what must be escaped is, in the short form where there is one.
pub(crate) fn escape(text: &str, json: &mut String) {
    let mut rest = text;
    while let Some(place) = first_special(rest.as_bytes()) {
        // A special byte is ASCII, so that the text may be cut on both sides of it.
        json.push_str(&rest[..place]);
        push_escaped(rest.as_bytes()[place], json);
        rest = &rest[place + 1..];
    }
    json.push_str(rest);
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The place of the first byte that needs an escape.
fn first_special(bytes: &[u8]) -> Option<usize> {
    let mut passed = 0;
    for piece in bytes.chunks(STRIDE) {
        // No early exit, so that the whole piece is compared at once.
        if piece.iter().fold(false, |found, byte| found | is_special(*byte)) {
            return piece.iter().position(|byte| is_special(*byte)).map(|place| passed + place);
        }
        passed += piece.len();
    }
    None
}

fn push_escaped(byte: u8, json: &mut String) {
    let short = match byte {
        b'"' => '"',
        b'\\' => '\\',
        0x08 => 'b',
        b'\t' => 't',
        b'\n' => 'n',
        0x0c => 'f',
        b'\r' => 'r',
        _ => {
            json.push_str("\\u00");
            for digit in [byte >> 4, byte & 15] {
                json.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
            return;
        }
    };
    json.push('\\');
    json.push(short);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut json = String::from("\"");
        escape(text, &mut json);
        json.push('"');
        json
    }

    #[test]
    fn every_ascii_character_is_as_serde_json_writes_it() {
        for byte in 0..0x80_u8 {
            for text in [char::from(byte).to_string(), format!("{}{}é", "x".repeat(40), char::from(byte))] {
                assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap(), "{byte:#x}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_as_serde_json_writes_it(text in "(.|[\"\\\\\n\t]){0,200}") {
            prop_assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
        }
    }
}
