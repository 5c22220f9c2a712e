//! The accept loop: bounded connections, bounded headers, a deadline for reading them, the client's address for
//! the limits, and a graceful end.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use kith_wire::ClientAddress;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use kith_gateway::PlacedStream;

/// How long a client may take for its request headers.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);
/// The most header lines of a request.
const MAX_HEADERS: usize = 64;
/// The most bytes of a request's headers.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// How long sent bytes may stay unacknowledged.
const USER_TIMEOUT_MILLIS: u32 = 20_000;
/// How long open requests may take to end when the node is stopped.
const GRACE: Duration = Duration::from_secs(10);

/// What the accept loop must know.
#[derive(Debug, Clone)]
pub(crate) struct ListenerSettings {
    pub(crate) max_connections: usize,
    pub(crate) trusted_proxies: Arc<[IpAddr]>,
}

/// Serves `router` until `stop`, then lets open requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ListenerSettings,
    stop: CancellationToken,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .keep_alive(true);
    let builder = Arc::new(builder.http1_only());
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        tune(&stream);
        let stream = PlacedStream::new(stream, place);
        let service = {
            let (router, proxies) = (router.clone(), Arc::clone(&settings.trusted_proxies));
            tower::service_fn(move |mut request: Request<Incoming>| {
                let address = client_address(&request, peer.ip(), &proxies);
                request.extensions_mut().insert(ClientAddress(address));
                let router = router.clone();
                async move { router.oneshot(request.map(axum::body::Body::new)).await }
            })
        };
        let builder = Arc::clone(&builder);
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let connection = builder
                .serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
            if let Err(error) = watcher.watch(connection.into_owned()).await {
                tracing::debug!(error = %error, "a connection ended badly");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
}

/// Small frames must not wait for each other, and a peer that takes nothing for 20 s is gone. A socket that refuses
/// an option still works without it.
fn tune(stream: &tokio::net::TcpStream) {
    let _ = stream.set_nodelay(true);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, USER_TIMEOUT_MILLIS);
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    // Above the bound new clients wait in the kernel's queue instead of taking memory here.
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(error = %error, "a connection was not accepted");
            // Out of descriptors: give others time to close theirs.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// The address limits count by: the peer, or what a trusted proxy says it forwards for.
fn client_address<B>(request: &Request<B>, peer: IpAddr, proxies: &[IpAddr]) -> IpAddr {
    // On a socket for both versions an IPv4 peer comes as an IPv6 one.
    let peer = peer.to_canonical();
    let is_proxy = |address: IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == address);
    if !is_proxy(peer) {
        return peer;
    }
    let header = request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = header.flat_map(|line| line.split(',')).map(str::trim).collect();
    // The last hop that is no proxy of ours; whatever stands before it could be invented.
    for hop in hops.iter().rev() {
        match hop.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) if is_proxy(address) => {}
            Ok(address) => return address,
            Err(_) => break,
        }
    }
    peer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        for (peer, header, expected) in [
            ("192.0.2.7", Some("203.0.113.9"), "192.0.2.7"),
            ("10.0.0.1", Some("203.0.113.9"), "203.0.113.9"),
            ("10.0.0.1", Some("6.6.6.6, 203.0.113.9"), "203.0.113.9"),
            ("10.0.0.1", Some("203.0.113.9, 10.0.0.1"), "203.0.113.9"),
            ("10.0.0.1", Some("nonsense"), "10.0.0.1"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("::ffff:10.0.0.1", Some("203.0.113.9"), "203.0.113.9"),
            ("::ffff:192.0.2.7", Some("203.0.113.9"), "192.0.2.7"),
            ("10.0.0.1", Some("203.0.113.9, ::ffff:10.0.0.1"), "203.0.113.9"),
        ] {
            let mut request = Request::builder();
            if let Some(header) = header {
                request = request.header("x-forwarded-for", header);
            }
            let address = client_address(&request.body(()).unwrap(), peer.parse().unwrap(), &[proxy]);
            assert_eq!(address, expected.parse::<IpAddr>().unwrap(), "{peer} {header:?}");
        }
    }
}
