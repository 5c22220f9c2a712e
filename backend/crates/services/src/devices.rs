//! Devices and remote sign-out.

use std::sync::Arc;

use kith_domain::{
    Caller, Device, DeviceId, LiveEvent, Refusal,
    event::SessionEnd,
    ports::{locks::Matter, push::PushToken},
};

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

    /// The caller's live devices, last seen first. One that is connected is seen now.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Device>, ServiceError> {
        let (user, now) = (caller.user_id, self.context.now());
        let mut devices: Vec<Device> = self
            .context
            .read(move |tx| Box::pin(async move { Ok(tx.list_devices(user, now).await?) }))
            .await?;
        let callers: Vec<Caller> =
            devices.iter().map(|device| Caller { user_id: user, device_id: device.id }).collect();
        // Where nobody can say who is connected, what was noted is at most some minutes old.
        let active = self.context.presence.active(&callers, now).await.unwrap_or_default();
        for device in &mut devices {
            if active.iter().any(|caller| caller.device_id == device.id) {
                device.last_seen = now;
            }
        }
        devices.sort_by_key(|device| std::cmp::Reverse((device.last_seen, device.id)));
        Ok(devices)
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

    /// Notes what a push service calls the caller's device, so that it can be woken, until it is signed out or says otherwise. A
    /// token that another device has said before is this one's from now on.
    ///
    /// # Errors
    /// [`Refusal::PushNotOffered`] where devices are not woken, [`Refusal::Validation`], [`Refusal::Unauthenticated`] when the
    /// device was signed out meanwhile.
    pub async fn set_push_token(&self, caller: &Caller, token: String) -> Result<(), ServiceError> {
        if !self.context.wakes_devices {
            return Err(Refusal::PushNotOffered.into());
        }
        let token = PushToken::parse("token", token)?;
        let (caller, now) = (*caller, self.context.now());
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_matters(&[Matter::PushToken(token.hash())]).await?;
                    let device = tx.find_device(caller.device_id).await?;
                    if !device.is_some_and(|device| device.is_live(now)) {
                        return Err(Refusal::Unauthenticated.into());
                    }
                    Ok(tx.put_push_token(caller.device_id, caller.user_id, &token).await?)
                })
            })
            .await
    }

    /// Has the caller's device woken no more, also where none are: a token that was said before such a change is forgotten.
    pub async fn forget_push_token(&self, caller: &Caller) -> Result<(), ServiceError> {
        let device = caller.device_id;
        self.context.write(move |tx| Box::pin(async move { Ok(tx.delete_push_token(device).await?) })).await
    }

    /// Signs the caller's own device out; again changes nothing.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), ServiceError> {
        match self.sign_out(caller, caller.device_id, None).await {
            Err(ServiceError::Refused(Refusal::NotFound)) => Ok(()),
            other => other,
        }
    }
}
