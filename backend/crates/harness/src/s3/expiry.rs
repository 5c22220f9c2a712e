//! Who may do what: the access key everything, nobody else anything, and nothing by a request that has expired.

use std::sync::Arc;

use s3s::{
    S3Result,
    access::{S3Access, S3AccessContext},
    s3_error,
};

/// Tells seconds since 1970.
pub type Seconds = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Lets the access key do everything. A presigned request must not have expired by this clock either; the service
/// itself goes by the system's.
pub(crate) struct Expiry(pub(crate) Option<Seconds>);

#[async_trait::async_trait]
impl S3Access for Expiry {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied, "a signature is required"));
        }
        let expires = expires(context.uri().query().unwrap_or_default());
        match (&self.0, expires) {
            (Some(now), Some(last)) if now() > last => {
                Err(s3_error!(AccessDenied, "the request has expired"))
            }
            _ => Ok(()),
        }
    }
}

/// The last second of a presigned request.
fn expires(query: &str) -> Option<i64> {
    let value = |name| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let from = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", value("X-Amz-Date")?).ok()?;
    let from = from.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    Some(from + value("X-Amz-Expires")?.parse::<i64>().ok()?)
}
