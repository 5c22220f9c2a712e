//! The opening handshake (RFC 6455, section 4.2).

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha1::{Digest, Sha1};

/// The subprotocol that is spoken.
pub(crate) const SUBPROTOCOL: &str = "v12.stomp";

/// What RFC 6455 has both sides append to the key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request that can be upgraded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The value of `Sec-WebSocket-Accept`.
    pub(crate) accept: String,
    /// Whether the client offered [`SUBPROTOCOL`]; one that offers nothing is not refused, its CONNECT says the same.
    pub(crate) subprotocol: bool,
}

/// Why a request is not upgraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no WebSocket request.
    NotWebSocket,
    /// Another version than 13.
    Version,
    /// None of the offered subprotocols is [`SUBPROTOCOL`].
    Subprotocol,
}

/// Judges an upgrade request. Extensions that it offers are declined by not naming them in the answer.
pub(crate) fn accept(method: &Method, headers: &HeaderMap) -> Result<Accepted, Refused> {
    let upgrade = method == Method::GET
        && has_token(headers, header::CONNECTION, "upgrade")
        && has_token(headers, header::UPGRADE, "websocket");
    if !upgrade {
        return Err(Refused::NotWebSocket);
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).map(HeaderValue::as_bytes) != Some(b"13") {
        return Err(Refused::Version);
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or(Refused::NotWebSocket)?.as_bytes();
    if BASE64_STANDARD.decode(key).map_or(true, |nonce| nonce.len() != 16) {
        return Err(Refused::NotWebSocket);
    }
    let offers = headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let subprotocol = tokens(headers, header::SEC_WEBSOCKET_PROTOCOL).any(|token| token == SUBPROTOCOL);
    if offers && !subprotocol {
        return Err(Refused::Subprotocol);
    }
    Ok(Accepted { accept: accept_value(key), subprotocol })
}

fn accept_value(key: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

fn tokens(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
}

fn has_token(headers: &HeaderMap, name: HeaderName, wanted: &str) -> bool {
    tokens(headers, name).any(|token| token.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    const GOOD: [(&str, &str); 4] = [
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn the_example_of_the_rfc() {
        let accepted = accept(&Method::GET, &headers(&GOOD)).unwrap();
        assert_eq!(
            accepted,
            Accepted { accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned(), subprotocol: false }
        );
    }

    #[test]
    fn what_is_refused() {
        for (name, value, expected) in [
            ("connection", "close", Some(Refused::NotWebSocket)),
            ("upgrade", "h2c", Some(Refused::NotWebSocket)),
            ("sec-websocket-version", "8", Some(Refused::Version)),
            ("sec-websocket-key", "c2hvcnQ=", Some(Refused::NotWebSocket)),
            ("sec-websocket-key", "%%%", Some(Refused::NotWebSocket)),
            ("sec-websocket-protocol", "v10.stomp, v11.stomp", Some(Refused::Subprotocol)),
            ("sec-websocket-protocol", "v10.stomp, v12.stomp", None),
            ("sec-websocket-extensions", "permessage-deflate", None),
        ] {
            let mut headers = headers(&GOOD);
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(accept(&Method::GET, &headers).err(), expected, "{name}: {value}");
        }
        assert_eq!(accept(&Method::POST, &headers(&GOOD)).err(), Some(Refused::NotWebSocket));
    }
}
