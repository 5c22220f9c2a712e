//! `Content-Disposition` ([RFC 6266](https://www.rfc-editor.org/rfc/rfc6266)).

use http::HeaderValue;
use kith_domain::ports::blobs::Disposition;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but `attr-char` of RFC 8187, section 3.2.1.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// The header. Old clients read a name of plain letters, all others the real one.
pub(crate) fn header(shown: &Disposition) -> HeaderValue {
    let kind = if shown.inline { "inline" } else { "attachment" };
    let name = shown.name.as_str();
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.') { c } else { '_' })
        .collect();
    let real = utf8_percent_encode(name, ESCAPED);
    let value = format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{real}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use kith_domain::{MediaType, text::FileName};

    use super::*;

    #[test]
    fn names_are_told_twice() {
        for (name, inline, expected) in [
            ("a b.pdf", false, "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
            ("報告.pdf", true, "inline; filename=\"__.pdf\"; filename*=UTF-8''%E5%A0%B1%E5%91%8A.pdf"),
            (
                "x\"; y=z'%.pdf",
                false,
                "attachment; filename=\"x__ y_z__.pdf\"; filename*=UTF-8''x_%3B%20y%3Dz%27%25.pdf",
            ),
        ] {
            let content_type = MediaType::Pdf;
            let shown = Disposition { content_type, name: FileName::parse(name, content_type), inline };
            assert_eq!(header(&shown), expected);
        }
    }
}
