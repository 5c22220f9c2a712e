//! How the plain values are described in the API document. The values themselves are the domain's own types.

use serde::Deserialize;
use utoipa::ToSchema;

/// A 63-bit number in decimal, as a string: JavaScript's numbers cannot hold it.
#[derive(ToSchema)]
#[schema(pattern = "^[1-9][0-9]{0,18}$", examples("210453397504000000"))]
pub struct Id(#[allow(dead_code, reason = "only its description is used")] String);

/// The largest whole number that JavaScript's numbers tell from its neighbours: 2^53 − 1.
const MAX_SEQ: u64 = 9_007_199_254_740_991;

/// A place to compare with, from 0 up. What lies beyond the head is beyond the head, so any size is taken.
#[derive(ToSchema)]
#[schema(minimum = 0, format = "uint64")]
pub struct Position(#[allow(dead_code, reason = "only its description is used")] u64);

/// The place of an entry in its conversation: 1, 2, 3 … (0 before the first).
#[derive(ToSchema)]
#[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
pub struct SeqNumber(#[allow(dead_code, reason = "only its description is used")] u64);

/// RFC 3339 in UTC with milliseconds.
#[derive(ToSchema)]
#[schema(format = DateTime, examples("2026-11-24T21:15:45.000Z"))]
pub struct Time(#[allow(dead_code, reason = "only its description is used")] String);

/// A friend's or group's code. Shown as `XXXXX-XXXXX`; case, hyphens and blanks do not matter when it is given.
#[derive(ToSchema)]
#[schema(min_length = 10, max_length = 40, examples("7KQ2M-X4TRD"))]
pub struct Code(#[allow(dead_code, reason = "only its description is used")] String);

/// A position as a ledger can hold it: what lies beyond stands above any head, which is all that matters of it.
#[must_use]
pub fn bounded(position: u64) -> u64 {
    position.min(i64::MAX as u64)
}

/// Reads a position; see [`bounded`].
///
/// # Errors
/// When it is no integer from 0 up.
pub fn position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    u64::deserialize(deserializer).map(bounded)
}

/// Reads an optional position; see [`bounded`].
///
/// # Errors
/// When it is no integer from 0 up.
pub fn optional_position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(bounded))
}

/// Reads an optional seq that is kept and shown again.
///
/// # Errors
/// When it is no integer from 0 to 2^53 − 1.
pub fn optional_seq<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let seq: Option<u64> = Option::deserialize(deserializer)?;
    if seq.is_some_and(|seq| seq > MAX_SEQ) {
        return Err(serde::de::Error::custom("above 9007199254740991"));
    }
    Ok(seq)
}

/// Reads a field that may be left out but not be null: null means "clear", and this one cannot be cleared.
///
/// # Errors
/// Whatever `T` refuses.
pub fn not_null<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// Reads a field that may be left out, be null or have a value: `None`, `Some(None)`, `Some(Some(_))`.
///
/// # Errors
/// Whatever `T` refuses.
pub fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
