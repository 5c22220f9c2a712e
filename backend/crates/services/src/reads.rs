//! Read markers.

use std::sync::Arc;

use kith_domain::{
    Caller, ConversationId, LiveEvent, MemberState, Refusal, Seq, UserId,
    ports::{Limit, conversations::Scope, reads::ReadMarker},
    view::MarkerView,
};

use crate::{Context, ServiceError};

/// In groups above this size markers are asked for, not pushed.
const PUSHED_UP_TO_MEMBERS: u32 = 20;

/// Read markers.
#[derive(Clone)]
pub struct ReadService {
    context: Arc<Context>,
}

impl ReadService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Moves the caller's marker forward; a lower seq changes nothing, one above the newest means the newest.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who was never in it, [`Refusal::RateLimited`].
    pub async fn mark(
        &self,
        caller: &Caller,
        id: ConversationId,
        seq: Seq,
    ) -> Result<MarkerView, ServiceError> {
        self.context.limits.take(Limit::Marker(caller.user_id)).await?;
        advance(&self.context, caller.user_id, id, seq).await
    }

    /// Up to where each member has read.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who is no member now.
    pub async fn list(&self, caller: &Caller, id: ConversationId) -> Result<Vec<ReadMarker>, ServiceError> {
        let user = caller.user_id;
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    match tx.find_member(id, user).await? {
                        Some(member) if member.state == MemberState::Active => Ok(tx.list_reads(id).await?),
                        _ => Err(Refusal::NotFound.into()),
                    }
                })
            })
            .await
    }
}

/// Moves a marker and tells whom it concerns.
pub(crate) async fn advance(
    context: &Context,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> Result<MarkerView, ServiceError> {
    let now = context.now();
    context
        .write(move |tx| {
            Box::pin(async move {
                let intervals = tx.intervals(id, user).await?;
                let conversation = tx.find_conversation(id).await?.ok_or(Refusal::NotFound)?;
                if intervals.0.is_empty() {
                    return Err(Refusal::NotFound.into());
                }
                let seq = seq.min(intervals.last_visible(conversation.last_seq));
                let (read_seq, moved) = tx.advance_read(id, user, seq, now).await?;
                let row = tx.overview(user, Scope::These(&[id])).await?.pop().ok_or(Refusal::NotFound)?;
                let active = row.member.state == MemberState::Active;
                if moved {
                    tx.publish(LiveEvent::Read {
                        conversation_id: id,
                        user_id: user,
                        read_seq,
                        // Who left reads what they kept; that is no business of those who stayed.
                        to_members: active && conversation.member_count <= PUSHED_UP_TO_MEMBERS,
                    });
                }
                Ok(MarkerView {
                    conversation_id: id,
                    read_seq,
                    peer_read_seq: row.peer_read_seq,
                    unread: if active { row.unread } else { 0 },
                })
            })
        })
        .await
}
