//! The cursors of lists: opaque to clients, and refused when they are not exactly what we gave for that list.

use kith_domain::{
    FieldError, Refusal,
    ports::{Cursor, PageRequest},
    sign_in::base64url,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

const VERSION: u8 = 1;
const SUM_BYTES: usize = 4;
const LENGTH: usize = 1 + 8 + 8 + SUM_BYTES;
/// The size of a page when none is asked for.
const DEFAULT_LIMIT: u32 = 50;
/// The largest page.
const MAX_LIMIT: u32 = 100;

/// Guards against mistakes, not against forgery: a cursor is a place in a list of what the caller may see anyway.
fn sum(list: &str, payload: &[u8]) -> [u8; SUM_BYTES] {
    let digest = Sha256::new().chain_update(list).chain_update([0]).chain_update(payload).finalize();
    let mut sum = [0; SUM_BYTES];
    sum.copy_from_slice(&digest[..SUM_BYTES]);
    sum
}

/// The cursor of a row's key in the list of that name.
pub(crate) fn encode(list: &str, key: Cursor) -> String {
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.push(VERSION);
    bytes.extend_from_slice(&key.0.to_be_bytes());
    bytes.extend_from_slice(&key.1.to_be_bytes());
    bytes.extend_from_slice(&sum(list, &bytes));
    base64url(&bytes)
}

fn decode(list: &str, text: &str) -> Option<Cursor> {
    let bytes: [u8; LENGTH] = from_base64url(text)?.try_into().ok()?;
    let (payload, checksum) = bytes.split_at(LENGTH - SUM_BYTES);
    if payload[0] != VERSION || checksum != sum(list, payload) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| payload[range].try_into().map(i64::from_be_bytes).ok();
    Some(Cursor(number(1..9)?, number(9..17)?))
}

fn from_base64url(text: &str) -> Option<Vec<u8>> {
    // 21 bytes make exactly 28 characters: no padding, no left-over bits, one spelling for each cursor.
    if text.len() != LENGTH.div_ceil(3) * 4 {
        return None;
    }
    let mut bytes = Vec::with_capacity(LENGTH);
    for chunk in text.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for byte in chunk {
            let sextet = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'-' => 62,
                b'_' => 63,
                _ => return None,
            };
            word = (word << 6) | u32::from(sextet);
        }
        bytes.extend_from_slice(&word.to_be_bytes()[1..]);
    }
    Some(bytes)
}

/// Which page of the list `name` is asked for.
///
/// # Errors
/// [`Refusal::Validation`] of `limit` outside 1–100 or of a `cursor` that is not ours.
pub(crate) fn page(name: &str, limit: Option<u32>, cursor: Option<&str>) -> Result<PageRequest, Refusal> {
    let after = match cursor {
        None => None,
        Some(text) => {
            let key = decode(name, text);
            Some(key.ok_or_else(foreign)?)
        }
    };
    Ok(PageRequest { limit: self::limit(limit)?, after })
}

/// What is asked of a list that takes nothing else.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The size of the page; 50 when left out.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// The `next` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// As [`page`].
    ///
    /// # Errors
    /// As [`page`].
    pub(crate) fn of(&self, list: &str) -> Result<PageRequest, Refusal> {
        page(list, self.limit, self.cursor.as_deref())
    }
}

/// Says that a cursor is not ours.
pub(crate) fn foreign() -> FieldError {
    FieldError::new("cursor", "invalid", "give `next` as it was answered")
}

/// How many rows are asked for.
///
/// # Errors
/// [`Refusal::Validation`] outside 1–100.
pub(crate) fn limit(limit: Option<u32>) -> Result<u32, Refusal> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(FieldError::new("limit", "out_of_range", "from 1 to 100").into()),
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_went() {
        for key in [Cursor(0, 0), Cursor(-1, i64::MAX), Cursor(i64::MIN, 1), Cursor(1_764_000_945_007, 42)] {
            assert_eq!(decode("friends", &encode("friends", key)), Some(key));
            assert_eq!(decode("blocks", &encode("friends", key)), None, "another list's");
        }
    }

    #[test]
    fn a_touched_cursor_is_refused() {
        let good = encode("friends", Cursor(7, 8));
        for at in 0..good.len() {
            for replacement in ['A', 'z', '0', '-', '_', '=', '+', '/', ' ', 'é', '\0'] {
                let mut touched: Vec<char> = good.chars().collect();
                if touched[at] == replacement {
                    continue;
                }
                touched[at] = replacement;
                let touched: String = touched.into_iter().collect();
                assert_eq!(decode("friends", &touched), None, "{touched:?}");
            }
            assert_eq!(decode("friends", &good[..at]), None, "cut at {at}");
        }
        for text in ["", "====", &"A".repeat(28), &format!("{good}A"), &"_".repeat(1 << 16)] {
            assert_eq!(decode("friends", text), None);
        }
    }

    #[test]
    fn page_sizes() {
        for (asked, expected) in [
            (None, Some(50)),
            (Some(1), Some(1)),
            (Some(100), Some(100)),
            (Some(0), None),
            (Some(101), None),
            (Some(1_000_000_000), None),
        ] {
            assert_eq!(limit(asked).ok(), expected, "{asked:?}");
        }
    }
}
