//! Devices and their refresh tokens.

use async_trait::async_trait;

use super::StoreError;
use crate::{
    clock::Timestamp,
    device::Device,
    id::{DeviceId, UserId},
    sign_in::{RefreshToken, SecretHash},
};

/// Devices: one per sign-in.
#[async_trait]
pub trait DeviceRepository {
    /// Adds a device.
    async fn insert_device(&mut self, device: &Device) -> Result<(), StoreError>;
    /// The device of that number, revoked or not.
    async fn find_device(&mut self, id: DeviceId) -> Result<Option<Device>, StoreError>;
    /// The person's devices that are live at `now`, last seen first.
    async fn list_devices(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Device>, StoreError>;
    /// Signs a device out; a second time changes nothing. Its refresh tokens and its push token are gone.
    async fn revoke_device(&mut self, id: DeviceId, at: Timestamp) -> Result<(), StoreError>;
    /// Notes when devices were last heard of; earlier times change nothing.
    async fn touch_devices(&mut self, seen: &[(DeviceId, Timestamp)]) -> Result<(), StoreError>;
    /// The devices of `ids` that are not live at `now`, or whose account is on its way out: what open sockets are checked
    /// against.
    async fn ended_devices(&mut self, ids: &[DeviceId], now: Timestamp) -> Result<Vec<DeviceId>, StoreError>;
    /// Adds a refresh token.
    async fn insert_refresh_token(&mut self, token: &RefreshToken) -> Result<(), StoreError>;
    /// The refresh token with that hash, spent or not.
    async fn find_refresh_token(&mut self, hash: &SecretHash) -> Result<Option<RefreshToken>, StoreError>;
    /// Marks a token as spent, keeping its sealed successor; `false` when it was spent before.
    async fn spend_refresh_token(
        &mut self,
        hash: &SecretHash,
        at: Timestamp,
        sealed_successor: &[u8],
    ) -> Result<bool, StoreError>;
    /// Removes devices with all their tokens, and refresh tokens, that ended before `before`; returns how many devices.
    async fn purge_devices(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}
