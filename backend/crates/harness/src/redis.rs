//! Redis, from version 7.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use rustix::process::Signal;

use crate::{
    HarnessError, Server,
    executable::Executable,
    guardian::Guardian,
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

/// How long one question for readiness may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);

const REDIS_SERVER: Executable = Executable {
    name: "Redis 7",
    install: "apt-get install redis-server",
    file: "redis-server",
    directories: &[],
};

/// A Redis that keeps nothing on disk, as a cache: it is empty after each start.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    port: u16,
}

impl Redis {
    /// Starts one.
    ///
    /// # Errors
    /// [`HarnessError`] when it is not installed or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        let executable = REDIS_SERVER.find()?;
        with_free_ports(|| {
            let [port] = ports::free()?;
            let executable = executable.clone();
            let launch = Launch {
                name: REDIS_SERVER.name,
                command: Box::new(move |directory| {
                    let mut command = Command::new(&executable);
                    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
                    command.args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--dir"]);
                    command.arg(directory);
                    command
                }),
                ready: Ready::Probe(Box::new(move || answers(port))),
                stop: Signal::TERM,
            };
            Ok(Self { server: Server::start(Guardian::new("redis", "")?, launch)?, port })
        })
    }

    /// `redis://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

one_per_process!(Redis);

/// Whether a server on `port` answers `PING`.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<[u8; 7]> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, PROBE_LIMIT)?;
        stream.set_read_timeout(Some(PROBE_LIMIT))?;
        stream.write_all(b"PING\r\n")?;
        let mut answer = [0; 7];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| &answer == b"+PONG\r\n")
}
