//! What the generator says, found where it lies: nothing is checked.

use memchr::{memchr, memmem};

/// A frame of a client: its first byte, its mask, and where its payload is.
pub(super) struct ClientFrame {
    pub(super) first: u8,
    pub(super) mask: [u8; 4],
    pub(super) payload: std::ops::Range<usize>,
}

/// The frame at the front of `bytes`; `None` when it has not ended.
pub(super) fn frame(bytes: &[u8]) -> Option<ClientFrame> {
    let [first, second, rest @ ..] = bytes else { return None };
    let (length, head) = match second & 0x7F {
        126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    let mask = *bytes.get(head..)?.first_chunk()?;
    let payload = head + 4..(head + 4).checked_add(length)?;
    (payload.end <= bytes.len()).then_some(ClientFrame { first: *first, mask, payload })
}

/// What a message asks for.
pub(super) enum Request<'a> {
    Connect { token: &'a str },
    Subscribe { receipt: Option<&'a [u8]> },
    Send { conversation_id: &'a [u8], receipt: Option<&'a [u8]>, body: &'a [u8] },
    Nothing,
}

/// Reads a message. Headers come in the generator's order; a body has no NUL.
pub(super) fn read(message: &[u8]) -> Request<'_> {
    if let Some(send) = message.strip_prefix(b"SEND\ndestination:/app/conversations/") {
        let Some(end) = memchr(b'/', send) else { return Request::Nothing };
        let (conversation_id, rest) = send.split_at(end);
        let Some(body) = memmem::find(rest, b"\n\n") else { return Request::Nothing };
        let (head, body) = rest.split_at(body);
        let body = &body[2..body.len().saturating_sub(1).max(2)];
        return Request::Send { conversation_id, receipt: header(head, b"\nreceipt:"), body };
    }
    if message.starts_with(b"CONNECT\n") {
        let token =
            header(message, b"\nAuthorization:Bearer ").and_then(|token| std::str::from_utf8(token).ok());
        return token.map_or(Request::Nothing, |token| Request::Connect { token });
    }
    if message.starts_with(b"SUBSCRIBE\n") {
        return Request::Subscribe { receipt: header(message, b"\nreceipt:") };
    }
    Request::Nothing
}

fn header<'a>(frame: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = &frame[memmem::find(frame, name)? + name.len()..];
    Some(&value[..memchr(b'\n', value).unwrap_or(value.len())])
}
