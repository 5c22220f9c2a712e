//! How far the index is, as it is stored with each commit.

use kith_domain::{EntryId, ports::search::SearchMark};
use serde::{Deserialize, Serialize};

use crate::schema::FORMAT;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    epoch: String,
    outbox_pos: u64,
    rebuilt_to: Option<EntryId>,
}

/// The payload of a commit.
pub(crate) fn encode(mark: &SearchMark) -> String {
    let SearchMark { epoch, outbox_pos, rebuilt_to } = mark.clone();
    let stored = Stored { format: FORMAT, epoch, outbox_pos, rebuilt_to };
    // Plain fields: encoding them cannot fail.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// The mark of a payload of this format.
pub(crate) fn decode(payload: &str) -> Option<SearchMark> {
    let stored: Stored = serde_json::from_str(payload).ok()?;
    let Stored { format, epoch, outbox_pos, rebuilt_to } = stored;
    (format == FORMAT).then_some(SearchMark { epoch, outbox_pos, rebuilt_to })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_format_is_read() {
        for rebuilt_to in [None, Some(EntryId::new(7))] {
            let mark = SearchMark { epoch: "e".to_owned(), outbox_pos: u64::MAX, rebuilt_to };
            assert_eq!(decode(&encode(&mark)), Some(mark.clone()));
            let older = encode(&mark).replace(&format!("\"format\":{FORMAT}"), "\"format\":0");
            assert_eq!(decode(&older), None);
        }
        for payload in ["", "{}", "null", "{\"format\":1}"] {
            assert_eq!(decode(payload), None, "{payload}");
        }
    }
}
