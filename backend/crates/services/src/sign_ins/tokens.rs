//! Our own tokens: redeemed, renewed, checked.

use std::{
    collections::HashMap,
    fmt,
    sync::{MutexGuard, PoisonError},
};

use kith_domain::{
    Caller, Device, DeviceId, LiveEvent, Refusal, Timestamp, UserId,
    event::SessionEnd,
    ports::{Limit, SignInStep, StoreError, Transaction, locks::Matter},
    sign_in::{RefreshToken, SecretHash, SignInTarget},
};

use super::{SignInService, hash};
use crate::ServiceError;

/// Access tokens live 15 minutes.
const ACCESS_SECONDS: i64 = 900;
/// For this long a spent refresh token yields the same successor: two tabs, or a lost answer.
const REPLAY_MILLIS: i64 = 30_000;
/// How long a look at a device's row is believed: remote sign-out takes effect within this time everywhere.
const DEVICE_CACHE_MILLIS: i64 = 3_000;
/// So many devices are remembered; above, the memory starts afresh.
const DEVICE_CACHE_SIZE: usize = 200_000;

/// Fresh tokens.
#[derive(Clone)]
pub struct TokenPair {
    /// The JWT.
    pub access_token: String,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// The next refresh token.
    pub refresh_token: String,
    /// When the device's sign-in ends.
    pub refresh_expires_at: Timestamp,
}

/// Without the tokens: they must not get into a log.
impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("TokenPair");
        shown.field("refresh_expires_at", &self.refresh_expires_at).finish_non_exhaustive()
    }
}

/// A good access token's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authenticated {
    /// Who calls.
    pub caller: Caller,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// What a look at a device's row said.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    at: Timestamp,
    /// Whose it is, while it is signed in.
    owner: Option<UserId>,
    /// When its account is deleted for good, once that was asked for.
    deletes_at: Option<Timestamp>,
}

impl SignInService {
    /// Redeems a native client's one-time code. A second use ends the device that the first one opened.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for whatever is wrong with it.
    pub async fn redeem(&self, code: &str, code_verifier: &str) -> Result<TokenPair, ServiceError> {
        let (code_hash, now) = (hash(code), self.context.now());
        if !self.is_stored(SignInStep::Code(code_hash)).await? {
            return Err(Refusal::Unauthenticated.into());
        }
        let challenge = SignInTarget::s256(code_verifier);
        let refresh_token = self.secret();
        let token = refresh_token.clone();
        let device = self
            .context
            .write(move |tx| {
                Box::pin(async move {
                    let Some(code) = tx.redeem_sign_in_code(&code_hash, now).await? else { return Ok(None) };
                    let device = tx.find_device(code.device_id).await?.filter(|device| device.is_live(now));
                    let Some(device) = device else { return Ok(None) };
                    if code.used_at.is_some() || now >= code.expires_at || code.code_challenge != challenge {
                        end_device(tx, &device, now).await?;
                        return Ok(None);
                    }
                    tx.insert_refresh_token(&first_link(&token, &device, now)).await?;
                    Ok(Some(device))
                })
            })
            .await?
            .ok_or(Refusal::Unauthenticated)?;
        Ok(self.pair(&device, refresh_token, now))
    }

    /// Exchanges a refresh token. A spent one yields the same successor for 30 s; after that its reuse ends the device.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for whatever is wrong with it, [`Refusal::RateLimited`].
    pub async fn refresh(&self, refresh_token: &str) -> Result<TokenPair, ServiceError> {
        let token_hash = hash(refresh_token);
        let found = self
            .context
            .read(move |tx| Box::pin(async move { Ok(tx.find_refresh_token(&token_hash).await?) }))
            .await?
            .ok_or(Refusal::Unauthenticated)?;
        self.context.limits.take(Limit::Refresh(found.device_id)).await?;

        let now = self.context.now();
        let successor = self.secret();
        let sealed = self.sealer().seal(refresh_token, &successor);
        let outcome = {
            let successor = successor.clone();
            self.context
                .write(move |tx| {
                    Box::pin(async move { rotate(tx, &token_hash, &successor, &sealed, now).await })
                })
                .await?
        };
        match outcome {
            Rotation::Fresh(device) => Ok(self.pair(&device, successor, now)),
            Rotation::Repeated(device, sealed) => {
                let mut newest =
                    self.sealer().open(refresh_token, &sealed).ok_or(Refusal::Unauthenticated)?;
                // The successor may itself be spent by another tab: its own repetition leads on to the newest.
                for _ in 0..8 {
                    let next_hash = hash(&newest);
                    let next = self
                        .context
                        .read(move |tx| Box::pin(async move { Ok(tx.find_refresh_token(&next_hash).await?) }))
                        .await?;
                    match next.and_then(|link| link.sealed_successor) {
                        Some(sealed) => {
                            newest = self.sealer().open(&newest, &sealed).ok_or(Refusal::Unauthenticated)?;
                        }
                        None => break,
                    }
                }
                Ok(self.pair(&device, newest, now))
            }
            Rotation::Refused => Err(Refusal::Unauthenticated.into()),
        }
    }

