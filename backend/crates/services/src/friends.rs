//! Friends, requests and blocks.

use std::sync::Arc;

use kith_domain::{
    Caller, FieldError, FriendRequest, FriendRequestId, Refusal, ShareCode, UserId,
    conversation::{Conversation, DirectGate},
    event::LogLine,
    friendship::{Pair, Relation, RequestStatus},
    ports::{
        Cursor, Limit, Page, PageRequest, StoreError, Transaction,
        friends::{Direction, offset_of},
    },
    text::fold,
    view::{FriendRequestView, UserView},
};

use crate::{Context, ServiceError, membership::create_direct, notify::Notifier, people};

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
                    let online: std::collections::HashSet<UserId> =
                        context.presence.online(&ids).into_iter().collect();
                    let end = offset_of(page) + i64::from(page.limit);
                    Ok(Page::cut(accounts, page, |_| Cursor(0, end))
                        .map(|account| people::friend_view(&account, online.contains(&account.id))))
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
                    let mut rows: Vec<FriendRequest> = Vec::new();
                    for side in [Direction::Incoming, Direction::Outgoing] {
                        if direction.is_none_or(|wanted| wanted == side) {
                            rows.extend(tx.list_friend_requests(user, side, page).await?);
                        }
                    }
                    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
                    let rows =
                        Page::cut(rows, page, |row| Cursor(row.created_at.as_millis(), row.id.as_i64()));
                    let mut items = Vec::with_capacity(rows.items.len());
                    for row in &rows.items {
                        if let Some(view) = notifier.request_view(tx, user, row).await?
                            && status.is_none_or(|wanted| wanted == view.status)
                        {
                            items.push(view);
                        }
                    }
                    Ok(Page { items, next: rows.next })
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
                    let conversation = change_gate(tx, pair, |gate| gate.friends = false).await?;
                    if !tx.delete_friendship(pair).await? {
                        return Err(Refusal::NotFound.into());
                    }
                    for (person, gone) in [(user, other), (other, user)] {
                        notifier.line(tx, person, LogLine::FriendRemoved(gone)).await?;
                        if let Some(conversation) = &conversation {
                            notifier.conversation(tx, person, conversation.id).await?;
                        }
                    }
                    Ok(())
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
                    if !tx.is_blocked(user, other).await? {
                        return Ok(());
                    }
                    let conversation = change_gate(tx, pair, |gate| set_block(gate, user, false)).await?;
                    tx.delete_block(user, other).await?;
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

#[derive(Clone, Copy)]
enum Answer {
    Accept,
    Reject,
    Cancel,
}

/// Handles requests inside a transaction.
struct Desk<'a> {
    context: &'a Context,
    notifier: Notifier<'a>,
}

