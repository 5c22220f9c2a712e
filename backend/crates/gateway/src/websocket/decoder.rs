//! From a client's bytes to the payload of its frames.

use std::ops::Range;

use kith_wire::close::CloseCode;

use super::{Opcode, utf8::Utf8};

/// Bounds of one message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Payload bytes of a message, all its frames together.
    pub(crate) max_message_bytes: usize,
    /// Frames a message may come in. Empty ones count, so that they cannot go on for ever.
    pub(crate) max_fragments: u8,
}

/// A piece of a message. A stream such as STOMP needs nothing but the bytes; who wants messages needs all of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Data {
    /// Where in the input it lies, unmasked. Empty only for the end of a message that came before it.
    pub(crate) payload: Range<usize>,
    /// The message is text.
    pub(crate) text: bool,
    /// It ends here.
    pub(crate) last: bool,
}

/// What the bytes said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Payload of a message.
    Data(Data),
    /// A ping with its payload, to be sent back.
    Ping(Vec<u8>),
    /// A pong.
    Pong,
    /// The peer closes.
    Close,
}

/// A breach that ends the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// RFC 6455 was broken.
    Protocol,
    /// Text that is no UTF-8.
    InvalidText,
    /// A message beyond [`Limits`].
    TooLarge,
}

impl Fault {
    /// The code that the connection is closed with.
    pub(crate) const fn close_code(self) -> CloseCode {
        match self {
            Self::Protocol => CloseCode::ProtocolError,
            Self::InvalidText => CloseCode::InvalidText,
            Self::TooLarge => CloseCode::TooLarge,
        }
    }
}

/// The longest head: two bytes, eight of length, four of mask.
const MAX_HEAD_BYTES: usize = 14;
/// The longest payload of a control frame.
const MAX_CONTROL_BYTES: usize = 125;

#[derive(Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    mask: [u8; 4],
    /// Payload bytes taken so far: where in the mask the next one stands.
    taken: usize,
    length: usize,
}

#[derive(Debug, Default)]
struct Message {
    text: Option<Utf8>,
    bytes: usize,
    fragments: u8,
}

/// An incremental decoder; between frames it holds no heap memory.
#[derive(Debug)]
pub(crate) struct Decoder {
    limits: Limits,
    head: [u8; MAX_HEAD_BYTES],
    head_len: u8,
    frame: Option<Frame>,
    message: Option<Message>,
    control: Vec<u8>,
    failed: Option<Fault>,
}

