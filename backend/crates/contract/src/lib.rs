//! What each port promises, as test suites that every adapter runs.
//!
//! A promise is an async function over the port; a suite is a list of them, and [`run`] gives each a fresh subject.

#[macro_use]
mod case;
#[macro_use]
mod jobs;

pub mod accounts;
pub mod blobs;
pub mod broker;
pub mod bus;
pub mod conversations;
pub mod deletions;
pub mod devices;
pub mod drafts;
pub mod entries;
pub mod exports;
pub mod fixtures;
pub mod friend_requests;
pub mod friends;
pub mod history;
pub mod inspector;
pub mod leases;
pub mod limits;
pub mod locks;
pub mod media;
pub mod members;
pub mod outbox;
pub mod presence;
pub mod push_tokens;
pub mod reads;
pub mod retention;
pub mod search;
pub mod sign_ins;
pub mod store;
pub mod user_log;

pub use case::{Case, run};
