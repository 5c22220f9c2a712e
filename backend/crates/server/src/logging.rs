//! Logs, always to standard error.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::Log;

/// Starts logging; a second call changes nothing.
pub(crate) fn start(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| anyhow::anyhow!("log.level: {error}"))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber can only mean that logging runs already.
    let _ =
        if log.format == "json" { builder.json().try_init() } else { builder.with_target(false).try_init() };
    Ok(())
}
