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
use kith_wire::{ClientAddress, Problem, ProblemCode};

use crate::{
    addresses::Seat,
    gateway::Gateway,
    metrics::HandshakeRefusal,
    origin, serve,
    shard::Placing,
    transport::Carrier,
    websocket::handshake::{self, Refused, SUBPROTOCOL},
};

/// The handler of `GET /ws`.
pub(crate) async fn upgrade(State(gateway): State<Gateway>, mut request: Request) -> Response {
    match accept(&gateway, &mut request).await {
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

async fn accept(gateway: &Gateway, request: &mut Request) -> Result<Response, Refusal> {
    let inner = &gateway.inner;
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
    if !inner.admission.admit().await {
        return Err(Box::new((HandshakeRefusal::Rate, come_back())));
    }
    let seat = take_seat(gateway, client_address(request))?;
    inner.tasks.spawn(run(gateway.clone(), seat, upgrade));
    Ok(switching(&accepted))
}

/// Gives the socket to a shard once the answer is out.
async fn run(gateway: Gateway, seat: Option<Seat>, upgrade: OnUpgrade) {
    let carrier = match upgrade.await.map(Carrier::detach) {
        Ok(Ok(carrier)) => carrier,
        Ok(Err(error)) => return tracing::debug!(%error, "a connection could not be taken over"),
        Err(error) => return tracing::debug!(%error, "an upgrade was not carried through"),
    };
    let Some(placing) = Placing::choose(&gateway.inner.shards) else { return };
    let shard = Arc::clone(placing.shard());
    let inner = Arc::clone(&gateway.inner);
    let serving = gateway.inner.tasks.track_future(async move {
        match carrier.attach() {
            Ok(halves) => serve::serve(inner, Arc::clone(placing.shard()), halves).await,
            Err(error) => tracing::debug!(%error, "a connection could not be taken over"),
        }
        drop((seat, placing));
    });
    shard.spawn(serving);
}

/// `None` where addresses are not counted.
fn take_seat(gateway: &Gateway, address: Option<IpAddr>) -> Result<Option<Seat>, Refusal> {
    let (Some(address), Some(most)) = (address, gateway.inner.settings.sockets_per_address) else {
        return Ok(None);
    };
    gateway.inner.addresses.admit(address, most).map(Some).ok_or_else(|| {
        let problem = Problem::with_detail(ProblemCode::RateLimited, "too many sockets from this address");
        Box::new((HandshakeRefusal::Address, answer(&problem)))
    })
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
