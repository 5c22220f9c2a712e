//! What one person may see of another.

use std::collections::{HashMap, HashSet};

use kith_domain::{
    Account, Timestamp, UserId,
    account::AccountState,
    friendship::{Pair, Relation, RequestStatus},
    ports::{Presence, StoreError, Transaction},
    view::{UserBrief, UserView},
};

/// The owner's own view.
pub(crate) fn own_view(account: &Account) -> UserView {
    UserView {
        id: account.id,
        username: account.profile.username.clone(),
        avatar: account.profile.avatar,
        relation: Relation::Own,
        friend_code: Some(account.friend_code.clone()),
        introduction: account.profile.introduction.clone(),
        gender: account.profile.gender,
        gender_shared: Some(account.profile.gender_shared),
        created_at: Some(account.created_at),
        online: None,
        last_online: account.last_online,
        password_set: Some(account.password_set),
        deletes_at: account.deletes_at,
        deleted: false,
    }
}

/// A friend's view. `online` is `None` when nobody can say.
pub(crate) fn friend_view(account: &Account, online: Option<bool>) -> UserView {
    UserView {
        id: account.id,
        username: account.profile.username.clone(),
        avatar: account.profile.avatar,
        relation: Relation::Friend,
        friend_code: None,
        introduction: account.profile.introduction.clone(),
        gender: account.profile.gender.filter(|_| account.profile.gender_shared),
        gender_shared: None,
        created_at: None,
        online,
        last_online: account.last_online,
        password_set: None,
        deletes_at: None,
        deleted: false,
    }
}

/// Anybody else's view: name and picture only.
pub(crate) fn stranger_view(account: &Account, relation: Relation) -> UserView {
    UserView {
        id: account.id,
        username: account.profile.username.clone(),
        avatar: account.profile.avatar,
        relation,
        friend_code: None,
        introduction: None,
        gender: None,
        gender_shared: None,
        created_at: None,
        online: None,
        last_online: None,
        password_set: None,
        deletes_at: None,
        deleted: account.state == AccountState::Deleted,
    }
}

/// Name and picture.
pub(crate) fn brief(account: &Account) -> UserBrief {
    UserBrief {
        id: account.id,
        username: account.profile.username.clone(),
        avatar: account.profile.avatar,
        deleted: account.state == AccountState::Deleted,
    }
}

/// Whether the account is one that others may still meet.
pub(crate) fn is_present(account: &Account, now: Timestamp) -> bool {
    match account.state {
        _ if account.deletes_at.is_some() => false,
        AccountState::Active => true,
        AccountState::Suspended { until } => now >= until,
        AccountState::Banned | AccountState::Deleted => false,
    }
}

/// Whether `user` is online; `None` when nobody can say.
pub(crate) async fn is_online(presence: &dyn Presence, user: UserId) -> Option<bool> {
    Online::among(presence, &[user]).await.knows(user)
}

/// Who of some people is online, unless nobody can say.
pub(crate) struct Online(Option<HashSet<UserId>>);

impl Online {
    /// Asks about `users`.
    pub(crate) async fn among(presence: &dyn Presence, users: &[UserId]) -> Self {
        Self(presence.online(users).await.map(|online| online.into_iter().collect()))
    }

    /// What is known of one of them.
    pub(crate) fn knows(&self, user: UserId) -> Option<bool> {
        self.0.as_ref().map(|online| online.contains(&user))
    }
}

/// What `other` is to `viewer`.
pub(crate) async fn relation(
    tx: &mut dyn Transaction,
    viewer: UserId,
    other: UserId,
    now: Timestamp,
) -> Result<Relation, StoreError> {
    let Some(pair) = Pair::new(viewer, other) else { return Ok(Relation::Own) };
    if tx.are_friends(pair).await? {
        return Ok(Relation::Friend);
    }
    if let Some(incoming) = tx.find_friend_request_between(other, viewer).await?
        && incoming.receiver_status == Some(RequestStatus::Pending)
        && incoming.is_open(now)
    {
        return Ok(Relation::Incoming);
    }
    match tx.find_friend_request_between(viewer, other).await? {
        Some(outgoing) if outgoing.is_open(now) => Ok(Relation::Outgoing),
        _ => Ok(Relation::None),
    }
}

/// One account as `viewer` sees it.
pub(crate) async fn view(
    tx: &mut dyn Transaction,
    presence: &dyn Presence,
    viewer: UserId,
    account: &Account,
    now: Timestamp,
) -> Result<UserView, StoreError> {
    Ok(match relation(tx, viewer, account.id, now).await? {
        Relation::Own => own_view(account),
        Relation::Friend => friend_view(account, is_online(presence, account.id).await),
        relation => stranger_view(account, relation),
    })
}

/// Accounts of `ids` as `viewer` sees them, by a fixed number of statements for friends and one look more for
/// each who is none.
pub(crate) async fn views(
    tx: &mut dyn Transaction,
    presence: &dyn Presence,
    viewer: UserId,
    ids: &[UserId],
    now: Timestamp,
) -> Result<HashMap<UserId, UserView>, StoreError> {
    let accounts = tx.find_accounts(ids).await?;
    let friends: HashSet<UserId> = tx.friends_among(viewer, ids).await?.into_iter().collect();
    let online = Online::among(presence, ids).await;
    let mut views = HashMap::with_capacity(accounts.len());
    for account in &accounts {
        let view = if friends.contains(&account.id) {
            friend_view(account, online.knows(account.id))
        } else {
            view(tx, presence, viewer, account, now).await?
        };
        views.insert(account.id, view);
    }
    Ok(views)
}
