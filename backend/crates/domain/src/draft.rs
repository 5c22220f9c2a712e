//! Drafts, and which of their versions are worth keeping.

use crate::{clock::Timestamp, entry::Seq};

/// At most this many earlier versions are kept.
pub const MAX_DRAFT_VERSIONS: u32 = 10;
/// An earlier version is kept for 7 days.
pub const DRAFT_VERSION_SECONDS: i64 = 7 * 86_400;

/// A text that was a draft once, or wanted to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftVersion {
    /// What was typed.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Seq>,
    /// The version it had; of one that came too late, the version that stood in its way.
    pub version: u64,
    /// When something else took its place.
    pub saved_at: Timestamp,
}

/// Whether `text` is worth keeping when `next` takes its place, while `kept` is the newest version that is kept already.
/// Typing on loses nothing, so that a text is not kept when the next one begins with it; nor when the newest kept one
/// begins with it, as it does while somebody deletes from the end.
#[must_use]
pub fn is_worth_keeping(text: &str, next: Option<&str>, kept: Option<&str>) -> bool {
    !text.trim().is_empty()
        && !next.is_some_and(|next| next.starts_with(text))
        && !kept.is_some_and(|kept| kept.starts_with(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_a_draft() {
        for (text, next, kept, worth) in [
            ("hello", Some("hello world"), None, false),
            ("hello", Some("hello"), None, false),
            ("hello world", Some("hello"), None, true),
            ("hello", Some("hel"), Some("hello world"), false),
            ("hello", None, None, true),
            ("hello", None, Some("hello"), false),
            ("hello", Some("goodbye"), Some("something else"), true),
            (" \n", None, None, false),
            ("", Some("x"), None, false),
        ] {
            assert_eq!(is_worth_keeping(text, next, kept), worth, "{text:?} {next:?} {kept:?}");
        }
    }
}
