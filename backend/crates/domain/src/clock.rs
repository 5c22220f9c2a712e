//! Wall-clock time, always passed in.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Civil times reach to the last second of 9999; `jiff::Timestamp` stops a day earlier, before [`Timestamp::FOREVER`].
const UNIX_EPOCH: jiff::civil::DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
/// The first moment of year 1.
const FIRST_MILLIS: i64 = -62_135_596_800_000;
/// The last second of year 9999.
const LAST_MILLIS: i64 = 253_402_300_799_000;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 9999-12-31T00:00:00Z: the wire's way of saying "for ever".
    pub const FOREVER: Self = Self(253_402_214_400_000);

    /// Wraps milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// Whole seconds since the Unix epoch, as JWT claims count them.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// The moment `millis` later (earlier when negative), clamped at the ends of the range.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
    /// The moment `seconds` later (earlier when negative).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1000))
    }
    /// Milliseconds from `earlier` to this moment.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
    /// Parses a date, `2026-11-24`: its first moment in UTC.
    #[must_use]
    pub fn parse_date(text: &str) -> Option<Self> {
        let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date: jiff::civil::Date = if shaped { text.parse().ok()? } else { return None };
        let millis = date.to_datetime(jiff::civil::Time::midnight()).duration_since(UNIX_EPOCH).as_millis();
        i64::try_from(millis).ok().map(Self)
    }
    /// Parses RFC 3339 with any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
        let (time, offset) = (pieces.time()?, pieces.to_numeric_offset()?);
        let local = pieces.date().to_datetime(time).duration_since(UNIX_EPOCH).as_millis();
        let millis = i64::try_from(local).ok()? - i64::from(offset.seconds()) * 1000;
        Some(Self(millis))
    }
}

/// RFC 3339 in UTC with three decimals, e.g. `2026-11-24T21:15:45.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clamped = jiff::SignedDuration::from_millis(self.0.clamp(FIRST_MILLIS, LAST_MILLIS));
        let moment = UNIX_EPOCH.checked_add(clamped).unwrap_or(UNIX_EPOCH);
        write!(f, "{moment:.3}Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 date-time"))
    }
}

/// Tells the time. Every rule about hours or days takes it from here, so that tests can move it.
pub trait Clock: Send + Sync {
    /// The current wall-clock time. It may step backwards; nothing may rely on it rising.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_in_utc_with_milliseconds() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_764_000_945_007, "2025-11-24T16:15:45.007Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (Timestamp::FOREVER.as_millis(), "9999-12-31T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_string(), text);
            assert_eq!(Timestamp::parse(text), Some(Timestamp::from_millis(millis)));
        }
    }
}
