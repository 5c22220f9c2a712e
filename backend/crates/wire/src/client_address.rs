//! Where a request comes from.

use std::net::IpAddr;

/// Where a request comes from, as the accept loop knows it: the peer, or what a trusted proxy forwards for. An
/// extension of the request; limits by address count against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);
