//! Jobs that run again and again.

use std::{fmt::Display, future::Future, time::Duration};

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// Runs `job` every `period` until `stop`. A failure is logged, and the job runs again with the next tick; a slow
/// run delays the next one instead of piling up.
pub async fn every<F, Fut, E>(period: Duration, name: &'static str, stop: CancellationToken, mut job: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<(), E>>,
    E: Display,
{
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = job().await {
            // With what caused it, where the error knows.
            let error = format_args!("{error:#}");
            tracing::warn!(job = name, %error, "a background job failed and will run again");
        }
    }
}
