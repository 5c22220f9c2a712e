//! Writing frames. A server's frames are not masked.

use bytes::{BufMut, Bytes, BytesMut};
use kith_wire::close::CloseCode;

use super::Opcode;

/// The head of an unmasked frame: 2 to 10 bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    bytes: [u8; 10],
    len: u8,
}

impl Head {
    /// The bytes as sent.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The head of a whole message of `payload` bytes.
pub(crate) fn head(opcode: Opcode, payload: usize) -> Head {
    let mut head = Head::default();
    head.bytes[0] = 0x80 | opcode.bits();
    head.len = match payload {
        0..=125 => {
            head.bytes[1] = payload as u8;
            2
        }
        126..=0xFFFF => {
            head.bytes[1] = 126;
            head.bytes[2..4].copy_from_slice(&(payload as u16).to_be_bytes());
            4
        }
        _ => {
            head.bytes[1] = 127;
            head.bytes[2..10].copy_from_slice(&(payload as u64).to_be_bytes());
            10
        }
    };
    head
}

/// A whole control frame; `payload` is cut at the 125 bytes such a frame may have.
pub(crate) fn control_frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let payload = &payload[..payload.len().min(125)];
    let mut frame = BytesMut::with_capacity(2 + payload.len());
    frame.put_slice(head(opcode, payload.len()).as_bytes());
    frame.put_slice(payload);
    frame.freeze()
}

/// A close frame with our code and its word.
pub(crate) fn close_frame(code: CloseCode) -> Bytes {
    let mut payload = BytesMut::with_capacity(32);
    payload.put_u16(code.number());
    payload.put_slice(code.reason().as_bytes());
    control_frame(Opcode::Close, &payload)
}
