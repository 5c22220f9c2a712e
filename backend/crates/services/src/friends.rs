//! Friends, requests and blocks.

mod gate;
mod requests;

use std::sync::Arc;

use kith_domain::{
    Caller, FieldError, FriendRequest, FriendRequestId, Refusal, ShareCode, UserId,
    event::LogLine,
    fold,
    friendship::{Pair, Relation, RequestStatus},
    ports::{
        Cursor, Limit, Page, PageRequest, StoreError, Transaction,
        friends::{Direction, offset_of},
    },
    view::{FriendRequestView, UserView},
};

use crate::{Context, ServiceError, notify::Notifier, people};
use gate::{change_gate, set_block};
use requests::{Desk, withhold_requests};

pub(crate) use gate::{lock_pair, open_gate};

/// Friends, requests and blocks.
#[derive(Clone)]
pub struct FriendService {
    context: Arc<Context>,
}

impl FriendService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// The caller's friends, by name; with `query` those whose name contains it, prefixes first.
    pub async fn list(
        &self,
        caller: &Caller,
        query: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<UserView>, ServiceError> {
        let query = query.map(|text| fold(text.trim())).filter(|text| !text.is_empty());
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let accounts = tx.list_friends(user, query.as_deref(), page).await?;
                    let ids: Vec<UserId> = accounts.iter().map(|account| account.id).collect();
                    let online = people::Online::among(&*context.presence, &ids).await;
                    let end = offset_of(page) + i64::from(page.limit);
                    Ok(Page::cut(accounts, page, |_| Cursor(0, end))
                        .map(|account| people::friend_view(&account, online.knows(account.id))))
                })
            })
            .await
    }

    /// Asks the owner of a friend code. The answer's flag says whether something new came of it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for unknown, malformed, deleted and banned codes alike, [`Refusal::Validation`] for one's
    /// own, [`Refusal::Conflict`] for a friend's and for the 51st open request, [`Refusal::BlockedByYou`].
    pub async fn request(
        &self,
        caller: &Caller,
        code: &str,
    ) -> Result<(FriendRequestView, bool), ServiceError> {
        self.context.limits.take(Limit::Request(caller.user_id)).await?;
        let code: ShareCode = code.parse().map_err(|_| Refusal::NotFound)?;
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let found = tx.find_account_by_code(&code).await?;
                    let target =
                        found.filter(|account| people::is_present(account, now)).ok_or(Refusal::NotFound)?.id;
                    let Some(pair) = Pair::new(user, target) else {
                        return Err(
                            FieldError::new("friend_code", "own_code", "this is your own code").into()
                        );
                    };
                    lock_pair(tx, pair).await?;
                    if tx.are_friends(pair).await? {
                        return Err(Refusal::Conflict("you are friends already").into());
                    }
                    if tx.is_blocked(user, target).await? {
                        return Err(Refusal::BlockedByYou.into());
                    }
                    let desk =
                        Desk { context: &context, notifier: Notifier { presence: &*context.presence, now } };
                    let (request, new) = desk.ask(tx, user, target, pair).await?;
                    let view = desk.notifier.request_view(tx, user, &request).await?;
                    Ok((view.ok_or(Refusal::NotFound)?, new))
                })
            })
            .await
    }

    /// Requests the caller sees, newest first.
    pub async fn requests(
        &self,
        caller: &Caller,
        direction: Option<Direction>,
        status: Option<RequestStatus>,
        page: PageRequest,
    ) -> Result<Page<FriendRequestView>, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let notifier = Notifier { presence: &*context.presence, now: context.now() };
                    let mut found = Vec::new();
                    let mut next = Some(page);
                    // A status is judged as the reader sees it, so rows are read until the page is full.
                    while let Some(request) = next.take()
                        && found.len() <= page.limit as usize
                    {
                        let rows = request_rows(tx, user, direction, request).await?;
                        for row in &rows.items {
                            if let Some(view) = notifier.request_view(tx, user, row).await?
                                && status.is_none_or(|wanted| wanted == view.status)
                            {
                                found.push((request_key(row), view));
                            }
                        }
                        next = rows.next.map(|after| PageRequest { after: Some(after), ..page });
                    }
                    Ok(Page::cut(found, page, |(key, _)| *key).map(|(_, view)| view))
                })
            })
            .await
    }

    /// Accepts a request to the caller; again changes nothing.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], or [`Refusal::Conflict`] when it is no longer open.
    pub async fn accept(
        &self,
        caller: &Caller,
        id: FriendRequestId,
    ) -> Result<FriendRequestView, ServiceError> {
        self.answer(caller, id, Answer::Accept).await
    }

    /// Turns a request to the caller down, silently; again changes nothing.
    ///
    /// # Errors
    /// As [`FriendService::accept`].
    pub async fn reject(
        &self,
        caller: &Caller,
        id: FriendRequestId,
    ) -> Result<FriendRequestView, ServiceError> {
        self.answer(caller, id, Answer::Reject).await
    }

    /// Takes a request of the caller back; again changes nothing.
    ///
    /// # Errors
    /// As [`FriendService::accept`].
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: FriendRequestId,
    ) -> Result<FriendRequestView, ServiceError> {
        self.answer(caller, id, Answer::Cancel).await
    }

    async fn answer(
        &self,
        caller: &Caller,
        id: FriendRequestId,
        answer: Answer,
    ) -> Result<FriendRequestView, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let desk = Desk {
                        context: &context,
                        notifier: Notifier { presence: &*context.presence, now: context.now() },
                    };
                    let request = tx.find_friend_request(id).await?.ok_or(Refusal::NotFound)?;
                    lock_pair(tx, Pair::new(request.from, request.to).ok_or(Refusal::NotFound)?).await?;
                    let mut request = tx.find_friend_request(id).await?.ok_or(Refusal::NotFound)?;
                    let theirs = match answer {
                        Answer::Cancel => request.from == user,
                        Answer::Accept | Answer::Reject => {
                            request.to == user && request.receiver_status.is_some()
                        }
                    };
                    if !theirs {
                        return Err(Refusal::NotFound.into());
                    }
                    match answer {
                        Answer::Accept => desk.accept(tx, &mut request).await?,
                        Answer::Reject => desk.reject(tx, &mut request).await?,
                        Answer::Cancel => desk.cancel(tx, &mut request).await?,
                    }
                    let view = desk.notifier.request_view(tx, user, &request).await?;
                    Ok(view.ok_or(Refusal::NotFound)?)
                })
            })
            .await
    }

    /// Ends a friendship. The conversation stays readable for both.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the two are no friends.
    pub async fn unfriend(&self, caller: &Caller, other: UserId) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let pair = Pair::new(user, other).ok_or(Refusal::NotFound)?;
                    let notifier = Notifier { presence: &*context.presence, now: context.now() };
                    if end_friendship(tx, &notifier, pair, &[(user, other), (other, user)]).await? {
                        Ok(())
                    } else {
                        Err(Refusal::NotFound.into())
                    }
                })
            })
            .await
    }

    /// Blocks somebody the caller may see; again changes nothing. To the blocked it looks like being unfriended.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn block(&self, caller: &Caller, other: UserId) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let pair = Pair::new(user, other).ok_or(Refusal::NotFound)?;
                    lock_pair(tx, pair).await?;
                    let now = context.now();
                    let notifier = Notifier { presence: &*context.presence, now };
                    let conversation = change_gate(tx, pair, |gate| {
                        gate.friends = false;
                        set_block(gate, user, true);
                    })
                    .await?;
                    let known = conversation.is_some()
                        || people::relation(tx, user, other, now).await? != Relation::None
                        || tx.share_a_group(user, other).await?
                        || tx.find_friend_request_between(other, user).await?.is_some();
                    if !known {
                        return Err(Refusal::NotFound.into());
                    }
                    if !tx.insert_block(user, other, now).await? {
                        return Ok(());
                    }
                    notifier.line(tx, user, LogLine::Block(other)).await?;
                    let were_friends = tx.delete_friendship(pair).await?;
                    withhold_requests(tx, &notifier, user, other).await?;
                    if were_friends {
                        for (person, gone) in [(user, other), (other, user)] {
                            notifier.line(tx, person, LogLine::FriendRemoved(gone)).await?;
                        }
                    }
                    if let Some(conversation) = conversation {
                        notifier.conversation(tx, user, conversation.id).await?;
                        if were_friends {
                            notifier.conversation(tx, other, conversation.id).await?;
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Lifts a block; they are not friends by it. Again changes nothing.
    pub async fn unblock(&self, caller: &Caller, other: UserId) -> Result<(), ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        self.context
            .write(move |tx| {
                Box::pin(async move {
                    let pair = Pair::new(user, other).ok_or(Refusal::NotFound)?;
                    let notifier = Notifier { presence: &*context.presence, now: context.now() };
                    lock_pair(tx, pair).await?;
                    if !tx.is_blocked(user, other).await? {
                        return Ok(());
                    }
                    let conversation = change_gate(tx, pair, |gate| set_block(gate, user, false)).await?;
                    tx.delete_block(user, other).await?;
                    notifier.line(tx, user, LogLine::Block(other)).await?;
                    if let Some(conversation) = conversation {
                        notifier.conversation(tx, user, conversation.id).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Whom the caller blocks.
    pub async fn blocks(&self, caller: &Caller, page: PageRequest) -> Result<Page<UserView>, ServiceError> {
        let user = caller.user_id;
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let rows = tx.list_blocks(user, page).await?;
                    Ok(Page::cut(rows, page, |account| Cursor(0, account.id.as_i64()))
                        .map(|account| people::stranger_view(&account, Relation::None)))
                })
            })
            .await
    }

    /// Ends requests that nobody answered for 90 days; returns how many.
    pub async fn expire_requests(&self) -> Result<usize, ServiceError> {
        let now = self.context.now();
        self.context
            .write(move |tx| Box::pin(async move { Ok(tx.expire_friend_requests(now, 1_000).await?.len()) }))
            .await
    }
}

/// Ends a friendship and tells each of `told` whom they lost; `false` when there was none.
pub(crate) async fn end_friendship(
    tx: &mut dyn Transaction,
    notifier: &Notifier<'_>,
    pair: Pair,
    told: &[(UserId, UserId)],
) -> Result<bool, StoreError> {
    lock_pair(tx, pair).await?;
    let conversation = change_gate(tx, pair, |gate| gate.friends = false).await?;
    if !tx.delete_friendship(pair).await? {
        return Ok(false);
    }
    for (person, gone) in told {
        notifier.line(tx, *person, LogLine::FriendRemoved(*gone)).await?;
        if let Some(conversation) = &conversation {
            notifier.conversation(tx, *person, conversation.id).await?;
        }
    }
    Ok(true)
}

#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Reject,
    Cancel,
}

fn request_key(row: &FriendRequest) -> Cursor {
    Cursor(row.created_at.as_millis(), row.id.as_i64())
}

/// A page of the requests the reader sees, newest first, of one side or of both.
async fn request_rows(
    tx: &mut dyn Transaction,
    user: UserId,
    direction: Option<Direction>,
    page: PageRequest,
) -> Result<Page<FriendRequest>, StoreError> {
    let mut rows: Vec<FriendRequest> = Vec::new();
    for side in [Direction::Incoming, Direction::Outgoing] {
        if direction.is_none_or(|wanted| wanted == side) {
            rows.extend(tx.list_friend_requests(user, side, page).await?);
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    Ok(Page::cut(rows, page, request_key))
}
