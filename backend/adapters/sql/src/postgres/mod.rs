//! The store on PostgreSQL.
//!
//! Several nodes write to one database at once. A job is a transaction of its own; messages wait in [`queues`] for one
//! of a few lanes, each of which commits what waits together ([`lane`]). What orders them all is the lock on a conversation's row of `heads`:
//! a send, and whatever changes what a send asks, holds it from before it looks until its commit.

mod checkup;
mod commit;
mod connect;
mod errors;
mod group;
mod lane;
mod notices;
mod place;
mod progress;
mod queues;
mod store;
mod turns;

pub use checkup::check_up;
pub use connect::OpenError;
pub(crate) use errors::store_error;
pub(crate) use progress::Progress;
pub use store::{Options, PostgresStore};
