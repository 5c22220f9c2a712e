//! The textual form of a PKCS#8 private key (RFC 7468 §10).

use base64::{Engine as _, engine::general_purpose::STANDARD};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
const LINE: usize = 64;

/// Writes `der` the way `openssl genpkey` does.
pub(crate) fn encode(der: &[u8]) -> String {
    let mut text = format!("{BEGIN}\n");
    let mut body = STANDARD.encode(der);
    while !body.is_empty() {
        let rest = body.split_off(body.len().min(LINE));
        text.push_str(&body);
        text.push('\n');
        body = rest;
    }
    text.push_str(END);
    text.push('\n');
    text
}

/// Reads exactly one private key; anything else in the text is refused.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let body = text.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote() {
        for length in [0, 1, 47, 48, 49, 85, 300] {
            let der: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let text = encode(&der);
            assert!(text.lines().all(|line| line.len() <= LINE));
            assert_eq!(decode(&text), Some(der));
        }
    }

    #[test]
    fn refuses_other_text() {
        let key = encode(b"key");
        for text in [
            "",
            "key",
            &key[1..],
            &key[..key.len() - 9],
            &format!("{key}{key}"),
            &key.replace("PRIVATE", "PUBLIC"),
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
