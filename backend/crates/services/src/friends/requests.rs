//! What becomes of a friend request, inside a transaction.

use kith_domain::{
    FriendRequest, FriendRequestId, Refusal, UserId,
    event::LogLine,
    friendship::{Pair, RequestStatus},
    ports::{StoreError, Transaction},
};

use super::gate::change_gate;
use crate::{Context, ServiceError, membership::create_direct, notify::Notifier};

/// Handles requests inside a transaction.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) notifier: Notifier<'a>,
}

impl Desk<'_> {
    pub(super) async fn ask(
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

    pub(super) async fn accept(
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
        if tx.is_blocked(request.to, request.from).await? {
            return Err(Refusal::BlockedByYou.into());
        }
        self.befriend(tx, pair).await?;
        request.sender_status = RequestStatus::Accepted;
        request.receiver_status = Some(RequestStatus::Accepted);
        Ok(())
    }

    pub(super) async fn reject(
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

    pub(super) async fn cancel(
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
pub(super) async fn withhold_requests(
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
