//! What a server without extensions has to do by RFC 6455, as an echo over the real codec does it.
//!
//! The cases are those of the Autobahn suite's fuzzing client and bear its numbers: groups 1 to 7 and 10. Left out are 9 (sizes
//! above any bound of ours), 12 and 13 (compression, which is not offered). Bounds of fragments and pings are lifted,
//! as some cases exceed them. Two answers differ from what that client likes best and are as good by the RFC: a close is
//! answered with 1000 and not with the code that came, and codes that nobody may send (7.13) are refused.

mod closing;
mod fragments;
mod framing;
mod reserved;
mod text;

use kith_wire::close::CloseCode;

use super::{Decoder, Event, Limits, Opcode, close_frame, control_frame, decoder::Data, head, tests::frame};

/// What the echo answers.
#[derive(Clone)]
enum Answer {
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseCode),
}

/// A refusal for a broken protocol.
const BROKEN: Answer = Answer::Close(CloseCode::ProtocolError);
/// A refusal of text that is no UTF-8.
const NO_TEXT: Answer = Answer::Close(CloseCode::InvalidText);
/// The answer to a close.
const BYE: Answer = Answer::Close(CloseCode::Normal);

impl Answer {
    /// As the echo must write it, made without the codec.
    fn bytes(&self) -> Vec<u8> {
        let (first, payload) = match self {
            Self::Text(payload) => (0x81, payload.clone()),
            Self::Binary(payload) => (0x82, payload.clone()),
            Self::Pong(payload) => (0x8A, payload.clone()),
            Self::Close(code) => (0x88, [&code.number().to_be_bytes(), code.reason().as_bytes()].concat()),
        };
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(short as u8),
            middle @ 126..=0xFFFF => bytes.extend([&[126][..], &(middle as u16).to_be_bytes()].concat()),
            long => bytes.extend([&[127][..], &(long as u64).to_be_bytes()].concat()),
        }
        bytes.extend(payload);
        bytes
    }
}

/// What a client sends, and what comes back.
struct Case {
    /// Autobahn's number, and what is checked.
    name: String,
    input: Vec<u8>,
    answers: Vec<Answer>,
    /// How many bytes at most may be taken before the refusal; more would be too late.
    refused_within: Option<usize>,
}

impl Case {
    fn new(
        name: impl Into<String>,
        frames: impl IntoIterator<Item = Vec<u8>>,
        answers: impl IntoIterator<Item = Answer>,
    ) -> Self {
        Self {
            name: name.into(),
            input: frames.into_iter().flatten().collect(),
            answers: answers.into_iter().collect(),
            refused_within: None,
        }
    }

    fn refused_within(self, bytes: usize) -> Self {
        Self { refused_within: Some(bytes), ..self }
    }

    /// Sends the input whole, in pieces, and in two pieces for every place where it can be cut.
    fn check(&self) {
        let expected: Vec<u8> = self.answers.iter().flat_map(Answer::bytes).collect();
        for size in [self.input.len().max(1), 1, 997] {
            self.check_pieces(self.input.chunks(size), &expected, &format!("in pieces of {size}"));
        }
        if self.input.len() <= 2_048 {
            for at in 0..self.input.len() {
                let (first, rest) = self.input.split_at(at);
                self.check_pieces([first, rest].into_iter(), &expected, &format!("cut at {at}"));
            }
        }
    }

    fn check_pieces<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>, expected: &[u8], how: &str) {
        let mut echo = Echo::new();
        let mut given = 0;
        for piece in pieces {
            given += piece.len();
            echo.receive(piece);
            if self.refused_within.is_some_and(|bytes| given >= bytes) {
                assert!(echo.closed, "{} is refused too late, {how}", self.name);
            }
        }
        assert!(echo.written == expected, "{}, {how}: {:x?}", self.name, echo.written);
    }
}

/// Sends back every message and answers pings and closes.
struct Echo {
    decoder: Decoder,
    message: Vec<u8>,
    written: Vec<u8>,
    closed: bool,
}

impl Echo {
    fn new() -> Self {
        let limits = Limits { max_message_bytes: 1 << 20, max_fragments: u8::MAX };
        Self { decoder: Decoder::new(limits), message: Vec::new(), written: Vec::new(), closed: false }
    }

    fn receive(&mut self, piece: &[u8]) {
        let (mut piece, mut at) = (piece.to_vec(), 0);
        while !self.closed {
            match self.decoder.decode(&mut piece, &mut at) {
                Ok(None) => return assert_eq!(at, piece.len(), "all is taken"),
                Ok(Some(Event::Data(data))) => self.data(&data, &piece[data.payload.clone()]),
                Ok(Some(Event::Ping(payload))) => self.write(&control_frame(Opcode::Pong, &payload)),
                Ok(Some(Event::Pong)) => {}
                Ok(Some(Event::Close)) => self.close(CloseCode::Normal),
                Err(fault) => self.close(fault.close_code()),
            }
        }
    }

    fn data(&mut self, data: &Data, payload: &[u8]) {
        self.message.extend_from_slice(payload);
        if data.last {
            let message = std::mem::take(&mut self.message);
            let opcode = if data.text { Opcode::Text } else { Opcode::Binary };
            self.write(head(opcode, message.len()).as_bytes());
            self.write(&message);
        }
    }

    fn close(&mut self, code: CloseCode) {
        self.write(&close_frame(code));
        self.closed = true;
    }

    fn write(&mut self, bytes: &[u8]) {
        self.written.extend_from_slice(bytes);
    }
}

fn check(cases: impl IntoIterator<Item = Case>) {
    cases.into_iter().for_each(|case| case.check());
}

fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x81, payload.as_ref())
}

fn ping(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x89, payload.as_ref())
}

fn close(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x88, payload.as_ref())
}

/// The first fragment of a text.
fn begin(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x01, payload.as_ref())
}

/// A fragment in the middle.
fn more(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x00, payload.as_ref())
}

/// The last fragment.
fn end(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(0x80, payload.as_ref())
}

fn echoed(payload: impl AsRef<[u8]>) -> Answer {
    Answer::Text(payload.as_ref().to_vec())
}

fn pong(payload: impl AsRef<[u8]>) -> Answer {
    Answer::Pong(payload.as_ref().to_vec())
}
