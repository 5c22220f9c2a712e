//! The person that an e-mail address stands for.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::secret_box::token_hash;

/// The longest address that mail can use (RFC 5321 §4.5.3.1.3, without the angle brackets), in bytes.
const MAX_ADDRESS: usize = 254;

/// An address with just enough form to be one, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.split_once('@')?;
        let plain = |part: &str| {
            !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
        };
        (text.len() <= MAX_ADDRESS && plain(local) && plain(domain)).then(|| Self(text.to_lowercase()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for every spelling of one address, and without meaning to anybody else.
    pub(super) fn subject(&self) -> String {
        URL_SAFE_NO_PAD.encode(token_hash(&format!("kith dev subject {}", self.0)))
    }

    /// `ada.king+x@…` is called `Ada King`.
    pub(super) fn name(&self) -> String {
        let local = self.0.split('@').next().unwrap_or_default();
        let plain = local.split('+').next().unwrap_or_default();
        let words: Vec<String> =
            plain.split(['.', '_', '-']).filter(|word| !word.is_empty()).map(capitalized).collect();
        if words.is_empty() { local.to_owned() } else { words.join(" ") }
    }
}

fn capitalized(word: &str) -> String {
    let mut rest = word.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_minimal_form() {
        for (text, address) in [
            ("ada@example.com", Some("ada@example.com")),
            (" Ada@Example.COM\n", Some("ada@example.com")),
            ("a@b", Some("a@b")),
            ("jürgen@例え.jp", Some("jürgen@例え.jp")),
            ("", None),
            ("ada", None),
            ("@example.com", None),
            ("ada@", None),
            ("a@b@c", None),
            ("a da@example.com", None),
            ("ada@exa\0mple.com", None),
        ] {
            assert_eq!(Address::parse(text).as_ref().map(Address::as_str), address, "{text:?}");
        }
        assert_eq!(Address::parse(&format!("{}@b", "a".repeat(253))), None);
    }

    #[test]
    fn names_come_from_the_local_part() {
        for (address, name) in [
            ("ada@example.com", "Ada"),
            ("ada.king_lovelace@example.com", "Ada King Lovelace"),
            ("bob-2+tag@example.com", "Bob 2"),
            ("éva@example.com", "Éva"),
            ("+@example.com", "+"),
        ] {
            assert_eq!(Address::parse(address).unwrap().name(), name);
        }
    }

    #[test]
    fn a_subject_belongs_to_one_address_in_any_case() {
        let subject = |text| Address::parse(text).unwrap().subject();
        assert_eq!(subject("Ada@Example.com"), subject("ada@example.com"));
        assert_ne!(subject("ada@example.com"), subject("ada@example.org"));
        // Accounts made by one version must be found by the next.
        assert_eq!(subject("ada@example.com"), "KmMQZnfeNFHZx9L9JRvsFoNMbJILGIbXiEoio_Trzjc");
    }
}