impl Desk<'_> {
    async fn ask(
        &self,
        tx: &mut dyn Transaction,
        user: UserId,
        target: UserId,
        pair: Pair,
    ) -> Result<(FriendRequest, bool), ServiceError> {
        let now = self.notifier.now;
        if let Some(mut crossing) = tx.find_friend_request_between(target, user).await?
            && crossing.is_open(now)
        {
            // Theirs still looks open to them, whether or not the caller saw or rejected it.
            self.befriend(tx, pair).await?;
            crossing.sender_status = RequestStatus::Accepted;
            crossing.receiver_status = Some(RequestStatus::Accepted);
            return Ok((crossing, true));
        }
        let withheld = tx.is_blocked(target, user).await?;
        let standing =
            tx.find_friend_request_between(user, target).await?.filter(|request| request.is_open(now));
        if let Some(mut standing) = standing {
            let quiet_over =
                standing.rejected_at.is_none_or(|at| now >= at.plus_seconds(FriendRequest::QUIET_SECONDS));
            if standing.receiver_status != Some(RequestStatus::Pending) && quiet_over && !withheld {
                standing.receiver_status = Some(RequestStatus::Pending);
                standing.rejected_at = None;
                standing.created_at = now;
                tx.put_friend_request(&standing).await?;
                self.notifier.line(tx, target, LogLine::FriendRequest(standing.id)).await?;
            }
            return Ok((standing, false));
        }
        if tx.count_open_requests(user, now).await? >= FriendRequest::MAX_OPEN {
            return Err(Refusal::Conflict("50 requests are open; cancel one first").into());
        }
        let request = FriendRequest {
            id: FriendRequestId::new(self.context.next_id()),
            from: user,
            to: target,
            sender_status: RequestStatus::Pending,
            receiver_status: (!withheld).then_some(RequestStatus::Pending),
            created_at: now,
            rejected_at: None,
        };
        tx.put_friend_request(&request).await?;
        for person in [user, target] {
            // The line draws nothing for whom the request is withheld from.
            self.notifier.line(tx, person, LogLine::FriendRequest(request.id)).await?;
        }
        Ok((request, true))
    }

    async fn accept(
        &self,
        tx: &mut dyn Transaction,
        request: &mut FriendRequest,
    ) -> Result<(), ServiceError> {
        if request.receiver_status == Some(RequestStatus::Accepted) {
            return Ok(());
        }
        let pair = Pair::new(request.from, request.to).ok_or(Refusal::NotFound)?;
        if !request.is_open(self.notifier.now) {
            return Err(Refusal::Conflict("this request is no longer open").into());
        }
        self.befriend(tx, pair).await?;
        request.sender_status = RequestStatus::Accepted;
        request.receiver_status = Some(RequestStatus::Accepted);
        Ok(())
    }

    async fn reject(
        &self,
        tx: &mut dyn Transaction,
        request: &mut FriendRequest,
    ) -> Result<(), ServiceError> {
        match request.receiver_status {
            Some(RequestStatus::Rejected) => return Ok(()),
            Some(RequestStatus::Pending) if request.is_open(self.notifier.now) => {}
            _ => return Err(Refusal::Conflict("this request is no longer open").into()),
        }
        request.receiver_status = Some(RequestStatus::Rejected);
        request.rejected_at = Some(self.notifier.now);
        tx.put_friend_request(request).await?;
        self.notifier.line(tx, request.to, LogLine::FriendRequest(request.id)).await?;
        Ok(())
    }

    async fn cancel(
        &self,
        tx: &mut dyn Transaction,
        request: &mut FriendRequest,
    ) -> Result<(), ServiceError> {
        match request.sender_status {
            RequestStatus::Cancelled => return Ok(()),
            RequestStatus::Pending => {}
            _ => return Err(Refusal::Conflict("this request is no longer open").into()),
        }
        request.sender_status = RequestStatus::Cancelled;
        if request.receiver_status == Some(RequestStatus::Pending) {
            request.receiver_status = Some(RequestStatus::Cancelled);
        }
        tx.put_friend_request(request).await?;
        for person in [request.from, request.to] {
            self.notifier.line(tx, person, LogLine::FriendRequest(request.id)).await?;
        }
        Ok(())
    }

    /// Makes the two friends, settles what was open between them and opens their conversation.
    async fn befriend(&self, tx: &mut dyn Transaction, pair: Pair) -> Result<(), ServiceError> {
        let now = self.notifier.now;
        let (low, high) = (pair.low(), pair.high());
        let conversation = match change_gate(tx, pair, |gate| gate.friends = true).await? {
            Some(conversation) => conversation.id,
            None => create_direct(tx, self.context, pair, now).await?,
        };
        tx.insert_friendship(pair, now).await?;
        let mut settled = Vec::new();
        for (from, to) in [(low, high), (high, low)] {
            if let Some(mut request) = tx.find_friend_request_between(from, to).await?
                && request.is_open(now)
            {
                request.sender_status = RequestStatus::Accepted;
                request.receiver_status = Some(RequestStatus::Accepted);
                tx.put_friend_request(&request).await?;
                settled.push(request.id);
            }
        }
        for (person, friend) in [(low, high), (high, low)] {
            for request in &settled {
                self.notifier.line(tx, person, LogLine::FriendRequest(*request)).await?;
            }
            self.notifier.line(tx, person, LogLine::Friend(friend)).await?;
            self.notifier.conversation(tx, person, conversation).await?;
        }
        Ok(())
    }
}

/// After a block: the blocked one's open request is withheld from the blocker and goes on looking pending; the
/// blocker's own is taken back.
async fn withhold_requests(
    tx: &mut dyn Transaction,
    notifier: &Notifier<'_>,
    blocker: UserId,
    blocked: UserId,
) -> Result<(), StoreError> {
    if let Some(mut incoming) = tx.find_friend_request_between(blocked, blocker).await?
        && incoming.receiver_status == Some(RequestStatus::Pending)
        && incoming.is_open(notifier.now)
    {
        incoming.receiver_status = Some(RequestStatus::Cancelled);
        // Drawn once as cancelled, so that the blocker's other devices drop it, then withheld.
        tx.put_friend_request(&incoming).await?;
        notifier.line(tx, blocker, LogLine::FriendRequest(incoming.id)).await?;
        incoming.receiver_status = None;
        tx.put_friend_request(&incoming).await?;
    }
    if let Some(mut outgoing) = tx.find_friend_request_between(blocker, blocked).await?
        && outgoing.is_open(notifier.now)
    {
        outgoing.sender_status = RequestStatus::Cancelled;
        if outgoing.receiver_status == Some(RequestStatus::Pending) {
            outgoing.receiver_status = Some(RequestStatus::Cancelled);
        }
        tx.put_friend_request(&outgoing).await?;
        for person in [blocker, blocked] {
            notifier.line(tx, person, LogLine::FriendRequest(outgoing.id)).await?;
        }
    }
    Ok(())
}

fn set_block(gate: &mut DirectGate, blocker: UserId, blocks: bool) {
    if blocker == gate.pair.low() {
        gate.low_blocks = blocks;
    } else {
        gate.high_blocks = blocks;
    }
}

/// Locks the pair's conversation, if they have one, and changes who may write in it.
async fn change_gate(
    tx: &mut dyn Transaction,
    pair: Pair,
    change: impl FnOnce(&mut DirectGate) + Send,
) -> Result<Option<Conversation>, StoreError> {
    let Some(id) = tx.find_direct(pair).await? else { return Ok(None) };
    let Some(mut conversation) = tx.lock_conversation(id).await? else { return Ok(None) };
    let gate = conversation
        .direct
        .as_mut()
        .ok_or_else(|| StoreError::corrupt("a direct conversation without a pair"))?;
    change(gate);
    tx.update_conversation(&conversation).await?;
    Ok(Some(conversation))
}

/// The gate of a fresh friendship.
pub(crate) fn open_gate(pair: Pair) -> DirectGate {
    DirectGate { pair, friends: true, low_blocks: false, high_blocks: false }
}
