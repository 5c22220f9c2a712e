//! What happens around every handler: ids, time limit, panics, the writing of problems, security headers.

use std::{any::Any, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use kith_wire::{
    ProblemCode,
    trace::{self, TraceIds},
};
use tracing::Instrument;

use crate::{
    error::{self, ApiError},
    headers,
    state::AppState,
};

/// Nothing that is asked for here takes this long unless something is stuck.
const TIME_LIMIT: Duration = Duration::from_secs(15);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The trace in which the request is logged.
const TRACE_ID: HeaderName = HeaderName::from_static("trace-id");

/// What a request is called in logs and in the answer's `x-request-id`.
#[derive(Debug, Clone)]
struct RequestId(String);

/// Names every request, pages and sockets included, and every answer after it.
pub(crate) async fn identify(State(ids): State<Arc<TraceIds>>, mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers()).unwrap_or_else(|| ids.next());
    let header = HeaderValue::from_str(&id);
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).await;
    if let Ok(value) = header {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The middleware around every route of the API; inside of [`identify`].
pub(crate) async fn observe(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let trace_id = trace_id(request.headers()).unwrap_or_else(|| app.trace_ids.next());
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "rest.request.handle",
        http.method = %request.method(),
        http.route = route,
        request.id = request_id,
        trace.id = trace_id,
    );
    let response = guarded(next.run(request)).instrument(span).await;
    let mut response = error::write(response, &trace_id);
    headers::protect(response.headers_mut(), app.secure);
    if let Ok(value) = HeaderValue::from_str(&trace_id) {
        response.headers_mut().insert(TRACE_ID, value);
    }
    response
}

/// Runs a handler to its end, to its panic or to the time limit.
async fn guarded(handler: impl Future<Output = Response>) -> Response {
    let unwound = AssertUnwindSafe(handler).catch_unwind();
    match tokio::time::timeout(TIME_LIMIT, unwound).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(panic = panic_text(&*panic), "a handler panicked");
            ApiError::new(ProblemCode::Internal).into_response()
        }
        Err(_) => {
            tracing::error!("a handler took too long");
            ApiError::new(ProblemCode::Unavailable).into_response()
        }
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text")
}

/// The sender's own id of the request, if it can stand in a log line as it is.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
}

/// The trace that the caller's request belongs to.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    trace::trace_id(headers.get(TRACEPARENT)?.to_str().ok()?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn request_ids() {
        for (text, taken) in [
            ("0192f7a0-7c00-7000", true),
            ("a.b_c", true),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
            ("", false),
            ("a b", false),
            ("a\tb", false),
            ("é", false),
            ("<script>", false),
        ] {
            assert_eq!(request_id(&with(REQUEST_ID, text)).as_deref(), taken.then_some(text), "{text:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stuck_or_panicking_handler_is_a_problem() {
        let stuck = guarded(std::future::pending()).await;
        assert_eq!(stuck.status(), 503);
        let panicking = guarded(async { panic!("secret") }).await;
        assert_eq!(panicking.status(), 500);
        let written = error::write(panicking, "t");
        let body = axum::body::to_bytes(written.into_body(), 4_096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains(r#""trace_id":"t""#) && !body.contains("secret"), "{body}");
    }
}
