//! Personal events: a line in the person's log and the same event for their open sockets.

use kith_domain::{
    ConversationId, FriendRequest, LiveEvent, MemberState, PersonalEvent, Role, Timestamp, UserId,
    event::{LogLine, RemovalReason},
    friendship::RequestStatus,
    ports::{Presence, StoreError, Transaction},
    view::FriendRequestView,
};

use crate::{conversations::conversation_view, people};

/// Who writes events, and how it looks at the world while doing so.
#[derive(Clone, Copy)]
pub(crate) struct Notifier<'a> {
    pub(crate) presence: &'a dyn Presence,
    pub(crate) now: Timestamp,
}

impl Notifier<'_> {
    async fn personal(
        &self,
        tx: &mut dyn Transaction,
        user_id: UserId,
        line: LogLine,
        event: PersonalEvent,
    ) -> Result<(), StoreError> {
        let user_seq = tx.append_log(user_id, line, self.now).await?;
        tx.publish(LiveEvent::Personal { user_id, user_seq: Some(user_seq), event });
        Ok(())
    }

    /// Tells a person's devices how a log line looks now; lines whose subject is gone tell nothing.
    pub(crate) async fn line(
        &self,
        tx: &mut dyn Transaction,
        user: UserId,
        line: LogLine,
    ) -> Result<(), StoreError> {
        match self.draw(tx, user, line).await? {
            Some(event) => self.personal(tx, user, line, event).await,
            None => Ok(()),
        }
    }

    /// A log line as its owner may see its subject at this moment.
    pub(crate) async fn draw(
        &self,
        tx: &mut dyn Transaction,
        user: UserId,
        line: LogLine,
    ) -> Result<Option<PersonalEvent>, StoreError> {
        Ok(match line {
            LogLine::FriendRequest(id) => match tx.find_friend_request(id).await? {
                Some(request) => self
                    .request_view(tx, user, &request)
                    .await?
                    .map(|view| PersonalEvent::FriendRequest(Box::new(view))),
                None => None,
            },
            LogLine::Friend(id) => {
                self.user(tx, user, id).await?.map(|view| PersonalEvent::Friend(Box::new(view)))
            }
            LogLine::FriendRemoved(id) => Some(PersonalEvent::FriendRemoved(id)),
            LogLine::Block(user_id) => {
                Some(PersonalEvent::Block { user_id, blocked: tx.is_blocked(user, user_id).await? })
            }
            LogLine::Profile => {
                self.user(tx, user, user).await?.map(|view| PersonalEvent::Profile(Box::new(view)))
            }
            LogLine::Conversation(id) => conversation_view(tx, self.presence, user, id, self.now)
                .await?
                // What is hidden stays out of the list, whatever changed about it.
                .filter(|view| !view.hidden)
                .map(|view| PersonalEvent::Conversation(Box::new(view))),
            LogLine::ConversationRemoved(conversation_id, reason) => {
                Some(PersonalEvent::ConversationRemoved { conversation_id, reason })
            }
            LogLine::JoinRequest(group_id, id) => {
                let admin = tx
                    .find_member(group_id, user)
                    .await?
                    .is_some_and(|member| member.state == MemberState::Active && member.role == Role::Admin);
                if !admin || !tx.has_join_request(group_id, id).await? {
                    return Ok(None);
                }
                let who = self.user(tx, user, id).await?;
                who.map(|view| PersonalEvent::JoinRequest { group_id, user: Box::new(view) })
            }
        })
    }

    async fn user(
        &self,
        tx: &mut dyn Transaction,
        viewer: UserId,
        id: UserId,
    ) -> Result<Option<kith_domain::view::UserView>, StoreError> {
        match tx.find_account(id).await? {
            Some(account) => people::view(tx, self.presence, viewer, &account, self.now).await.map(Some),
            None => Ok(None),
        }
    }

    /// A request as `viewer` sees it; `None` when it is withheld from them.
    pub(crate) async fn request_view(
        &self,
        tx: &mut dyn Transaction,
        viewer: UserId,
        request: &FriendRequest,
    ) -> Result<Option<FriendRequestView>, StoreError> {
        let incoming = request.to == viewer;
        let (status, other) = if incoming {
            let Some(status) = request.receiver_status else { return Ok(None) };
            (status, request.from)
        } else {
            (request.sender_status, request.to)
        };
        let lapsed = self.now >= request.created_at.plus_seconds(FriendRequest::LIFETIME_SECONDS);
        let status =
            if status == RequestStatus::Pending && lapsed { RequestStatus::Cancelled } else { status };
        Ok(self.user(tx, viewer, other).await?.map(|user| FriendRequestView {
            id: request.id,
            user,
            incoming,
            status,
            created_at: request.created_at,
        }))
    }

    /// Tells the person's devices that a conversation is new to them or changed for them alone.
    pub(crate) async fn conversation(
        &self,
        tx: &mut dyn Transaction,
        user: UserId,
        id: ConversationId,
    ) -> Result<(), StoreError> {
        self.line(tx, user, LogLine::Conversation(id)).await
    }

    /// Tells the person's devices that a conversation is gone from their list.
    pub(crate) async fn removed(
        &self,
        tx: &mut dyn Transaction,
        user: UserId,
        id: ConversationId,
        reason: RemovalReason,
    ) -> Result<(), StoreError> {
        self.line(tx, user, LogLine::ConversationRemoved(id, reason)).await
    }
}
