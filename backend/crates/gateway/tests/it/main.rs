//! The gateway over real sockets, with real services on the SQLite store. Sockets are read and written through the HTTP
//! server's wrapping and live on the test's runtime; `tests/shards.rs` runs the same tests over the other carrier.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod client;
mod delivery;
mod handshake;
mod lifetime;
mod sending;
mod world;

mod carrier {
    use std::net::SocketAddr;

    use axum::Router;
    use tokio::net::TcpListener;

    pub(crate) const SHARDS: usize = 0;

    pub(crate) fn serve(listener: TcpListener, router: Router) {
        let app = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
    }
}
