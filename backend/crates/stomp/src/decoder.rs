//! From a stream of bytes to frames.

use memchr::memchr;

use crate::{
    Command, CommandSet, Frame, Headers, Limits, ProtocolError,
    frame::Lines,
    head::{Head, HeadScan},
};

/// What the bytes said.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a, C = Command> {
    /// One or more line ends between frames: the peer is alive.
    Heartbeat,
    /// A whole frame.
    Frame(Frame<'a, C>),
}

/// The decoder of a server: it takes the frames of clients.
pub type ServerDecoder = Decoder<Command>;

/// An incremental decoder of the frames that one side sends.
pub struct Decoder<C> {
    limits: Limits,
    state: State<C>,
    /// What has come of a frame that is not complete, or the frame handed out last if it had to be put
    /// together here. Otherwise empty and without an allocation.
    tail: Vec<u8>,
}

enum State<C> {
    Between {
        after_cr: bool,
    },
    Head(HeadScan),
    Body(Body<C>),
    /// The caller has been given the frame in `tail`.
    Delivered,
    Failed(ProtocolError),
}

/// A frame whose head has been read.
#[derive(Clone, Copy)]
struct Body<C> {
    command: C,
    head_bytes: usize,
    /// Bytes of the body; `None` when it runs to the first NUL.
    length: Option<usize>,
}

enum Step<'i, C> {
    NeedMore,
    Heartbeat,
    InPlace(Frame<'i, C>),
    InTail(Body<C>),
}

impl<C: CommandSet> Decoder<C> {
    /// A decoder at the start of a stream; allocates nothing.
    pub fn new(limits: Limits) -> Self {
        Self { limits, state: State::Between { after_cr: false }, tail: Vec::new() }
    }

    /// Takes the next event from the front of `input` and moves `input` past it.
    ///
    /// Call it until it gives `None`; then all of `input` has been taken and the decoder waits for the bytes
    /// that follow. The frame borrows from `input`, or from the decoder when it had come in pieces.
    ///
    /// # Errors
    /// The first breach of the protocol, and the same one at every later call: a stream cannot be picked up
    /// again after it.
    pub fn decode<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Event<'a, C>>, ProtocolError> {
        match self.step(input) {
            Ok(Step::NeedMore) => Ok(None),
            Ok(Step::Heartbeat) => Ok(Some(Event::Heartbeat)),
            Ok(Step::InPlace(frame)) => Ok(Some(Event::Frame(frame))),
            Ok(Step::InTail(body)) => body.frame(&self.tail).map(|frame| Some(Event::Frame(frame))),
            Err(error) => {
                self.state = State::Failed(error);
                self.tail = Vec::new();
                *input = &[];
                Err(error)
            }
        }
    }

    /// Bytes of heap memory held: 0 between frames, never more than [`Limits::max_frame_bytes`].
    pub fn buffered_bytes(&self) -> usize {
        self.tail.capacity()
    }

    /// Whether a frame has begun and not ended. One that was handed out has ended, also while its memory is held.
    pub fn is_inside(&self) -> bool {
        matches!(self.state, State::Head(_) | State::Body(_))
    }

    fn step<'i>(&mut self, input: &mut &'i [u8]) -> Result<Step<'i, C>, ProtocolError> {
        match self.state {
            State::Failed(error) => return Err(error),
            State::Delivered => {
                self.tail = Vec::new();
                self.state = State::Between { after_cr: false };
            }
            _ => {}
        }
        if let State::Between { after_cr } = &mut self.state {
            if skip_line_ends(input, after_cr)? {
                return Ok(Step::Heartbeat);
            }
            if input.is_empty() {
                return Ok(Step::NeedMore);
            }
            self.state = State::Head(HeadScan::default());
        }
        if let State::Head(scan) = &mut self.state {
            let room = self.limits.max_frame_bytes - self.tail.len();
            let window = &input[..input.len().min(room)];
            let Some(end) = scan.advance(window, &self.limits)? else {
                if window.len() == room {
                    return Err(ProtocolError::FrameTooLarge);
                }
                self.keep(input, input.len());
                return Ok(Step::NeedMore);
            };
            if self.tail.is_empty() {
                return self.read_in_place(input, end);
            }
            self.keep(input, end);
            let head = Head::parse(&self.tail, &self.limits)?;
            self.state = State::Body(Body::new(&head, self.tail.len(), &self.limits)?);
        }
        let State::Body(body) = self.state else { return Ok(Step::NeedMore) };
        match body.find_end(self.tail.len(), input, &self.limits)? {
            Some(end) => {
                self.keep(input, end);
                self.state = State::Delivered;
                Ok(Step::InTail(body))
            }
            None => {
                self.keep(input, input.len());
                Ok(Step::NeedMore)
            }
        }
    }

    /// Reads a frame whose head is the first `head_bytes` of `input`, without copying if its body is there.
    fn read_in_place<'i>(
        &mut self,
        input: &mut &'i [u8],
        head_bytes: usize,
    ) -> Result<Step<'i, C>, ProtocolError> {
        let (head, rest) = input.split_at(head_bytes);
        let head = Head::parse(head, &self.limits)?;
        let body = Body::new(&head, head_bytes, &self.limits)?;
        let Some(end) = body.find_end(head_bytes, rest, &self.limits)? else {
            self.state = State::Body(body);
            self.keep(input, input.len());
            return Ok(Step::NeedMore);
        };
        self.state = State::Between { after_cr: false };
        *input = &rest[end..];
        Ok(Step::InPlace(Frame {
            command: head.command,
            headers: Headers::new(head.lines, head.command.escapes_headers()),
            body: &rest[..end - 1],
        }))
    }

    /// Moves the first `count` bytes of `input` to the tail. The tail grows by doubling, but never beyond
    /// the largest frame.
    fn keep(&mut self, input: &mut &[u8], count: usize) {
        let (taken, rest) = input.split_at(count);
        *input = rest;
        let needed = self.tail.len() + count;
        if needed > self.tail.capacity() {
            let target = (self.tail.capacity() * 2).min(self.limits.max_frame_bytes).max(needed);
            self.tail.reserve_exact(target - self.tail.len());
        }
        self.tail.extend_from_slice(taken);
    }
}

