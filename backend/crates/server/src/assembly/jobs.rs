//! A node's background jobs. What one node does for all is done by the one that holds the job's lease.

use std::{convert::Infallible, future::Future, path::Path, sync::Arc, time::Duration};

use kith_domain::ports::StoreError;
use kith_worker::{IndexingError, Janitor, Tenure, every};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Node;
use crate::{config::Config, deletions_file};

/// How often accounts are looked for whose time has come: an index answers, and what a crash cut off goes on soon.
const DELETION_PERIOD: Duration = Duration::from_secs(5);
/// How often somebody who waits for an export is looked for.
const EXPORT_PERIOD: Duration = Duration::from_secs(2);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

impl Node {
    /// Starts the background jobs of this node's roles.
    pub(crate) fn start_jobs(&self, config: &Config, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let mut jobs = Vec::new();
        let limits = self.limits.clone();
        jobs.push(tokio::spawn(every(MINUTE, "limit memory", stop.clone(), move || {
            limits.retain_recent();
            std::future::ready(Ok::<(), Infallible>(()))
        })));
        if config.has_role("gateway") {
            let presence = self.services.presence.clone();
            jobs.push(tokio::spawn(every(SECOND, "presence sweeper", stop.clone(), move || {
                let presence = presence.clone();
                async move { presence.sweep().await }
            })));
        }
        if config.has_role("worker") {
            jobs.extend(self.start_worker(&config.storage.data_dir, stop));
            jobs.extend(self.following.start(stop));
        }
        jobs
    }

    fn start_worker(&self, data_dir: &Path, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        let (relay, ending) = (self.following.relay.clone(), stop.clone());
        let janitor = Arc::new(Janitor::new(self.services.clone(), self.store.clone(), self.clock.clone()));
        let hourly = janitor.clone();
        let media = self.services.media.clone();
        let integrity = self.engine.clone();
        let (exporting, erasing) = (self.account_jobs.clone(), self.account_jobs.clone());
        let (deletions, data_dir) = (self.services.deletions.clone(), data_dir.to_owned());
        let (indexer, stopping) = (self.indexer.clone(), stop.clone());
        let mut jobs = vec![
            self.fenced(self.following.period, "outbox relay", stop, move |tenure| {
                let (relay, ending) = (relay.clone(), ending.clone());
                async move {
                    // What it is publishing then is published again by the next one.
                    ending.run_until_cancelled(relay.step(&tenure)).await.unwrap_or(Ok(()))
                }
            }),
            // Apart from the relay, so that a slow index holds up nobody else.
            self.fenced(SECOND, "search indexer", stop, move |tenure| {
                let (indexer, stopping) = (indexer.clone(), stopping.clone());
                async move {
                    while indexer.step(&tenure).await? && !stopping.is_cancelled() {}
                    Ok::<(), IndexingError>(())
                }
            }),
            self.leased(MINUTE, "outbox janitor", stop, move || {
                let janitor = janitor.clone();
                async move { janitor.purge_outbox().await }
            }),
            self.leased(MINUTE, "media janitor", stop, move || {
                let media = media.clone();
                async move { media.purge().await }
            }),
            self.leased(HOUR, "expiry janitor", stop, move || {
                let janitor = hourly.clone();
                async move { janitor.purge_expired().await }
            }),
            self.leased(EXPORT_PERIOD, "export", stop, move || {
                let jobs = exporting.clone();
                async move { jobs.prepare_exports().await }
            }),
            self.leased(DELETION_PERIOD, "account deletion", stop, move || {
                let (jobs, deletions, data_dir) = (erasing.clone(), deletions.clone(), data_dir.clone());
                async move {
                    let erased = jobs.erase_due().await;
                    // Also of those who are gone while somebody else cannot be erased.
                    deletions_file::write(&data_dir, &deletions.list().await?)?;
                    Ok::<(), anyhow::Error>(erased?)
                }
            }),
            // With the first tick after the start, then nightly; damage is reported, never served silently.
            self.leased(DAY, "integrity check", stop, move || {
                let store = integrity.clone();
                async move {
                    for damage in store.integrity().await? {
                        tracing::error!(%damage, "the database is damaged; restore a backup");
                    }
                    Ok::<(), StoreError>(())
                }
            }),
        ];
        if let Some(notifier) = &self.following.notifier {
            let (notifier, ending) = (notifier.clone(), stop.clone());
            jobs.push(self.fenced(SECOND, "notifier", stop, move |tenure| {
                let (notifier, ending) = (notifier.clone(), ending.clone());
                async move {
                    // Whom it is telling then is told again by the next one.
                    ending.run_until_cancelled(notifier.step(&tenure)).await.unwrap_or(Ok(()))
                }
            }));
        }
        if let Some(retention) = &self.retention {
            let retention = retention.clone();
            jobs.push(self.leased(SECOND, "retention", stop, move || {
                let retention = retention.clone();
                async move { retention.step().await }
            }));
        }
        jobs
    }

    /// Runs a job every `period` for as long as it is this node's.
    fn leased<F, Fut, E>(
        &self,
        period: Duration,
        name: &'static str,
        stop: &CancellationToken,
        job: F,
    ) -> JoinHandle<()>
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        anyhow::Error: From<E>,
    {
        self.fenced(period, name, stop, move |_| job())
    }

    /// The same for one that may not write any more when another node has begun with it.
    fn fenced<F, Fut, E>(
        &self,
        period: Duration,
        name: &'static str,
        stop: &CancellationToken,
        job: F,
    ) -> JoinHandle<()>
    where
        F: Fn(Tenure) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        anyhow::Error: From<E>,
    {
        let lease = self.company.job_lease(&self.store, &self.clock, name);
        let job = Arc::new(job);
        tokio::spawn(every(period, name, stop.clone(), move || {
            let (lease, job) = (lease.clone(), Arc::clone(&job));
            async move {
                if let Some(tenure) = lease.take().await? {
                    lease.keep(job(tenure)).await?;
                }
                anyhow::Ok(())
            }
        }))
    }
}
