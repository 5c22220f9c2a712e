//! Devices: one per sign-in.

use kith_domain::{DeviceId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scalar;

/// A sign-in on one client.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub struct Device<'a> {
    /// Its number.
    #[schema(value_type = scalar::Id)]
    pub id: DeviceId,
    /// What the person or their browser calls it.
    pub name: &'a str,
    /// `web` or `native`.
    pub client: &'a str,
    /// When it signed in.
    #[schema(value_type = scalar::Time)]
    pub created_at: Timestamp,
    /// When it was last heard of.
    #[schema(value_type = scalar::Time)]
    pub last_seen: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl<'a> Device<'a> {
    /// The device as `current` sees it.
    #[must_use]
    pub fn new(device: &'a kith_domain::Device, current: DeviceId) -> Self {
        Self {
            id: device.id,
            name: device.name.as_str(),
            client: &device.client,
            created_at: device.created_at,
            last_seen: device.last_seen,
            current: device.id == current,
        }
    }
}

/// How a device can be woken. It is never shown again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushRegistration {
    /// The registration token that Firebase Cloud Messaging gave to the app on this device.
    #[schema(min_length = 1, max_length = 4096, pattern = "^[!-~]+$")]
    pub token: String,
}
