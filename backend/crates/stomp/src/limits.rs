//! How much one frame may ask of the decoder.

/// Bounds of one frame; a frame beyond any of them is a protocol error.
///
/// They also bound memory: a decoder never holds more than `max_frame_bytes` on the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole frame, from the first of its command to its closing NUL.
    pub max_frame_bytes: usize,
    /// Header lines of a frame, repeated ones counted.
    pub max_headers: usize,
    /// Bytes of one header line as sent: name, colon and value, without the line end.
    pub max_header_bytes: usize,
    /// The same for the `Authorization` line of CONNECT, which carries an access token.
    pub max_token_header_bytes: usize,
}

impl Limits {
    /// The longest line any frame may have, so that an endless one is refused before it has been buffered.
    pub(crate) fn max_line_bytes(&self) -> usize {
        self.max_header_bytes.max(self.max_token_header_bytes)
    }
}

impl Default for Limits {
    /// 64 KiB a frame, 32 headers of 1 KiB, 4 KiB for the token: a message of 8,000 characters (at most
    /// 32,000 bytes of UTF-8) fits with its JSON around it.
    fn default() -> Self {
        Self {
            max_frame_bytes: 64 * 1024,
            max_headers: 32,
            max_header_bytes: 1024,
            max_token_header_bytes: 4 * 1024,
        }
    }
}
