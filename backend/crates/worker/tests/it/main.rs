//! Jobs on the embedded store.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod indexing;
mod leases;
mod notifying;
mod relaying;
mod support;
