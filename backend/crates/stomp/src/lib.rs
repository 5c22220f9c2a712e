//! STOMP 1.2 as a stream codec: bytes in, frames out, no I/O and no clock.
//!
//! * [`Decoder`] takes bytes cut at any place, so a frame may be split over, or packed into, any number of
//!   WebSocket messages. A frame that lies whole in the bytes given is read in place; only an incomplete one
//!   is copied, and that copy is freed with the frame. An idle decoder holds no heap memory.
//! * [`encoder`] writes what a server sends. A MESSAGE is written in two parts, so that the part every
//!   subscriber shares is encoded once.
//! * [`client`] is the other side, for tests and load generators.
//!
//! ```
//! use kith_stomp::{Command, Event, Limits, ServerDecoder};
//!
//! let mut decoder = ServerDecoder::new(Limits::default());
//! let mut input: &[u8] = b"\nSEND\ndestination:/app/presence\nreceipt:a\\cb\n\n{}\0SUBSC";
//! let mut seen = 0;
//! while let Some(event) = decoder.decode(&mut input)? {
//!     if let Event::Frame(frame) = event {
//!         assert_eq!(frame.command, Command::Send);
//!         assert_eq!(frame.headers.require("receipt")?, "a:b");
//!         assert_eq!(frame.body, b"{}");
//!         seen += 1;
//!     }
//! }
//! assert_eq!((seen, input.len()), (1, 0)); // "SUBSC" waits inside for its rest
//! # Ok::<(), kith_stomp::ProtocolError>(())
//! ```
//!
//! What a connection may do when (a frame before CONNECT, a second CONNECT, which destinations exist) is the
//! caller's business; every fault found here is a [`ProtocolError`] and ends the connection.

pub mod client;
mod command;
mod decoder;
pub mod encoder;
mod error;
mod escape;
mod frame;
mod head;
mod heartbeat;
mod limits;
mod version;

pub use command::{Command, CommandSet, ServerCommand};
pub use decoder::{Decoder, Event, ServerDecoder};
pub use error::ProtocolError;
pub use frame::{Frame, HeaderIter, Headers};
pub use heartbeat::{HeartBeat, HeartBeatRange};
pub use limits::Limits;
pub use version::{VERSION, require_version};
