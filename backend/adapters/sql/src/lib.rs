//! The store on SQL: on SQLite, and with the feature `postgres` on PostgreSQL, by the same statements.
//!
//! On SQLite one connection writes: [`writer`] takes what waits, runs it inside one physical transaction and answers after
//! the durable commit. Readers have connections of their own and see snapshots. On PostgreSQL several nodes write at once
//! (`postgres/`). Each repository of [`kith_domain::ports`] is implemented for [`SqlTransaction`], which runs on either, in a
//! file of its own.

mod account_row;
mod accounts;
pub mod backup;
mod batch;
mod checkpointer;
mod committed;
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
mod gathering;
mod group;
mod leases;
mod lists;
mod locks;
mod media;
mod media_row;
mod members;
mod meta;
mod outbox;
mod overview;
#[cfg(test)]
mod plans;
#[cfg(feature = "postgres")]
pub mod postgres;
mod publisher;
mod push_tokens;
mod queue;
mod reads;
mod recent;
mod removed;
mod retention;
mod rows;
mod settings;
mod sign_ins;
mod space;
mod sqlite;
mod statement;
mod store;
mod sync;
mod tails;
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
