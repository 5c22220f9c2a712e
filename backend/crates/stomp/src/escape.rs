//! Header escaping: `\r`, `\n`, `\c` (colon) and `\\` (STOMP 1.2, "Value Encoding").

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};
use memchr::memchr;

use crate::ProtocolError;

/// Checks that every backslash of `line` starts one of the four escapes; any other is fatal by the
/// specification.
pub(crate) fn check(line: &str) -> Result<(), ProtocolError> {
    let mut rest = line.as_bytes();
    while let Some(at) = memchr(b'\\', rest) {
        rest = match rest.get(at + 1) {
            Some(b'r' | b'n' | b'c' | b'\\') => &rest[at + 2..],
            _ => return Err(ProtocolError::InvalidEscape),
        };
    }
    Ok(())
}

/// Reads a name or value that [`check`] has passed; borrows unless there is something to replace.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('r')) => '\r',
            ('\\', Some('n')) => '\n',
            ('\\', Some('c')) => ':',
            _ => c,
        });
    }
    Cow::Owned(plain)
}

/// Writes `text` escaped. A NUL is left out: STOMP has no escape for it, and sent as it is it would end the
/// frame.
pub(crate) fn escape(dst: &mut BytesMut, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|b| matches!(b, b'\r' | b'\n' | b':' | b'\\' | 0)) {
        dst.put_slice(&rest[..at]);
        dst.put_slice(match rest[at] {
            b'\r' => b"\\r",
            b'\n' => b"\\n",
            b':' => b"\\c",
            b'\\' => b"\\\\",
            _ => b"",
        });
        rest = &rest[at + 1..];
    }
    dst.put_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_escapes_pass() {
        for good in ["", "plain", r"a\rb", r"\n", r"\c\c", r"\\", r"\\t", "ü\\cé"] {
            assert_eq!(check(good), Ok(()), "{good:?}");
        }
        for bad in [r"\t", r"a\", r"\\\", r"\R", r"\:", r"\0", "\\é"] {
            assert_eq!(check(bad), Err(ProtocolError::InvalidEscape), "{bad:?}");
        }
    }

    #[test]
    fn escape_and_unescape_are_inverse() {
        for (plain, escaped) in [
            ("", ""),
            ("/user/queue/events", "/user/queue/events"),
            ("a:b", r"a\cb"),
            ("\r\n", r"\r\n"),
            (r"\n", r"\\n"),
            (r"\\c", r"\\\\c"),
            (" ä : ö ", r" ä \c ö "),
        ] {
            let mut dst = BytesMut::new();
            escape(&mut dst, plain);
            assert_eq!(dst, escaped.as_bytes());
            assert_eq!(unescape(escaped), plain);
        }
    }

    #[test]
    fn text_without_escapes_is_borrowed_and_nul_is_dropped() {
        assert!(matches!(unescape("plain"), Cow::Borrowed(_)));
        let mut dst = BytesMut::new();
        escape(&mut dst, "a\0b\0");
        assert_eq!(dst, &b"ab"[..]);
    }
}
