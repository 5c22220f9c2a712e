//! The use cases on the real embedded store, with a clock that the tests move.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod blobs;
mod deletions;
mod devices;
mod drafts;
mod exports;
mod friends;
mod groups;
mod history;
mod media;
mod messages;
mod passwords;
mod presence;
mod reads;
mod search;
mod sign_ins;
mod sync;
mod world;
