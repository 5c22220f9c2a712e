//! `GET /ws`: judges an upgrade request before anything is spent on it.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use kith_wire::{ClientAddress, Problem, ProblemCode};

use crate::{
    connection::Connection,
    gateway::{Gateway, Inner},
    metrics::HandshakeRefusal,
    origin, serve,
    websocket::handshake::{self, Refused, SUBPROTOCOL},
};

/// The handler of `GET /ws`.
pub(crate) async fn upgrade(State(gateway): State<Gateway>, mut request: Request) -> Response {
    match accept(&gateway.inner, &mut request) {
        Ok(response) => response,
        Err(refused) => {
            let (refusal, response) = *refused;
            gateway.inner.metrics.handshake_refused(refusal);
            response
        }
    }
}

/// Boxed, because most requests are not refused.
type Refusal = Box<(HandshakeRefusal, Response)>;

fn accept(inner: &Arc<Inner>, request: &mut Request) -> Result<Response, Refusal> {
    if !origin::is_allowed(request.headers(), &inner.settings.origins) {
        let problem = Problem::with_detail(ProblemCode::Forbidden, "this origin may not open a socket");
        return Err(Box::new((HandshakeRefusal::Origin, answer(&problem))));
    }
    let accepted = handshake::accept(request.method(), request.headers())
        .map_err(|refused| Box::new((HandshakeRefusal::Malformed, malformed(refused))))?;
    let upgrade = request
        .extensions_mut()
        .remove::<OnUpgrade>()
        .ok_or_else(|| Box::new((HandshakeRefusal::Malformed, malformed(Refused::NotWebSocket))))?;
    if inner.is_draining() {
        return Err(Box::new((HandshakeRefusal::Draining, come_back())));
    }
    if !inner.admission.admit() {
        return Err(Box::new((HandshakeRefusal::Rate, come_back())));
    }
    let seat = Seat::take(inner, client_address(request)).ok_or_else(|| {
        let problem = Problem::with_detail(ProblemCode::RateLimited, "too many sockets from this address");
        Box::new((HandshakeRefusal::Address, answer(&problem)))
    })?;
    inner.tasks.spawn(run(Arc::clone(inner), seat, upgrade));
    Ok(switching(&accepted))
}

/// Serves the socket once the answer is out.
async fn run(inner: Arc<Inner>, seat: Seat, upgrade: OnUpgrade) {
    match upgrade.await {
        Ok(upgraded) => {
            let connection = Connection::new(inner.settings.outbox, inner.ticks.now());
            serve::serve(inner, Arc::new(connection), TokioIo::new(upgraded)).await;
            drop(seat);
        }
        Err(error) => tracing::debug!(%error, "an upgrade was not carried through"),
    }
}

/// One of the sockets that an address may have.
struct Seat {
    inner: Arc<Inner>,
    address: Option<IpAddr>,
}

impl Seat {
    fn take(inner: &Arc<Inner>, address: Option<IpAddr>) -> Option<Self> {
        let counted = address.filter(|_| inner.settings.sockets_per_address.is_some());
        if let (Some(address), Some(most)) = (counted, inner.settings.sockets_per_address)
            && !inner.connections.admit(address, most)
        {
            return None;
        }
        Some(Self { inner: Arc::clone(inner), address: counted })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(address) = self.address {
            self.inner.connections.dismiss(address);
        }
    }
}

fn client_address(request: &Request) -> Option<IpAddr> {
    let extensions = request.extensions();
    let known = extensions.get::<ClientAddress>().map(|address| address.0);
    known.or_else(|| extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()))
}

fn switching(accepted: &handshake::Accepted) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accepted.accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if accepted.subprotocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    response
}

fn malformed(refused: Refused) -> Response {
    let detail = match refused {
        Refused::NotWebSocket => "a WebSocket upgrade is expected",
        Refused::Version => "WebSocket version 13 is expected",
        Refused::Subprotocol => "the subprotocol v12.stomp is expected",
    };
    let mut response = answer(&Problem::with_detail(ProblemCode::MalformedBody, detail));
    if refused == Refused::Version {
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    response
}

/// 503 with a waiting time that differs from one refused client to the next, so that they do not all return at once.
fn come_back() -> Response {
    static REFUSED: AtomicU64 = AtomicU64::new(0);
    let seconds = 1 + REFUSED.fetch_add(1, Ordering::Relaxed) % 5;
    let problem = Problem {
        retry_after_ms: Some(seconds * 1_000),
        ..Problem::with_detail(ProblemCode::Unavailable, "too many connections for the moment")
    };
    answer(&problem)
}

fn answer(problem: &Problem) -> Response {
    let mut response = Response::new(Body::from(serde_json::to_vec(problem).unwrap_or_default()));
    *response.status_mut() =
        StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after_seconds() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
