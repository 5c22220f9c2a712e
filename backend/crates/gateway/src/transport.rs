//! The seam between a connection and its bytes: [`Receiver`] hands payload on as it comes, [`Writer`] writes frames made of
//! a private head and a tail that is shared by all who get the event. Nothing else of the gateway knows how frames look
//! or what carries them.
//!
//! The two halves are apart because they have different users: a socket's own task reads, while whoever has
//! something for the socket may write. No buffer is held while a socket is idle: reads go to memory that all sockets of a
//! thread share, and only what the peer does not take is kept.

mod receiver;
mod stream;
mod writer;

pub use stream::PlacedStream;

pub(crate) use receiver::Receiver;
pub(crate) use stream::{Carrier, Halves, WriteHalf};
pub(crate) use writer::{Batch, Writer};

#[cfg(test)]
mod tests;
