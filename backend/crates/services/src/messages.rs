//! Messages and timelines.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kith_domain::{
    Caller, ClientMsgId, ClientTime, ConversationId, Entry, EntryBody, EntryId, LiveEvent, MemberState,
    NewContent, Refusal, Seq, UserId,
    conversation::may_send,
    entry::UNSEND_WINDOW_MILLIS,
    ports::{
        Limit, SendMessage, SentMessage, StoreError, Transaction,
        entries::{NewEntry, Range},
    },
    view::{EntriesPage, UserBrief},
};

use crate::{Context, ServiceError, people, reads::advance};

/// A message to send.
#[derive(Debug, Clone)]
pub struct SendCommand {
    /// Where to.
    pub conversation_id: ConversationId,
    /// The sender's own name for it.
    pub client_msg_id: ClientMsgId,
    /// The sender's local time.
    pub client_time: ClientTime,
    /// What it says.
    pub content: NewContent,
    /// Up to where the sender has read.
    pub viewed_seq: Option<Seq>,
}

/// Which part of a timeline is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntriesQuery {
    /// The newest ones below a seq (`Seq::MAX`: the newest of all).
    Before(Seq),
    /// The oldest ones above a seq.
    After(Seq),
    /// Some on both sides of a seq, itself included.
    Around(Seq),
}

/// Messages and timelines.
#[derive(Clone)]
pub struct MessageService {
    context: Arc<Context>,
}

impl MessageService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Stores a message; a retry answers what is stored. See [`kith_domain::ports::Store::send`] for the order of checks.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`], [`Refusal::IdReused`], [`Refusal::NotFound`], [`Refusal::NotMember`],
    /// [`Refusal::NotFriends`], [`Refusal::BlockedByYou`], [`Refusal::Validation`] of `content.reply_to`,
    /// `content.media.id` or `content.type`.
    pub async fn send(&self, caller: &Caller, command: SendCommand) -> Result<SentMessage, ServiceError> {
        let (user, conversation) = (caller.user_id, command.conversation_id);
        self.context.limits.take(Limit::ConversationMessages(user, conversation)).await?;
        self.context.limits.take(Limit::Messages(user)).await?;
        let now = self.context.now();
        let message = SendMessage {
            id: EntryId::new(self.context.ids.next(now)),
            conversation_id: conversation,
            sender_id: user,
            client_msg_id: command.client_msg_id,
            client_time: command.client_time,
            content_hash: command.content.hash(),
            content: command.content,
            server_time: now,
        };
        // Side by side, so that both land in one commit. The marker is best effort: the message is what was asked for.
        let (sent, marked) = futures_util::future::join(self.context.store.send(message), async {
            match command.viewed_seq {
                Some(seq) => {
                    // Boxed, so that a message without one does not carry room for it.
                    Box::pin(advance(&self.context, user, conversation, seq)).await.map(|_| ())
                }
                None => Ok(()),
            }
        })
        .await;
        if let Err(error) = marked {
            tracing::debug!(%error, "the read marker of a send did not move");
        }
        Ok(sent?)
    }

    /// Erases one of the caller's messages within an hour; again answers the same.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`] for somebody else's, [`Refusal::UnsendExpired`].
    pub async fn unsend(&self, caller: &Caller, id: ConversationId, seq: Seq) -> Result<Entry, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        let (unsend, had_media) = self
            .context
            .write(move |tx| {
                Box::pin(async move {
                    tx.lock_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    let entry = visible_entry(tx, id, user, seq).await?;
                    let EntryBody::Message { content, .. } = &entry.body else {
                        return Err(Refusal::NotFound.into());
                    };
                    if entry.sender_id != user {
                        return Err(Refusal::Forbidden("only its author can unsend a message").into());
                    }
                    if content.is_none()
                        && let Some(unsend) = tx.find_unsend(id, seq).await?
                    {
                        return Ok((unsend, false));
                    }
                    let member = tx.find_member(id, user).await?.ok_or(Refusal::NotFound)?;
                    if member.state != MemberState::Active {
                        return Err(Refusal::NotMember.into());
                    }
                    if context.now().millis_since(entry.server_time) > UNSEND_WINDOW_MILLIS {
                        return Err(Refusal::UnsendExpired.into());
                    }
                    let had_media = content.as_ref().is_some_and(|content| content.media().is_some());
                    Ok((erase_message(tx, &context, id, seq, user).await?, had_media))
                })
            })
            .await?;
        if had_media {
            self.context.remove_discarded().await;
        }
        Ok(unsend)
    }

    /// A page of a timeline; what lies outside the caller's memberships is left out as if it were not there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who was never in it.
    pub async fn entries(
        &self,
        caller: &Caller,
        id: ConversationId,
        query: EntriesQuery,
        limit: u32,
    ) -> Result<EntriesPage, ServiceError> {
        let user = caller.user_id;
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    if tx.intervals(id, user).await?.0.is_empty() {
                        return Err(Refusal::NotFound.into());
                    }
                    let (items, next) = read_range(tx, id, user, query, limit).await?;
                    let quoted = quoted_entries(tx, user, &items).await?;
                    let users = named_users(tx, items.iter().chain(&quoted)).await?;
                    Ok(EntriesPage { items, next, users, quoted })
                })
            })
            .await
    }

    /// Tells the other members that the caller is typing.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`] above one per 3 s, else as [`may_send`].
    pub async fn typing(&self, caller: &Caller, id: ConversationId) -> Result<(), ServiceError> {
        let user = caller.user_id;
        self.context.limits.take(Limit::Typing(user, id)).await?;
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let conversation = tx.find_conversation(id).await?.ok_or(Refusal::NotFound)?;
                    let member = tx.find_member(id, user).await?;
                    Ok(may_send(&conversation, member.map(|member| member.state), user)?)
                })
            })
            .await?;
        let event = LiveEvent::Typing { conversation_id: id, user_id: user };
        // A closed bus means the node is going down; typing is not worth an error then.
        let _ = self.context.bus.publish(vec![event]).await;
        Ok(())
    }
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

