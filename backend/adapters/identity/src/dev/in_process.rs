//! Requests to routes of this very process, without a socket between.

use async_trait::async_trait;
use axum::{Router, body::Body};
use http::{HeaderValue, Uri, header};
use tower::ServiceExt as _;

use crate::{
    outgoing::MAX_BODY_BYTES,
    transport::{Request, Response, Transport, TransportError},
};

/// Answers requests below its prefixes by a router, and refuses all others.
pub struct InProcess {
    router: Router,
    prefixes: Vec<String>,
}

impl InProcess {
    /// `prefixes` are what addresses start with before the path that `router` knows.
    pub fn new(router: Router, prefixes: impl IntoIterator<Item = String>) -> Self {
        Self { router, prefixes: prefixes.into_iter().collect() }
    }

    fn path(&self, url: &str) -> Option<Uri> {
        let path = self.prefixes.iter().find_map(|prefix| url.strip_prefix(prefix.as_str()))?;
        path.starts_with('/').then(|| path.parse().ok())?
    }
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let url = request.uri().to_string();
        *request.uri_mut() = self.path(&url).ok_or(TransportError::Refused(url))?;
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost"));
        let answer = match self.router.clone().oneshot(request.map(Body::from)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY_BYTES)
            .await
            .map_err(|error| TransportError::Failed(Box::new(error)))?;
        Ok(Response::from_parts(parts, body.into()))
    }
}
