//! The whole router on the real embedded store, without a socket.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod access;
mod bodies;
mod conversations;
mod edges;
mod sign_in;
mod world;
