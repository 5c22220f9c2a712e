//! The gateway over real sockets, with real services on the SQLite store.

mod client;
mod delivery;
mod handshake;
mod lifetime;
mod sending;
mod world;
