//! Presence and limits on a real Redis that is killed, paused and emptied.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod contract;
mod limits;
mod presence;
mod support;
