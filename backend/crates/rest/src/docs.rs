//! The rendered reference: one static page whose own script draws the document with text nodes. Nothing is fetched
//! from elsewhere.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, header};

use crate::state::AppState;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/api/docs",
            get(|| async { asset("text/html; charset=utf-8", include_str!("../assets/docs.html")) }),
        )
        .route(
            "/api/docs/reference.js",
            get(|| async { asset("text/javascript; charset=utf-8", include_str!("../assets/reference.js")) }),
        )
        .route(
            "/api/docs/reference.css",
            get(|| async { asset("text/css; charset=utf-8", include_str!("../assets/reference.css")) }),
        )
}

fn asset(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}
