//! Devices and remote sign-out.

use std::sync::Arc;

use kith_domain::{Caller, Device, DeviceId, LiveEvent, Refusal, event::SessionEnd};

use crate::{Context, ServiceError, step_up::StepUp};

/// Devices and remote sign-out.
#[derive(Clone)]
pub struct DeviceService {
    context: Arc<Context>,
}

impl DeviceService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The caller's live devices, last seen first.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Device>, ServiceError> {
        let (user, now) = (caller.user_id, self.context.now());
        self.context.read(move |tx| Box::pin(async move { Ok(tx.list_devices(user, now).await?) })).await
    }

    /// Signs one of the caller's devices out. Its tokens stop working and its socket closes. For another than the one
    /// that asks, the account password is asked for where one is set.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when it is not one of theirs or is signed out already, [`Refusal::PasswordRequired`],
    /// [`Refusal::PasswordWrong`], [`Refusal::RateLimited`].
    pub async fn sign_out(
        &self,
        caller: &Caller,
        id: DeviceId,
        password: Option<String>,
    ) -> Result<(), ServiceError> {
        let step_up = StepUp::prove(&self.context, caller.user_id, password).await?;
        let (caller, user, now) = (*caller, caller.user_id, self.context.now());
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let device = tx.find_device(id).await?.filter(|d| d.user_id == user && d.is_live(now));
                    let device = device.ok_or(Refusal::NotFound)?;
                    if id != caller.device_id {
                        step_up.confirm(tx, &caller, now).await?;
                    }
                    tx.revoke_device(device.id, now).await?;
                    let end = SessionEnd::SignedOut;
                    tx.publish(LiveEvent::SessionEnded { user_id: user, devices: Some(vec![id]), end });
                    Ok(())
                })
            })
            .await
    }

    /// Signs out every device but the caller's; returns those. The account password is asked for where one is set.
    ///
    /// # Errors
    /// [`Refusal::PasswordRequired`], [`Refusal::PasswordWrong`], [`Refusal::RateLimited`].
    pub async fn sign_out_others(
        &self,
        caller: &Caller,
        password: Option<String>,
    ) -> Result<Vec<DeviceId>, ServiceError> {
        let step_up = StepUp::prove(&self.context, caller.user_id, password).await?;
        let (caller, now) = (*caller, self.context.now());
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    step_up.confirm(tx, &caller, now).await?;
                    let mut devices: Vec<DeviceId> = Vec::new();
                    for device in tx.list_devices(caller.user_id, now).await? {
                        if device.id != caller.device_id {
                            tx.revoke_device(device.id, now).await?;
                            devices.push(device.id);
                        }
                    }
                    if !devices.is_empty() {
                        tx.publish(LiveEvent::SessionEnded {
                            user_id: caller.user_id,
                            devices: Some(devices.clone()),
                            end: SessionEnd::SignedOut,
                        });
                    }
                    Ok(devices)
                })
            })
            .await
    }

    /// Signs the caller's own device out; again changes nothing.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), ServiceError> {
        match self.sign_out(caller, caller.device_id, None).await {
            Err(ServiceError::Refused(Refusal::NotFound)) => Ok(()),
            other => other,
        }
    }
}
