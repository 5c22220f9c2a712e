//! The adapter on a real server.

mod contract;
mod faults;
mod format;
mod support;
