//! Names of stored objects. They are random, so that a name tells nothing and cannot be guessed.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::random::{Random, random_u128};

/// Which kind of object a key names; each has its own prefix, so that an object store can give each its own rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// What clients sent and nobody has looked at yet: never given out.
    Upload,
    /// What was verified: given out against a signature.
    Media,
    /// Small pictures of it, under the same names; given out alike.
    Thumbnail,
    /// Pictures of people and groups: given out to whoever knows the key.
    Avatar,
    /// Archives of everything of a person: given out against a signature.
    Export,
}

impl Area {
    /// Every area.
    pub const ALL: [Self; 5] = [Self::Upload, Self::Media, Self::Thumbnail, Self::Avatar, Self::Export];

    /// The prefix of its keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "uploads",
            Self::Media => "media",
            Self::Thumbnail => "thumbnails",
            Self::Avatar => "avatars",
            Self::Export => "exports",
        }
    }
}

/// The name of an object: `AREA/` and 128 random bits in lower-case hex. Plain ASCII, one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey {
    area: Area,
    number: u128,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key")]
pub struct InvalidKey;

impl BlobKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(area: Area, random: &dyn Random) -> Self {
        Self { area, number: random_u128(random) }
    }

    /// The key of `area` whose random part is written as `name`: 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`InvalidKey`] for any other text.
    pub fn parse(area: Area, name: &str) -> Result<Self, InvalidKey> {
        let canonical =
            name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = if canonical { u128::from_str_radix(name, 16) } else { return Err(InvalidKey) };
        number.map(|number| Self { area, number }).map_err(|_| InvalidKey)
    }

    /// The key with the same random part in another area.
    #[must_use]
    pub fn in_area(self, area: Area) -> Self {
        Self { area, ..self }
    }

    /// Its area.
    #[must_use]
    pub fn area(self) -> Area {
        self.area
    }

    /// The random part, as [`BlobKey::parse`] reads it.
    #[must_use]
    pub fn name(self) -> String {
        format!("{:032x}", self.number)
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:032x}", self.area.as_str(), self.number)
    }
}

impl Serialize for BlobKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for BlobKey {
    type Err = InvalidKey;
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (area, name) = text.split_once('/').ok_or(InvalidKey)?;
        let area = Area::ALL.into_iter().find(|known| known.as_str() == area).ok_or(InvalidKey)?;
        Self::parse(area, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling() {
        let name = "00112233445566778899aabbccddeeff";
        for (text, good) in [
            (format!("uploads/{name}"), true),
            (format!("media/{name}"), true),
            (format!("thumbnails/{name}"), true),
            (format!("avatars/{name}"), true),
            (format!("exports/{name}"), true),
            (format!("avatars/{}", name.to_uppercase()), false),
            (format!("other/{name}"), false),
            (format!("media/{name}0"), false),
            (format!("media/+{}", &name[1..]), false),
            ("media/../../../../../../../../etc/pass".to_owned(), false),
            (name.to_owned(), false),
            (String::new(), false),
        ] {
            let read = text.parse::<BlobKey>();
            assert_eq!(read.is_ok(), good, "{text}");
            if let Ok(key) = read {
                assert_eq!(key.to_string(), text);
                assert_eq!(BlobKey::parse(key.area(), &key.name()), Ok(key));
            }
        }
    }
}
