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
    let (AdminCommand::Grant(flags) | AdminCommand::Revoke(flags)) = command;
    let (email, provider) = (address(flags)?, flags.provider.clone());
    let request = match command {
        AdminCommand::Grant(_) => Request::Grant { email: email.clone(), provider: provider.clone() },
        AdminCommand::Revoke(_) => Request::Revoke { email: email.clone(), provider: provider.clone() },
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
            anyhow::Ok(match command {
                AdminCommand::Grant(_) => grant(&*store, &SystemClock, email, provider).await,
                AdminCommand::Revoke(_) => revoke(&*store, email, provider).await,
            })
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

/// Grants the operator role to the owner of an address, or has it wait for one.
pub(crate) async fn grant(store: &dyn Store, clock: &dyn Clock, email: String, provider: String) -> Answer {
    let granted_at = clock.now();
    let outcome: Result<_, StoreError> = store
        .write(move |tx| {
            Box::pin(async move {
                let issuer = provider_issuer(&provider);
                let user_id = tx.find_account_by_verified_email(&email, issuer).await?;
                let text = if user_id.is_some() {
                    format!("{email} is an operator now")
                } else {
                    format!("{email} becomes an operator with the first sign-in by {provider}")
                };
                tx.insert_admin_grant(&AdminGrant { email, provider, user_id, granted_at }).await?;
                Ok((true, text))
            })
        })
        .await;
    answer(outcome)
}

/// Takes the operator role away.
pub(crate) async fn revoke(store: &dyn Store, email: String, provider: String) -> Answer {
    let outcome: Result<_, StoreError> = store
        .write(move |tx| {
            Box::pin(async move {
                let found = tx.delete_admin_grant(&email, &provider).await?;
                let text = if found { "is no operator any more" } else { "was no operator" };
                Ok((found, format!("{email} {text}")))
            })
        })
        .await;
    answer(outcome)
}

fn answer(outcome: Result<(bool, String), StoreError>) -> Answer {
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
