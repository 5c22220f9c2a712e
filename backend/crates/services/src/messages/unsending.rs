//! Unsending a message, wherever it lies.

use std::sync::Arc;

use kith_domain::{
    ConversationId, Entry, EntryBody, EntryId, LiveEvent, MemberState, Refusal, Seq, UserId,
    entry::UNSEND_WINDOW_MILLIS,
    ports::{
        StoreError, Transaction,
        entries::{Archived, NewEntry},
    },
};

use crate::{Context, ServiceError};

/// Entries of one look for an unsend that has left the ledger.
const SPAN: Seq = 500;

/// How far an attempt came.
enum Attempt {
    /// It is unsent, now or earlier; and whether it had an object.
    Done(Entry, bool),
    /// It has left the ledger.
    Archived(Vec<Archived>),
    /// It is unsent, and so is its unsend gone from the ledger; up to where to look for that.
    Erased(Seq),
}

/// See [`crate::MessageService::unsend`].
pub(super) async fn unsend(
    context: &Arc<Context>,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> Result<Entry, ServiceError> {
    let archived = match attempt(context, user, id, seq, None).await? {
        Attempt::Archived(archived) => archived,
        Attempt::Done(unsend, had_media) => return finish(context, unsend, had_media).await,
        Attempt::Erased(head) => {
            let target =
                context.read(move |tx| Box::pin(async move { Ok(tx.find_entry(id, seq).await?) })).await?;
            return earlier_unsend(context, target.ok_or(Refusal::NotFound)?, head).await;
        }
    };
    let target = context.archived(archived).await?.pop().ok_or(Refusal::NotFound)?;
    match attempt(context, user, id, seq, Some(target.clone())).await? {
        Attempt::Done(unsend, had_media) => {
            context.erase_in_history(std::slice::from_ref(&unsend)).await;
            finish(context, unsend, had_media).await
        }
        Attempt::Erased(head) => earlier_unsend(context, target, head).await,
        Attempt::Archived(_) => Err(StoreError::corrupt("a message that was read is asked for again").into()),
    }
}

async fn finish(context: &Context, unsend: Entry, had_media: bool) -> Result<Entry, ServiceError> {
    if had_media {
        context.remove_discarded().await;
    }
    Ok(unsend)
}

/// Unsends the message at `seq`, which is `known` when it has left the ledger.
async fn attempt(
    context: &Arc<Context>,
    user: UserId,
    id: ConversationId,
    seq: Seq,
    known: Option<Entry>,
) -> Result<Attempt, ServiceError> {
    let inner = Arc::clone(context);
    context
        .write(move |tx| {
            Box::pin(async move {
                let conversation = tx.lock_conversation(id).await?.ok_or(Refusal::NotFound)?;
                if !tx.intervals(id, user).await?.contains(seq) {
                    return Err(Refusal::NotFound.into());
                }
                let mut found = tx.find_entries(id, &[seq]).await?;
                let in_ledger = !found.entries.is_empty();
                let entry = match (found.entries.pop(), known) {
                    (Some(entry), _) | (None, Some(entry)) => entry,
                    (None, None) if found.archived.is_empty() => return Err(Refusal::NotFound.into()),
                    (None, None) => return Ok(Attempt::Archived(found.archived)),
                };
                let EntryBody::Message { content, .. } = &entry.body else {
                    return Err(Refusal::NotFound.into());
                };
                if entry.sender_id != user {
                    return Err(Refusal::Forbidden("only its author can unsend a message").into());
                }
                // What was read of the history may be older than this.
                if (content.is_none() || !in_ledger)
                    && let Some(unsend) = tx.find_unsend(id, seq).await?
                {
                    return Ok(Attempt::Done(unsend, false));
                }
                let Some(content) = content else { return Ok(Attempt::Erased(conversation.archived_to)) };
                let member = tx.find_member(id, user).await?.ok_or(Refusal::NotFound)?;
                if member.state != MemberState::Active {
                    return Err(Refusal::NotMember.into());
                }
                if inner.now().millis_since(entry.server_time) > UNSEND_WINDOW_MILLIS {
                    return Err(Refusal::UnsendExpired.into());
                }
                let had_media = content.media().is_some();
                Ok(Attempt::Done(erase_message(tx, &inner, id, seq, user).await?, had_media))
            })
        })
        .await
}

/// The unsend of `target`, which has left the ledger as everything up to `head`. It came within the time for unsending,
/// and is not looked for beyond.
async fn earlier_unsend(context: &Context, target: Entry, head: Seq) -> Result<Entry, ServiceError> {
    let (conversation_id, mut low) = (target.conversation_id, target.seq + 1);
    while low <= head {
        let seqs = low..=head.min(low + SPAN - 1);
        low += SPAN;
        for entry in context.archived(vec![Archived { conversation_id, seqs, unsent: Vec::new() }]).await? {
            if matches!(entry.body, EntryBody::Unsend { target_seq } if target_seq == target.seq) {
                return Ok(entry);
            }
            if entry.server_time.millis_since(target.server_time) > 2 * UNSEND_WINDOW_MILLIS {
                return Err(Refusal::UnsendExpired.into());
            }
        }
    }
    Err(Refusal::UnsendExpired.into())
}

/// Erases a message of `sender` in a locked conversation: its content goes, an entry says so, and every follower of the
/// ledger learns of it.
pub(crate) async fn erase_message(
    tx: &mut dyn Transaction,
    context: &Context,
    id: ConversationId,
    seq: Seq,
    sender: UserId,
) -> Result<Entry, StoreError> {
    tx.erase_entry(id, seq).await?;
    let unsend = tx
        .append_entry(NewEntry {
            id: EntryId::new(context.next_id()),
            conversation_id: id,
            sender_id: sender,
            server_time: context.now(),
            body: EntryBody::Unsend { target_seq: seq },
        })
        .await?;
    tx.publish(LiveEvent::Entry(Arc::new(unsend.clone())));
    Ok(unsend)
}