    fn pair(&self, device: &Device, refresh_token: String, now: Timestamp) -> TokenPair {
        let caller = Caller { user_id: device.user_id, device_id: device.id };
        let issued = self.tokens().issue(caller, now, ACCESS_SECONDS);
        TokenPair {
            access_token: issued.token,
            expires_in: ACCESS_SECONDS,
            refresh_token,
            refresh_expires_at: device.expires_at,
        }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for whatever is wrong with it, a signed-out device included;
    /// [`Refusal::AccountDeleting`] when the account is on its way out.
    pub async fn authenticate(&self, access_token: &str) -> Result<Authenticated, ServiceError> {
        let (authenticated, deletes_at) = self.identify(access_token).await?;
        match deletes_at {
            Some(at) => Err(Refusal::AccountDeleting { at }.into()),
            None => Ok(authenticated),
        }
    }

    /// Whose call this is, counted against what one person may call.
    ///
    /// # Errors
    /// As [`SignInService::authenticate`]; [`Refusal::RateLimited`].
    pub async fn admit(&self, access_token: &str) -> Result<Caller, ServiceError> {
        let caller = self.authenticate(access_token).await?.caller;
        self.context.limits.take(Limit::Call(caller.user_id)).await?;
        Ok(caller)
    }

    /// [`SignInService::admit`] for what the owner of an account on its way out may still do.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`], [`Refusal::RateLimited`].
    pub async fn admit_leaving(&self, access_token: &str) -> Result<Caller, ServiceError> {
        let caller = self.identify(access_token).await?.0.caller;
        self.context.limits.take(Limit::Call(caller.user_id)).await?;
        Ok(caller)
    }

    /// Whose token this is, and when that account is deleted.
    async fn identify(&self, access_token: &str) -> Result<(Authenticated, Option<Timestamp>), ServiceError> {
        let now = self.context.now();
        let verified = self.tokens().verify(access_token, now).ok_or(Refusal::Unauthenticated)?;
        let seen = self.look_up(verified.caller, now).await?;
        if seen.owner != Some(verified.caller.user_id) || seen.deletes_at.is_some_and(|at| at <= now) {
            return Err(Refusal::Unauthenticated.into());
        }
        let authenticated = Authenticated { caller: verified.caller, expires_at: verified.expires_at };
        Ok((authenticated, seen.deletes_at))
    }

    async fn look_up(&self, caller: Caller, now: Timestamp) -> Result<Seen, ServiceError> {
        let remembered = self.remembered().get(&caller.device_id).copied();
        if let Some(seen) = remembered
            && (0..DEVICE_CACHE_MILLIS).contains(&now.millis_since(seen.at))
        {
            return Ok(seen);
        }
        let seen = self
            .context
            .read(move |tx| {
                Box::pin(async move {
                    let device = tx.find_device(caller.device_id).await?;
                    let owner = device.filter(|device| device.is_live(now)).map(|device| device.user_id);
                    let account = match owner {
                        Some(owner) => tx.find_account(owner).await?,
                        None => None,
                    };
                    Ok(Seen { at: now, owner, deletes_at: account.and_then(|account| account.deletes_at) })
                })
            })
            .await?;
        let mut devices = self.remembered();
        if devices.len() >= DEVICE_CACHE_SIZE {
            devices.clear();
        }
        devices.insert(caller.device_id, seen);
        Ok(seen)
    }

    fn remembered(&self) -> MutexGuard<'_, HashMap<DeviceId, Seen>> {
        // The map is whole after every operation on it, so a panic elsewhere does not spoil it.
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what is remembered of devices that were just signed out on this node.
    pub fn forget_devices(&self, devices: &[DeviceId]) {
        let mut remembered = self.remembered();
        for device in devices {
            remembered.remove(device);
        }
    }
}

enum Rotation {
    Fresh(Device),
    Repeated(Device, Vec<u8>),
    Refused,
}

async fn rotate(
    tx: &mut dyn Transaction,
    token_hash: &SecretHash,
    successor: &str,
    sealed: &[u8],
    now: Timestamp,
) -> Result<Rotation, ServiceError> {
    let Some(token) = tx.find_refresh_token(token_hash).await? else { return Ok(Rotation::Refused) };
    // Of two tabs at two nodes the second must see that the first has spent it, else it would look stolen.
    tx.lock_matters(&[Matter::Person(token.user_id)]).await?;
    let Some(token) = tx.find_refresh_token(token_hash).await? else { return Ok(Rotation::Refused) };
    let device = tx.find_device(token.device_id).await?.filter(|device| device.is_live(now));
    let Some(device) = device else { return Ok(Rotation::Refused) };
    if tx.spend_refresh_token(token_hash, now, sealed).await? {
        tx.insert_refresh_token(&first_link(successor, &device, now)).await?;
        return Ok(Rotation::Fresh(device));
    }
    match (token.spent_at, token.sealed_successor) {
        (Some(spent_at), Some(sealed)) if now.millis_since(spent_at) <= REPLAY_MILLIS => {
            Ok(Rotation::Repeated(device, sealed))
        }
        _ => {
            tracing::warn!(device.id = %device.id, "a spent refresh token came back; its device is signed out");
            end_device(tx, &device, now).await?;
            Ok(Rotation::Refused)
        }
    }
}

async fn end_device(tx: &mut dyn Transaction, device: &Device, now: Timestamp) -> Result<(), StoreError> {
    tx.revoke_device(device.id, now).await?;
    tx.publish(LiveEvent::SessionEnded {
        user_id: device.user_id,
        devices: Some(vec![device.id]),
        end: SessionEnd::SignedOut,
    });
    Ok(())
}

pub(super) fn first_link(token: &str, device: &Device, now: Timestamp) -> RefreshToken {
    RefreshToken {
        token_hash: hash(token),
        device_id: device.id,
        user_id: device.user_id,
        issued_at: now,
        spent_at: None,
        sealed_successor: None,
    }
}
