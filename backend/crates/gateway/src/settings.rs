//! What can be set about the gateway.

use std::time::Duration;

use kith_wire::Links;

use crate::queue::OutboxLimits;

/// The gateway's settings. The defaults are the documented limits.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// Origins (`scheme://host[:port]`, as browsers write them) whose pages may open a socket. A request without an
    /// `Origin` comes from no page and is let through.
    pub origins: Vec<String>,
    /// Where things that events name are found.
    pub links: Links,
    /// Threads that sockets live on; 0: they live on the runtime that starts the gateway.
    pub shards: usize,
    /// Handshakes that this node takes per second; up to a second's worth waits, and what comes above is told to come back later. Each one is followed
    /// by a `/sync`, so that the number is what the ledger bears, 500 per core.
    pub handshakes_per_second: u32,
    /// Sockets of one user on this node; `None`: no bound.
    pub sockets_per_user: Option<u32>,
    /// Sockets from one address; `None`: no bound.
    pub sockets_per_address: Option<u32>,
    /// Requests of one connection that run or wait; above it the connection is not read.
    pub in_flight_per_connection: usize,
    /// How much may wait for one socket.
    pub outbox: OutboxLimits,
    /// Bytes of a WebSocket message.
    pub max_message_bytes: usize,
    /// Frames that a WebSocket message may come in.
    pub max_fragments: u8,
    /// The sweep's and the background work's times.
    pub timing: Timing,
}

/// How long things may take.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Between two sweeps over all sockets; the precision of the other times here.
    pub sweep: Duration,
    /// From accepting a socket to its CONNECT.
    pub connect: Duration,
    /// From an access token's expiry to the end of its socket.
    pub token_grace: Duration,
    /// From the first to the last byte of a frame.
    pub frame: Duration,
    /// Without the peer taking a byte.
    pub write: Duration,
    /// Of silence, after which a WebSocket ping asks whether the peer is there.
    pub ping_after: Duration,
    /// Of silence, after which a peer counts as gone. Browsers run the timers of a page in the background once a
    /// minute, so it is more than two heartbeats.
    pub silence: Duration,
    /// From the decision to close to letting go.
    pub close: Duration,
    /// Between two looks at which devices have been signed out: the bus tells sooner, the ledger tells surely.
    pub revocation: Duration,
    /// Between two renewals of presence leases.
    pub beat: Duration,
    /// Between two `heads` of one connection.
    pub heads: Duration,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            origins: Vec::new(),
            links: Links::default(),
            shards: cores,
            handshakes_per_second: 500 * u32::try_from(cores).unwrap_or(1),
            sockets_per_user: Some(10),
            sockets_per_address: Some(200),
            in_flight_per_connection: 64,
            outbox: OutboxLimits::default(),
            max_message_bytes: 64 * 1024,
            max_fragments: 16,
            timing: Timing::default(),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            sweep: Duration::from_secs(1),
            connect: Duration::from_secs(10),
            token_grace: Duration::from_secs(60),
            frame: Duration::from_secs(30),
            write: Duration::from_secs(10),
            ping_after: Duration::from_secs(45),
            silence: Duration::from_secs(75),
            close: Duration::from_secs(4),
            revocation: Duration::from_secs(4),
            beat: Duration::from_secs(25),
            heads: Duration::from_secs(30),
        }
    }
}
