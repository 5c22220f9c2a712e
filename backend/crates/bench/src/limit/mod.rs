//! A server that does as little as one can: the ceiling of what sockets on a machine carry.
//!
//! It speaks the same handshakes, takes SENDs, answers each with a RECEIPT and writes each to the sockets of the
//! conversation's members, with a seq, so that the same checks hold. It stores nothing, checks nothing and believes the
//! users file about who is in which conversation. It runs a thread for each core; frames for one socket of one turn go
//! out in one write.

mod answers;
mod desk;
mod requests;
mod thread;

use std::{
    collections::HashMap,
    io::Write as _,
    net::SocketAddr,
    os::fd::OwnedFd,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::Context as _;
use clap::Args;
use desk::Desk;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};
use thread::Thread;

use crate::population::Population;

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4_096;

/// What the limit server is asked to do.
#[derive(Debug, Clone, Args)]
pub struct LimitOptions {
    /// The accounts, as `kith bench seed` wrote them.
    #[arg(long, value_name = "FILE")]
    pub users_file: PathBuf,
    /// Where to listen; port 0 chooses a free one.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Threads; by default one for each core.
    #[arg(long)]
    pub threads: Option<usize>,
    /// The kernel's congestion control for connections, such as `reno`; by default the system's own.
    #[arg(long, value_name = "NAME")]
    pub tcp_congestion: Option<String>,
}

/// What all threads share.
struct Shared {
    conversations: HashMap<Vec<u8>, Conversation>,
    people: HashMap<String, u32>,
    desks: Vec<Desk>,
}

struct Conversation {
    id: String,
    members: Vec<u32>,
    /// Held until a message is in every member's queue, so that all see one order.
    last_seq: Mutex<u64>,
}

impl Shared {
    fn new(population: Population) -> Self {
        let mut members = vec![Vec::new(); population.conversations.len()];
        for (number, person) in (0..).zip(&population.people) {
            person.all.iter().for_each(|conversation| members[*conversation as usize].push(number));
        }
        let conversations =
            population.conversations.into_iter().zip(members).map(|(conversation, members)| {
                let key = conversation.id.clone().into_bytes();
                (key, Conversation { id: conversation.id, members, last_seq: Mutex::new(0) })
            });
        let desks = population.people.iter().map(|person| Desk::new(person.id)).collect();
        Self {
            conversations: conversations.collect(),
            desks,
            people: population
                .people
                .into_iter()
                .zip(0..)
                .map(|(person, number)| (person.token, number))
                .collect(),
        }
    }
}

/// Serves until the process is ended.
///
/// # Errors
/// A users file that cannot be read, and an address that cannot be listened on.
pub fn run(options: &LimitOptions) -> anyhow::Result<()> {
    let shared = Arc::new(Shared::new(Population::read_all(&options.users_file)?));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut address, mut listeners) = (options.listen, Vec::new());
    for _ in 0..options.threads.unwrap_or(cores).max(1) {
        let listener = listen(address).with_context(|| format!("cannot listen on {address}"))?;
        if let Some(name) = &options.tcp_congestion {
            // Connections take it over.
            net::sockopt::set_tcp_congestion(&listener, name)
                .with_context(|| format!("this system has no congestion control {name}"))?;
        }
        // The first one has chosen the port.
        address = net::getsockname(&listener)?.try_into().context("no internet address")?;
        listeners.push(listener);
    }
    println!("listening on http://{address}");
    std::io::stdout().flush()?;
    let threads = listeners.into_iter().map(|listener| {
        let shared = Arc::clone(&shared);
        std::thread::spawn(move || Thread::new(listener, shared)?.serve())
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??;
    }
    Ok(())
}

/// Each thread has a listener of its own on the one port; the kernel spreads connections over them.
fn listen(address: SocketAddr) -> rustix::io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = net::socket_with(family, SocketType::STREAM, flags, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    net::bind(&socket, &address)?;
    net::listen(&socket, BACKLOG)?;
    Ok(socket)
}
