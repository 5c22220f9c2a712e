//! Texts with rules: each is a type that only `parse` can make.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{
    media::MediaType,
    refusal::{FieldError, Refusal},
};

/// The most characters (Unicode scalar values) in a message.
pub const MAX_MESSAGE_CHARS: usize = 8_000;
/// The most bytes of UTF-8 in a message: 8,000 characters of four bytes each.
pub const MAX_MESSAGE_BYTES: usize = 32_000;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// The text as it came from the store, where only parsed texts lie.
            #[must_use]
            pub fn from_store(text: String) -> Self {
                Self(text)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// What a person is called: 1–32 characters after NFC and trim, no control characters.
    Username
    /// What a group is called: 1–64 characters after NFC and trim, no control characters.
    GroupName
    /// What a person says of themselves: up to 500 characters, line breaks allowed.
    Introduction
    /// What a sign-in is called in the list of devices: 1–64 characters.
    DeviceName
    /// The text of a message: 1–8,000 characters, kept exactly as typed.
    MessageText
    /// What a file is saved as: one part of a path that any system takes, with an extension that fits its type.
    FileName
}

impl Username {
    /// # Errors
    /// [`Refusal::Validation`] naming `field` when the text breaks the rules of the type.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        one_line(field, text, 32).map(Self)
    }

    /// A name for a first sign-in from what the provider calls the person: cut to fit, never empty or invisible.
    #[must_use]
    pub fn from_provider(name: Option<&str>) -> Self {
        Self(clipped(name, 32).unwrap_or_else(|| "New friend".to_owned()))
    }
}

impl GroupName {
    /// # Errors
    /// [`Refusal::Validation`] naming `field` when the text breaks the rules of the type.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        one_line(field, text, 64).map(Self)
    }
}

impl DeviceName {
    /// Cuts what a client says to a printable name; falls back on `fallback` when nothing is left.
    #[must_use]
    pub fn from_client(text: Option<&str>, fallback: &str) -> Self {
        Self(clipped(text, 64).unwrap_or_else(|| fallback.to_owned()))
    }
}

impl Introduction {
    /// # Errors
    /// [`Refusal::Validation`] naming `field` above 500 characters or with control characters other than line breaks.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let text: String = text.trim().nfc().collect();
        if text.chars().count() > 500 {
            return Err(FieldError::new(field, "too_long", "at most 500 characters").into());
        }
        if text.chars().any(|c| is_control(c) && c != '\n') {
            return Err(FieldError::new(field, "control_character", "no control characters").into());
        }
        Ok(Self(text))
    }
}

impl MessageText {
    /// # Errors
    /// [`Refusal::Validation`] naming `field` when empty, longer than 8,000 characters or with a NUL.
    pub fn parse(field: &'static str, text: String) -> Result<Self, Refusal> {
        if text.len() > MAX_MESSAGE_BYTES || text.chars().count() > MAX_MESSAGE_CHARS {
            return Err(FieldError::new(field, "too_long", "at most 8,000 characters").into());
        }
        if text.trim().is_empty() {
            return Err(FieldError::new(field, "empty", "a message needs some text").into());
        }
        if text.contains('\0') {
            // PostgreSQL's text type cannot hold it, and no keyboard types it.
            return Err(FieldError::new(field, "control_character", "no NUL characters").into());
        }
        Ok(Self(text))
    }
}

/// The most characters of a file's name, its extension included.
const MAX_FILE_NAME_CHARS: usize = 120;
/// Names that Windows keeps for devices, whatever their extension.
const DEVICE_NAMES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
    "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

impl FileName {
    /// A name made of what a client says: the last part of a path, without what would make it look like another name
    /// or mean something to a file system, ending in an extension of `media_type`. Nothing is refused.
    #[must_use]
    pub fn parse(text: &str, media_type: MediaType) -> Self {
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let plain: String = last
            .chars()
            .filter(|c| !is_control(*c) && (*c == ' ' || is_visible(*c)))
            .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c })
            .nfc()
            .collect();
        let plain = plain.trim_matches(|c: char| c == ' ' || c == '.');
        let extensions = media_type.extensions();
        let (stem, extension) = match plain.rsplit_once('.') {
            Some((stem, end)) if extensions.contains(&&*end.to_ascii_lowercase()) => (stem, end),
            _ if extensions.contains(&&*plain.to_ascii_lowercase()) => ("", plain),
            _ => (plain, extensions[0]),
        };
        let room = MAX_FILE_NAME_CHARS - 1 - extension.len();
        let stem: String = stem.chars().take(room).collect();
        let stem = stem.trim_matches(|c: char| c == ' ' || c == '.');
        let first = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
        Self(match stem {
            "" => format!("{}.{extension}", media_type.kind().as_str()),
            _ if DEVICE_NAMES.contains(&&*first) => format!("_{stem}.{extension}"),
            _ => format!("{stem}.{extension}"),
        })
    }
}

