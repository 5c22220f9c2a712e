//! Where entries go that leave the ledger.

#[cfg(feature = "cluster")]
mod measured;

use std::sync::Arc;

use kith_domain::ports::History;
use prometheus_client::registry::Registry;

use crate::config::Config;

/// The history, if the settings name one; its calls are counted as `kith_history_…`.
pub(crate) fn open(config: &Config, registry: &mut Registry) -> anyhow::Result<Option<Arc<dyn History>>> {
    #[cfg(feature = "cluster")]
    if let Some(settings) = super::remote::history(config)? {
        let history = kith_cassandra::CassandraHistory::new(settings);
        return Ok(Some(Arc::new(measured::Measured::new(history, registry))));
    }
    // Both are for a cluster.
    let _ = (config, registry);
    Ok(None)
}
