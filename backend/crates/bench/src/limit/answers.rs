//! Frames of the same size and shape as a real server's.

use std::fmt::Write as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::{BufMut as _, Bytes, BytesMut};
use kith_domain::{Timestamp, UserId};
use kith_stomp::{VERSION, encoder};
use memchr::{memchr, memmem};
use sha1::{Digest as _, Sha1};

use crate::client::{EVENTS, SUBSCRIPTION};

/// What RFC 6455 has both sides append to the key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Bytes of the longest head of a frame.
const HEAD_BYTES: usize = 10;

/// The answer to an upgrade request.
pub(super) fn switching(request: &[u8]) -> Option<String> {
    let name = b"\r\nSec-WebSocket-Key: ";
    let key = &request[memmem::find(request, name)? + name.len()..];
    let key = &key[..memchr(b'\r', key)?];
    let accept = BASE64_STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize());
    Some(format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-accept: {accept}\r\nsec-websocket-protocol: v12.stomp\r\n\r\n"
    ))
}

/// CONNECTED.
pub(super) fn connected(person: UserId) -> Bytes {
    let mut stomp = BytesMut::new();
    let person = person.to_string();
    let headers = [("version", VERSION), ("heart-beat", "30000,30000"), ("user-id", person.as_str())];
    encoder::connected(&mut stomp, &headers);
    text_frame(&stomp)
}

/// RECEIPT without headers.
pub(super) fn receipt(id: &[u8]) -> Bytes {
    let mut stomp = BytesMut::new();
    encoder::receipt(&mut stomp, &String::from_utf8_lossy(id), &[]);
    text_frame(&stomp)
}

/// A message as it was sent, and what the server knows of it.
pub(super) struct Message<'a> {
    pub(super) conversation_id: &'a str,
    pub(super) seq: u64,
    pub(super) entry_id: u64,
    pub(super) sender: UserId,
    pub(super) server_time: Timestamp,
    /// The body of the SEND.
    pub(super) body: &'a [u8],
}

/// RECEIPT of a message.
pub(super) fn message_receipt(id: &[u8], message: &Message<'_>) -> Bytes {
    let mut stomp = BytesMut::with_capacity(160);
    let headers = [
        ("message-id", message.entry_id.to_string()),
        ("seq", message.seq.to_string()),
        ("server-time", message.server_time.to_string()),
    ];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    encoder::receipt(&mut stomp, &String::from_utf8_lossy(id), &headers);
    text_frame(&stomp)
}

/// MESSAGE with the entry, the same bytes for everybody: all sockets subscribe under the same id.
pub(super) fn message(message: &Message<'_>) -> Option<Bytes> {
    let Message { conversation_id, seq, entry_id, sender, server_time, body } = message;
    // `{"client_msg_id":…,"client_time":…,"content":…}`
    let at = memmem::find(body, br#","content":"#)?;
    let (client, content) = (body.get(1..at)?, body.get(at..body.len() - 1)?);
    let mut json = BytesMut::with_capacity(320 + body.len());
    // Cannot fail: a `BytesMut` grows as needed.
    let _ = write!(
        json,
        r#"{{"type":"entry","conversation_id":"{conversation_id}","seq":{seq},"entry":{{"conversation_id":"{conversation_id}","seq":{seq},"id":"{entry_id}","kind":"message","sender_id":"{sender}","#
    );
    json.put_slice(client);
    let _ = write!(json, r#","server_time":"{server_time}""#);
    json.put_slice(content);
    json.put_slice(b"}}");
    let mut stomp = BytesMut::with_capacity(192 + json.len());
    let message_id = entry_id.to_string();
    let event =
        encoder::Message { message_id: &message_id, destination: EVENTS, event: "entry", body: &json };
    encoder::message(&mut stomp, SUBSCRIPTION, &event);
    Some(text_frame(&stomp))
}

/// A final text frame (RFC 6455, section 5.2).
fn text_frame(payload: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEAD_BYTES + payload.len());
    frame.put_u8(0x81);
    match payload.len() {
        length @ 0..=125 => frame.put_u8(length as u8),
        length @ 126..=0xFFFF => {
            frame.put_u8(126);
            frame.put_u16(length as u16);
        }
        length => {
            frame.put_u8(127);
            frame.put_u64(length as u64);
        }
    }
    frame.put_slice(payload);
    frame.freeze()
}
