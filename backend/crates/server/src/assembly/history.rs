//! Where entries go that leave the ledger.

mod measured;

use std::sync::Arc;

use kith_domain::ports::History;
use prometheus_client::registry::Registry;

use super::remote;
use crate::config::Config;

/// The history, if the settings name one; its calls are counted as `kith_history_…`.
pub(crate) fn open(config: &Config, registry: &mut Registry) -> anyhow::Result<Option<Arc<dyn History>>> {
    let Some(history) = remote::ask(|remote| remote.history(config))? else { return Ok(None) };
    Ok(Some(Arc::new(measured::Measured::new(history, registry))))
}
