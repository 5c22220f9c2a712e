//! The HTTP client for calls that leave the server: guarded against being led into its own network (SSRF).
//!
//! A host is resolved once, every address must be public, and the connection goes to exactly those addresses: a name
//! that answers differently a moment later changes nothing. Redirects are not followed, environment proxies are not
//! used, times and sizes are bounded.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::{
    address::is_public,
    transport::{Request, Response, Transport, TransportError},
};

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

/// From connecting to the last byte of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(3);
/// The longest answer that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 512 * 1024;

/// Turns a name into addresses.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of `host`.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// A guarded client; [`OutgoingHttp::builder`] makes one.
#[derive(Clone)]
pub struct OutgoingHttp {
    client: reqwest::Client,
    exempt_host: Option<String>,
    max_body_bytes: usize,
}

/// Settings of an [`OutgoingHttp`].
pub struct Builder {
    exempt_host: Option<String>,
    lookup: Arc<dyn Lookup>,
    timeout: Duration,
    max_body_bytes: usize,
}

impl OutgoingHttp {
    /// Starts from the strict settings: nothing exempt, [`TIMEOUT`], [`MAX_BODY_BYTES`], the system's resolver.
    pub fn builder() -> Builder {
        Builder {
            exempt_host: None,
            lookup: Arc::new(SystemLookup),
            timeout: TIMEOUT,
            max_body_bytes: MAX_BODY_BYTES,
        }
    }

    /// The client for one provider. `exempt` is the operator's word that its issuer may be in a private network.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn for_issuer(issuer: &Url, exempt: bool) -> Result<Self, TransportError> {
        let builder = Self::builder();
        match issuer.host_str() {
            Some(host) if exempt => builder.exempt_host(host).build(),
            _ => builder.build(),
        }
    }

    /// Judges the URL itself: `https` on port 443, and no literal address that is not public.
    ///
    /// `http` on port 80 is refused as well: what is fetched decides who may sign in, so it must be authenticated.
    fn admit(&self, url: &Url) -> Result<(), TransportError> {
        let refused = || TransportError::Refused(url.origin().ascii_serialization());
        let host = url.host().ok_or_else(refused)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused());
        }
        if self.exempt_host.as_deref() == url.host_str() && matches!(url.scheme(), "http" | "https") {
            return Ok(());
        }
        let public = match host {
            Host::Ipv4(address) => is_public(address.into()),
            Host::Ipv6(address) => is_public(address.into()),
            // Judged by the addresses that it resolves to.
            Host::Domain(_) => true,
        };
        if url.scheme() == "https" && url.port_or_known_default() == Some(443) && public {
            Ok(())
        } else {
            Err(refused())
        }
    }
}

impl Builder {
    /// Exempts one host, because the operator configured it: it may be in a private network, on any port, without TLS.
    ///
    /// Other hosts that its answers name stay guarded.
    pub fn exempt_host(mut self, host: impl Into<String>) -> Self {
        self.exempt_host = Some(host.into());
        self
    }

    /// Resolves names by `lookup`.
    pub fn lookup(mut self, lookup: Arc<dyn Lookup>) -> Self {
        self.lookup = lookup;
        self
    }

    /// Bounds a call from connecting to the last byte of the answer.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Bounds the answer's body.
    pub fn max_body_bytes(mut self, max_body_bytes: usize) -> Self {
        self.max_body_bytes = max_body_bytes;
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// [`TransportError::Failed`] when TLS cannot be set up (no trusted roots).
    pub fn build(self) -> Result<OutgoingHttp, TransportError> {
        let guard = VettedResolver { exempt_host: self.exempt_host.clone(), lookup: self.lookup };
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(guard))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(self.timeout)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(failed)?;
        Ok(OutgoingHttp { client, exempt_host: self.exempt_host, max_body_bytes: self.max_body_bytes })
    }
}

#[async_trait]
impl Transport for OutgoingHttp {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let url = request.uri().to_string();
        self.admit(&Url::parse(&url).map_err(|_| TransportError::Refused(url))?)?;
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = self.client.execute(request).await.map_err(failed)?;

        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.max_body_bytes {
                return Err(TransportError::TooLong(self.max_body_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

fn failed(error: reqwest::Error) -> TransportError {
    // The URL may hold a code or a token.
    TransportError::Failed(Box::new(error.without_url()))
}

/// Gives the client only addresses that it may connect to; it connects to what it is given.
struct VettedResolver {
    exempt_host: Option<String>,
    lookup: Arc<dyn Lookup>,
}

impl Resolve for VettedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, host) = (self.lookup.clone(), name.as_str().to_owned());
        let exempt = self.exempt_host.as_deref() == Some(host.as_str());
        Box::pin(async move {
            let addresses = lookup.lookup(&host).await?;
            // One private address among public ones is an attempt, not an accident: the name as a whole is refused.
            if !exempt && !addresses.iter().copied().all(is_public) {
                return Err(TransportError::Refused(host).into());
            }
            let addresses: Vec<_> =
                addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
