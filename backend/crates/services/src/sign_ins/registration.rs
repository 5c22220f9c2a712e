//! The account behind an identity, found or made.

use kith_domain::{
    Account, LinkedIdentity, Profile, ShareCode, Timestamp, UserId,
    account::AccountState,
    ports::{StoreError, Transaction, identity::ProviderIdentity, locks::Matter},
    sign_in::SignInNotice,
    text::Username,
};

use super::hash;
use crate::{Context, deletions::erase_identity};

/// A notice can be read for 10 minutes.
const NOTICE_SECONDS: i64 = 600;

pub(super) async fn find_or_register(
    tx: &mut dyn Transaction,
    context: &Context,
    identity: &ProviderIdentity,
    provider: &str,
    now: Timestamp,
) -> Result<Account, StoreError> {
    let (issuer, subject) = (identity.issuer.clone(), identity.subject.clone());
    tx.lock_matters(&[Matter::Identity { issuer, subject }]).await?;
    let found = tx.find_account_by_identity(&identity.issuer, &identity.subject).await?;
    let account = match found {
        Some(account) if account.is_kept(now) => account,
        Some(gone) => {
            // Its time to be restored is over; the erasure only has not come to it yet.
            erase_identity(tx, context, gone.id).await?;
            register(tx, context, identity, now).await?
        }
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
            avatar: None,
        },
        friend_code,
        created_at: now,
        last_online: None,
        state: AccountState::Active,
        deletes_at: None,
        password_set: false,
        user_seq: 0,
    };
    tx.insert_account(&account).await?;
    Ok(account)
}

pub(super) fn refusal_notice(account: &Account, ticket: &str, now: Timestamp) -> Option<SignInNotice> {
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
