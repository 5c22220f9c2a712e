//! The frames of a server, written to the end of a buffer.
//!
//! No text can break the framing or smuggle in a header: what a header cannot carry is left out, that is NUL
//! everywhere, and carriage return and line feed in CONNECTED and CONNECT, whose headers are not escaped.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};

use crate::{CommandSet, ServerCommand, escape};

/// A heartbeat.
pub const HEARTBEAT: &[u8] = b"\n";

/// Writes a frame of either side. `content-length` is added when the command may have a body, so that the
/// body may contain NUL; the body of a command that may not have one is left out.
pub(crate) fn frame<C: CommandSet>(dst: &mut BytesMut, command: C, headers: &[(&str, &str)], body: &[u8]) {
    start(dst, command);
    for (name, value) in headers {
        header(dst, command, name, value);
    }
    end(dst, command, body);
}

/// Writes CONNECTED.
pub fn connected(dst: &mut BytesMut, headers: &[(&str, &str)]) {
    frame(dst, ServerCommand::Connected, headers, b"");
}

/// Writes the RECEIPT for a frame with `receipt:<receipt_id>`, and `headers` with what it brought about.
pub fn receipt(dst: &mut BytesMut, receipt_id: &str, headers: &[(&str, &str)]) {
    start(dst, ServerCommand::Receipt);
    header(dst, ServerCommand::Receipt, "receipt-id", receipt_id);
    for (name, value) in headers {
        header(dst, ServerCommand::Receipt, name, value);
    }
    end(dst, ServerCommand::Receipt, b"");
}

/// The contents of an ERROR frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorFrame<'a> {
    /// For programs: the `code` header.
    pub code: &'a str,
    /// For people: the `message` header, short.
    pub message: &'a str,
    /// The `receipt` header of the frame at fault, if it had one.
    pub receipt_id: Option<&'a str>,
    /// Further headers, such as `version` when a version is refused.
    pub headers: &'a [(&'a str, &'a str)],
    /// More about the fault, plain text.
    pub body: &'a str,
}

/// Writes ERROR; the connection is closed after it.
pub fn error(dst: &mut BytesMut, error: &ErrorFrame<'_>) {
    let command = ServerCommand::Error;
    start(dst, command);
    header(dst, command, "code", error.code);
    header(dst, command, "message", error.message);
    if let Some(receipt_id) = error.receipt_id {
        header(dst, command, "receipt-id", receipt_id);
    }
    for (name, value) in error.headers {
        header(dst, command, name, value);
    }
    header(dst, command, "content-type", "text/plain");
    end(dst, command, error.body.as_bytes());
}

/// The part of a MESSAGE that is the same for all who get it; its body is JSON.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The `message-id` header.
    pub message_id: &'a str,
    /// The `destination` header.
    pub destination: &'a str,
    /// The `event` header, which says what kind of body it is.
    pub event: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// Writes the start of a MESSAGE, up to the subscriber's own `subscription` header. What
/// [`message_tail`] writes must follow it.
pub fn message_head(dst: &mut BytesMut, subscription: &str) {
    start(dst, ServerCommand::Message);
    header(dst, ServerCommand::Message, "subscription", subscription);
}

/// Writes the rest of a MESSAGE, the same bytes for every subscriber.
pub fn message_tail(dst: &mut BytesMut, message: &Message<'_>) {
    let command = ServerCommand::Message;
    // Fixed names and the length take about 100 bytes: one allocation for the whole tail.
    let texts = message.message_id.len() + message.destination.len() + message.event.len();
    dst.reserve(128 + texts + message.body.len());
    header(dst, command, "message-id", message.message_id);
    header(dst, command, "destination", message.destination);
    header(dst, command, "content-type", "application/json");
    header(dst, command, "event", message.event);
    end(dst, command, message.body);
}

/// Writes a whole MESSAGE.
pub fn message(dst: &mut BytesMut, subscription: &str, message: &Message<'_>) {
    message_head(dst, subscription);
    message_tail(dst, message);
}

fn start<C: CommandSet>(dst: &mut BytesMut, command: C) {
    dst.put_slice(command.name().as_bytes());
    dst.put_u8(b'\n');
}

fn header<C: CommandSet>(dst: &mut BytesMut, command: C, name: &str, value: &str) {
    if command.escapes_headers() {
        escape::escape(dst, name);
        dst.put_u8(b':');
        escape::escape(dst, value);
    } else {
        let plain = |b: &u8| !matches!(b, b'\r' | b'\n' | 0);
        dst.extend(name.bytes().filter(|b| plain(b) && *b != b':'));
        dst.put_u8(b':');
        dst.extend(value.bytes().filter(plain));
    }
    dst.put_u8(b'\n');
}

fn end<C: CommandSet>(dst: &mut BytesMut, command: C, body: &[u8]) {
    if command.allows_body() {
        // Cannot fail: a `BytesMut` grows as needed.
        let _ = write!(dst, "content-length:{}\n\n", body.len());
        dst.put_slice(body);
    } else {
        dst.put_u8(b'\n');
    }
    dst.put_u8(0);
}
