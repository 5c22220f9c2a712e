//! The adapter on real servers.

mod client;
mod contract;
mod faults;
mod refusals;
mod support;
mod versions;