impl<C: CommandSet> Body<C> {
    fn new(head: &Head<'_, C>, head_bytes: usize, limits: &Limits) -> Result<Self, ProtocolError> {
        let length = match head.content_length {
            // The NUL must follow the head at once, so that a body that may not be is never buffered.
            None if !head.command.allows_body() => Some(0),
            Some(length) if length > 0 && !head.command.allows_body() => {
                return Err(ProtocolError::BodyNotAllowed);
            }
            length => length,
        };
        let frame_bytes = head_bytes.saturating_add(length.unwrap_or(0)).saturating_add(1);
        if frame_bytes > limits.max_frame_bytes {
            return Err(ProtocolError::FrameTooLarge);
        }
        Ok(Self { command: head.command, head_bytes, length })
    }

    /// How many bytes of `input` belong to the frame, its NUL included, when `have` bytes came before them;
    /// `None` when more are needed.
    fn find_end(&self, have: usize, input: &[u8], limits: &Limits) -> Result<Option<usize>, ProtocolError> {
        let Some(length) = self.length else {
            let room = limits.max_frame_bytes - have;
            let window = &input[..input.len().min(room)];
            return match memchr(0, window) {
                Some(at) => Ok(Some(at + 1)),
                None if window.len() == room => Err(ProtocolError::FrameTooLarge),
                None => Ok(None),
            };
        };
        let missing = self.head_bytes + length + 1 - have;
        match input.get(missing - 1) {
            None => Ok(None),
            Some(0) => Ok(Some(missing)),
            Some(_) if self.command.allows_body() => Err(ProtocolError::MissingNul),
            Some(_) => Err(ProtocolError::BodyNotAllowed),
        }
    }

    /// The frame that `tail` holds whole.
    fn frame<'a>(&self, tail: &'a [u8]) -> Result<Frame<'a, C>, ProtocolError> {
        let (head, body) = tail.split_at(self.head_bytes);
        let mut lines = Lines(std::str::from_utf8(head).map_err(|_| ProtocolError::InvalidUtf8)?);
        lines.next(); // the command
        Ok(Frame {
            command: self.command,
            headers: Headers::new(lines.0, self.command.escapes_headers()),
            body: &body[..body.len() - 1],
        })
    }
}

/// Moves `input` past line ends; true when there was a whole one. `after_cr` says, before and after, that the
/// last byte was a carriage return whose line feed must follow.
fn skip_line_ends(input: &mut &[u8], after_cr: &mut bool) -> Result<bool, ProtocolError> {
    let mut found = false;
    while let [first, rest @ ..] = *input {
        match (*first, *after_cr) {
            (b'\n', _) => (found, *after_cr) = (true, false),
            (b'\r', false) => *after_cr = true,
            (_, true) => return Err(ProtocolError::InvalidLineEnd),
            (_, false) => break,
        }
        *input = rest;
    }
    Ok(found)
}
