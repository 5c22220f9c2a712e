//! What a message says about itself: fixed-width text at the start of its content, found by its first bytes.

use memchr::memmem;

/// What every stamp begins with. No escape of JSON can occur in a stamp, so that it is found in the encoded text.
const MARK: &[u8] = b"~kith:";
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Who sent a message of which run where, and when it was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The run, so that a message of an earlier one is not taken for one of this.
    pub(crate) run: u32,
    /// The conversation, by number.
    pub(crate) conversation: u32,
    /// The sender, by number.
    pub(crate) sender: u32,
    /// The message's number in its run.
    pub(crate) number: u32,
    /// The monotonic time at which it was to be sent.
    pub(crate) scheduled_ns: u64,
}

impl Stamp {
    /// Bytes of a stamp.
    pub(crate) const BYTES: usize = MARK.len() + 4 * 8 + 16;

    /// Appends the stamp.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(MARK);
        for part in [self.run, self.conversation, self.sender, self.number] {
            write_hex(out, u64::from(part), 8);
        }
        write_hex(out, self.scheduled_ns, 16);
    }
}

/// Appends the low `digits` digits of `value`.
pub(crate) fn write_hex(out: &mut Vec<u8>, value: u64, digits: u32) {
    for place in (0..digits).rev() {
        out.push(DIGITS[(value >> (4 * place) & 0xF) as usize]);
    }
}

/// Reads digits; `None` for anything else.
pub(crate) fn read_hex(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0, |value, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(digit))
    })
}

/// Finds stamps.
pub(crate) struct StampFinder(memmem::Finder<'static>);

impl Default for StampFinder {
    fn default() -> Self {
        Self(memmem::Finder::new(MARK))
    }
}

impl StampFinder {
    /// The first stamp in `text`.
    pub(crate) fn find(&self, text: &[u8]) -> Option<Stamp> {
        let rest = text.get(self.0.find(text)? + MARK.len()..)?;
        let part = |from: usize, digits: usize| rest.get(from..from + digits).and_then(read_hex);
        Some(Stamp {
            run: part(0, 8)? as u32,
            conversation: part(8, 8)? as u32,
            sender: part(16, 8)? as u32,
            number: part(24, 8)? as u32,
            scheduled_ns: part(32, 16)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_back() {
        for stamp in [
            Stamp { run: 0, conversation: 0, sender: 0, number: 0, scheduled_ns: 0 },
            Stamp {
                run: 7,
                conversation: 123_456,
                sender: 9_999,
                number: 1,
                scheduled_ns: 1_234_567_890_123,
            },
            Stamp {
                run: u32::MAX,
                conversation: u32::MAX,
                sender: u32::MAX,
                number: u32::MAX,
                scheduled_ns: u64::MAX,
            },
        ] {
            let mut text = br#"{"type":"text","text":""#.to_vec();
            stamp.write(&mut text);
            text.extend_from_slice(b"xxxx\"}");
            assert_eq!(text.len(), 23 + Stamp::BYTES + 6);
            assert_eq!(StampFinder::default().find(&text), Some(stamp));
        }
    }

    #[test]
    fn what_is_no_stamp() {
        let mut cut = Vec::new();
        Stamp { run: 1, conversation: 2, sender: 3, number: 4, scheduled_ns: 5 }.write(&mut cut);
        cut.pop();
        for text in
            [&b""[..], b"hello", b"~kith:", b"~kith:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", &cut]
        {
            assert_eq!(StampFinder::default().find(text), None, "{text:?}");
        }
    }
}
