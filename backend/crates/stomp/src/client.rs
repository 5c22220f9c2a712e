//! The client's side, for tests and load generators: frames to a server, and [`ClientDecoder`] for what it
//! answers.

use bytes::BytesMut;

use crate::{Command, Decoder, ServerCommand, VERSION, encoder};

/// The decoder of a client: it takes the frames of a server.
pub type ClientDecoder = Decoder<ServerCommand>;

/// Writes any frame, with its headers escaped if the command escapes them, and with `content-length` if it
/// may have a body. See [`encoder`] for what cannot be sent.
pub fn frame(dst: &mut BytesMut, command: Command, headers: &[(&str, &str)], body: &[u8]) {
    encoder::frame(dst, command, headers, body);
}

/// Writes CONNECT for version 1.2. `heart_beat` is what the client can send and wants to get, e.g.
/// `"30000,30000"`.
pub fn connect(dst: &mut BytesMut, host: &str, heart_beat: &str, access_token: &str) {
    let authorization = format!("Bearer {access_token}");
    let headers = [
        ("accept-version", VERSION),
        ("host", host),
        ("heart-beat", heart_beat),
        ("Authorization", authorization.as_str()),
    ];
    frame(dst, Command::Connect, &headers, b"");
}

/// Writes SUBSCRIBE with `ack:auto`.
pub fn subscribe(dst: &mut BytesMut, id: &str, destination: &str) {
    frame(dst, Command::Subscribe, &[("id", id), ("destination", destination), ("ack", "auto")], b"");
}

/// Writes UNSUBSCRIBE.
pub fn unsubscribe(dst: &mut BytesMut, id: &str) {
    frame(dst, Command::Unsubscribe, &[("id", id)], b"");
}

/// Writes SEND with a JSON body.
pub fn send(dst: &mut BytesMut, destination: &str, receipt: Option<&str>, body: &[u8]) {
    let destination = ("destination", destination);
    let content_type = ("content-type", "application/json");
    match receipt {
        Some(id) => frame(dst, Command::Send, &[destination, content_type, ("receipt", id)], body),
        None => frame(dst, Command::Send, &[destination, content_type], body),
    }
}

/// Writes DISCONNECT; the server answers with the receipt and closes.
pub fn disconnect(dst: &mut BytesMut, receipt: &str) {
    frame(dst, Command::Disconnect, &[("receipt", receipt)], b"");
}