async fn read_range(
    tx: &mut dyn Transaction,
    id: ConversationId,
    user: UserId,
    query: EntriesQuery,
    limit: u32,
) -> Result<(Vec<Entry>, Option<Seq>), StoreError> {
    match query {
        EntriesQuery::Before(seq) => {
            let mut items = tx.list_entries(id, user, Range::Before(seq), limit + 1).await?;
            let more = items.len() > limit as usize;
            if more {
                items.remove(0);
            }
            let next = items.first().filter(|_| more).map(|entry| entry.seq);
            Ok((items, next))
        }
        EntriesQuery::After(seq) => {
            let mut items = tx.list_entries(id, user, Range::After(seq), limit + 1).await?;
            let more = items.len() > limit as usize;
            items.truncate(limit as usize);
            let next = items.last().filter(|_| more).map(|entry| entry.seq);
            Ok((items, next))
        }
        EntriesQuery::Around(seq) => {
            let newer = limit / 2;
            let mut items =
                tx.list_entries(id, user, Range::Before(seq.saturating_add(1)), limit - newer).await?;
            if newer > 0 {
                items.extend(tx.list_entries(id, user, Range::After(seq), newer).await?);
            }
            Ok((items, None))
        }
    }
}

/// The entry at `seq`, if `user` may see it.
async fn visible_entry(
    tx: &mut dyn Transaction,
    id: ConversationId,
    user: UserId,
    seq: Seq,
) -> Result<Entry, ServiceError> {
    if !tx.intervals(id, user).await?.contains(seq) {
        return Err(Refusal::NotFound.into());
    }
    tx.find_entry(id, seq).await?.ok_or_else(|| Refusal::NotFound.into())
}

/// The targets of replies that are not among `entries` themselves, as far as `viewer` may see them. One statement
/// per conversation that has any.
pub(crate) async fn quoted_entries(
    tx: &mut dyn Transaction,
    viewer: UserId,
    entries: &[Entry],
) -> Result<Vec<Entry>, StoreError> {
    let present: HashSet<(ConversationId, Seq)> =
        entries.iter().map(|e| (e.conversation_id, e.seq)).collect();
    let wanted: BTreeSet<(ConversationId, Seq)> = entries
        .iter()
        .filter_map(|entry| match &entry.body {
            EntryBody::Message { content: Some(content), .. } => {
                Some((entry.conversation_id, content.reply_to()?))
            }
            _ => None,
        })
        .filter(|target| !present.contains(target))
        .collect();
    let mut quoted = Vec::new();
    let mut rest = wanted.into_iter().peekable();
    while let Some((conversation, seq)) = rest.next() {
        let mut seqs = vec![seq];
        while let Some((_, seq)) = rest.next_if(|(next, _)| *next == conversation) {
            seqs.push(seq);
        }
        let intervals = tx.intervals(conversation, viewer).await?;
        seqs.retain(|seq| intervals.contains(*seq));
        if !seqs.is_empty() {
            quoted.extend(tx.find_entries(conversation, &seqs).await?);
        }
    }
    Ok(quoted)
}

/// Everybody who sent one of `entries` or is named in a notice.
pub(crate) async fn named_users(
    tx: &mut dyn Transaction,
    entries: impl Iterator<Item = &Entry> + Send,
) -> Result<Vec<UserBrief>, StoreError> {
    let mut ids = BTreeSet::new();
    for entry in entries {
        ids.insert(entry.sender_id);
        if let EntryBody::Notice(notice) = &entry.body {
            ids.extend(notice.user_id);
        }
    }
    let ids: Vec<UserId> = ids.into_iter().collect();
    Ok(tx.find_accounts(&ids).await?.iter().map(people::brief).collect())
}
