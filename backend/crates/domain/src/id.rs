//! Typed identifiers. Each is a 63-bit Snowflake, a decimal string on the wire.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text that is no identifier: not 1–19 decimal digits, or zero, or above `i64::MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

/// Parses the canonical decimal form only: a second spelling of an id would be a second cache key.
fn parse_decimal(text: &str) -> Result<u64, InvalidId> {
    let canonical = !text.is_empty()
        && text.len() <= 19
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = if canonical { text.parse::<u64>().map_err(|_| InvalidId)? } else { return Err(InvalidId) };
    if i64::try_from(value).is_ok() { Ok(value) } else { Err(InvalidId) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a Snowflake; only its 63 low bits are kept, so that it fits a signed column.
            #[must_use]
            pub const fn new(value: u64) -> Self {
                Self(value & (i64::MAX as u64))
            }
            /// The number itself.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
            /// The number as a signed column holds it.
            #[must_use]
            pub const fn as_i64(self) -> i64 {
                self.0 as i64
            }
            /// Reads a signed column back.
            #[must_use]
            pub const fn from_i64(value: i64) -> Self {
                Self::new(value as u64)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_decimal(text).map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An account.
    UserId
    /// One sign-in of an account on one client.
    DeviceId
    /// A direct or group conversation.
    ConversationId
    /// One entry of a timeline; its order is told by `seq`, never by this id.
    EntryId
    /// A friend request.
    FriendRequestId
    /// A picture, video, sound or document.
    MediaId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_decimal_form_is_an_id() {
        for (text, expected) in [
            ("1", Some(1)),
            ("9223372036854775807", Some(i64::MAX as u64)),
            ("9223372036854775808", None),
            ("18446744073709551616", None),
            ("0", None),
            ("01", None),
            ("+1", None),
            ("-1", None),
            ("1 ", None),
            ("", None),
            ("1e3", None),
            ("１", None),
        ] {
            assert_eq!(text.parse::<UserId>().ok().map(UserId::get), expected, "{text:?}");
        }
    }

    #[test]
    fn json_carries_ids_as_strings() {
        let id: UserId = serde_json::from_str("\"42\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"42\"");
        assert!(serde_json::from_str::<UserId>("42").is_err());
    }
}
