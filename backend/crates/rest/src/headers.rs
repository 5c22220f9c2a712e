//! The security headers of every answer.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Nothing that an API answers is a page: should a browser show it as one, it may load and do nothing.
const API_POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Two years, as browsers' preload lists want it.
const STRICT_TRANSPORT: &str = "max-age=63072000; includeSubDomains";

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds what a handler has not set itself. `secure` says that the origin is served over TLS.
pub(crate) fn protect(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, API_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (COOP, "same-origin"),
        (CORP, "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
}
