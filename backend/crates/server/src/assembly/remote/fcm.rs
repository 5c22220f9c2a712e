//! Waking devices by Firebase Cloud Messaging.

use std::{fs::File, io::Read as _, path::Path, sync::Arc};

use anyhow::Context as _;
use async_trait::async_trait;
use kith_domain::{Checkup, Clock, ports::Push};
use kith_embedded::SystemClock;
use kith_fcm::ServiceAccount;

use super::{Remote, Service};
use crate::config::Config;

/// Above the size of any key file; it has some 2 KiB.
const MAX_KEY_FILE: u64 = 64 * 1024;

pub(super) struct Fcm;

#[async_trait(?Send)]
impl Remote for Fcm {
    fn service(&self) -> Service {
        Service::Fcm
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let Some(fcm) = fcm(config, &clock)? else { return Ok(None) };
        Ok(Some(fcm.check_up().await.context("push.fcm_service_account_file")?))
    }

    fn faults(&self, config: &Config) -> Vec<String> {
        account(config).err().map(|fault| fault.to_string()).into_iter().collect()
    }

    fn push(&self, config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<dyn Push>>> {
        Ok(fcm(config, clock)?.map(|fcm| Arc::new(fcm) as Arc<dyn Push>))
    }
}

fn fcm(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<kith_fcm::Fcm>> {
    let Some(account) = account(config)? else { return Ok(None) };
    let clock = Arc::clone(clock);
    Ok(Some(match &config.push.fcm_endpoint {
        Some(endpoint) => kith_fcm::Fcm::at(endpoint, account, clock)?,
        None => kith_fcm::Fcm::new(account, clock)?,
    }))
}

/// The account of the key file. Its error says all there is to say, and nothing of what the file holds.
fn account(config: &Config) -> anyhow::Result<Option<ServiceAccount>> {
    let Some(path) = &config.push.fcm_service_account_file else { return Ok(None) };
    let fault = |why: String| anyhow::anyhow!("push.fcm_service_account_file: {}: {why}", path.display());
    let text = read(path).map_err(|error| fault(error.to_string()))?;
    ServiceAccount::parse(&text).map(Some).map_err(|error| fault(error.to_string()))
}

fn read(path: &Path) -> std::io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut text = String::new();
    File::open(path)?.take(MAX_KEY_FILE).read_to_string(&mut text)?;
    Ok(text)
}
