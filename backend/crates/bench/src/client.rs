//! The client's side of the wire, written straight into the bytes that go out.

use std::fmt::Write as _;

use bytes::BytesMut;
use kith_domain::Timestamp;
use kith_stomp::client;

use crate::stamp::{Stamp, write_hex};

/// Every socket subscribes under the same id, so that a server may send all of them the same bytes.
pub(crate) const SUBSCRIPTION: &str = "e";
/// The receipt that says that a socket is live.
pub(crate) const LIVE_RECEIPT: &str = "live";
/// The one destination of events.
pub(crate) const EVENTS: &str = "/user/queue/events";
/// A STOMP heartbeat in a text frame.
pub(crate) const HEARTBEAT: [u8; 7] = [0x81, 0x81, 0, 0, 0, 0, b'\n'];

/// A final text frame.
const TEXT: u8 = 0x81;
/// A final pong frame.
const PONG: u8 = 0x8A;
/// Clients must mask, and any mask will do: with zeros the payload stays as it is.
const MASK: [u8; 4] = [0; 4];

/// Appends the head of a masked frame (RFC 6455, section 5.2).
fn write_head(out: &mut Vec<u8>, first: u8, payload_bytes: usize) {
    out.push(first);
    match payload_bytes {
        0..=125 => out.push(0x80 | payload_bytes as u8),
        126..=0xFFFF => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(payload_bytes as u16).to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(payload_bytes as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
}

/// Appends the request that opens a WebSocket.
pub(crate) fn write_upgrade(out: &mut Vec<u8>, host: &str) {
    out.extend_from_slice(b"GET /ws HTTP/1.1\r\nHost: ");
    out.extend_from_slice(host.as_bytes());
    // The key guards against caches, of which there are none here: the example of RFC 6455 does.
    out.extend_from_slice(
        b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n",
    );
}

/// Appends CONNECT and SUBSCRIBE; the receipt [`LIVE_RECEIPT`] answers both.
pub(crate) fn write_hello(out: &mut Vec<u8>, token: &str) {
    let mut frames = BytesMut::new();
    client::connect(&mut frames, "kith", "30000,30000", token);
    write_head(out, TEXT, frames.len());
    out.extend_from_slice(&frames);
    frames.clear();
    let headers = [("id", SUBSCRIPTION), ("destination", EVENTS), ("receipt", LIVE_RECEIPT)];
    client::frame(&mut frames, kith_stomp::Command::Subscribe, &headers, b"");
    write_head(out, TEXT, frames.len());
    out.extend_from_slice(&frames);
}

/// Appends the answer to a ping.
pub(crate) fn write_pong(out: &mut Vec<u8>, payload: &[u8]) {
    write_head(out, PONG, payload.len());
    out.extend_from_slice(payload);
}

/// The receipt of a SEND: what is needed when it comes, so that nothing is kept meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceiptId {
    /// When the message was to be sent.
    pub(crate) scheduled_ns: u64,
    /// The conversation, by number.
    pub(crate) conversation: u32,
    /// The message's number in its run.
    pub(crate) number: u32,
}

impl ReceiptId {
    const BYTES: usize = 32;

    fn write(self, out: &mut Vec<u8>) {
        write_hex(out, self.scheduled_ns, 16);
        write_hex(out, u64::from(self.conversation), 8);
        write_hex(out, u64::from(self.number), 8);
    }

    /// Reads what [`ReceiptId::write`] wrote.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        if text.len() != Self::BYTES {
            return None;
        }
        let part = |from: usize, to: usize| crate::stamp::read_hex(&text[from..to]);
        Some(Self {
            scheduled_ns: part(0, 16)?,
            conversation: part(16, 24)? as u32,
            number: part(24, 32)? as u32,
        })
    }
}

/// Writes SEND frames. What is the same in all of them is made once.
pub(crate) struct SendWriter {
    padding: Vec<u8>,
    random: fastrand::Rng,
    client_time: String,
    client_time_ms: u64,
    scratch: Vec<u8>,
}

impl SendWriter {
    /// Texts are of `message_bytes` bytes, or of a stamp's where that is more.
    pub(crate) fn new(message_bytes: usize, seed: u64) -> Self {
        Self {
            padding: vec![b'x'; message_bytes.saturating_sub(Stamp::BYTES)],
            random: fastrand::Rng::with_seed(seed),
            client_time: String::new(),
            client_time_ms: u64::MAX,
            scratch: Vec::new(),
        }
    }

    /// Appends a message to the conversation with that id.
    pub(crate) fn write(
        &mut self,
        out: &mut Vec<u8>,
        conversation_id: &str,
        stamp: &Stamp,
        now_unix_ms: u64,
    ) {
        self.tell_time(now_unix_ms);
        let mut body = std::mem::take(&mut self.scratch);
        body.clear();
        body.extend_from_slice(br#"{"client_msg_id":""#);
        self.write_message_id(&mut body, now_unix_ms);
        body.extend_from_slice(br#"","client_time":""#);
        body.extend_from_slice(self.client_time.as_bytes());
        body.extend_from_slice(br#"","content":{"type":"text","text":""#);
        stamp.write(&mut body);
        body.extend_from_slice(&self.padding);
        body.extend_from_slice(br#""}}"#);

        const BEFORE_ID: &[u8] = b"SEND\ndestination:/app/conversations/";
        const AFTER_ID: &[u8] = b"/messages\ncontent-type:application/json\nreceipt:";
        const BEFORE_LENGTH: &[u8] = b"\ncontent-length:";
        let mut length = [0; 20];
        let length = decimal(body.len(), &mut length);
        let payload = BEFORE_ID.len()
            + conversation_id.len()
            + AFTER_ID.len()
            + ReceiptId::BYTES
            + BEFORE_LENGTH.len()
            + length.len()
            + 2
            + body.len()
            + 1;
        out.reserve(payload + 14);
        write_head(out, TEXT, payload);
        out.extend_from_slice(BEFORE_ID);
        out.extend_from_slice(conversation_id.as_bytes());
        out.extend_from_slice(AFTER_ID);
        let (scheduled_ns, conversation, number) = (stamp.scheduled_ns, stamp.conversation, stamp.number);
        ReceiptId { scheduled_ns, conversation, number }.write(out);
        out.extend_from_slice(BEFORE_LENGTH);
        out.extend_from_slice(length);
        out.extend_from_slice(b"\n\n");
        out.extend_from_slice(&body);
        out.push(0);
        self.scratch = body;
    }

    /// A UUID v7, as the web client makes them: the time in front lets the server's index of them grow at its end.
    fn write_message_id(&mut self, out: &mut Vec<u8>, now_unix_ms: u64) {
        let mut random = [0; 10];
        self.random.fill(&mut random);
        let id = uuid::Builder::from_unix_timestamp_millis(now_unix_ms, &random).into_uuid();
        out.extend_from_slice(id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()).as_bytes());
    }

    fn tell_time(&mut self, now_unix_ms: u64) {
        if now_unix_ms != self.client_time_ms {
            self.client_time_ms = now_unix_ms;
            self.client_time.clear();
            // Cannot fail: a `String` grows as needed.
            let _ = write!(self.client_time, "{}", Timestamp::from_millis(now_unix_ms as i64));
        }
    }
}

/// The decimal digits of `value`, at the end of `buffer`.
pub(crate) fn decimal(mut value: usize, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return &buffer[at..];
        }
    }
}

#[cfg(test)]
mod tests;
