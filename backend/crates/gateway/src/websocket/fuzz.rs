use bolero::{check, generator::*};
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, error::ProtocolError, protocol::Role};

use super::peer::{Pipe, Said, read};

/// Pieces of frames: mostly heads that may stand there, with lengths that may be true.
const FIRST: [u8; 12] = [0x81, 0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8A, 0x88, 0xC1, 0x83];
const PAYLOADS: [&[u8]; 10] = [
    b"",
    b"a",
    "é再😀".as_bytes(),
    b"\xe5\x86",
    b"\x8d",
    b"\x03\xe8",
    b"\x03\xe8bye",
    b"\x03\xed",
    b"\xff",
    &[b'x'; 126],
];

/// A frame with its length in one, two or eight bytes, needed or not.
fn frame(bytes: &mut Vec<u8>, first: u8, form: u8, mask: [u8; 4], payload: &[u8]) {
    let length = payload.len() as u64;
    bytes.push(first);
    match form {
        0 => bytes.extend([&[0x80 | 127][..], &length.to_be_bytes()].concat()),
        1 => bytes.extend([&[0x80 | 126][..], &(length as u16).to_be_bytes()].concat()),
        2 => bytes.push(length as u8 & 0x7F),
        _ if length > 125 => bytes.extend([&[0x80 | 126][..], &(length as u16).to_be_bytes()].concat()),
        _ => bytes.push(0x80 | length as u8),
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// What another implementation reads, and why it ends.
fn peer_reads(input: &[u8]) -> (Vec<Said>, Error) {
    let pipe = Pipe::new(input.to_vec());
    let (mut peer, mut all) = (WebSocket::from_raw_socket(pipe, Role::Server, None), Vec::new());
    loop {
        match peer.read() {
            Ok(Message::Text(text)) => all.push(Said::Text(text.as_str().to_owned())),
            Ok(Message::Binary(bytes)) => all.push(Said::Binary(bytes.to_vec())),
            Ok(Message::Ping(payload)) => all.push(Said::Ping(payload.to_vec())),
            Ok(Message::Pong(_)) => all.push(Said::Pong),
            Ok(Message::Close(_)) => all.push(Said::Close),
            Ok(Message::Frame(_)) => {}
            Err(error) => return (all, error),
        }
    }
}

/// Cuts do not matter, and what is taken here another implementation takes too and reads alike.
fn compare(input: &[u8], sizes: &[usize]) {
    let whole = read(input, &[input.len().max(1)]);
    assert_eq!(read(input, sizes), whole);
    let Ok(said) = whole else { return };
    let (peer, end) = peer_reads(input);
    assert_eq!(said, peer, "{end}");
    let unfinished = Error::Protocol(ProtocolError::ResetWithoutClosingHandshake);
    assert!(matches!(end, Error::ConnectionClosed) || end.to_string() == unfinished.to_string(), "{end}");
}

#[test]
fn frames_are_read_as_another_implementation_reads_them() {
    type Sent = (u8, u8, [u8; 4], usize);
    let sent = (one_value_of(FIRST), 0_u8..24, produce::<[u8; 4]>(), 0..PAYLOADS.len());
    let frames = produce::<Vec<Sent>>().with().values(sent).len(0_usize..8);
    let sizes = produce::<Vec<usize>>().with().values(1_usize..40).len(1_usize..4);
    check!().with_generator((frames, sizes, 0_usize..6)).for_each(|(frames, sizes, missing)| {
        let mut bytes = Vec::new();
        for (first, form, mask, payload) in frames {
            frame(&mut bytes, *first, *form, *mask, PAYLOADS[*payload]);
        }
        bytes.truncate(bytes.len().saturating_sub(*missing));
        compare(&bytes, sizes);
    });
}

#[test]
fn no_bytes_panic() {
    check!().for_each(|input: &[u8]| compare(input, &[1, 7]));
}
