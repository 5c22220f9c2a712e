//! Background jobs, each named after what it does: the outbox relay, what follows the ledger by it or by the log of
//! entries (among it the notifier, which wakes devices), the presence sweeper, and the ones that let old things go.

mod account_jobs;
mod archiver;
mod counter;
mod janitor;
mod job_lease;
mod metric;
mod notifier;
mod periodic;
mod publisher;
mod relay;
mod retention;
mod search;
mod tally;

pub use account_jobs::AccountJobs;
pub use archiver::Archiver;
pub use counter::{COUNTER, EntryCounter};
pub use janitor::Janitor;
pub use job_lease::{JobLease, Tenure};
pub use notifier::{NOTIFIER, Notifier};
pub use periodic::every;
pub use publisher::LogPublisher;
pub use relay::{Consumer, Relay};
pub use retention::{Retention, RetentionError};
pub use search::{IndexingError, SEARCH, SearchIndexer, SearchSink, Source};
pub use tally::EntryTally;
