//! The whole server as people's programs meet it: a process of the real binary, real sockets, a real data directory.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod access;
mod account;
mod backup;
mod bad_frames;
mod bad_requests;
mod bad_sign_ins;
mod bad_tokens;
#[cfg(feature = "cluster")]
mod cluster;
mod content;
mod cookies;
mod crash;
mod crowd;
mod disk;
mod export;
mod harness;
mod live;
mod load;
mod media;
mod media_inputs;
mod operation;
#[cfg(feature = "fcm")]
mod push;
mod refresh;
mod search;
