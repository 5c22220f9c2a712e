//! What every answer of the file origin carries, and its refusals.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kith_domain::ports::BlobError;

/// Whatever a browser makes of a file, it may run and load nothing.
const POLICY: &str =
    "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const STRICT_TRANSPORT: &str = "max-age=63072000; includeSubDomains";

/// A refusal, as a problem document (RFC 9457) with the codes of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    status: StatusCode,
    code: &'static str,
    detail: &'static str,
}

impl Refused {
    pub(crate) const FORBIDDEN: Self =
        Self::new(StatusCode::FORBIDDEN, "forbidden", "this address is not valid, or not any more");
    pub(crate) const NOT_FOUND: Self = Self::new(StatusCode::NOT_FOUND, "not_found", "not found");
    pub(crate) const SPENT: Self =
        Self::new(StatusCode::GONE, "conflict", "this upload was completed or refused already");
    pub(crate) const LENGTH: Self =
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", "not as long as announced");
    pub(crate) const TYPE: Self =
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media", "not of the announced type");
    pub(crate) const HASH: Self =
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed", "the SHA-256 is another one");
    pub(crate) const INTERRUPTED: Self =
        Self::new(StatusCode::BAD_REQUEST, "validation_failed", "the upload ended too early or stood still");
    pub(crate) const BUSY: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "too many uploads at once");
    pub(crate) const RANGE: Self =
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "validation_failed", "no such part");

    const fn new(status: StatusCode, code: &'static str, detail: &'static str) -> Self {
        Self { status, code, detail }
    }
}

impl From<BlobError> for Refused {
    fn from(error: BlobError) -> Self {
        match &error {
            BlobError::NotFound => return Self::NOT_FOUND,
            BlobError::Full => {
                let status = StatusCode::INSUFFICIENT_STORAGE;
                return Self::new(status, "storage_full", "the server's storage is full");
            }
            BlobError::Unavailable(_) => {}
        }
        tracing::error!(error = &error as &dyn std::error::Error, "a file could not be read or written");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "unavailable for the moment")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let problem = serde_json::json!({
            "type": format!("urn:kith:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        let mut response = Response::new(Body::from(problem.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE || self.status == StatusCode::INSUFFICIENT_STORAGE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Adds what a handler has not set itself.
pub(crate) fn protect(headers: &mut HeaderMap, secure: bool) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (CORP, "cross-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT));
    }
}

/// Lets the pages of `origin`, and no others, read the answer.
pub(crate) fn share(headers: &mut HeaderMap, asked_by: Option<&HeaderValue>, origin: &HeaderValue) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if asked_by == Some(origin) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("content-length, content-range, etag"),
        );
    }
}
