//! STOMP 1.2 over WebSocket: the live side of Kith.
//!
//! A socket is one task (`serve`) between two seams. Below is the `transport`, which knows frames and bytes and nothing
//! else; above is the `dialogue`, which turns frames into calls of the services and answers. What others have for the
//! socket lies in its `outbox`, a bounded queue: the `hub`, one task that owns all routes, puts each event there for
//! every socket that it concerns, encoded once. No socket has a timer; the `sweep` looks at all of them once a second.
//!
//! ```text
//!  bus ──> hub ──(routes)──> outbox ─┐
//!                                    ├─> serve <──> transport <──> socket
//!  services <── lanes <── dialogue <─┘
//! ```
//!
//! Delivery is at most once: a socket that cannot keep up is closed, never fed an incomplete stream. Clients complete
//! what they hold by `seq`, `heads` and `/sync`.
//!
//! # Mounting
//! [`Gateway::start`] with the services and the bus's events, [`Gateway::router`] beside the REST routes,
//! [`Gateway::drain`] at the end.

mod admission;
mod connection;
mod connections;
mod dialogue;
mod dispatch;
mod frames;
mod gateway;
mod heads;
mod hub;
mod lanes;
mod metrics;
mod origin;
mod outbox;
mod pings;
mod presence;
mod redraw;
mod registry;
mod revocation;
mod serve;
mod session;
mod settings;
mod sweep;
mod ticks;
mod transport;
mod upgrade;
mod websocket;

pub use gateway::Gateway;
pub use outbox::OutboxLimits;
pub use settings::{GatewaySettings, Timing};
