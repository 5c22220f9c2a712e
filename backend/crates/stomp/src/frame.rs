//! A frame as it lies in the buffer it came in.

use std::{borrow::Cow, fmt};

use bytes::BytesMut;
use memchr::memchr;

use crate::{Command, ProtocolError, escape};

/// One frame, borrowed from the bytes it was decoded from.
#[derive(Clone, Copy)]
pub struct Frame<'a, C = Command> {
    /// What the sender asks for.
    pub command: C,
    /// The header lines.
    pub headers: Headers<'a>,
    /// The body, without the closing NUL; empty for commands that may not have one.
    pub body: &'a [u8],
}

impl<'a, C> Frame<'a, C> {
    /// The id under which the sender asks for a RECEIPT, if it does.
    pub fn receipt(&self) -> Option<Cow<'a, str>> {
        self.headers.get("receipt")
    }
}

/// Shows the length of the body only: bodies are private.
impl<C: fmt::Debug> fmt::Debug for Frame<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("command", &self.command)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// The headers of a frame, already checked, read from the lines on demand.
///
/// A frame of this service has a handful of short lines, so a look-up that walks them costs less than
/// building an index would, and needs no memory.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    lines: &'a str,
    escaped: bool,
}

impl<'a> Headers<'a> {
    pub(crate) fn new(lines: &'a str, escaped: bool) -> Self {
        Self { lines, escaped }
    }

    /// The value of the first header called `name`, unescaped. Later ones of that name do not count (STOMP
    /// 1.2, "Repeated Header Entries"). Names are case-sensitive, and spaces belong to the value.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        // Escaping is one-to-one, so comparing escaped names compares names.
        let raw_name = if self.escaped && name.bytes().any(|b| matches!(b, b'\r' | b'\n' | b':' | b'\\')) {
            let mut escaped = BytesMut::new();
            escape::escape(&mut escaped, name);
            Cow::Owned(escaped.to_vec())
        } else {
            Cow::Borrowed(name.as_bytes())
        };
        Lines(self.lines)
            .find(|line| {
                let line = line.as_bytes();
                line.get(raw_name.len()) == Some(&b':') && line.starts_with(&raw_name)
            })
            .map(|line| self.plain(&line[raw_name.len() + 1..]))
    }

    /// The same for a header that the command requires.
    ///
    /// # Errors
    /// [`ProtocolError::MissingHeader`] when there is none.
    pub fn require(&self, name: &'static str) -> Result<Cow<'a, str>, ProtocolError> {
        self.get(name).ok_or(ProtocolError::MissingHeader(name))
    }

    /// All headers as `(name, value)`, unescaped, in the order sent, repeated ones too.
    pub fn iter(&self) -> HeaderIter<'a> {
        HeaderIter { headers: *self, lines: Lines(self.lines) }
    }

    fn plain(&self, text: &'a str) -> Cow<'a, str> {
        if self.escaped { escape::unescape(text) } else { Cow::Borrowed(text) }
    }
}

impl<'a> IntoIterator for &Headers<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

/// Shows names only: values may be tokens.
impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// Iterator of [`Headers::iter`].
#[derive(Clone)]
pub struct HeaderIter<'a> {
    headers: Headers<'a>,
    lines: Lines<'a>,
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.lines.next()?.split_once(':')?;
        Some((self.headers.plain(name), self.headers.plain(value)))
    }
}

/// The lines up to the blank one, without their ends.
#[derive(Clone, Copy)]
pub(crate) struct Lines<'a>(pub(crate) &'a str);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let end = memchr(b'\n', self.0.as_bytes())?;
        let line = &self.0[..end];
        self.0 = &self.0[end + 1..];
        let line = line.strip_suffix('\r').unwrap_or(line);
        (!line.is_empty()).then_some(line)
    }
}
