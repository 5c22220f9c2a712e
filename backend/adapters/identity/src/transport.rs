//! How a request reaches an identity provider.

use async_trait::async_trait;

/// A request with its whole body, as the OpenID Connect library makes it.
pub type Request = http::Request<Vec<u8>>;
/// An answer with its whole body.
pub type Response = http::Response<Vec<u8>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The URL, or an address that its host stands for, is not one to connect to.
    #[error("{0} is not an address that may be called")]
    Refused(String),
    /// The answer is longer than allowed.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// Connecting, sending or receiving failed or took too long.
    #[error("the call failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Carries one request to a provider and brings its answer.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` and collects the answer, whatever its status; redirects are not followed.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}
