//! Sign-in through identity providers, and the tokens that follow from it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use kith_domain::{
    Account, Caller, Device, DeviceId, LinkedIdentity, LiveEvent, Profile, Refusal, ShareCode, Timestamp,
    UserId,
    account::AccountState,
    event::SessionEnd,
    ports::{
        Limit, StoreError, Transaction,
        identity::{
            AccessTokens, AuthorizationRequest, CodeExchange, IdentityError, IdentityProvider,
            ProviderIdentity, TokenSealer,
        },
    },
    sign_in::{PendingSignIn, RefreshToken, SecretHash, SignInCode, SignInNotice, SignInTarget},
    text::{DeviceName, Username},
};
use sha2::{Digest, Sha256};

use crate::{Context, ServiceError, SignInParts};

/// Access tokens live 15 minutes.
const ACCESS_SECONDS: i64 = 900;
/// A sign-in must come back from its provider within 10 minutes.
const PENDING_SECONDS: i64 = 600;
/// A native client's one-time code lives 60 s.
const CODE_SECONDS: i64 = 60;
/// A notice can be read for 10 minutes.
const NOTICE_SECONDS: i64 = 600;
/// For this long a spent refresh token yields the same successor: two tabs, or a lost answer.
const REPLAY_MILLIS: i64 = 30_000;
/// How long a look at a device's row is believed: remote sign-out takes effect within this time everywhere.
const DEVICE_CACHE_MILLIS: i64 = 3_000;
/// So many devices are remembered; above, the memory starts afresh.
const DEVICE_CACHE_SIZE: usize = 200_000;

/// What sign-in must know of the outside.
#[derive(Debug, Clone)]
pub struct SignInSettings {
    /// The one origin that people use, e.g. `https://kith.example`.
    pub origin: String,
}

/// A provider people may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A sign-in to begin.
#[derive(Debug, Clone)]
pub struct BeginSignIn {
    /// The provider's id.
    pub provider: String,
    /// Where it goes back to.
    pub target: SignInTarget,
    /// What to call the new device.
    pub device_name: Option<String>,
    /// Who is expected.
    pub login_hint: Option<String>,
    /// Whether the provider must ask for a fresh proof.
    pub fresh: bool,
    /// Where the request comes from.
    pub address: IpAddr,
}

/// A sign-in on its way.
#[derive(Debug, Clone)]
pub struct BegunSignIn {
    /// Where to send the browser.
    pub location: String,
    /// What ties the callback to this browser; kept in a cookie there.
    pub browser_secret: String,
}

/// A provider's callback.
#[derive(Debug, Clone, Default)]
pub struct FinishSignIn {
    /// The provider's id.
    pub provider: String,
    /// The `state` parameter.
    pub state: Option<String>,
    /// The `code` parameter.
    pub code: Option<String>,
    /// The `error` parameter.
    pub error: Option<String>,
    /// The browser's cookie.
    pub browser_secret: Option<String>,
}

/// A finished sign-in.
#[derive(Debug, Clone)]
pub enum FinishedSignIn {
    /// A browser goes on to its page.
    Browser {
        /// A path of our own origin.
        return_to: String,
        /// The refresh token, for the cookie.
        refresh_token: String,
        /// When the device's sign-in ends.
        expires_at: Timestamp,
    },
    /// A native client's loopback address, with its one-time code.
    Native {
        /// Where to send the browser.
        location: String,
    },
}

/// A refused sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFailure {
    /// Why, in a stable word.
    pub code: &'static str,
    /// Fetches the reason and date, where there are any.
    pub ticket: Option<String>,
}

/// Fresh tokens.
#[derive(Debug, Clone)]
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

/// A good access token's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authenticated {
    /// Who calls.
    pub caller: Caller,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// Sign-in and tokens.
#[derive(Clone)]
pub struct SignInService {
    context: Arc<Context>,
    parts: Arc<SignInParts>,
    devices: Arc<Mutex<HashMap<DeviceId, Seen>>>,
}

/// What a look at a device's row said.
#[derive(Clone, Copy)]
struct Seen {
    at: Timestamp,
    /// Whose it is, while it is signed in.
    owner: Option<UserId>,
}

