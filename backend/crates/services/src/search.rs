//! Searching messages.
//!
//! The index offers candidates; the ledger decides. Each is read as it stands, so that what was unsent or lies outside the
//! caller's memberships is gone at once, however far the index has got.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kith_domain::{
    Caller, ConversationId, ConversationKind, Entry, EntryBody, FieldError, Intervals, Refusal, Seq,
    Timestamp, UserId,
    ports::{
        Limit, SearchError, StoreError, Transaction,
        conversations::SearchScope,
        entries::Found,
        outbox,
        search::{LeftOut, SearchCandidate, SearchPlace, SearchQuery},
    },
    search::{SearchOrder, SearchTerms},
    snowflake,
    view::{FoundMessage, SearchPage},
};

use crate::{Context, ServiceError, messages::named_users};

/// So many candidates at most are looked at for one page: a page that is not full then says where to go on.
const MAX_CANDIDATES: usize = 1_000;
/// Candidates are read in batches of at least so many.
const MIN_BATCH: usize = 64;
/// An index that is further behind says so. It is a second behind in health.
const LATE_MILLIS: i64 = 10_000;

/// What is searched for.
#[derive(Debug, Clone)]
pub struct MessageSearch {
    /// The terms.
    pub terms: SearchTerms,
    /// Only in this conversation.
    pub conversation_id: Option<ConversationId>,
    /// Only messages of this person.
    pub sender_id: Option<UserId>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: SearchOrder,
    /// Only what follows this place.
    pub after: Option<SearchPlace>,
    /// The size of the page.
    pub limit: u32,
}

/// Searching messages.
#[derive(Clone)]
pub struct SearchService {
    context: Arc<Context>,
}

/// What the caller may search, read before the index is asked.
struct Reach {
    conversations: HashMap<ConversationId, Intervals>,
    not_searched: Vec<ConversationId>,
    left_out: LeftOut,
}

impl SearchService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Messages that contain all terms and that the caller may see at this moment: in the conversations of their list, or
    /// in the one named. In groups, what people say whom the caller blocks is left out, as it is folded there.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`], [`Refusal::Validation`] of `to` when it lies before `from`, [`Refusal::NotFound`] for a
    /// conversation the caller was never in, [`ServiceError::Search`] while there is no index,
    /// [`ServiceError::History`] when what may be a hit has left the ledger and cannot be read.
    pub async fn messages(&self, caller: &Caller, search: MessageSearch) -> Result<SearchPage, ServiceError> {
        let user = caller.user_id;
        self.context.limits.take(Limit::Search(user)).await?;
        if let (Some(from), Some(to)) = (search.from, search.to)
            && to < from
        {
            return Err(FieldError::new("to", "before_from", "not before `from`").into());
        }
        let Reach { conversations, not_searched, left_out } =
            self.reach(user, search.conversation_id).await?;
        let as_of = self.as_of().await?;
        let mut query = SearchQuery {
            terms: search.terms,
            conversations,
            sender_id: search.sender_id,
            left_out,
            from: search.from,
            to: search.to,
            order: search.order,
            after: search.after,
            limit: 0,
        };
        let limit = search.limit as usize;
        let (mut found, mut examined, mut more) = (Vec::new(), 0, true);
        while more && found.len() <= limit && examined < MAX_CANDIDATES {
            query.limit = (limit + 1 - found.len()).max(MIN_BATCH);
            let candidates = self.context.search.search(query.clone()).await?;
            more = candidates.len() == query.limit;
            examined += candidates.len();
            query.after = candidates.last().map(|last| last.place).or(query.after);
            found.extend(self.standing(user, &query.terms, candidates).await?);
        }
        let next = if found.len() > limit {
            found.truncate(limit);
            found.last().map(|(place, _)| *place)
        } else {
            query.after.filter(|_| more)
        };
        let items: Vec<FoundMessage> = found.into_iter().map(|(_, message)| message).collect();
        let senders: Vec<Entry> = items.iter().map(|message| message.entry.clone()).collect();
        let users = self
            .context
            .read(move |tx| Box::pin(async move { Ok(named_users(tx, senders.iter()).await?) }))
            .await?;
        Ok(SearchPage { items, next, users, not_searched, as_of })
    }

    /// Whether messages can be searched right now; what `/readyz` tells.
    ///
    /// # Errors
    /// [`SearchError`] when they cannot.
    pub async fn check(&self) -> Result<(), SearchError> {
        self.context.search.mark().await.map(drop)
    }

    async fn reach(&self, user: UserId, only: Option<ConversationId>) -> Result<Reach, ServiceError> {
        self.context
            .read(move |tx| {
                Box::pin(async move {
                    let scopes = tx.search_scopes(user, only).await?;
                    if only.is_some() && scopes.is_empty() {
                        return Err(Refusal::NotFound.into());
                    }
                    let senders: HashSet<UserId> = tx.blocked_ids(user).await?.into_iter().collect();
                    Ok(Reach::of(scopes, senders))
                })
            })
            .await
    }

    /// Up to when everything is in the index; `None` while it follows the ledger closely.
    async fn as_of(&self) -> Result<Option<Timestamp>, ServiceError> {
        let Some(mark) = self.context.search.mark().await? else {
            return Ok(Some(snowflake::time_of(0)));
        };
        let now = self.context.now();
        let waiting = self
            .context
            .read(move |tx| {
                Box::pin(async move {
                    let position = match mark.outbox_pos {
                        Some(position) => position,
                        None => tx.consumer_position(outbox::LOG).await?,
                    };
                    let rows = tx.list_outbox(position, 1).await?;
                    let Some(row) = rows.first() else { return Ok(None) };
                    Ok(tx.find_entry(row.conversation_id, row.seq).await?.map(|entry| entry.server_time))
                })
            })
            .await?;
        let late = waiting.filter(|time| now.millis_since(*time) > LATE_MILLIS);
        let rebuilt = mark.rebuilt_to.map(|id| snowflake::time_of(id.get()));
        Ok([late, rebuilt].into_iter().flatten().min())
    }

    /// Those of `candidates` that are hits as the ledger and the history stand, in their order.
    async fn standing(
        &self,
        user: UserId,
        terms: &SearchTerms,
        candidates: Vec<SearchCandidate>,
    ) -> Result<Vec<(SearchPlace, FoundMessage)>, ServiceError> {
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<(ConversationId, Seq)> =
            candidates.iter().map(|candidate| (candidate.conversation_id, candidate.seq)).collect();
        let found = self
            .context
            .read(move |tx| Box::pin(async move { Ok(visible_entries(tx, user, &places).await?) }))
            .await?;
        let entries = self.context.whole(found).await?.into_iter();
        let mut entries: HashMap<(ConversationId, Seq), Entry> =
            entries.map(|entry| ((entry.conversation_id, entry.seq), entry)).collect();
        let hits = candidates.into_iter().filter_map(|candidate| {
            let entry = entries.remove(&(candidate.conversation_id, candidate.seq))?;
            let EntryBody::Message { content: Some(content), .. } = &entry.body else { return None };
            let snippet = terms.snippet(&content.search_text())?;
            Some((candidate.place, FoundMessage { entry, snippet }))
        });
        Ok(hits.collect())
    }
}

