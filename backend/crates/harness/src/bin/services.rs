//! Starts servers for use by hand: all, or those named. They run until Ctrl-C, and leave nothing behind.

use std::{env, process::ExitCode, thread};

use kith_harness::{Cassandra, HarnessError, Kafka, Moto, OpenSearch, Postgres, RabbitMq, Redis, Server};

/// Starts a server and says where it listens. It is kept until the process ends.
type Start = fn() -> Result<(String, &'static Server), HarnessError>;

const SERVICES: &[(&str, Start)] = &[
    ("postgres", || Postgres::start().map(|server| (server.url(), kept(server)))),
    ("redis", || Redis::start().map(|server| (server.url(), kept(server)))),
    ("rabbitmq", || RabbitMq::start().map(|server| (server.url(), kept(server)))),
    ("opensearch", || OpenSearch::start().map(|server| (server.url(), kept(server)))),
    ("moto", || Moto::start().map(|server| (server.url(), kept(server)))),
    ("kafka", || Kafka::start().map(|server| (server.brokers(), kept(server)))),
    ("cassandra", || Cassandra::start().map(|server| (server.address(), kept(server)))),
];

fn main() -> ExitCode {
    let named: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) = named.iter().find(|name| SERVICES.iter().all(|(service, _)| service != name)) {
        let known: Vec<&str> = SERVICES.iter().map(|(name, _)| *name).collect();
        eprintln!("services: there is no {unknown}; there are {}", known.join(", "));
        return ExitCode::from(2);
    }
    for (name, start) in SERVICES {
        if !named.is_empty() && !named.iter().any(|wanted| wanted == name) {
            continue;
        }
        match start() {
            Ok((address, server)) => println!("{name}\t{address}\t{}", server.directory().display()),
            Err(error) => {
                eprintln!("services: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!("ready; Ctrl-C ends");
    loop {
        // The guardians see the end of this process, whichever way it comes.
        thread::park();
    }
}

fn kept<T: std::ops::Deref<Target = Server> + 'static>(server: T) -> &'static Server {
    Box::leak(Box::new(server))
}
