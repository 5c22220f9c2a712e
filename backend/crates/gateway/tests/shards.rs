//! The tests of `tests/it`, with sockets that the gateway takes over and that live on shards of their own threads.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "it/client.rs"]
mod client;
#[path = "it/delivery.rs"]
mod delivery;
#[path = "it/handshake.rs"]
mod handshake;
#[path = "it/lifetime.rs"]
mod lifetime;
#[path = "it/sending.rs"]
mod sending;
#[path = "it/world.rs"]
mod world;

mod carrier {
    use std::sync::Arc;

    use axum::{Extension, Router};
    use hyper::server::conn::http1;
    use hyper_util::{rt::TokioIo, service::TowerToHyperService};
    use kith_gateway::PlacedStream;
    use kith_wire::ClientAddress;
    use tokio::{net::TcpListener, sync::Semaphore};

    pub(crate) const SHARDS: usize = 2;

    pub(crate) fn serve(listener: TcpListener, router: Router) {
        let places = Arc::new(Semaphore::new(1_000));
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let place = Arc::clone(&places).acquire_owned().await.unwrap();
                let router = router.clone().layer(Extension(ClientAddress(peer.ip())));
                let stream = TokioIo::new(PlacedStream::new(stream, place));
                let serving =
                    http1::Builder::new().serve_connection(stream, TowerToHyperService::new(router));
                tokio::spawn(serving.with_upgrades());
            }
        });
    }
}
