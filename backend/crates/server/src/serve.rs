//! `kith serve`.

use std::io::Write as _;

use anyhow::Context as _;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

use crate::{
    assembly::{self, Node},
    commands::ServeFlags,
    config::{self, Config},
    control,
    listener::{self, ListenerSettings},
    logging, metrics,
};

/// Runs the server until it is told to stop.
pub(crate) fn run(flags: &ServeFlags) -> anyhow::Result<()> {
    let config = config::load(flags)?;
    logging::start(&config.log)?;
    assembly::block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // The data directory's lock is taken before the port: a second server fails on the lock, with its reason.
    let storage = assembly::open_storage(&config).await?;
    let control = control::bind(&config.storage.data_dir)?;
    let listener = bind(&config).await?;
    let bound = listener.local_addr()?;
    let node = Node::assemble(&config, storage, bound).await?;

    let stop = CancellationToken::new();
    let settings = ListenerSettings {
        max_connections: config.server.max_connections,
        trusted_proxies: config.server.trusted_proxies.clone().into(),
    };
    let serving = tokio::spawn(listener::serve(listener, node.router.clone(), settings, stop.clone()));
    let metrics = serve_metrics(&config, &node, &stop).await?;
    let jobs = node.start_jobs(&config, &stop);
    let controlling = tokio::spawn({
        let desk = control::Desk {
            data_dir: config.storage.data_dir.clone(),
            engine: node.engine.clone(),
            store: node.store.clone(),
            clock: node.clock.clone(),
            indexer: node.indexer.clone(),
        };
        let stop = stop.clone();
        async move { control::serve(control, desk, stop).await }
    });

    announce(&config, bound)?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("told to stop"),
        _ = interrupt.recv() => tracing::info!("interrupted"),
        error = node.fatal() => {
            // What is durable is safe; what is in memory could only be guessed at.
            tracing::error!(%error, "the store cannot be trusted any more; ending, so that a new process recovers it");
            std::process::exit(1);
        }
    }
    node.drain(&config).await;
    stop.cancel();
    serving.await?;
    if let Some(metrics) = metrics {
        metrics.await?;
    }
    for job in jobs {
        job.await?;
    }
    controlling.await?;
    node.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.server.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    if let Some(name) = &config.server.tcp_congestion {
        // Connections take it over from the listener.
        rustix::net::sockopt::set_tcp_congestion(&listener, name)
            .with_context(|| format!("server.tcp_congestion: this system does not offer {name}"))?;
    }
    Ok(listener)
}

async fn serve_metrics(
    config: &Config,
    node: &Node,
    stop: &CancellationToken,
) -> anyhow::Result<Option<tokio::task::JoinHandle<()>>> {
    let Some(address) = config.server.metrics_listen else { return Ok(None) };
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("cannot serve metrics on {address}"))?;
    let settings = ListenerSettings { max_connections: 16, trusted_proxies: [].into() };
    let router = metrics::router(node.registry.clone());
    Ok(Some(tokio::spawn(listener::serve(listener, router, settings, stop.clone()))))
}

/// The first line on standard output says that connections are accepted, and where.
fn announce(config: &Config, bound: std::net::SocketAddr) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{bound}")?;
    if config.server.dev {
        writeln!(
            out,
            "open http://{bound} and sign in with any e-mail address (dev sign-in, this machine only)"
        )?;
    }
    out.flush()?;
    Ok(())
}
