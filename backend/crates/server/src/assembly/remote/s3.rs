//! Uploads in a bucket of S3.

use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use kith_domain::{Checkup, Clock};
use kith_embedded::{SystemClock, SystemRandom};
use kith_s3::{Addressing, S3Blobs, S3Settings};
use url::Url;

use super::{Bucket, Remote, Service};
use crate::config::Config;

pub(super) struct S3;

#[async_trait(?Send)]
impl Remote for S3 {
    fn service(&self) -> Service {
        Service::S3
    }

    async fn check_up(&self, config: &Config) -> anyhow::Result<Option<Checkup>> {
        let Some(settings) = settings(config)? else { return Ok(None) };
        let blobs = S3Blobs::new(&settings, Arc::new(SystemClock))?;
        blobs.check(&SystemRandom).await.context("s3.bucket")?;
        Ok(Some(Checkup::of(format!("bucket {} does what it has to", settings.bucket))))
    }

    fn faults(&self, config: &Config) -> Vec<String> {
        let checked = config.s3.bucket.as_deref().map_or(Ok(()), kith_s3::check_bucket);
        checked.err().map(|fault| format!("s3.bucket: {fault}")).into_iter().collect()
    }

    fn bucket(&self, config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<dyn Bucket>>> {
        let Some(settings) = settings(config)? else { return Ok(None) };
        let blobs = S3Blobs::new(&settings, Arc::clone(clock)).context("s3")?;
        Ok(Some(Arc::new(blobs)))
    }
}

fn settings(config: &Config) -> anyhow::Result<Option<S3Settings>> {
    let s3 = &config.s3;
    let (Some(endpoint), Some(bucket), Some(access_key_id), Some(secret)) =
        (&s3.endpoint, &s3.bucket, &s3.access_key_id, &s3.secret_access_key)
    else {
        return Ok(None);
    };
    let public_url = s3.public_url.as_deref().map(Url::parse).transpose().context("s3.public_url")?;
    Ok(Some(S3Settings {
        endpoint: Url::parse(endpoint).context("s3.endpoint")?,
        bucket: bucket.clone(),
        addressing: if s3.path_style { Addressing::Path } else { Addressing::Host },
        public_url,
        region: s3.region.clone(),
        access_key_id: access_key_id.clone(),
        secret_access_key: secret.clone(),
    }))
}

impl Bucket for S3Blobs {
    fn public_url(&self) -> String {
        S3Blobs::public_url(self)
    }
}
