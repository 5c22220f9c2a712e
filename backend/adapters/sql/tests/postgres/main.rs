//! The store on a real PostgreSQL: the contracts of its ports, several nodes on one database, and failures of it.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod contract;
mod encrypted;
mod failures;
mod nodes;
mod opening;
mod standby;
mod support;
