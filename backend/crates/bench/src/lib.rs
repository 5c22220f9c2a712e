//! Load for a Kith server, and the proof that it stands it.
//!
//! - [`seed`] fills a store with accounts, friends and groups.
//! - [`run`] brings them all on line and sends as much as it was asked to, whether the server keeps up or not. Every entry
//!   that comes is checked: for each conversation and receiver the seqs must rise by exactly one.
//! - [`limit`] is a server that speaks the same language but stores and checks nothing: what it carries is what sockets on
//!   the machine allow, so that figures can be told as a share of it.
//!
//! Neither generator nor limit server runs on an asynchronous runtime: they share the machine with what they measure.

mod checker;
mod client;
mod clock;
mod heads;
mod histogram;
mod inbound;
pub mod limit;
mod poller;
mod population;
pub mod run;
mod schedule;
pub mod seed;
mod socket;
mod stamp;
mod tally;
mod usage;
pub mod users;
pub mod worker;
