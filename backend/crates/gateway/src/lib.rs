//! STOMP 1.2 over WebSocket: the live side of Kith.
//!
//! Sockets are spread over `shards`, a thread each. A socket is one task (`serve`) that reads; its `dialogue` turns
//! frames into calls of the services and answers. What is for the socket lies in its `outbox`, a bounded queue with the
//! writer: the shard's `hub`, which owns the routes, puts each event there for every socket that it concerns, encoded
//! once, and the `flusher` writes all that waits for a socket at once, without waking its task. No socket has a timer; the
//! `sweep` looks at all of them once a second.
//!
//! ```text
//!  bus ──> dispatcher ──> hub ──(routes)──> outbox ──> flusher ──> socket
//!                                             ^                      │
//!  services <──────── lanes <──────── dialogue <──── receiver <──────┘
//! ```
//!
//! Delivery is at most once: a socket that cannot keep up is closed, never fed an incomplete stream. Clients complete
//! what they hold by `seq`, `heads` and `/sync`.
//!
//! # Mounting
//! [`Gateway::start`] with the services and the bus's events, [`Gateway::router`] beside the REST routes,
//! [`Gateway::drain`] at the end.

mod addresses;
mod admission;
mod announcement;
mod attendance;
mod connection;
mod connections;
mod dialogue;
mod dispatch;
mod dispatcher;
mod flusher;
mod frames;
mod gateway;
mod heads;
mod hub;
mod lanes;
mod metrics;
mod origin;
mod outbox;
mod pace;
mod pings;
mod presence;
mod queue;
mod redraw;
mod registry;
mod revocation;
mod serve;
mod session;
mod settings;
mod shard;
mod sweep;
mod sync;
mod ticks;
mod transport;
mod upgrade;
mod websocket;

#[doc(hidden)]
#[cfg(feature = "testing")]
pub mod testing;

pub use gateway::Gateway;
pub use queue::OutboxLimits;
pub use settings::{GatewaySettings, Timing};
pub use transport::PlacedStream;
