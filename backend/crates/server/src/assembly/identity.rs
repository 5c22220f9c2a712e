//! Identity providers and our own tokens.

use std::{num::NonZeroUsize, sync::Arc};

use anyhow::Context as _;
use kith_domain::{
    Clock, Random,
    ports::{
        PasswordHasher,
        identity::{AuthorizationRequest, IdentityProvider},
    },
};
use kith_embedded::SystemClock;
use kith_identity::{
    access_token::AccessTokens,
    dev::DevProvider,
    facebook::{FacebookConfig, FacebookProvider},
    key_directory::KeyDirectory,
    oidc::{OidcProvider, OidcProviderConfig},
    outgoing::OutgoingHttp,
    passwords::Argon2id,
    ports::{Provider, Sealer, Tokens},
};
use kith_services::{SignInParts, SignInSettings};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::Storage;
use crate::config::{self, Config};

/// Facebook speaks OAuth 2 and its Graph API instead of OpenID Connect.
const FACEBOOK: &str = "facebook";

/// Everything sign-in needs, and the dev provider's routes where there is one.
pub(crate) struct Identity {
    pub(crate) parts: SignInParts,
    pub(crate) dev: Option<DevProvider>,
}

/// Builds it; nothing is fetched before the first sign-in.
pub(crate) fn build(config: &Config, storage: &Storage, origin: &str) -> anyhow::Result<Identity> {
    let mut providers = configured(config, &storage.clock)?;
    let dev = if config.server.dev { Some(dev_provider(storage, origin)?) } else { None };
    if let Some(dev) = &dev {
        providers.push(Arc::new(Provider::new(dev.relying_party(), Arc::clone(&storage.clock))));
    }
    let tokens = access_tokens(config, storage, origin)?;
    let settings = SignInSettings { origin: origin.to_owned() };
    let parts = SignInParts { providers, tokens: Arc::new(tokens), sealer: Arc::new(Sealer), settings };
    Ok(Identity { parts, dev })
}

/// Our own tokens, signed with the store's key and good at `origin`.
pub(crate) fn access_tokens(config: &Config, storage: &Storage, origin: &str) -> anyhow::Result<Tokens> {
    let own = config.storage.data_dir.join("keys");
    let directory = config.cluster.keys_dir.clone().unwrap_or(own);
    let random = randomness(&storage.random);
    let keys = KeyDirectory::new(&directory)
        .load_or_create(storage.clock.now().as_millis(), &*random)
        .with_context(|| format!("cannot use the signing keys in {}", directory.display()))?;
    Ok(Tokens::new(AccessTokens::new(origin, "kith", keys), random))
}

/// Hashes account passwords on half of the cores at the most, so that the other half sends messages.
pub(crate) fn password_hasher(storage: &Storage) -> Arc<dyn PasswordHasher> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let at_once = NonZeroUsize::new(cores / 2).unwrap_or(NonZeroUsize::MIN);
    Arc::new(Argon2id::new(randomness(&storage.random), at_once))
}

fn randomness(random: &Arc<dyn Random>) -> Arc<dyn kith_identity::random::Random> {
    let random = Arc::clone(random);
    Arc::new(move |buffer: &mut [u8]| random.fill(buffer))
}

fn dev_provider(storage: &Storage, origin: &str) -> anyhow::Result<DevProvider> {
    let clock = Arc::clone(&storage.clock);
    let callback = format!("{origin}/auth/callback/{}", kith_identity::dev::ID);
    let now = Arc::new(move || clock.now().as_millis());
    Ok(DevProvider::new(&Url::parse(origin)?, callback, now, randomness(&storage.random))?)
}

fn configured(config: &Config, clock: &Arc<dyn Clock>) -> anyhow::Result<Vec<Arc<dyn IdentityProvider>>> {
    config.providers.iter().map(|(id, provider)| one(id, provider, clock)).collect()
}

fn one(
    id: &str,
    provider: &config::Provider,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Arc<dyn IdentityProvider>> {
    let secret = secret(id, provider)?;
    let issuer = Url::parse(&provider.issuer)?;
    let transport = Arc::new(OutgoingHttp::for_issuer(&issuer, provider.private_address)?);
    if id == FACEBOOK {
        let facebook = FacebookConfig {
            client_id: provider.client_id.clone(),
            client_secret: secret,
            graph_version: "v21.0".to_owned(),
        };
        return Ok(Arc::new(Provider::new(FacebookProvider::new(facebook, transport), Arc::clone(clock))));
    }
    let google = OidcProviderConfig::google(provider.client_id.clone(), secret);
    let oidc = OidcProviderConfig {
        id: id.to_owned(),
        name: provider.name.clone(),
        // What Google is asked to make it ask again, other providers do not know.
        reauth_prompt: if provider.issuer == google.issuer_url {
            google.reauth_prompt.clone()
        } else {
            Some("login".into())
        },
        issuer_url: provider.issuer.clone(),
        ..google
    };
    Ok(Arc::new(Provider::new(OidcProvider::new(oidc, transport)?, Arc::clone(clock))))
}

fn secret(id: &str, provider: &config::Provider) -> anyhow::Result<SecretString> {
    if let Some(secret) = &provider.client_secret {
        return Ok(SecretString::from(secret.expose_secret().to_owned()));
    }
    let file = provider.client_secret_file.as_ref().context("no client secret")?;
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("providers.{id}.client_secret_file: cannot read {}", file.display()))?;
    Ok(SecretString::from(text.trim().to_owned()))
}

/// Reaches every configured provider; returns their names.
///
/// # Errors
/// Names the first one that cannot be reached.
pub(crate) async fn reach_providers(config: &Config) -> anyhow::Result<Vec<String>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut names = Vec::new();
    for provider in configured(config, &clock)? {
        let request = AuthorizationRequest {
            redirect_uri: "https://kith.invalid/auth/callback/doctor".to_owned(),
            state: "doctor".to_owned(),
            nonce: "doctor".to_owned(),
            code_verifier: "doctor-doctor-doctor-doctor-doctor-doctor-doc".to_owned(),
            login_hint: None,
            fresh: false,
        };
        provider.authorization_url(&request).await.with_context(|| {
            format!("{} cannot be reached; check providers.{}.issuer", provider.name(), provider.id())
        })?;
        names.push(provider.id().to_owned());
    }
    Ok(names)
}