impl Reach {
    fn of(scopes: Vec<SearchScope>, senders: HashSet<UserId>) -> Self {
        let mut reach = Self {
            conversations: HashMap::with_capacity(scopes.len()),
            not_searched: Vec::new(),
            left_out: LeftOut { senders, conversations: HashSet::new() },
        };
        for scope in scopes {
            if scope.encrypted {
                reach.not_searched.push(scope.conversation_id);
                continue;
            }
            if scope.kind == ConversationKind::Group && !reach.left_out.senders.is_empty() {
                reach.left_out.conversations.insert(scope.conversation_id);
            }
            reach.conversations.insert(scope.conversation_id, scope.intervals);
        }
        reach
    }
}

/// The entries at `places` that lie in one of the person's intervals, by a fixed number of statements on one snapshot.
async fn visible_entries(
    tx: &mut dyn Transaction,
    user: UserId,
    places: &[(ConversationId, Seq)],
) -> Result<Found, StoreError> {
    let conversations: HashSet<ConversationId> = places.iter().map(|(id, _)| *id).collect();
    let conversations: Vec<ConversationId> = conversations.into_iter().collect();
    let mut intervals: HashMap<ConversationId, Intervals> = HashMap::new();
    for (id, interval) in tx.intervals_of(user, &conversations).await? {
        intervals.entry(id).or_default().0.push(interval);
    }
    let visible = |(id, seq): &(ConversationId, Seq)| {
        intervals.get(id).is_some_and(|intervals| intervals.contains(*seq))
    };
    let places: Vec<(ConversationId, Seq)> = places.iter().copied().filter(visible).collect();
    let entries = tx.find_entries_at(&places).await?;
    let mut empty: HashSet<(ConversationId, Seq)> = places.into_iter().collect();
    for entry in &entries {
        empty.remove(&(entry.conversation_id, entry.seq));
    }
    let empty: Vec<_> = empty.into_iter().map(|(id, seq)| (id, seq..=seq)).collect();
    Ok(Found { entries, archived: tx.list_archived(&empty).await? })
}
