//! Profiles and friend codes.

use std::sync::Arc;

use kith_domain::{
    Account, Caller, Gender, LiveEvent, MediaId, Refusal, ShareCode, UserId,
    event::LogLine,
    friendship::Relation,
    ports::{Limit, StoreError, Transaction, locks::Matter},
    text::{Introduction, Username},
    view::UserView,
};

use crate::{Context, ServiceError, media::replace_avatar, notify::Notifier, people};

/// A change of one's profile: `None` leaves a field, `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
pub struct ProfilePatch {
    /// The display name.
    pub username: Option<String>,
    /// The gender.
    pub gender: Option<Option<Gender>>,
    /// Whether friends see the gender.
    pub gender_shared: Option<bool>,
    /// The introduction.
    pub introduction: Option<Option<String>>,
    /// The picture, made of one of the person's own images.
    pub avatar: Option<Option<MediaId>>,
}

/// Profiles and friend codes.
#[derive(Clone)]
pub struct AccountService {
    context: Arc<Context>,
}

/// The caller's own account; a token whose account is gone is no token.
pub(crate) async fn own_account(tx: &mut dyn Transaction, user: UserId) -> Result<Account, ServiceError> {
    tx.find_account(user).await?.ok_or_else(|| Refusal::Unauthenticated.into())
}

impl AccountService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The caller's own profile.
    pub async fn me(&self, caller: &Caller) -> Result<UserView, ServiceError> {
        let user = caller.user_id;
        self.context
            .read(move |tx| Box::pin(async move { Ok(people::own_view(&own_account(tx, user).await?)) }))
            .await
    }

    /// Changes the caller's profile and tells their other devices and their friends.
    ///
    /// # Errors
    /// [`Refusal::Validation`] naming the field; with a picture also [`Refusal::RateLimited`].
    pub async fn update_profile(
        &self,
        caller: &Caller,
        patch: ProfilePatch,
    ) -> Result<UserView, ServiceError> {
        let username = patch.username.map(|name| Username::parse("username", &name)).transpose()?;
        let introduction = match patch.introduction {
            Some(Some(text)) => {
                let text = Introduction::parse("introduction", &text)?;
                Some(Some(text).filter(|text| !text.as_str().is_empty()))
            }
            other => other.map(|_| None),
        };
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        let made = match patch.avatar.flatten() {
            Some(id) => Some(self.context.make_avatar(user, id).await?),
            None => None,
        };
        let avatar = patch.avatar.map(|_| made);
        let outcome = self
            .context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_matters(&[Matter::Person(user)]).await?;
                    let mut account = own_account(tx, user).await?;
                    let before = account.profile.clone();
                    let profile = &mut account.profile;
                    profile.username = username.unwrap_or_else(|| before.username.clone());
                    profile.introduction = introduction.unwrap_or_else(|| before.introduction.clone());
                    profile.gender = patch.gender.unwrap_or(before.gender);
                    profile.gender_shared = patch.gender_shared.unwrap_or(before.gender_shared);
                    replace_avatar(tx, &mut profile.avatar, avatar).await?;
                    if account.profile == before {
                        return Ok(people::own_view(&account));
                    }
                    tx.update_profile(user, &account.profile).await?;
                    let notifier = Notifier { presence: &*context.presence, now: context.now() };
                    notifier.line(tx, user, LogLine::Profile).await?;
                    let watchers: Arc<[UserId]> = tx.friend_ids(user).await?.into();
                    if !watchers.is_empty() {
                        let online = people::is_online(&*context.presence, user).await;
                        let view = Box::new(people::friend_view(&account, online));
                        tx.publish(LiveEvent::FriendProfile { watchers, user: view });
                    }
                    Ok(people::own_view(&account))
                })
            })
            .await;
        if patch.avatar.is_some() {
            self.context.settle_avatar(made, &outcome).await;
        }
        outcome
    }

    /// Replaces the caller's friend code; the old one stops working.
    pub async fn renew_friend_code(&self, caller: &Caller) -> Result<ShareCode, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let code = unused_code(tx, &context, user).await?;
                    let notifier = Notifier { presence: &*context.presence, now: context.now() };
                    notifier.line(tx, user, LogLine::Profile).await?;
                    Ok(code)
                })
            })
            .await
    }

    /// Somebody the caller may see: themselves, friends, open requests, members of shared groups.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for everybody else, so that ids tell nothing.
    pub async fn user(&self, caller: &Caller, id: UserId) -> Result<UserView, ServiceError> {
        let (viewer, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let account = tx.find_account(id).await?.ok_or(Refusal::NotFound)?;
                    let view = people::view(tx, &*context.presence, viewer, &account, context.now()).await?;
                    if view.relation == Relation::None && !tx.share_a_group(viewer, id).await? {
                        return Err(Refusal::NotFound.into());
                    }
                    Ok(view)
                })
            })
            .await
    }

    /// Somebody by their friend code: name and picture only, unless they are more to the caller already.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for unknown, malformed, deleted and banned alike.
    pub async fn user_by_code(&self, caller: &Caller, code: &str) -> Result<UserView, ServiceError> {
        self.context.limits.take(Limit::CodeLookUp(caller.user_id)).await?;
        let code: ShareCode = code.parse().map_err(|_| Refusal::NotFound)?;
        let (viewer, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let found = tx.find_account_by_code(&code).await?;
                    let account =
                        found.filter(|account| people::is_present(account, now)).ok_or(Refusal::NotFound)?;
                    Ok(people::view(tx, &*context.presence, viewer, &account, now).await?)
                })
            })
            .await
    }
}

/// Gives the account a fresh code. Fifty bits collide about never; one that does is drawn again.
async fn unused_code(
    tx: &mut dyn Transaction,
    context: &Context,
    user: UserId,
) -> Result<ShareCode, StoreError> {
    loop {
        let code = ShareCode::generate(&*context.random);
        if tx.find_account_by_code(&code).await?.is_none() {
            tx.update_friend_code(user, &code).await?;
            return Ok(code);
        }
    }
}
