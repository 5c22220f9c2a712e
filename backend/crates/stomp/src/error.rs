//! What ends a connection.

use std::{error::Error, fmt};

/// A breach of STOMP 1.2 or of [`Limits`](crate::Limits).
///
/// All are fatal: the specification has the server send an ERROR frame and close. The text of each is fixed
/// and contains nothing the peer sent, so it may be sent back and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProtocolError {
    /// A carriage return between frames without its line feed.
    InvalidLineEnd,
    /// A NUL before the blank line that ends the headers.
    NulInHead,
    /// A command or header that is not UTF-8.
    InvalidUtf8,
    /// A command that STOMP 1.2 does not have, or that only the other side may send.
    UnknownCommand,
    /// A header line without colon or name, or with a bare carriage return.
    MalformedHeader,
    /// A backslash followed by anything but `r`, `n`, `c` or `\`.
    InvalidEscape,
    /// A `content-length` that is not a plain decimal number a machine word can hold.
    InvalidContentLength,
    /// A body that does not end in NUL where `content-length` says it ends.
    MissingNul,
    /// A body on a frame that may not have one.
    BodyNotAllowed,
    /// More header lines than allowed.
    TooManyHeaders,
    /// A longer header line than allowed.
    HeaderTooLong,
    /// A longer frame than allowed.
    FrameTooLarge,
    /// A frame without the named header, which its command requires.
    MissingHeader(&'static str),
    /// A `heart-beat` header that is not two plain decimal numbers.
    InvalidHeartBeat,
    /// An `accept-version` header that does not offer 1.2.
    UnsupportedVersion,
}

impl ProtocolError {
    /// A fixed snake_case name, for metric labels and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::InvalidLineEnd => "invalid_line_end",
            Self::NulInHead => "nul_in_head",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::UnknownCommand => "unknown_command",
            Self::MalformedHeader => "malformed_header",
            Self::InvalidEscape => "invalid_escape",
            Self::InvalidContentLength => "invalid_content_length",
            Self::MissingNul => "missing_nul",
            Self::BodyNotAllowed => "body_not_allowed",
            Self::TooManyHeaders => "too_many_headers",
            Self::HeaderTooLong => "header_too_long",
            Self::FrameTooLarge => "frame_too_large",
            Self::MissingHeader(_) => "missing_header",
            Self::InvalidHeartBeat => "invalid_heart_beat",
            Self::UnsupportedVersion => "unsupported_version",
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidLineEnd => "carriage return without line feed between frames",
            Self::NulInHead => "frame ends before the blank line after its headers",
            Self::InvalidUtf8 => "command or header is not UTF-8",
            Self::UnknownCommand => "unknown command",
            Self::MalformedHeader => "malformed header line",
            Self::InvalidEscape => "undefined escape sequence in a header",
            Self::InvalidContentLength => "content-length is not a number",
            Self::MissingNul => "body is longer than content-length",
            Self::BodyNotAllowed => "this command may not have a body",
            Self::TooManyHeaders => "too many headers",
            Self::HeaderTooLong => "header line too long",
            Self::FrameTooLarge => "frame too large",
            Self::MissingHeader(name) => return write!(f, "missing header {name}"),
            Self::InvalidHeartBeat => "heart-beat is not two numbers",
            Self::UnsupportedVersion => "only STOMP 1.2 is supported",
        })
    }
}

impl Error for ProtocolError {}
