//! Searching messages.

use kith_domain::{ConversationId, FieldError, Timestamp, search::SearchOrder, view};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{account::Brief, entry::Entry, links::Links, scalar};

/// In which order messages are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchSort {
    /// The newest first.
    #[default]
    Newest,
    /// Those first that say most of what is asked for.
    Relevance,
}

impl From<SearchSort> for SearchOrder {
    fn from(sort: SearchSort) -> Self {
        match sort {
            SearchSort::Newest => Self::Newest,
            SearchSort::Relevance => Self::Relevance,
        }
    }
}

/// The first moment of a date or date-time.
///
/// # Errors
/// Naming `field` when it is neither.
pub fn from_time(field: &'static str, text: &str) -> Result<Timestamp, FieldError> {
    span(text).map(|(first, _)| first).ok_or_else(|| no_time(field))
}

/// The last moment of a date or date-time.
///
/// # Errors
/// Naming `field` when it is neither.
pub fn to_time(field: &'static str, text: &str) -> Result<Timestamp, FieldError> {
    span(text).map(|(_, last)| last).ok_or_else(|| no_time(field))
}

fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    match Timestamp::parse_date(text) {
        Some(day) => Some((day, day.plus_seconds(86_400).plus_millis(-1))),
        None => Timestamp::parse(text).map(|moment| (moment, moment)),
    }
}

fn no_time(field: &'static str) -> FieldError {
    FieldError::new(field, "invalid", "a date such as 2026-11-24, or an RFC 3339 date-time with an offset")
}

/// A piece of a snippet: text, never markup.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnippetPart<'a> {
    /// The text; `…` stands for what is left out.
    pub text: &'a str,
    /// Whether it is what was searched for.
    pub hit: bool,
}

/// A message that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundMessage<'a> {
    /// The message as it stands.
    pub entry: Entry<'a>,
    /// Its conversation.
    #[schema(value_type = scalar::Id)]
    pub conversation_id: ConversationId,
    /// The part of its text around the first hit, in pieces.
    pub snippet: Vec<SnippetPart<'a>>,
}

/// A page of what was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchPage<'a> {
    /// The messages, in the order asked for.
    pub items: Vec<FoundMessage<'a>>,
    /// What to give as `cursor` to go on; null at the end. A page can be short, or empty, and still have one.
    pub next: Option<String>,
    /// Everybody who sent one of them, former members too.
    pub users: Vec<Brief<'a>>,
    /// The caller's encrypted conversations, which the server cannot search.
    #[schema(value_type = Vec<scalar::Id>)]
    pub not_searched: Vec<ConversationId>,
    /// Newer messages may be missing, because the index is behind; absent when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<scalar::Time>)]
    pub as_of: Option<Timestamp>,
}

impl<'a> SearchPage<'a> {
    /// The page, with the cursor of the next one.
    #[must_use]
    pub fn new(page: &'a view::SearchPage, next: Option<String>, links: &Links) -> Self {
        let found = |found: &'a view::FoundMessage| FoundMessage {
            entry: Entry::new(&found.entry, links),
            conversation_id: found.entry.conversation_id,
            snippet: found
                .snippet
                .iter()
                .map(|part| SnippetPart { text: &part.text, hit: part.hit })
                .collect(),
        };
        Self {
            items: page.items.iter().map(found).collect(),
            next,
            users: page.users.iter().map(|user| Brief::new(user, links)).collect(),
            not_searched: page.not_searched.clone(),
            as_of: page.as_of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_whole_days_in_utc() {
        let text = |time: Result<Timestamp, FieldError>| time.map(|time| time.to_string()).ok();
        for (given, first, last) in [
            ("2026-11-24", "2026-11-24T00:00:00.000Z", "2026-11-24T23:59:59.999Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000Z", "2024-02-29T23:59:59.999Z"),
            ("2026-11-24T08:00:00+08:00", "2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.000Z"),
            ("2026-11-24T00:00:00.123Z", "2026-11-24T00:00:00.123Z", "2026-11-24T00:00:00.123Z"),
        ] {
            assert_eq!(text(from_time("from", given)).as_deref(), Some(first));
            assert_eq!(text(to_time("to", given)).as_deref(), Some(last));
        }
        for given in [
            "",
            "yesterday",
            "2026-02-29",
            "2026-11",
            "20261124",
            "2026-11-24T08:00:00",
            "2026-11-24Z",
            "1",
            "2026-W48-2",
        ] {
            assert!(from_time("from", given).is_err(), "{given:?}");
        }
    }
}
