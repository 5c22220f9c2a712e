//! Background jobs, each named after what it does: the outbox relay, the search indexer, the presence sweeper, and the
//! ones that let old things go.

mod account_jobs;
mod counter;
mod janitor;
mod periodic;
mod relay;
mod search;

pub use account_jobs::AccountJobs;
pub use counter::EntryCounter;
pub use janitor::Janitor;
pub use periodic::every;
pub use relay::{Consumer, Relay};
pub use search::{IndexingError, SearchIndexer};
