use bolero::check;

use super::*;

/// A cursor has one spelling, and what is no cursor is refused.
#[test]
fn only_what_was_given_out_is_taken() {
    check!().with_type::<(i64, i64, Vec<(u8, u8)>)>().for_each(|(first, second, edits)| {
        let key = Cursor(*first, *second);
        let mut text = encode("friends", key);
        assert_eq!(decode("friends", &text), Some(key));
        for (at, byte) in edits {
            let at = usize::from(*at) % text.len();
            text.replace_range(at..=at, char::from(byte & 0x7F).encode_utf8(&mut [0; 4]));
        }
        if let Some(taken) = decode("friends", &text) {
            assert_eq!(encode("friends", taken), text);
        }
    });
}

#[test]
fn no_text_panics() {
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        if let Some(taken) = decode("friends", &text) {
            assert_eq!(encode("friends", taken), text);
        }
    });
}
