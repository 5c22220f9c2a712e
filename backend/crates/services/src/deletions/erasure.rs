//! The erasure of an account, in small transactions. Each finds by itself what is left to do, so that an erasure that
//! was cut off anywhere goes on when it is begun again.

use std::sync::Arc;

use kith_domain::{
    ConversationId, ConversationKind, Interval, LiveEvent, MemberState, Seq, ShareCode, UserId,
    event::{LogLine, SessionEnd},
    friendship::{Pair, RequestStatus},
    ports::{StoreError, Transaction, locks::Matter},
    text::Username,
};

use crate::{
    Context, ServiceError, friends::end_friendship, membership, messages::erase_message, notify::Notifier,
};

/// What a deleted account is called from then on.
const DELETED_NAME: &str = "Deleted account";
/// Friends, requests or messages of one transaction: others wait for it.
const BATCH: usize = 50;
/// How many seqs one look for messages spans.
const SPAN: Seq = 5_000;
/// Conversations of one look.
const CONVERSATIONS: u32 = 100;

/// Erases the account if its time has come.
pub(super) async fn erase(context: &Arc<Context>, user: UserId) -> Result<(), ServiceError> {
    if !begin(context, user).await? {
        return Ok(());
    }
    while end_friendships(context, user).await? {}
    while end_requests(context, user).await? {}
    let mut after = None;
    loop {
        let some = context
            .read(move |tx| {
                Box::pin(async move { Ok(tx.conversations_of(user, after, CONVERSATIONS).await?) })
            })
            .await?;
        let Some(last) = some.last() else { break };
        after = Some(*last);
        for conversation in some {
            leave(context, user, conversation).await?;
            erase_messages(context, user, conversation).await?;
        }
    }
    let now = context.now();
    context
        .write(move |tx| {
            Box::pin(async move {
                tx.erase_private(user).await?;
                Ok(tx.finish_deletion(user, now).await?)
            })
        })
        .await
}

/// Takes away who the person was and all that opens the account. From here on nobody can restore it.
pub(crate) async fn erase_identity(
    tx: &mut dyn Transaction,
    context: &Context,
    user: UserId,
) -> Result<(), StoreError> {
    let mut code = ShareCode::generate(&*context.random);
    while tx.find_account_by_code(&code).await?.is_some() {
        code = ShareCode::generate(&*context.random);
    }
    tx.erase_identity(user, &Username::from_store(DELETED_NAME.to_owned()), &code).await?;
    tx.publish(LiveEvent::SessionEnded { user_id: user, devices: None, end: SessionEnd::SignedOut });
    Ok(())
}

async fn begin(context: &Arc<Context>, user: UserId) -> Result<bool, ServiceError> {
    let inner = Arc::clone(context);
    context
        .write(move |tx| {
            Box::pin(async move {
                tx.lock_matters(&[Matter::Person(user)]).await?;
                let now = inner.now();
                let due = tx.find_account(user).await?.is_some_and(|account| !account.is_kept(now));
                if due {
                    erase_identity(tx, &inner, user).await?;
                }
                Ok(due)
            })
        })
        .await
}

/// Ends some friendships; whether there may be more.
async fn end_friendships(context: &Arc<Context>, user: UserId) -> Result<bool, ServiceError> {
    let inner = Arc::clone(context);
    context
        .write(move |tx| {
            Box::pin(async move {
                let friends = tx.friend_ids(user).await?;
                let people = friends.iter().take(BATCH).chain([&user]);
                tx.lock_matters(&people.copied().map(Matter::Person).collect::<Vec<_>>()).await?;
                let notifier = Notifier { presence: &*inner.presence, now: inner.now() };
                for friend in friends.iter().take(BATCH) {
                    let pair = Pair::new(user, *friend)
                        .ok_or_else(|| StoreError::corrupt("a friendship with oneself"))?;
                    end_friendship(tx, &notifier, pair, &[(*friend, user)]).await?;
                }
                Ok(friends.len() > BATCH)
            })
        })
        .await
}

/// Takes some requests back, those to the person too; whether there may be more.
async fn end_requests(context: &Arc<Context>, user: UserId) -> Result<bool, ServiceError> {
    let inner = Arc::clone(context);
    context
        .write(move |tx| {
            Box::pin(async move {
                let open = tx.open_friend_requests(user, BATCH as u32).await?;
                let notifier = Notifier { presence: &*inner.presence, now: inner.now() };
                for id in &open {
                    let Some(mut request) = tx.find_friend_request(*id).await? else { continue };
                    if request.sender_status == RequestStatus::Pending {
                        request.sender_status = RequestStatus::Cancelled;
                    }
                    if request.receiver_status == Some(RequestStatus::Pending) {
                        request.receiver_status = Some(RequestStatus::Cancelled);
                    }
                    tx.put_friend_request(&request).await?;
                    let other = if request.from == user { request.to } else { request.from };
                    notifier.line(tx, other, LogLine::FriendRequest(*id)).await?;
                }
                Ok(open.len() == BATCH)
            })
        })
        .await
}

/// Leaves a group, with the succession that leaving has.
async fn leave(context: &Arc<Context>, user: UserId, id: ConversationId) -> Result<(), ServiceError> {
    let inner = Arc::clone(context);
    context
        .write(move |tx| {
            Box::pin(async move {
                let Some(mut conversation) = tx.lock_conversation(id).await? else { return Ok(()) };
                let member = tx.find_member(id, user).await?.filter(|m| m.state == MemberState::Active);
                match member {
                    Some(member) if conversation.kind == ConversationKind::Group => {
                        membership::end(tx, &inner, &mut conversation, member, user, inner.now()).await
                    }
                    _ => Ok(()),
                }
            })
        })
        .await
}

/// Erases the person's messages of one conversation, as unsending each would.
async fn erase_messages(
    context: &Arc<Context>,
    user: UserId,
    id: ConversationId,
) -> Result<(), ServiceError> {
    let (intervals, head) = context
        .read(move |tx| {
            Box::pin(async move {
                let head = tx.find_conversation(id).await?.map_or(0, |conversation| conversation.last_seq);
                Ok((tx.intervals(id, user).await?, head))
            })
        })
        .await?;
    for Interval { from, to } in intervals.0 {
        let end = to.unwrap_or(head).min(head);
        let mut low = from;
        while low <= end {
            let span = Interval { from: low, to: Some(end.min(low + SPAN - 1)) };
            let messages = context.own_messages(id, user, span).await?;
            for some in messages.chunks(BATCH) {
                let seqs: Vec<Seq> = some.iter().map(|message| message.seq).collect();
                let inner = Arc::clone(context);
                let unsends = context
                    .write(move |tx| {
                        Box::pin(async move {
                            let archived_to = tx
                                .lock_conversation(id)
                                .await?
                                .map_or(0, |conversation| conversation.archived_to);
                            let mut gone = Vec::new();
                            for seq in seqs {
                                let unsend = erase_message(tx, &inner, id, seq, user).await?;
                                if seq <= archived_to {
                                    gone.push(unsend);
                                }
                            }
                            Ok(gone)
                        })
                    })
                    .await?;
                context.erase_in_history(&unsends).await;
            }
            low += SPAN;
        }
    }
    Ok(())
}
