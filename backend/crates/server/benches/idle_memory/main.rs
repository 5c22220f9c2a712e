//! What idle sockets cost the server: anonymous memory per socket and processor time, of the real binary.
//!
//! `kith serve --dev --no-limits` runs as a process of its own on a fresh data directory. A thousand accounts sign in
//! through the built-in provider, and each opens ten sockets that are authenticated, subscribed and keep the web
//! client's heartbeat of 30 s both ways. Nothing else happens on them.
//!
//! Set `KITH_BENCH_SOCKETS` for another number of sockets, in thousands of which each process needs a thousand
//! descriptors.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod account;
mod server;
mod socket;

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use server::Server;

/// Sockets of one account: the most that a server with limits allows.
const SOCKETS_PER_ACCOUNT: usize = 10;
/// Sign-ins and handshakes under way at once.
const AT_ONCE: usize = 32;
/// Sockets from one source address: beyond this the kernel's search for a free port shows.
const SOCKETS_PER_ADDRESS: usize = 2_000;
/// How long the sockets idle: each owes one heartbeat and is owed one.
const IDLE: Duration = Duration::from_secs(30);
/// What a socket may cost.
const MOST_BYTES: u64 = 10 * 1_024;

/// Sockets of the other thousands leave from 127.0.1.1, 127.0.1.2 and so on.
fn source(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, u8::try_from(1 + number / SOCKETS_PER_ADDRESS).unwrap())
}

#[tokio::main]
async fn main() {
    let sockets = std::env::var("KITH_BENCH_SOCKETS").map_or(10_000, |text| text.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());

    let begun = Instant::now();
    let tokens: Vec<String> = stream::iter(0..sockets / SOCKETS_PER_ACCOUNT)
        .map(|number| account::sign_in(&server.origin, number))
        .buffered(AT_ONCE)
        .collect()
        .await;
    println!("{} accounts signed in within {:.1} s", tokens.len(), begun.elapsed().as_secs_f64());

    // One socket first: it pays for what is there once.
    let address = server.address();
    let _first = socket::open(address, source(0), &tokens[0]).await.unwrap();
    let before = server.usage();
    let begun = Instant::now();
    let open: Vec<_> = stream::iter(0..sockets)
        .map(|number| socket::open(address, source(number), &tokens[number % tokens.len()]))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
        .unwrap_or_else(|error| panic!("a socket was not opened: {error}"));
    println!("{} sockets opened within {:.1} s", open.len(), begun.elapsed().as_secs_f64());

    let opened = server.usage();
    tokio::time::sleep(IDLE).await;
    let idle = server.usage();
    let lost = open.iter().filter(|socket| socket.is_finished()).count();
    assert_eq!(lost, 0, "sockets were closed");

    let each = idle.anonymous_bytes.saturating_sub(before.anonymous_bytes) / sockets as u64;
    let busy = (idle.processor - opened.processor).as_secs_f64() / IDLE.as_secs_f64();
    println!("before:  {:6.1} MiB anonymous", mebibytes(before.anonymous_bytes));
    println!("opened:  {:6.1} MiB anonymous", mebibytes(opened.anonymous_bytes));
    println!("idle:    {:6.1} MiB anonymous after {} s", mebibytes(idle.anonymous_bytes), IDLE.as_secs());
    println!("{each} bytes per idle socket, of {MOST_BYTES} allowed");
    println!(
        "{:.1} % of one core while idle: {:.1} µs per socket and second",
        busy * 100.0,
        busy * 1e6 / sockets as f64
    );
    assert!(each <= MOST_BYTES, "an idle socket costs {each} bytes");
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
