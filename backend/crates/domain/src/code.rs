//! The codes people give to each other: friend codes and group codes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::random::Random;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 10;

/// Ten random characters of Crockford base 32, shown as `XXXXX-XXXXX`: 50 bits, never sequential.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct ShareCode(String);

/// A text that cannot be a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code")]
pub struct InvalidCode;

impl ShareCode {
    /// A fresh code.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; LENGTH];
        random.fill(&mut bytes);
        Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
    }
    /// The ten characters as stored, without the hyphen.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Case, hyphens and blanks do not matter; O reads as 0, I and L as 1.
impl FromStr for ShareCode {
    type Err = InvalidCode;
    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        if text.len() > 4 * LENGTH {
            return Err(InvalidCode);
        }
        let code: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let valid = code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte));
        if valid { Ok(Self(code)) } else { Err(InvalidCode) }
    }
}

impl fmt::Display for ShareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = self.0.split_at(LENGTH / 2);
        write!(f, "{head}-{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("7KQ2M-X4TRD", Some("7KQ2M-X4TRD")),
            ("7kq2mx4trd", Some("7KQ2M-X4TRD")),
            (" 7kq2m - x4trd ", Some("7KQ2M-X4TRD")),
            ("oIl00-00000", Some("01100-00000")),
            ("7KQ2M-X4TR", None),
            ("7KQ2M-X4TRDD", None),
            ("7KQ2M-X4TRU", None),
            ("７KQ2M-X4TRD", None),
            ("", None),
        ] {
            let read = text.parse::<ShareCode>().ok().map(|code| code.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }
}
