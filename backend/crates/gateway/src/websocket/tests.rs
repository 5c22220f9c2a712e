use super::*;

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
const LIMITS: Limits = Limits { max_message_bytes: 64 * 1024, max_fragments: 16 };

/// A client's frame: `first` is its first byte.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..=125 => bytes.push(0x80 | len as u8),
        len @ 126..=0xFFFF => {
            bytes.push(0x80 | 126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(0x80 | 127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ MASK[i % 4]));
    bytes
}

/// What a decoder makes of `input` given in pieces of `step` bytes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    data: Vec<u8>,
    pings: Vec<Vec<u8>>,
    pongs: usize,
    closed: bool,
}

fn decode(input: &[u8], step: usize) -> Result<Seen, Fault> {
    let (mut decoder, mut seen) = (Decoder::new(LIMITS), Seen::default());
    for piece in input.chunks(step) {
        let (mut piece, mut at) = (piece.to_vec(), 0);
        while let Some(event) = decoder.decode(&mut piece, &mut at)? {
            match event {
                Event::Data(data) => seen.data.extend_from_slice(&piece[data.payload]),
                Event::Ping(payload) => seen.pings.push(payload),
                Event::Pong => seen.pongs += 1,
                Event::Close => seen.closed = true,
            }
        }
        assert_eq!(at, piece.len(), "all is taken");
    }
    Ok(seen)
}

#[test]
fn frames_are_read_whatever_the_cuts() {
    let long = "再見".repeat(2_000);
    let input = [
        frame(0x81, b"Hello"),
        frame(0x01, "grü".as_bytes().split_at(3).0),
        frame(0x89, b"are you there"),
        frame(0x80, "grü".as_bytes().split_at(3).1),
        frame(0x82, b"\xff\x00"),
        frame(0x82, b""),
        frame(0x81, long.as_bytes()),
        frame(0x8A, b""),
        frame(0x88, &[&1000_u16.to_be_bytes()[..], b"bye"].concat()),
    ]
    .concat();
    let expected = Seen {
        data: [b"Hello", "grü".as_bytes(), b"\xff\x00", long.as_bytes()].concat(),
        pings: vec![b"are you there".to_vec()],
        pongs: 1,
        closed: true,
    };
    for step in [1, 2, 3, 5, 7, 8, 13, 64, 1_000, input.len()] {
        assert_eq!(decode(&input, step).as_ref(), Ok(&expected), "in pieces of {step}");
    }
}

#[test]
fn breaches_end_the_connection() {
    let unmasked = vec![0x81, 0x01, b'a'];
    let fragments = |count: usize, payload: &[u8]| {
        let mut bytes = frame(0x01, payload);
        (1..count).for_each(|_| bytes.extend(frame(0x00, payload)));
        bytes
    };
    let overlong = [&[0x81, 0x80 | 126, 0, 5][..], &MASK, &[0; 5]].concat();
    let endless = [&[0x82, 0x80 | 127, 0xFF, 0, 0, 0, 0, 0, 0, 0][..], &MASK].concat();
    for (what, input, fault) in [
        ("unmasked", unmasked, Fault::Protocol),
        ("RSV1, as deflate would set", frame(0xC1, b"a"), Fault::Protocol),
        ("RSV2", frame(0xA1, b"a"), Fault::Protocol),
        ("RSV3", frame(0x91, b"a"), Fault::Protocol),
        ("opcode 3", frame(0x83, b""), Fault::Protocol),
        ("opcode 11", frame(0x8B, b""), Fault::Protocol),
        ("a ping of 126 bytes", frame(0x89, &[0; 126]), Fault::Protocol),
        ("a fragmented ping", frame(0x09, b""), Fault::Protocol),
        ("a continuation of nothing", frame(0x80, b""), Fault::Protocol),
        ("a message inside a message", [frame(0x01, b"a"), frame(0x81, b"b")].concat(), Fault::Protocol),
        ("a length in too many bytes", overlong, Fault::Protocol),
        ("a length of 2^63 and more", endless, Fault::Protocol),
        ("a 17th fragment", fragments(17, b"a"), Fault::TooLarge),
        ("empty continuations", fragments(17, b""), Fault::TooLarge),
        ("more than 64 KiB", frame(0x82, &vec![0; 64 * 1024 + 1]), Fault::TooLarge),
        ("more than 64 KiB in pieces", fragments(3, &vec![0x20; 30_000]), Fault::TooLarge),
        ("text that is no UTF-8", frame(0x81, b"\xc3\x28"), Fault::InvalidText),
        ("text that ends inside a character", frame(0x81, b"\xe2\x82"), Fault::InvalidText),
        ("a close of one byte", frame(0x88, b"a"), Fault::Protocol),
        ("a close code that is never sent", frame(0x88, &1005_u16.to_be_bytes()), Fault::Protocol),
        ("a close code out of range", frame(0x88, &999_u16.to_be_bytes()), Fault::Protocol),
        ("a close reason that is no UTF-8", frame(0x88, b"\x03\xe8\xff"), Fault::InvalidText),
    ] {
        for step in [1, 7, input.len()] {
            assert_eq!(decode(&input, step), Err(fault), "{what}, in pieces of {step}");
        }
    }
    assert!(decode(&fragments(16, b"a"), 1).is_ok(), "16 fragments are fine");
    assert!(decode(&frame(0x82, &vec![0; 64 * 1024]), 4_096).is_ok(), "64 KiB are fine");
}

#[test]
fn what_is_too_large_is_refused_by_its_head() {
    let head = [&[0x82, 0x80 | 127][..], &(1_u64 << 40).to_be_bytes(), &MASK].concat();
    assert_eq!(decode(&head, head.len()), Err(Fault::TooLarge));
}

#[test]
fn heads_are_as_short_as_they_can_be() {
    for (payload, expected) in [
        (0, &[0x81, 0][..]),
        (125, &[0x81, 125]),
        (126, &[0x81, 126, 0, 126]),
        (65_535, &[0x81, 126, 0xFF, 0xFF]),
        (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        assert_eq!(head(Opcode::Text, payload).as_bytes(), expected, "{payload}");
    }
    assert_eq!(&close_frame(kith_wire::close::CloseCode::SlowConsumer)[..6], b"\x88\x0f\x0f\xa8sl");
}
