//! Against another implementation: what tungstenite writes is read here, and what is written here it reads.

use std::io::{self, Cursor, Read, Write};

use bytes::Bytes;
use kith_wire::close::CloseCode;
use proptest::{collection::vec, prelude::*, sample::select};
use tokio_tungstenite::tungstenite::{
    Error, Message, WebSocket,
    protocol::{
        CloseFrame, Role,
        frame::{
            Frame,
            coding::{Data as DataCode, OpCode},
        },
    },
};

use super::{decoder::Data, *};

const LIMITS: Limits = Limits { max_message_bytes: 1 << 20, max_fragments: u8::MAX };

/// A stream that gives bytes and keeps what is written.
#[derive(Default)]
pub(super) struct Pipe {
    input: Cursor<Vec<u8>>,
    output: Vec<u8>,
}

impl Pipe {
    pub(super) fn new(input: Vec<u8>) -> Self {
        Self { input: Cursor::new(input), output: Vec::new() }
    }
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What one side says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// What is said, and for a message after how many bytes each of its fragments ends.
fn said() -> impl Strategy<Value = (Said, Vec<usize>)> {
    let size = prop_oneof![8 => 0..300_usize, 1 => 65_530..65_540_usize];
    let said = prop_oneof![
        4 => "(.|[éß€再😀]){0,80}".prop_map(Said::Text),
        4 => (size, any::<u8>()).prop_map(|(size, byte)| Said::Binary(vec![byte; size])),
        1 => vec(any::<u8>(), 0..=125).prop_map(Said::Ping),
        1 => Just(Said::Pong),
    ];
    (said, vec(0..200_usize, 0..4))
}

fn write(peer: &mut WebSocket<Pipe>, said: &Said, fragments: &[usize]) {
    let message = match said {
        Said::Text(text) => return write_fragments(peer, DataCode::Text, text.as_bytes(), fragments),
        Said::Binary(bytes) => return write_fragments(peer, DataCode::Binary, bytes, fragments),
        Said::Ping(payload) => Message::Ping(Bytes::from(payload.clone())),
        Said::Pong => Message::Pong(Bytes::from_static(b"pong")),
        Said::Close => Message::Close(Some(CloseFrame { code: 1000.into(), reason: "bye".into() })),
    };
    peer.send(message).unwrap();
}

fn write_fragments(peer: &mut WebSocket<Pipe>, code: DataCode, mut payload: &[u8], fragments: &[usize]) {
    let mut code = code;
    for size in fragments {
        let (piece, rest) = payload.split_at(payload.len().min(*size));
        let frame = Frame::message(Bytes::copy_from_slice(piece), OpCode::Data(code), false);
        peer.send(Message::Frame(frame)).unwrap();
        (payload, code) = (rest, DataCode::Continue);
    }
    let frame = Frame::message(Bytes::copy_from_slice(payload), OpCode::Data(code), true);
    peer.send(Message::Frame(frame)).unwrap();
}

/// What our decoder makes of `input` in pieces of these sizes, over and over.
pub(super) fn read(input: &[u8], sizes: &[usize]) -> Result<Vec<Said>, Fault> {
    let (mut decoder, mut all, mut message) = (Decoder::new(LIMITS), Vec::new(), Vec::new());
    let (mut rest, mut sizes) = (input, sizes.iter().cycle());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(*sizes.next().unwrap_or(&1)));
        rest = after;
        let (mut piece, mut at) = (piece.to_vec(), 0);
        while let Some(event) = decoder.decode(&mut piece, &mut at)? {
            match event {
                Event::Ping(payload) => all.push(Said::Ping(payload)),
                Event::Pong => all.push(Said::Pong),
                Event::Close => {
                    all.push(Said::Close);
                    return Ok(all);
                }
                Event::Data(Data { payload, text, last }) => {
                    message.extend_from_slice(&piece[payload]);
                    if last {
                        let whole = std::mem::take(&mut message);
                        all.push(match text {
                            true => Said::Text(String::from_utf8(whole).unwrap()),
                            false => Said::Binary(whole),
                        });
                    }
                }
            }
        }
    }
    Ok(all)
}

proptest! {
    #[test]
    fn what_the_peer_writes_is_read_here(
        said in vec(said(), 0..8),
        sizes in vec(1..500_usize, 1..5),
        closes: bool,
    ) {
        let mut peer = WebSocket::from_raw_socket(Pipe::default(), Role::Client, None);
        let mut expected: Vec<Said> = said.iter().map(|(said, _)| said.clone()).collect();
        said.iter().for_each(|(said, fragments)| write(&mut peer, said, fragments));
        if closes {
            write(&mut peer, &Said::Close, &[]);
            expected.push(Said::Close);
        }
        prop_assert_eq!(read(&peer.get_ref().output, &sizes), Ok(expected));
    }

    #[test]
    fn what_is_written_here_the_peer_reads(
        said in vec(said(), 0..8),
        code in select(CloseCode::ALL),
    ) {
        let mut bytes = Vec::new();
        for (said, _) in &said {
            let (opcode, payload) = match said {
                Said::Text(text) => (Opcode::Text, text.as_bytes()),
                Said::Binary(payload) => (Opcode::Binary, &payload[..]),
                Said::Ping(payload) => (Opcode::Ping, &payload[..]),
                Said::Pong | Said::Close => (Opcode::Pong, &b"pong"[..]),
            };
            if opcode.is_control() {
                bytes.extend_from_slice(&control_frame(opcode, payload));
            } else {
                bytes.extend_from_slice(head(opcode, payload.len()).as_bytes());
                bytes.extend_from_slice(payload);
            }
        }
        bytes.extend_from_slice(&close_frame(code));
        let pipe = Pipe::new(bytes);
        let mut peer = WebSocket::from_raw_socket(pipe, Role::Client, None);
        for (said, _) in said {
            let expected = match said {
                Said::Text(text) => Message::Text(text.into()),
                Said::Binary(payload) => Message::Binary(payload.into()),
                Said::Ping(payload) => Message::Ping(payload.into()),
                Said::Pong | Said::Close => Message::Pong(Bytes::from_static(b"pong")),
            };
            prop_assert_eq!(peer.read().unwrap(), expected);
        }
        let close = CloseFrame { code: code.number().into(), reason: code.reason().into() };
        prop_assert_eq!(peer.read().unwrap(), Message::Close(Some(close)));
        prop_assert!(matches!(peer.read(), Err(Error::ConnectionClosed | Error::Protocol(_) | Error::Io(_))));
    }
}
