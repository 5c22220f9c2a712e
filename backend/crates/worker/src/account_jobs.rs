//! What is done for accounts in the background: erasing those whose time has come, making exports.

use kith_services::{DeletionService, ExportService, ServiceError};
use prometheus_client::{metrics::counter::Counter, registry::Registry};

use crate::metric::counter;

/// Runs the jobs and counts what they did.
#[derive(Clone)]
pub struct AccountJobs {
    deletions: DeletionService,
    exports: ExportService,
    erased: Counter,
    exported: Counter,
}

impl AccountJobs {
    /// Registers `kith_accounts_erased_total` and `kith_exports_total`.
    pub fn new(deletions: DeletionService, exports: ExportService, registry: &mut Registry) -> Self {
        let erased = counter(registry, "kith_accounts_erased", "Deleted accounts that were erased");
        let exported = counter(registry, "kith_exports", "Archives made for people");
        Self { deletions, exports, erased, exported }
    }

    /// Erases accounts whose time has come; every few seconds.
    pub async fn erase_due(&self) -> Result<(), ServiceError> {
        let count = self.deletions.erase_due().await?;
        self.erased.inc_by(count as u64);
        Ok(())
    }

    /// Makes the archives that people wait for; every few seconds.
    pub async fn prepare_exports(&self) -> Result<(), ServiceError> {
        let count = self.exports.prepare_waiting().await?;
        self.exported.inc_by(count as u64);
        Ok(())
    }
}
