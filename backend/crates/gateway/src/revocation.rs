//! Finds devices that have been signed out, in the ledger: the bus says so sooner, but may lose it.

use std::{collections::HashSet, sync::Arc};

use kith_domain::{DeviceId, event::SessionEnd};
use tokio::time::MissedTickBehavior;

use crate::{gateway::Inner, hub::end_session};

/// Devices asked about in one query.
const DEVICES_AT_ONCE: usize = 500;

/// Asks again and again.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut turns = tokio::time::interval(inner.settings.timing.revocation);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        end_signed_out(&inner).await;
    }
}

async fn end_signed_out(inner: &Inner) {
    let mut devices = HashSet::with_capacity(inner.connections());
    inner
        .for_each_connection(|connection| devices.extend(connection.caller().map(|caller| caller.device_id)));
    let devices: Vec<DeviceId> = devices.into_iter().collect();
    let mut ended = HashSet::new();
    for some in devices.chunks(DEVICES_AT_ONCE) {
        match inner.services.live.ended_devices(some).await {
            Ok(found) => ended.extend(found),
            Err(error) => tracing::warn!(%error, "signed-out devices could not be looked for"),
        }
    }
    if ended.is_empty() {
        return;
    }
    for connection in inner.snapshot() {
        if connection.caller().is_some_and(|caller| ended.contains(&caller.device_id)) {
            end_session(&connection, &SessionEnd::SignedOut);
        }
    }
}
