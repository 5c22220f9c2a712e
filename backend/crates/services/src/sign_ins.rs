//! Sign-in through identity providers, and the tokens that follow from it.

mod registration;
mod tokens;

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use kith_domain::{
    Device, DeviceId, Refusal, Timestamp,
    ports::{
        Limit, SignInStep, StoreError,
        identity::{
            AccessTokens, AuthorizationRequest, CodeExchange, IdentityError, IdentityProvider,
            ProviderIdentity, TokenSealer,
        },
    },
    sign_in::{PendingSignIn, SecretHash, SignInCode, SignInNotice, SignInTarget},
    text::DeviceName,
};
use registration::{find_or_register, refusal_notice};
use sha2::{Digest, Sha256};
use tokens::{Seen, first_link};

use crate::{Context, ServiceError, SignInParts};

pub use tokens::{Authenticated, TokenPair};

/// A sign-in must come back from its provider within 10 minutes.
const PENDING_SECONDS: i64 = 600;
/// A native client's one-time code lives 60 s.
const CODE_SECONDS: i64 = 60;

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
#[derive(Clone)]
pub struct BegunSignIn {
    /// Where to send the browser.
    pub location: String,
    /// What ties the callback to this browser; kept in a cookie there.
    pub browser_secret: String,
}

/// A provider's callback.
#[derive(Clone, Default)]
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
#[derive(Clone)]
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

/// Without its secrets: they must not get into a log.
impl fmt::Debug for BegunSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BegunSignIn").finish_non_exhaustive()
    }
}

/// Without its secrets, as [`BegunSignIn`].
impl fmt::Debug for FinishSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FinishSignIn");
        shown.field("provider", &self.provider).field("error", &self.error).finish_non_exhaustive()
    }
}

/// Without its secrets, as [`BegunSignIn`].
impl fmt::Debug for FinishedSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Browser { return_to, .. } => {
                f.debug_struct("Browser").field("return_to", return_to).finish_non_exhaustive()
            }
            Self::Native { .. } => f.debug_struct("Native").finish_non_exhaustive(),
        }
    }
}

/// A refused sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInFailure {
    /// Why, in a stable word.
    pub code: &'static str,
    /// Fetches the reason and date, where there are any.
    pub ticket: Option<String>,
}

/// Sign-in and tokens.
#[derive(Clone)]
pub struct SignInService {
    context: Arc<Context>,
    parts: Arc<SignInParts>,
    devices: Arc<Mutex<HashMap<DeviceId, Seen>>>,
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

    /// Whether a step of a sign-in is stored. Anybody may guess, so a guess must not queue for the writer.
    async fn is_stored(&self, step: SignInStep) -> Result<bool, ServiceError> {
        self.context.read(move |tx| Box::pin(async move { Ok(tx.has_sign_in_step(step).await?) })).await
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
        if !self.is_stored(SignInStep::Pending(state_hash)).await.map_err(store)? {
            return Err(plain("invalid_state"));
        }
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
                        reauthenticated: pending.fresh,
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

    /// Why a sign-in was refused; readable once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn notice(&self, ticket: &str) -> Result<SignInNotice, ServiceError> {
        let (ticket_hash, now) = (hash(ticket), self.context.now());
        if !self.is_stored(SignInStep::Notice(ticket_hash)).await? {
            return Err(Refusal::NotFound.into());
        }
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

fn secret(random: &dyn kith_domain::Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    kith_domain::sign_in::base64url(&bytes)
}