impl Decoder {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            head: [0; MAX_HEAD_BYTES],
            head_len: 0,
            frame: None,
            message: None,
            control: Vec::new(),
            failed: None,
        }
    }

    /// Whether a frame or message has begun and not ended.
    pub(crate) fn is_inside(&self) -> bool {
        self.head_len > 0 || self.frame.is_some() || self.message.is_some()
    }

    /// Takes the next event from `input[*at..]` and moves `at` past it; `None` when all was taken.
    ///
    /// # Errors
    /// The first breach, and the same one ever after.
    pub(crate) fn decode(&mut self, input: &mut [u8], at: &mut usize) -> Result<Option<Event>, Fault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        let event = self.step(input, at);
        if let Err(fault) = event {
            self.failed = Some(fault);
            self.control = Vec::new();
        }
        event
    }

    fn step(&mut self, input: &mut [u8], at: &mut usize) -> Result<Option<Event>, Fault> {
        loop {
            if self.frame.is_none() && !self.read_head(input, at)? {
                return Ok(None);
            }
            let Some(frame) = &mut self.frame else { return Ok(None) };
            let start = *at;
            let end = start + (frame.length - frame.taken).min(input.len() - start);
            unmask(&mut input[start..end], frame.mask, frame.taken);
            frame.taken += end - start;
            *at = end;
            let whole = frame.taken == frame.length;
            let (opcode, fin) = (frame.opcode, frame.fin);
            if opcode.is_control() {
                self.control.extend_from_slice(&input[start..end]);
                if !whole {
                    return Ok(None);
                }
                self.frame = None;
                return self.control_event(opcode).map(Some);
            }
            if whole {
                self.frame = None;
            }
            let last = whole && fin;
            let text = self.check_text(&input[start..end], last)?;
            if start < end || last {
                return Ok(Some(Event::Data(Data { payload: start..end, text, last })));
            }
            if !whole {
                return Ok(None);
            }
        }
    }

    /// Checks the payload of a text message; false for a binary one.
    fn check_text(&mut self, payload: &[u8], last: bool) -> Result<bool, Fault> {
        let text = self.message.as_mut().and_then(|message| message.text.as_mut());
        let is_text = text.is_some();
        if let Some(utf8) = text {
            utf8.push(payload).map_err(|_| Fault::InvalidText)?;
            if last {
                utf8.finish().map_err(|_| Fault::InvalidText)?;
            }
        }
        if last {
            self.message = None;
        }
        Ok(is_text)
    }

    fn control_event(&mut self, opcode: Opcode) -> Result<Event, Fault> {
        let payload = std::mem::take(&mut self.control);
        match opcode {
            Opcode::Ping => Ok(Event::Ping(payload)),
            Opcode::Pong => Ok(Event::Pong),
            _ => check_close(&payload).map(|()| Event::Close),
        }
    }

    /// Reads a frame's head; `false` when more bytes are needed. What can be refused early is.
    fn read_head(&mut self, input: &[u8], at: &mut usize) -> Result<bool, Fault> {
        loop {
            let have = usize::from(self.head_len);
            let needed = if have < 2 { 2 } else { head_bytes(self.head[1]) };
            if have == needed {
                self.head_len = 0;
                self.frame = Some(self.begin(needed)?);
                return Ok(true);
            }
            let Some(byte) = input.get(*at) else { return Ok(false) };
            self.head[have] = *byte;
            self.head_len += 1;
            *at += 1;
            if self.head_len == 2 {
                self.check_start()?;
            }
        }
    }

    /// Judges the first two bytes: reserved bits, opcode, mask bit, and what a control frame may not be.
    fn check_start(&self) -> Result<(), Fault> {
        let [first, second] = [self.head[0], self.head[1]];
        let opcode = Opcode::from_bits(first & 0x0F).ok_or(Fault::Protocol)?;
        let (fin, short) = (first & 0x80 != 0, second & 0x7F <= MAX_CONTROL_BYTES as u8);
        let in_order = match opcode {
            Opcode::Continuation => self.message.is_some(),
            Opcode::Text | Opcode::Binary => self.message.is_none(),
            Opcode::Close | Opcode::Ping | Opcode::Pong => fin && short,
        };
        if first & 0x70 == 0 && second & 0x80 != 0 && in_order { Ok(()) } else { Err(Fault::Protocol) }
    }

    fn begin(&mut self, head_bytes: usize) -> Result<Frame, Fault> {
        let opcode = Opcode::from_bits(self.head[0] & 0x0F).ok_or(Fault::Protocol)?;
        let length = match self.head[1] & 0x7F {
            126 => u64::from(u16::from_be_bytes([self.head[2], self.head[3]])),
            127 => {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&self.head[2..10]);
                u64::from_be_bytes(bytes)
            }
            length => u64::from(length),
        };
        // The shortest form is required, and the top bit must be clear (section 5.2).
        let minimal = match self.head[1] & 0x7F {
            126 => length > 125,
            127 => length > 0xFFFF && length >> 63 == 0,
            _ => true,
        };
        if !minimal {
            return Err(Fault::Protocol);
        }
        let length = usize::try_from(length).map_err(|_| Fault::TooLarge)?;
        if !opcode.is_control() {
            let text = (opcode == Opcode::Text).then(Utf8::default);
            let message = self.message.get_or_insert_with(|| Message { text, ..Message::default() });
            message.fragments = message.fragments.saturating_add(1);
            message.bytes = message.bytes.saturating_add(length);
            if message.bytes > self.limits.max_message_bytes || message.fragments > self.limits.max_fragments
            {
                return Err(Fault::TooLarge);
            }
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.head[head_bytes - 4..head_bytes]);
        Ok(Frame { opcode, fin: self.head[0] & 0x80 != 0, mask, taken: 0, length })
    }
}

/// The length of a masked frame's head by its second byte.
const fn head_bytes(second: u8) -> usize {
    match second & 0x7F {
        126 => 8,
        127 => 14,
        _ => 6,
    }
}

/// Unmasks eight bytes at a time; `taken` bytes of the frame came before.
fn unmask(payload: &mut [u8], mask: [u8; 4], taken: usize) {
    let mut turned = mask;
    turned.rotate_left(taken % 4);
    let word = u64::from_ne_bytes([
        turned[0], turned[1], turned[2], turned[3], turned[0], turned[1], turned[2], turned[3],
    ]);
    let mut chunks = payload.chunks_exact_mut(8);
    for chunk in &mut chunks {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(chunk);
        chunk.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ word).to_ne_bytes());
    }
    for (index, byte) in chunks.into_remainder().iter_mut().enumerate() {
        *byte ^= turned[index % 4];
    }
}

/// A close frame is empty, or a code that may be sent and a reason in UTF-8 (section 7.4).
fn check_close(payload: &[u8]) -> Result<(), Fault> {
    match payload {
        [] => Ok(()),
        [_] => Err(Fault::Protocol),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(Fault::Protocol);
            }
            std::str::from_utf8(reason).map(|_| ()).map_err(|_| Fault::InvalidText)
        }
    }
}
