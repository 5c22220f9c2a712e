//! Refusals on their way out.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kith_domain::{FieldError, Refusal};
use kith_services::ServiceError;
use kith_wire::{Problem, ProblemCode};

/// The media type of problems (RFC 9457).
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// A problem that ends a request. It is written out by [`crate::observe`], which knows the trace.
#[derive(Debug)]
pub(crate) struct ApiError(pub(crate) Problem);

impl ApiError {
    pub(crate) fn new(code: ProblemCode) -> Self {
        Self(Problem::new(code))
    }

    /// A fault of ours, logged here: the caller learns nothing of it.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "an answer could not be made");
        Self::new(ProblemCode::Internal)
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<FieldError> for ApiError {
    fn from(error: FieldError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match &error {
            ServiceError::Refused(_) => {}
            ServiceError::Store(cause) => {
                tracing::error!(error = cause as &dyn std::error::Error, "the store did not answer");
            }
            ServiceError::Search(cause) => {
                tracing::error!(error = cause as &dyn std::error::Error, "the search index did not answer");
            }
            ServiceError::History(cause) => {
                tracing::error!(error = cause as &dyn std::error::Error, "the history did not answer");
            }
            ServiceError::Blobs(cause) => {
                tracing::error!(error = cause as &dyn std::error::Error, "the object storage did not answer");
            }
        }
        Self(Problem::from(&error))
    }
}

/// The status and headers now, the body once the trace is known: see [`write`].
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(Unwritten(self.0));
        response
    }
}

/// A problem whose body is not written yet.
#[derive(Clone)]
struct Unwritten(Problem);

/// Writes the body of a problem, with the trace it belongs to.
pub(crate) fn write(mut response: Response, trace_id: &str) -> Response {
    let Some(Unwritten(mut problem)) = response.extensions_mut().remove::<Unwritten>() else {
        return response;
    };
    problem.trace_id = Some(trace_id.to_owned());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.remove(header::CONTENT_LENGTH);
    if let Some(seconds) = problem.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if problem.kind == ProblemCode::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    *response.body_mut() = serde_json::to_vec(&problem).unwrap_or_default().into();
    response
}
