//! What every adapter of [`kith_domain::ports::Broker`] does alike.
//!
//! An adapter says how to open a session with its server and what a session does ([`Transport`], [`Session`]);
//! [`SessionBroker`] keeps one open, sends in batches, and keeps both sides bounded.

#[cfg(feature = "hop")]
pub mod hop;
mod inbox;
mod outbox;
mod session_broker;
mod transport;

pub use inbox::Inbox;
pub use outbox::Parcel;
pub use session_broker::{MAX_PAYLOAD, SessionBroker, SessionSettings};
pub use transport::{Session, SessionError, Transport};
