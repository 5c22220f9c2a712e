//! The server's side of RFC 6455, without extensions and without I/O.
//!
//! * [`handshake`] answers the upgrade request.
//! * [`Decoder`] reads the client's frames in place: payload is unmasked where it lies and handed on as it comes,
//!   so a socket holds no read buffer and a message is never put together. Who wants whole messages (STOMP) has a
//!   stream decoder of its own.
//! * [`head`] writes the head of a server's frame, so that a payload shared by many sockets is sent as it is.

mod decoder;
pub(crate) mod handshake;
mod head;
mod utf8;

pub(crate) use decoder::{Decoder, Event, Fault, Limits};
pub(crate) use head::{Head, close_frame, control_frame, head};

/// What a frame is (RFC 6455, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    const fn is_control(self) -> bool {
        self.bits() >= 8
    }
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod tests;
