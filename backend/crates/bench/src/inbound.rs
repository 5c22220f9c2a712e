//! What a server says, read where it lies. Nothing is decoded that is not needed.

use memchr::{memchr, memmem};

use crate::stamp::{Stamp, StampFinder};

/// A frame of the server (RFC 6455): never masked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Inbound<'a> {
    /// The payload of a whole message.
    Message(&'a [u8]),
    /// To be answered with its payload.
    Ping(&'a [u8]),
    /// An answer to a ping.
    Pong,
    /// The server closes, for the reason of that code.
    Close(Option<u16>),
}

/// Bytes that no server of ours sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Takes a frame off the front of `bytes`: what it is, and how many bytes it has; `None` when it has not ended.
///
/// # Errors
/// A masked frame, a reserved one, or a message in several frames, of which Kith makes none.
pub(crate) fn frame(bytes: &[u8]) -> Result<Option<(Inbound<'_>, usize)>, Malformed> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    let (length, head): (usize, usize) = match second {
        0..=125 => (usize::from(*second), 2),
        126 => match rest.first_chunk::<2>() {
            Some(length) => (usize::from(u16::from_be_bytes(*length)), 4),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(length) => (usize::try_from(u64::from_be_bytes(*length)).map_err(|_| Malformed)?, 10),
            None => return Ok(None),
        },
        _ => return Err(Malformed),
    };
    let Some(payload) = bytes.get(head..head.saturating_add(length)) else { return Ok(None) };
    let inbound = match first {
        0x81 | 0x82 => Inbound::Message(payload),
        0x88 => Inbound::Close(payload.first_chunk::<2>().map(|code| u16::from_be_bytes(*code))),
        0x89 => Inbound::Ping(payload),
        0x8A => Inbound::Pong,
        _ => return Err(Malformed),
    };
    Ok(Some((inbound, head + length)))
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// Nothing but that the server lives.
    Heartbeat,
    /// CONNECTED.
    Connected,
    /// RECEIPT, with the seq that the message got.
    Receipt { id: &'a [u8], seq: Option<u64> },
    /// An entry of a conversation.
    Entry { conversation_id: &'a [u8], seq: u64, stamp: Option<Stamp> },
    /// A SEND was refused.
    Refusal { code: &'a [u8] },
    /// ERROR, after which the server closes.
    Error { code: &'a [u8] },
    /// An event that is not counted.
    Other,
    /// Nothing that Kith says.
    Nonsense,
}

/// Reads messages. It relies on Kith's sending one STOMP frame in each message.
pub(crate) struct Reader {
    stamp: StampFinder,
    event: memmem::Finder<'static>,
    seq: memmem::Finder<'static>,
    conversation: memmem::Finder<'static>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            stamp: StampFinder::default(),
            event: memmem::Finder::new("\nevent:"),
            seq: memmem::Finder::new("\"seq\":"),
            conversation: memmem::Finder::new("\"conversation_id\":\""),
        }
    }
}

impl Reader {
    /// What `message` says.
    pub(crate) fn read<'a>(&self, message: &'a [u8]) -> Said<'a> {
        if let Some(rest) = message.strip_prefix(b"MESSAGE\n") {
            return self.event(rest).unwrap_or(Said::Nonsense);
        }
        if let Some(rest) = message.strip_prefix(b"RECEIPT\n") {
            return receipt(rest).unwrap_or(Said::Nonsense);
        }
        match message {
            b"\n" => Said::Heartbeat,
            _ if message.starts_with(b"CONNECTED\n") => Said::Connected,
            _ if message.starts_with(b"ERROR\n") => {
                Said::Error { code: header(message, b"\ncode:").unwrap_or(b"none") }
            }
            _ => Said::Nonsense,
        }
    }

    fn event<'a>(&self, frame: &'a [u8]) -> Option<Said<'a>> {
        let at = self.event.find(frame)? + b"\nevent:".len();
        let rest = frame.get(at..)?;
        let name = &rest[..memchr(b'\n', rest)?];
        match name {
            b"entry" => self.entry(rest),
            b"error" => Some(Said::Refusal { code: text_after(rest, br#""code":""#).unwrap_or(b"none") }),
            _ => Some(Said::Other),
        }
    }

    fn entry<'a>(&self, rest: &'a [u8]) -> Option<Said<'a>> {
        let at = self.seq.find(rest)?;
        let digits = &rest[at + b"\"seq\":".len()..];
        let (seq, _) = number(digits)?;
        let id = rest.get(self.conversation.find(rest)? + b"\"conversation_id\":\"".len()..)?;
        let conversation_id = &id[..memchr(b'"', id)?];
        Some(Said::Entry { conversation_id, seq, stamp: self.stamp.find(digits) })
    }
}

fn receipt(frame: &[u8]) -> Option<Said<'_>> {
    let rest = frame.strip_prefix(b"receipt-id:")?;
    let end = memchr(b'\n', rest)?;
    let seq = header(&rest[end..], b"\nseq:").and_then(number).map(|(seq, _)| seq);
    Some(Said::Receipt { id: &rest[..end], seq })
}

/// The value of a header; `name` begins with the end of the line before it and ends with the colon.
fn header<'a>(frame: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = &frame[memmem::find(frame, name)? + name.len()..];
    Some(&value[..memchr(b'\n', value)?])
}

fn text_after<'a>(text: &'a [u8], before: &[u8]) -> Option<&'a [u8]> {
    let value = &text[memmem::find(text, before)? + before.len()..];
    Some(&value[..memchr(b'"', value)?])
}

/// The decimal number at the front of `text`, and its digits.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let value = text[..digits]
        .iter()
        .try_fold(0_u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?;
    (digits > 0).then_some((value, &text[..digits]))
}

#[cfg(test)]
mod tests;
