//! The gateway over real sockets, with real services on the SQLite store.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod client;
mod delivery;
mod handshake;
mod lifetime;
mod sending;
mod world;
