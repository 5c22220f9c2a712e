//! The command line and the headers: first where they end, then what they say.

use memchr::{memchr, memchr2};

use crate::{CommandSet, Limits, ProtocolError, escape, frame::Lines};

/// Finds the blank line that ends the headers, in bytes that come in pieces.
///
/// It keeps its place, so a head that comes byte by byte costs no more than one that comes whole, and every
/// error is raised at the same byte however the stream is cut.
#[derive(Clone, Copy, Default)]
pub(crate) struct HeadScan {
    line_bytes: usize,
    starts_with_cr: bool,
    lines: usize,
}

impl HeadScan {
    /// The number of `bytes` that belong to the head, with its blank line, or `None` when all do and more
    /// are needed.
    pub(crate) fn advance(&mut self, bytes: &[u8], limits: &Limits) -> Result<Option<usize>, ProtocolError> {
        let max_line_bytes = limits.max_line_bytes().saturating_add(1); // a carriage return
        let mut start = 0;
        loop {
            let rest = &bytes[start..];
            let found = memchr2(b'\n', 0, rest);
            if self.line_bytes == 0 {
                self.starts_with_cr = rest.first() == Some(&b'\r');
            }
            self.line_bytes += found.unwrap_or(rest.len());
            if self.line_bytes > max_line_bytes {
                return Err(ProtocolError::HeaderTooLong);
            }
            let Some(end) = found else { return Ok(None) };
            if rest[end] == 0 {
                return Err(ProtocolError::NulInHead);
            }
            start += end + 1;
            if self.line_bytes == usize::from(self.starts_with_cr) {
                return Ok(Some(start));
            }
            self.line_bytes = 0;
            self.lines += 1;
            if self.lines - 1 > limits.max_headers {
                return Err(ProtocolError::TooManyHeaders);
            }
        }
    }
}

/// A head that has been read and checked.
pub(crate) struct Head<'a, C> {
    pub(crate) command: C,
    /// Everything after the command line.
    pub(crate) lines: &'a str,
    pub(crate) content_length: Option<usize>,
}

impl<'a, C: CommandSet> Head<'a, C> {
    /// Reads `bytes`, which end with the blank line that [`HeadScan`] found.
    pub(crate) fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, ProtocolError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ProtocolError::InvalidUtf8)?;
        let mut lines = Lines(text);
        let command = lines.next().and_then(C::parse).ok_or(ProtocolError::UnknownCommand)?;
        let mut head = Self { command, lines: lines.0, content_length: None };
        for line in lines {
            head.check(line, limits)?;
        }
        Ok(head)
    }

    fn check(&mut self, line: &str, limits: &Limits) -> Result<(), ProtocolError> {
        let colon = memchr(b':', line.as_bytes()).ok_or(ProtocolError::MalformedHeader)?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let max_bytes = match self.command.token_header() {
            Some(token_header) if token_header == name => limits.max_token_header_bytes,
            _ => limits.max_header_bytes,
        };
        if line.len() > max_bytes {
            return Err(ProtocolError::HeaderTooLong);
        }
        if name.is_empty() || memchr(b'\r', line.as_bytes()).is_some() {
            return Err(ProtocolError::MalformedHeader);
        }
        if self.command.escapes_headers() {
            escape::check(line)?;
        }
        if name == "content-length" && self.content_length.is_none() {
            self.content_length = Some(parse_length(value)?);
        }
        Ok(())
    }
}

/// Digits only: `str::parse` would also take `+5`.
fn parse_length(value: &str) -> Result<usize, ProtocolError> {
    if !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ProtocolError::InvalidContentLength);
    }
    value.parse().map_err(|_| ProtocolError::InvalidContentLength)
}
