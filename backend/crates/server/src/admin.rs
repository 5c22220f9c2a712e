//! `kith migrate` and `kith admin`: through the running server where there is one, else on the store itself.

use std::path::Path;

use kith_domain::{
    Clock,
    ports::{Store, StoreError, StoreExt as _},
    sign_in::AdminGrant,
};
use kith_embedded::SystemClock;

use crate::{
    assembly,
    commands::{AdminCommand, GrantFlags, ServeFlags},
    config,
    control::{self, Answer, Request},
};

/// Grants or revokes.
pub(crate) fn run(command: &AdminCommand) -> anyhow::Result<()> {
    let (flags, request) = match command {
        AdminCommand::Grant(flags) => {
            (flags, Request::Grant { email: address(flags)?, provider: flags.provider.clone() })
        }
        AdminCommand::Revoke(flags) => {
            (flags, Request::Revoke { email: address(flags)?, provider: flags.provider.clone() })
        }
    };
    let settings = config::load_for_store(&ServeFlags {
        data_dir: flags.data_dir.clone(),
        config: flags.config.clone(),
        ..ServeFlags::default()
    })?;
    let answer = match control::ask(&settings.storage.data_dir, &request)? {
        Some(answer) => answer,
        None => assembly::block_on(async {
            let store = assembly::open_store(&settings, assembly::silent_bus()).await?;
            anyhow::Ok(perform(&*store, &SystemClock, request).await)
        })?,
    };
    if answer.ok {
        println!("{}", answer.text);
        Ok(())
    } else {
        anyhow::bail!("{}", answer.text)
    }
}

fn address(flags: &GrantFlags) -> anyhow::Result<String> {
    let email = flags.email.trim().to_lowercase();
    let plausible = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
    anyhow::ensure!(plausible && email.len() <= 254, "{:?} is no e-mail address", flags.email);
    Ok(email)
}

/// Does what was asked, on the store.
pub(crate) async fn perform(store: &dyn Store, clock: &dyn Clock, request: Request) -> Answer {
    let now = clock.now();
    let outcome: Result<(bool, String), StoreError> = match request {
        Request::Grant { email, provider } => {
            store
                .write(move |tx| {
                    Box::pin(async move {
                        let issuer = provider_issuer(&provider);
                        let user_id = tx.find_account_by_verified_email(&email, issuer).await?;
                        let known = user_id.is_some();
                        let text = if known {
                            format!("{email} is an operator now")
                        } else {
                            format!("{email} becomes an operator with the first sign-in by {provider}")
                        };
                        tx.insert_admin_grant(&AdminGrant { email, provider, user_id, granted_at: now })
                            .await?;
                        Ok((true, text))
                    })
                })
                .await
        }
        Request::Revoke { email, provider } => {
            store
                .write(move |tx| {
                    Box::pin(async move {
                        let found = tx.delete_admin_grant(&email, &provider).await?;
                        let text = if found { "is no operator any more" } else { "was no operator" };
                        Ok((found, format!("{email} {text}")))
                    })
                })
                .await
        }
    };
    match outcome {
        Ok((ok, text)) => Answer { ok, text },
        Err(error) => Answer { ok: false, text: error.to_string() },
    }
}

/// The issuer id under which a provider's identities are stored.
fn provider_issuer(provider: &str) -> &'static str {
    match provider {
        "dev" => kith_identity::dev::ISSUER,
        _ => "https://accounts.google.com",
    }
}

/// Brings the store to this version's layout, which opening it does.
pub(crate) fn migrate(flags: &ServeFlags) -> anyhow::Result<()> {
    let settings = config::load_for_store(flags)?;
    let data_dir: &Path = &settings.storage.data_dir;
    assembly::block_on(async {
        assembly::open_store(&settings, assembly::silent_bus()).await?;
        anyhow::Ok(())
    })?;
    println!("{} has this version's layout", data_dir.display());
    Ok(())
}
