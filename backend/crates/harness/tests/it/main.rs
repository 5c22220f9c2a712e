//! The servers start, answer, survive what is done to them, and leave nothing behind.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod java;
mod left_behind;
mod postgres;
mod rabbitmq;
mod redis;
mod support;