fn hash(secret: &str) -> SecretHash {
    Sha256::digest(secret).into()
}

impl SignInService {
    pub(crate) fn new(context: Arc<Context>, parts: SignInParts) -> Self {
        Self { context, parts: Arc::new(parts), devices: Arc::default() }
    }

    /// The providers people may choose.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderInfo> {
        let info =
            |p: &Arc<dyn IdentityProvider>| ProviderInfo { id: p.id().to_owned(), name: p.name().to_owned() };
        self.parts.providers.iter().map(info).collect()
    }

    /// Our public keys, as a JWK set.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.tokens().jwks()
    }

    fn tokens(&self) -> &dyn AccessTokens {
        &*self.parts.tokens
    }

    fn sealer(&self) -> &dyn TokenSealer {
        &*self.parts.sealer
    }

    fn provider(&self, id: &str) -> Result<Arc<dyn IdentityProvider>, Refusal> {
        self.parts.providers.iter().find(|provider| provider.id() == id).cloned().ok_or(Refusal::NotFound)
    }

    fn callback(&self, provider: &str) -> String {
        format!("{}/auth/callback/{provider}", self.parts.settings.origin)
    }

    /// 256 unpredictable bits, in base64url.
    fn secret(&self) -> String {
        secret(&*self.context.random)
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown provider, [`Refusal::RateLimited`] above 10 per 15 minutes and address,
    /// [`StoreError::Unavailable`] when the provider cannot be reached.
    pub async fn begin(&self, begin: BeginSignIn) -> Result<BegunSignIn, ServiceError> {
        let provider = self.provider(&begin.provider)?;
        self.context.limits.take(Limit::SignIn(begin.address)).await?;
        let (state, browser_secret) = (self.secret(), self.secret());
        let request = AuthorizationRequest {
            redirect_uri: self.callback(&begin.provider),
            state: state.clone(),
            nonce: self.secret(),
            code_verifier: self.secret(),
            login_hint: begin.login_hint,
            fresh: begin.fresh,
        };
        let location = provider.authorization_url(&request).await.map_err(|error| {
            tracing::warn!(provider = %begin.provider, error = &error as &dyn std::error::Error, "no authorization address");
            StoreError::Unavailable(Arc::new(error))
        })?;
        let pending = PendingSignIn {
            state_hash: hash(&state),
            browser_hash: hash(&browser_secret),
            provider: begin.provider,
            nonce: request.nonce,
            code_verifier: request.code_verifier,
            target: begin.target,
            device_name: DeviceName::from_client(begin.device_name.as_deref(), "Browser").to_string(),
            fresh: begin.fresh,
            expires_at: self.context.now().plus_seconds(PENDING_SECONDS),
        };
        self.context
            .write(move |tx| Box::pin(async move { Ok(tx.insert_pending_sign_in(&pending).await?) }))
            .await?;
        Ok(BegunSignIn { location, browser_secret })
    }

    /// Finishes a sign-in: the account is found by (issuer, subject) or made, and a device opened.
    ///
    /// # Errors
    /// A [`SignInFailure`] for the sign-in page; no session comes of it.
    pub async fn finish(&self, callback: FinishSignIn) -> Result<FinishedSignIn, SignInFailure> {
        let plain = |code| SignInFailure { code, ticket: None };
        let store = |error: ServiceError| {
            tracing::error!(error = &error as &dyn std::error::Error, "a sign-in was not stored");
            plain("unavailable")
        };
        let provider = self.provider(&callback.provider).map_err(|_| plain("unknown_provider"))?;
        let state = callback.state.ok_or(plain("invalid_state"))?;
        let browser = callback.browser_secret.ok_or(plain("invalid_state"))?;
        let state_hash = hash(&state);
        let taken = self
            .context
            .write(move |tx| Box::pin(async move { Ok(tx.take_pending_sign_in(&state_hash).await?) }))
            .await
            .map_err(store)?;
        let now = self.context.now();
        let pending = taken
            .filter(|p| {
                p.provider == callback.provider && p.browser_hash == hash(&browser) && now < p.expires_at
            })
            .ok_or(plain("invalid_state"))?;
        if callback.error.is_some() {
            return Err(plain("provider_refused"));
        }
        let exchange = CodeExchange {
            code: callback.code.ok_or(plain("invalid_callback"))?,
            redirect_uri: self.callback(&callback.provider),
            code_verifier: pending.code_verifier.clone(),
            nonce: pending.nonce.clone(),
            fresh: pending.fresh,
            now,
        };
        let identity = provider.exchange(&exchange).await.map_err(|error| {
            tracing::warn!(provider = %callback.provider, error = &error as &dyn std::error::Error, "a sign-in failed");
            plain(match error {
                IdentityError::Unavailable(_) => "provider_unavailable",
                IdentityError::Invalid(_) => "provider_invalid",
            })
        })?;
        if identity.email.is_some() && !identity.email_verified {
            // An address that nobody vouches for says that the provider itself is unsure who this is.
            return Err(plain("email_unverified"));
        }
        self.open(pending, identity, now).await.map_err(store)?
    }

    async fn open(
        &self,
        pending: PendingSignIn,
        identity: ProviderIdentity,
        now: Timestamp,
    ) -> Result<Result<FinishedSignIn, SignInFailure>, ServiceError> {
        let context = Arc::clone(&self.context);
        let (ticket, refresh_token, code) = (self.secret(), self.secret(), self.secret());
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let account = find_or_register(tx, &context, &identity, &pending.provider, now).await?;
                    if let Some(notice) = refusal_notice(&account, &ticket, now) {
                        let code =
                            if notice.until.is_some() { "account_suspended" } else { "account_banned" };
                        tx.insert_sign_in_notice(&notice).await?;
                        return Ok(Err(SignInFailure { code, ticket: Some(ticket) }));
                    }
                    let native = matches!(pending.target, SignInTarget::Native { .. });
                    let device = Device {
                        id: DeviceId::new(context.next_id()),
                        user_id: account.id,
                        name: DeviceName::from_client(Some(&pending.device_name), "Device"),
                        client: if native { "native" } else { "web" }.to_owned(),
                        created_at: now,
                        last_seen: now,
                        authenticated_at: identity.authenticated_at.unwrap_or(now).min(now),
                        expires_at: now.plus_seconds(Device::LIFETIME_SECONDS),
                        revoked_at: None,
                    };
                    tx.insert_device(&device).await?;
                    Ok(Ok(match pending.target {
                        SignInTarget::Browser { return_to } => {
                            tx.insert_refresh_token(&first_link(&refresh_token, &device, now)).await?;
                            FinishedSignIn::Browser {
                                return_to,
                                refresh_token,
                                expires_at: device.expires_at,
                            }
                        }
                        SignInTarget::Native { redirect_uri, code_challenge, state } => {
                            tx.insert_sign_in_code(&SignInCode {
                                code_hash: hash(&code),
                                device_id: device.id,
                                code_challenge,
                                expires_at: now.plus_seconds(CODE_SECONDS),
                                used_at: None,
                            })
                            .await?;
                            let location =
                                SignInTarget::native_location(&redirect_uri, &code, state.as_deref());
                            FinishedSignIn::Native { location }
                        }
                    }))
                })
            })
            .await
    }

    /// Redeems a native client's one-time code. A second use ends the device that the first one opened.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] for whatever is wrong with it.
    pub async fn redeem(&self, code: &str, code_verifier: &str) -> Result<TokenPair, ServiceError> {
        let (code_hash, now) = (hash(code), self.context.now());
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
    /// [`Refusal::Unauthenticated`] for whatever is wrong with it, a signed-out device included.
    pub async fn authenticate(&self, access_token: &str) -> Result<Authenticated, ServiceError> {
        let now = self.context.now();
        let verified = self.tokens().verify(access_token, now).ok_or(Refusal::Unauthenticated)?;
        if self.device_is_live(verified.caller, now).await? {
            Ok(Authenticated { caller: verified.caller, expires_at: verified.expires_at })
        } else {
            Err(Refusal::Unauthenticated.into())
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

    async fn device_is_live(&self, caller: Caller, now: Timestamp) -> Result<bool, ServiceError> {
        let remembered = self.remembered().get(&caller.device_id).copied();
        if let Some(seen) = remembered
            && (0..DEVICE_CACHE_MILLIS).contains(&now.millis_since(seen.at))
        {
            return Ok(seen.owner == Some(caller.user_id));
        }
        let owner = self
            .context
            .read(move |tx| {
                Box::pin(async move {
                    let device = tx.find_device(caller.device_id).await?;
                    Ok(device.filter(|device| device.is_live(now)).map(|device| device.user_id))
                })
            })
            .await?;
        let mut devices = self.remembered();
        if devices.len() >= DEVICE_CACHE_SIZE {
            devices.clear();
        }
        devices.insert(caller.device_id, Seen { at: now, owner });
        Ok(owner == Some(caller.user_id))
    }

    fn remembered(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, Seen>> {
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

    /// Why a sign-in was refused; readable once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn notice(&self, ticket: &str) -> Result<SignInNotice, ServiceError> {
        let (ticket_hash, now) = (hash(ticket), self.context.now());
        let notice = self
            .context
            .write(move |tx| Box::pin(async move { Ok(tx.take_sign_in_notice(&ticket_hash).await?) }))
            .await?;
        Ok(notice.filter(|notice| now < notice.expires_at).ok_or(Refusal::NotFound)?)
    }

    /// Removes what has expired; called now and then.
    pub async fn purge(&self) -> Result<(), ServiceError> {
        let now = self.context.clock.now();
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    tx.purge_sign_ins(now).await?;
                    tx.purge_devices(now.plus_seconds(-Device::LIFETIME_SECONDS)).await?;
                    Ok(())
                })
            })
            .await
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

fn first_link(token: &str, device: &Device, now: Timestamp) -> RefreshToken {
    RefreshToken {
        token_hash: hash(token),
        device_id: device.id,
        user_id: device.user_id,
        issued_at: now,
        spent_at: None,
        sealed_successor: None,
    }
}

async fn find_or_register(
    tx: &mut dyn Transaction,
    context: &Context,
    identity: &ProviderIdentity,
    provider: &str,
    now: Timestamp,
) -> Result<Account, StoreError> {
    let found = tx.find_account_by_identity(&identity.issuer, &identity.subject).await?;
    let account = match found {
        Some(account) => account,
        None => register(tx, context, identity, now).await?,
    };
    tx.upsert_identity(&LinkedIdentity {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        user_id: account.id,
        email: identity.email.clone(),
        email_verified: identity.email_verified,
    })
    .await?;
    if let Some(email) = identity.email.as_deref().filter(|_| identity.email_verified) {
        tx.claim_admin_grants(&email.to_lowercase(), provider, account.id).await?;
    }
    Ok(account)
}

async fn register(
    tx: &mut dyn Transaction,
    context: &Context,
    identity: &ProviderIdentity,
    now: Timestamp,
) -> Result<Account, StoreError> {
    let mut friend_code = ShareCode::generate(&*context.random);
    while tx.find_account_by_code(&friend_code).await?.is_some() {
        friend_code = ShareCode::generate(&*context.random);
    }
    let account = Account {
        id: UserId::new(context.next_id()),
        profile: Profile {
            username: Username::from_provider(identity.name.as_deref()),
            gender: None,
            gender_shared: false,
            introduction: None,
        },
        friend_code,
        created_at: now,
        last_online: None,
        state: AccountState::Active,
        user_seq: 0,
    };
    tx.insert_account(&account).await?;
    Ok(account)
}

fn refusal_notice(account: &Account, ticket: &str, now: Timestamp) -> Option<SignInNotice> {
    let (code, until) = match account.state {
        AccountState::Suspended { until } if now < until => ("account_suspended", Some(until)),
        AccountState::Active | AccountState::Suspended { .. } => return None,
        AccountState::Banned | AccountState::Deleted => ("account_banned", None),
    };
    Some(SignInNotice {
        ticket_hash: hash(ticket),
        code: code.to_owned(),
        reason: None,
        until,
        expires_at: now.plus_seconds(NOTICE_SECONDS),
    })
}

fn secret(random: &dyn kith_domain::Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    kith_domain::sign_in::base64url(&bytes)
}
