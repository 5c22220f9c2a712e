//! Messages and timelines.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use kith_domain::{
    Caller, ClientMsgId, ClientTime, ConversationId, Entry, EntryBody, EntryId, LiveEvent, NewContent,
    Refusal, Seq, UserId,
    conversation::may_send,
    ports::{
        HistoryError, Limit, SendMessage, SentMessage, StoreError, Transaction,
        entries::{Found, Range},
    },
    view::{EntriesPage, UserBrief},
};

use crate::{Context, ServiceError, people, reads::advance};

mod unsending;

pub(crate) use unsending::erase_message;

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
    /// [`Refusal::NotFound`], [`Refusal::NotMember`], [`Refusal::Forbidden`] for somebody else's, [`Refusal::UnsendExpired`];
    /// [`ServiceError::History`] for a message that has left the ledger.
    pub async fn unsend(&self, caller: &Caller, id: ConversationId, seq: Seq) -> Result<Entry, ServiceError> {
        unsending::unsend(&self.context, caller.user_id, id, seq).await
    }

    /// A page of a timeline; what lies outside the caller's memberships is left out as if it were not there.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who was never in it, [`ServiceError::History`] for a page that reaches below the ledger.
    pub async fn entries(
        &self,
        caller: &Caller,
        id: ConversationId,
        query: EntriesQuery,
        limit: u32,
    ) -> Result<EntriesPage, ServiceError> {
        let user = caller.user_id;
        let (found, drawn) = self
            .context
            .read(move |tx| {
                Box::pin(async move {
                    if tx.intervals(id, user).await?.0.is_empty() {
                        return Err(Refusal::NotFound.into());
                    }
                    let found = find_range(tx, id, user, query, limit).await?;
                    if !found.archived.is_empty() {
                        return Ok((found, None));
                    }
                    let (items, next) = cut(found.entries, query, limit);
                    let beside = Beside::read(tx, user, &items, &[]).await?;
                    Ok((Found::default(), Some((items, next, beside))))
                })
            })
            .await?;
        let (items, next, beside) = match drawn {
            Some(drawn) => drawn,
            None => {
                let (items, next) = cut(self.context.whole(found).await?, query, limit);
                self.context
                    .read(move |tx| {
                        Box::pin(async move {
                            let beside = Beside::read(tx, user, &items, &[]).await?;
                            Ok((items, next, beside))
                        })
                    })
                    .await?
            }
        };
        let (users, quoted) = beside.whole(&self.context).await?;
        Ok(EntriesPage { items, next, users, quoted })
    }

    /// Whether messages that have left the ledger can be read right now, where they do leave it; what `/readyz` tells.
    pub fn check_history(&self) -> Option<impl Future<Output = Result<(), HistoryError>> + Send + use<>> {
        let history = self.context.history.clone()?;
        Some(async move { history.check().await })
    }

    /// Tells the other members that the caller is typing.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`] above one per 3 s, and above what one person may call, whatever conversations they name;
    /// else as [`may_send`].
    pub async fn typing(&self, caller: &Caller, id: ConversationId) -> Result<(), ServiceError> {
        let user = caller.user_id;
        self.context.limits.take(Limit::Call(user)).await?;
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

/// What a page holds, and one entry more where there may be one.
async fn find_range(
    tx: &mut dyn Transaction,
    id: ConversationId,
    user: UserId,
    query: EntriesQuery,
    limit: u32,
) -> Result<Found, StoreError> {
    match query {
        EntriesQuery::Before(seq) => tx.list_entries(id, user, Range::Before(seq), limit + 1).await,
        EntriesQuery::After(seq) => tx.list_entries(id, user, Range::After(seq), limit + 1).await,
        EntriesQuery::Around(seq) => {
            let newer = limit / 2;
            let below = Range::Before(seq.saturating_add(1));
            let mut found = tx.list_entries(id, user, below, limit - newer).await?;
            if newer > 0 {
                let above = tx.list_entries(id, user, Range::After(seq), newer).await?;
                found.entries.extend(above.entries);
                found.archived.extend(above.archived);
            }
            Ok(found)
        }
    }
}

/// The page, and where the next one begins.
fn cut(mut items: Vec<Entry>, query: EntriesQuery, limit: u32) -> (Vec<Entry>, Option<Seq>) {
    let more = items.len() > limit as usize;
    match query {
        EntriesQuery::Before(_) => {
            if more {
                items.remove(0);
            }
            let next = items.first().filter(|_| more).map(|entry| entry.seq);
            (items, next)
        }
        EntriesQuery::After(_) => {
            items.truncate(limit as usize);
            let next = items.last().filter(|_| more).map(|entry| entry.seq);
            (items, next)
        }
        EntriesQuery::Around(_) => (items, None),
    }
}

/// What is shown beside entries: the targets of their replies, and who is who.
pub(crate) struct Beside {
    users: Vec<UserBrief>,
    quoted: Found,
}

impl Beside {
    /// Reads what is shown beside `entries`, and who sent the `others`.
    pub(crate) async fn read(
        tx: &mut dyn Transaction,
        viewer: UserId,
        entries: &[Entry],
        others: &[&Entry],
    ) -> Result<Self, StoreError> {
        let quoted = quoted_entries(tx, viewer, entries).await?;
        let users =
            named_users(tx, entries.iter().chain(&quoted.entries).chain(others.iter().copied())).await?;
        Ok(Self { users, quoted })
    }

    /// All of it. Quotes from the history are left out when it does not answer: who follows one is told then.
    pub(crate) async fn whole(self, context: &Context) -> Result<(Vec<UserBrief>, Vec<Entry>), ServiceError> {
        let Self { mut users, quoted: Found { entries: mut quoted, archived } } = self;
        let old = context.archived_if_there(archived).await;
        if !old.is_empty() {
            let known: HashSet<UserId> = users.iter().map(|user| user.id).collect();
            let (named, old) = context
                .read(move |tx| Box::pin(async move { Ok((named_users(tx, old.iter()).await?, old)) }))
                .await?;
            users.extend(named.into_iter().filter(|user| !known.contains(&user.id)));
            quoted.extend(old);
            quoted.sort_unstable_by_key(|entry| (entry.conversation_id, entry.seq));
        }
        Ok((users, quoted))
    }
}

/// The targets of replies that are not among `entries` themselves, as far as `viewer` may see them. One statement
/// per conversation that has any.
async fn quoted_entries(
    tx: &mut dyn Transaction,
    viewer: UserId,
    entries: &[Entry],
) -> Result<Found, StoreError> {
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
    let mut quoted = Found::default();
    let mut rest = wanted.into_iter().peekable();
    while let Some((conversation, seq)) = rest.next() {
        let mut seqs = vec![seq];
        while let Some((_, seq)) = rest.next_if(|(next, _)| *next == conversation) {
            seqs.push(seq);
        }
        let intervals = tx.intervals(conversation, viewer).await?;
        seqs.retain(|seq| intervals.contains(*seq));
        if !seqs.is_empty() {
            let found = tx.find_entries(conversation, &seqs).await?;
            quoted.entries.extend(found.entries);
            quoted.archived.extend(found.archived);
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
