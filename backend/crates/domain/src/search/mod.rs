//! Searching messages: how texts become terms, what a query asks for, and what is shown of a hit.
//!
//! One tokenizer serves the index, the query and the marks in a snippet, whatever engine lies behind the
//! [`crate::ports::Search`] port: engines are given terms that are split already.

mod script;
mod snippet;
mod terms;
mod tokens;

pub use snippet::SnippetPart;
pub use terms::{MAX_QUERY_CHARS, SearchTerms};
pub use tokens::index_terms;

/// In which order messages are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SearchOrder {
    /// The newest first.
    Newest,
    /// Those first in which the terms weigh most: short messages that repeat them; among equals the newest. How often
    /// a term occurs elsewhere does not count, because that would tell of others' conversations.
    Relevance,
}

#[cfg(test)]
mod fuzz;
