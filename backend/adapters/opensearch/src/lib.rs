//! Searching messages in OpenSearch, from version 2.
//!
//! The index holds terms and numbers, no texts: what is shown of a hit comes from the ledger. Kith splits texts into terms
//! itself, so the index splits at blanks and does nothing else.
//!
//! # What keeps the port's promises
//! - **Versions.** A document's version is given to the index as an external one: an older document, or the same again,
//!   is refused, in whatever order they come. An erased message is overwritten with an empty document and never
//!   deleted, because a deleted one forgets its version.
//! - **The mark** is a document of the index. It is written after all documents of its call are stored and can be found.
//!   There is no transaction over both: a call that is cut off may leave documents without the mark. As whoever
//!   follows the ledger puts them again from the mark on, and again changes nothing, the index may be ahead of its mark
//!   but is never behind it.
//! - **Weights** come of the message alone: a similarity of ours counts how often a term stands in it and how long it is,
//!   and knows nothing of how common the term is. Weights are whole steps, so that they add up to the same sum in any
//!   order, and sorting by them is sorting by what is answered.
//! - **Emptying** fills a new index and moves a name to it, in one step with removing the old one.
//! - An index of another format bears another name.
//!
//! A part of the index that cannot be had is an error, not an empty answer: a node may be on its way back. If it is
//! not, the index has to be reset.

mod bulk;
mod checkup;
mod client;
mod failure;
mod generation;
mod query;
mod schema;
mod search;
mod settings;

pub use search::OpenSearch;
pub use settings::OpenSearchSettings;
