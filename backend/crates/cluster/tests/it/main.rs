//! Nodes beside each other over one store, and a broker that loses what it is told to.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod broker;
mod nodes;
mod numbers;
mod world;