fn one_line(field: &'static str, text: &str, max_chars: usize) -> Result<String, Refusal> {
    let text: String = text.nfc().collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldError::new(field, "empty", "at least 1 character").into());
    }
    if text.chars().count() > max_chars {
        return Err(FieldError::new(field, "too_long", format!("at most {max_chars} characters")).into());
    }
    if text.chars().any(is_control) {
        return Err(FieldError::new(field, "control_character", "no control characters").into());
    }
    if !text.chars().any(is_visible) {
        return Err(FieldError::new(field, "invisible", "at least 1 visible character").into());
    }
    Ok(text.to_owned())
}

/// One line of at most `max_chars`, made of what somebody else wrote; `None` when nothing visible is left.
fn clipped(text: Option<&str>, max_chars: usize) -> Option<String> {
    // Control characters go first: without one in between, a letter and its accent become one character.
    let text: String = text?.chars().filter(|c| !is_control(*c)).nfc().collect();
    let short: String = text.trim().chars().take(max_chars).collect();
    let short = short.trim_end();
    short.chars().any(is_visible).then(|| short.to_owned())
}

/// Control characters, line and paragraph separators, and the bidirectional overrides that can make one name
/// look like another.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}' | '\u{3164}' | '\u{115F}' | '\u{1160}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for (text, expected) in [
            ("Mei-Hua Lin 林美華", Some("Mei-Hua Lin 林美華")),
            ("  Zoe\u{308} ", Some("Zoë")),
            ("", None),
            (" \t ", None),
            ("a\nb", None),
            ("\u{200B}\u{200B}", None),
            ("abc\u{202E}cba", None),
            (&"x".repeat(32), Some(&"x".repeat(32) as &str)),
            (&"x".repeat(33), None),
            (&"😀".repeat(32), Some(&"😀".repeat(32) as &str)),
        ] {
            let parsed = Username::parse("username", text).ok().map(|name| name.0);
            assert_eq!(parsed.as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn messages_count_characters_not_bytes() {
        for (text, valid) in [
            ("a".repeat(8_000), true),
            ("a".repeat(8_001), false),
            ("😀".repeat(8_000), true),
            ("😀".repeat(8_001), false),
            ("  indented\n".to_owned(), true),
            (" \n".to_owned(), false),
            (String::new(), false),
            ("a\0b".to_owned(), false),
        ] {
            let length = text.chars().count();
            let parsed = MessageText::parse("text", text.clone());
            assert_eq!(parsed.is_ok(), valid, "{length} characters");
            if let Ok(parsed) = parsed {
                assert_eq!(parsed.as_str(), text, "stored as typed");
            }
        }
    }

    #[test]
    fn file_names() {
        for (text, media_type, expected) in [
            ("Holiday 2026.JPG", MediaType::Jpeg, "Holiday 2026.JPG"),
            ("報告.docx", MediaType::Docx, "報告.docx"),
            ("photo.jpg", MediaType::Png, "photo.jpg.png"),
            ("invoice.pdf.exe", MediaType::Pdf, "invoice.pdf.exe.pdf"),
            ("x.html", MediaType::Jpeg, "x.html.jpg"),
            ("../../etc/passwd", MediaType::Pdf, "passwd.pdf"),
            ("C:\\temp\\a.mp3", MediaType::Mp3, "a.mp3"),
            ("gpj.\u{202E}exe.jpg", MediaType::Jpeg, "gpj.exe.jpg"),
            ("a\u{200B}\r\nSet-Cookie: x.png", MediaType::Png, "aSet-Cookie_ x.png"),
            ("  .. ", MediaType::Mp4, "video.mp4"),
            ("", MediaType::Wav, "audio.wav"),
            (".png", MediaType::Png, "image.png"),
            ("con.pdf", MediaType::Pdf, "_con.pdf"),
            ("NUL.tar.pdf", MediaType::Pdf, "_NUL.tar.pdf"),
            ("a<b>:\"c\"|?*.pdf", MediaType::Pdf, "a_b___c____.pdf"),
        ] {
            let name = FileName::parse(text, media_type);
            assert_eq!(name.as_str(), expected, "{text:?}");
            assert_eq!(FileName::parse(name.as_str(), media_type), name, "a good name stays");
        }
        let long = FileName::parse(&format!("{}.png", "😀".repeat(300)), MediaType::Png);
        assert_eq!(long.as_str().chars().count(), MAX_FILE_NAME_CHARS);
        assert!(long.as_str().ends_with("😀.png"));
    }

    #[test]
    fn a_provider_without_a_usable_name_still_gives_one() {
        for (name, expected) in [
            (None, "New friend"),
            (Some(" \u{0} "), "New friend"),
            (Some("\u{200B}"), "New friend"),
            (Some(" Amara "), "Amara"),
            (Some("Zoe\u{7}\u{308}"), "Zoë"),
        ] {
            assert_eq!(Username::from_provider(name).as_str(), expected);
        }
    }
}
