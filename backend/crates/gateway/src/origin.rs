//! Which pages may open a socket.

use axum::http::{HeaderMap, header};

/// Whether a request with these headers may be upgraded. The comparison is exact, so that neither `null` nor another
/// scheme, port or look-alike passes; an absent `Origin` does, since no page sent it and the token travels in
/// CONNECT, never in a cookie.
pub(crate) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).into_iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => allowed.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn origins() {
        let allowed = ["https://chat.example.org".to_owned(), "http://127.0.0.1:8080".to_owned()];
        for (origin, expected) in [
            (&[][..], true),
            (&["https://chat.example.org"][..], true),
            (&["http://127.0.0.1:8080"], true),
            (&["null"], false),
            (&[""], false),
            (&["http://chat.example.org"], false),
            (&["https://chat.example.org:8443"], false),
            (&["https://chat.example.org."], false),
            (&["https://chat.example.org.evil.example"], false),
            (&["https://evilchat.example.org"], false),
            (&["https://example.org"], false),
            (&["https://chat.example.org/"], false),
            (&["HTTPS://CHAT.EXAMPLE.ORG"], false),
            (&["http://127.0.0.1:80801"], false),
            (&["http://localhost:8080"], false),
            (&["https://chat.example.org https://evil.example"], false),
            (&["https://chat.example.org", "https://chat.example.org"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in origin {
                headers.append(header::ORIGIN, HeaderValue::from_static(value));
            }
            assert_eq!(is_allowed(&headers, &allowed), expected, "{origin:?}");
        }
    }
}
