//! Judges histories: what devices did and saw, line by line, and what the ledger holds in the end. A pure program: it
//! knows nothing of the server, of Kith's own types, or of how the lines came about.
//!
//! A history is a sequence of [`Line`]s. While it lasts, every device writes an [`Event`] for each thing it begins, each
//! answer it gets, and each entry it puts on its screen. When all is quiet, every device writes its [`Screen`]s, and what
//! each node answers is added. [`check`] then finds whatever is not as it was promised: see [`Invariant`].

mod history;
mod line;
mod rules;
mod violation;

pub use history::HistoryError;
pub use line::{Conversation, Entry, Event, Kind, Line, Marker, Notice, Op, Phase, Row, Screen};
pub use rules::check;
pub use violation::{Invariant, Violation};

use std::io::BufRead;

/// Reads a history, a JSON object a line.
///
/// # Errors
/// [`HistoryError`], with the number of the line.
pub fn read(lines: impl BufRead) -> Result<Vec<Line>, HistoryError> {
    lines
        .lines()
        .enumerate()
        .map(|(at, text)| {
            let number = at + 1;
            let text = text.map_err(|source| HistoryError::Io { number, source })?;
            serde_json::from_str(&text).map_err(|source| HistoryError::Line { number, source })
        })
        .collect()
}
