//! The store on SQL: SQLite now, written so that PostgreSQL runs the same statements.
//!
//! One connection writes: [`writer`] takes what waits, runs it inside one physical transaction and answers after the
//! durable commit. Readers have connections of their own and see snapshots. Each repository of
//! [`kith_domain::ports`] is implemented for [`SqlTransaction`] in a file of its own.

mod account_row;
mod accounts;
pub mod backup;
mod batch;
mod checkpointer;
mod committer;
mod conversations;
mod database_file;
mod deletions;
mod devices;
mod direct;
mod drafts;
mod entries;
mod entry_row;
mod errors;
mod exports;
mod folding;
mod friend_requests;
mod friends;
mod group;
mod lists;
mod media;
mod media_row;
mod members;
mod outbox;
mod overview;
#[cfg(test)]
mod plans;
mod publisher;
mod reads;
mod recent;
mod rows;
mod settings;
mod sign_ins;
mod space;
mod sqlite;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod thread;
mod transaction;
mod user_log;
mod wal_file;
mod writer;

pub use space::SpaceProbe;
pub use sqlite::OpenError;
pub use store::{Options, SqlStore};
pub use transaction::SqlTransaction;
