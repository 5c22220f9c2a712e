//! Puts a group of messages into one transaction, in a fixed number of statements whatever its size: the locks, all that
//! the rules ask, everything that is new. What the rules ask is read after the locks, by statements of their own, because a
//! statement sees what was committed before it began.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry as Slot},
    sync::Arc,
};

use kith_domain::{
    ClientMsgId, Content, ContentHash, ConversationId, DirectGate, Entry, EntryBody, FieldError, Interval,
    Intervals, MediaId, MediaRef, MemberState, NewContent, Refusal, Seq, Timestamp, UserId,
    conversation::may_send_through,
    event::LiveEvent,
    ports::{SendMessage, SentMessage, StoreError},
};
use sqlx::{Executor, PgConnection, postgres::PgRow};

use crate::{
    committer::Draft,
    entry_row::{entry_columns, read_entry},
    errors::unavailable,
    media_row::{media_columns, read_reference},
    outbox,
    removed::Removed,
    rows::{Columns, Row, column},
};

/// Every node locks in this order, so that no two wait for each other.
const LOCK: &str = "SELECT conversation_id, last_seq, last_activity FROM heads WHERE conversation_id = ANY($1) \
     ORDER BY conversation_id FOR NO KEY UPDATE";
/// Leaves out what others hold.
const LOCK_FREE: &str = "SELECT conversation_id, last_seq, last_activity FROM heads WHERE conversation_id = ANY($1) \
     ORDER BY conversation_id FOR NO KEY UPDATE SKIP LOCKED";
/// For each message: an earlier try of it in the ledger or one that has left it, its conversation's gate, and where its sender stands.
const STANDING: &str = concat!(
    "SELECT ",
    entry_columns!(),
    ", e.content_hash, c.id, c.direct_low, c.direct_high, c.direct_friends, c.direct_low_blocks, \
     c.direct_high_blocks, m.state, s.seq, s.id, s.server_time, s.client_time, s.content_hash, s.unsent FROM UNNEST($1, $2, $3) WITH ORDINALITY \
     AS k (conversation_id, sender_id, client_msg_id, n) \
     LEFT JOIN conversations c ON c.id = k.conversation_id \
     LEFT JOIN members m ON m.conversation_id = k.conversation_id AND m.user_id = k.sender_id \
     LEFT JOIN entries e ON e.client_msg_id = k.client_msg_id AND e.sender_id = k.sender_id \
     AND e.conversation_id = k.conversation_id \
     LEFT JOIN sent_messages s ON c.archived_to > 0 AND s.client_msg_id = k.client_msg_id \
     AND s.sender_id = k.sender_id AND s.conversation_id = k.conversation_id ORDER BY k.n"
);
const INTERVALS: &str = "SELECT i.conversation_id, i.user_id, i.from_seq, i.to_seq FROM UNNEST($1, $2) \
     AS k (conversation_id, user_id) JOIN member_intervals i ON i.user_id = k.user_id \
     AND i.conversation_id = k.conversation_id ORDER BY i.from_seq";
/// Locked, because whoever removes what no message refers to looks at these rows.
const MEDIA: &str = concat!(
    "SELECT ",
    media_columns!(),
    " FROM media m WHERE m.id = ANY($1) AND m.complete ORDER BY m.id FOR NO KEY UPDATE"
);
/// Entries, their outbox rows in the order of the messages, and the heads they have moved.
const STORE: &str = "WITH stored AS (INSERT INTO entries (id, conversation_id, seq, sender_id, server_time, kind, unsent, \
     client_msg_id, client_time, content_hash, body) SELECT k.id, k.conversation_id, k.seq, k.sender_id, \
     k.server_time, 0, FALSE, k.client_msg_id, k.client_time, k.content_hash, k.body \
     FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     AS k (id, conversation_id, seq, sender_id, server_time, client_msg_id, client_time, content_hash, body)), \
     followed AS (INSERT INTO outbox (split, conversation_id, seq, node) SELECT k.split, k.conversation_id, k.seq, $11 \
     FROM UNNEST($10, $2, $3) WITH ORDINALITY AS k (split, conversation_id, seq, n) ORDER BY k.n) \
     UPDATE heads SET last_seq = k.last_seq, last_activity = k.last_activity FROM UNNEST($12, $13, $14) \
     AS k (conversation_id, last_seq, last_activity) WHERE heads.conversation_id = k.conversation_id";
const REFER: &str = "INSERT INTO media_refs (conversation_id, seq, media_id, kind) \
     SELECT k.conversation_id, k.seq, k.media_id, k.kind FROM UNNEST($1, $2, $3, $4) \
     AS k (conversation_id, seq, media_id, kind)";
const KEEP: &str =
    "UPDATE media SET unreferenced_since = NULL WHERE id = ANY($1) AND unreferenced_since IS NOT NULL";

/// What to do about conversations that somebody else holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locking {
    /// Wait for them.
    Wait,
    /// Place the other messages; theirs are answered as [`StoreError::Unavailable`].
    Skip,
}

/// What became of a group.
#[derive(Default)]
pub(super) struct Placed {
    /// One for each message, in the same order.
    pub(super) results: Vec<Result<SentMessage, Declined>>,
    /// What is to be published after the commit.
    pub(super) events: Vec<LiveEvent>,
    /// The conversations that have something new.
    pub(super) moved: Vec<ConversationId>,
}

/// Why a message was not placed.
pub(super) type Declined = kith_domain::ports::SendError;

/// Why a group could not be placed.
pub(super) enum PlaceError {
    /// A statement failed.
    Database(sqlx::Error),
    /// A row makes no sense.
    Row(StoreError),
}

impl From<sqlx::Error> for PlaceError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for PlaceError {
    fn from(error: StoreError) -> Self {
        Self::Row(error)
    }
}

/// How far a locked conversation is.
struct Head {
    last_seq: Seq,
    last_activity: Timestamp,
    moved: bool,
}

/// What the rules ask about one message.
struct Standing {
    earlier: Option<(ContentHash, Arc<Entry>)>,
    /// An earlier try that has left the ledger.
    removed: Option<Removed>,
    exists: bool,
    gate: Option<DirectGate>,
    state: Option<MemberState>,
}

/// The name of a message.
type Name = (ClientMsgId, UserId, ConversationId);

fn name(message: &SendMessage) -> Name {
    (message.client_msg_id, message.sender_id, message.conversation_id)
}

/// Begins a transaction and places the messages in order. A refused message leaves nothing behind. The transaction is left
/// open, after a failure as well.
pub(super) async fn place(
    connection: &mut PgConnection,
    drafts: &[Draft],
    node: u16,
    locking: Locking,
) -> Result<Placed, PlaceError> {
    connection.execute("BEGIN").await?;
    let mut heads = lock(connection, drafts, locking).await?;
    let standings = standings(connection, drafts).await?;
    let rules =
        Rules { visible: visible(connection, drafts).await?, media: media(connection, drafts).await? };
    let mut placed = Placed::default();
    let mut fresh: Vec<(&Draft, Arc<Entry>)> = Vec::new();
    let mut names: HashMap<Name, (ContentHash, Arc<Entry>)> = HashMap::new();
    for (draft, standing) in drafts.iter().zip(standings) {
        let message = &draft.message;
        let slot = names.entry(name(message));
        let earlier = match (&slot, standing.earlier.as_ref()) {
            (Slot::Occupied(earlier), _) => Some(earlier.get()),
            (Slot::Vacant(_), earlier) => earlier,
        };
        if let Some((hash, entry)) = earlier {
            let same = *hash == message.content_hash;
            let stored = SentMessage { entry: Arc::clone(entry), new: false };
            placed.results.push(if same { Ok(stored) } else { Err(Refusal::IdReused.into()) });
            continue;
        }
        if let Some(removed) = &standing.removed {
            let content = rules.content(message).unwrap_or(None);
            placed.results.push(removed.answer(message, content).map_err(Declined::from));
            continue;
        }
        let Some(head) = heads.get_mut(&message.conversation_id) else {
            let declined = if standing.exists {
                unavailable("the conversation is busy").into()
            } else {
                Refusal::NotFound.into()
            };
            placed.results.push(Err(declined));
            continue;
        };
        let content = match rules.admit(message, &standing, head.last_seq) {
            Ok(content) => content,
            Err(refusal) => {
                placed.results.push(Err(refusal.into()));
                continue;
            }
        };
        head.last_seq += 1;
        head.last_activity = head.last_activity.max(message.server_time);
        head.moved = true;
        let entry = Arc::new(entry(message, head.last_seq, content));
        slot.insert_entry((message.content_hash, Arc::clone(&entry)));
        placed.events.push(LiveEvent::Entry(Arc::clone(&entry)));
        placed.results.push(Ok(SentMessage { entry: Arc::clone(&entry), new: true }));
        fresh.push((draft, entry));
    }
    if !fresh.is_empty() {
        heads.retain(|_, head| head.moved);
        placed.moved = heads.keys().copied().collect();
        store(connection, &fresh, &heads, node).await?;
        refer(connection, &fresh).await?;
    }
    Ok(placed)
}

/// Locks the conversations in the order of their ids.
async fn lock(
    connection: &mut PgConnection,
    drafts: &[Draft],
    locking: Locking,
) -> Result<BTreeMap<ConversationId, Head>, PlaceError> {
    let mut ids: Vec<i64> = drafts.iter().map(|draft| draft.message.conversation_id.as_i64()).collect();
    ids.sort_unstable();
    ids.dedup();
    let text = match locking {
        Locking::Wait => LOCK,
        Locking::Skip => LOCK_FREE,
    };
    let mut heads = BTreeMap::new();
    for row in sqlx::query(text).bind(ids).fetch_all(connection).await? {
        let row = Row::Postgres(row);
        let head = Head { last_seq: row.number(1)?, last_activity: row.time(2)?, moved: false };
        heads.insert(ConversationId::from_i64(row.signed(0)?), head);
    }
    Ok(heads)
}

async fn standings(connection: &mut PgConnection, drafts: &[Draft]) -> Result<Vec<Standing>, PlaceError> {
    let messages = || drafts.iter().map(|draft| &draft.message);
    let rows = sqlx::query(STANDING)
        .bind(messages().map(|message| message.conversation_id.as_i64()).collect::<Vec<_>>())
        .bind(messages().map(|message| message.sender_id.as_i64()).collect::<Vec<_>>())
        .bind(messages().map(|message| &message.client_msg_id.as_bytes()[..]).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    if rows.len() != drafts.len() {
        return Err(StoreError::corrupt("a message is stored twice under one name").into());
    }
    Ok(rows.into_iter().map(read_standing).collect::<Result<_, StoreError>>()?)
}

fn read_standing(row: PgRow) -> Result<Standing, StoreError> {
    let row = Row::Postgres(row);
    let earlier = match row.opt_bytes(10)? {
        Some(hash) => {
            let hash = ContentHash::try_from(hash).map_err(|_| StoreError::corrupt("a content hash"))?;
            Some((hash, Arc::new(read_entry(&row)?)))
        }
        None => None,
    };
    let state = row.opt_text(17)?.map(|name| {
        MemberState::from_name(&name).ok_or_else(|| StoreError::corrupt("the state of a member"))
    });
    Ok(Standing {
        earlier,
        removed: Removed::read(&row, 18)?,
        exists: row.opt_signed(11)?.is_some(),
        gate: crate::recent::read_gate(&row, 12)?,
        state: state.transpose()?,
    })
}

/// What the rules ask that only some messages need.
struct Rules {
    /// What those who answer may see.
    visible: HashMap<(ConversationId, UserId), Intervals>,
    /// Complete media, with their owners.
    media: HashMap<MediaId, (UserId, MediaRef)>,
}

impl Rules {
    /// Whether the message may go to a conversation that stands at `last_seq`; what is stored of it.
    fn admit(
        &self,
        message: &SendMessage,
        standing: &Standing,
        last_seq: Seq,
    ) -> Result<Option<Content>, Refusal> {
        may_send_through(standing.gate.as_ref(), standing.state, message.sender_id)?;
        if let Some(target) = message.content.reply_to() {
            let visible = self.visible.get(&(message.conversation_id, message.sender_id));
            // Seqs are dense: every one up to the head exists.
            let seen =
                (1..=last_seq).contains(&target) && visible.is_some_and(|visible| visible.contains(target));
            if !seen {
                let what = "no such message in this conversation";
                return Err(FieldError::new("content.reply_to", "not_found", what).into());
            }
        }
        self.content(message)
    }

    /// What is stored of the message.
    fn content(&self, message: &SendMessage) -> Result<Option<Content>, Refusal> {
        let NewContent::Media { kind, id, caption, reply_to } = &message.content else {
            return Ok(message.content.clone().into_text());
        };
        let Some((_, media)) = self.media.get(id).filter(|(owner, _)| *owner == message.sender_id) else {
            let what = "no complete upload of yours";
            return Err(FieldError::new("content.media.id", "not_found", what).into());
        };
        if media.content_type.kind() != *kind {
            let what = "the upload is of another kind";
            return Err(FieldError::new("content.type", "mismatch", what).into());
        }
        Ok(Some(Content::Media { media: media.clone(), caption: caption.clone(), reply_to: *reply_to }))
    }
}

async fn visible(
    connection: &mut PgConnection,
    drafts: &[Draft],
) -> Result<HashMap<(ConversationId, UserId), Intervals>, PlaceError> {
    let mut seats: Vec<(i64, i64)> = drafts
        .iter()
        .filter(|draft| draft.message.content.reply_to().is_some())
        .map(|draft| (draft.message.conversation_id.as_i64(), draft.message.sender_id.as_i64()))
        .collect();
    seats.sort_unstable();
    seats.dedup();
    let mut visible: HashMap<_, Intervals> = HashMap::new();
    if seats.is_empty() {
        return Ok(visible);
    }
    let (conversations, users): (Vec<i64>, Vec<i64>) = seats.into_iter().unzip();
    for row in sqlx::query(INTERVALS).bind(conversations).bind(users).fetch_all(connection).await? {
        let row = Row::Postgres(row);
        let seat = (ConversationId::from_i64(row.signed(0)?), UserId::from_i64(row.signed(1)?));
        let interval = Interval { from: row.number(2)?, to: row.opt_number(3)? };
        visible.entry(seat).or_default().0.push(interval);
    }
    Ok(visible)
}

async fn media(
    connection: &mut PgConnection,
    drafts: &[Draft],
) -> Result<HashMap<MediaId, (UserId, MediaRef)>, PlaceError> {
    let ids: Vec<i64> = drafts
        .iter()
        .filter_map(|draft| match &draft.message.content {
            NewContent::Media { id, .. } => Some(id.as_i64()),
            NewContent::Text { .. } => None,
        })
        .collect();
    let mut media = HashMap::new();
    if ids.is_empty() {
        return Ok(media);
    }
    for row in sqlx::query(MEDIA).bind(ids).fetch_all(connection).await? {
        let row = Row::Postgres(row);
        let reference = read_reference(&row, 0)?;
        media.insert(reference.id, (UserId::from_i64(row.signed(8)?), reference));
    }
    Ok(media)
}

fn entry(message: &SendMessage, seq: Seq, content: Option<Content>) -> Entry {
    Entry {
        conversation_id: message.conversation_id,
        seq,
        id: message.id,
        sender_id: message.sender_id,
        server_time: message.server_time,
        body: EntryBody::Message {
            client_msg_id: message.client_msg_id,
            client_time: message.client_time.clone(),
            content,
        },
    }
}

fn content(entry: &Entry) -> Option<&Content> {
    match &entry.body {
        EntryBody::Message { content, .. } => content.as_ref(),
        EntryBody::Unsend { .. } | EntryBody::Notice(_) => None,
    }
}

async fn store(
    connection: &mut PgConnection,
    fresh: &[(&Draft, Arc<Entry>)],
    heads: &BTreeMap<ConversationId, Head>,
    node: u16,
) -> Result<(), PlaceError> {
    let messages = || fresh.iter().map(|(draft, _)| &draft.message);
    let numbers =
        |number: fn(&Entry) -> i64| -> Vec<i64> { fresh.iter().map(|(_, entry)| number(entry)).collect() };
    let bodies: Vec<String> = fresh
        .iter()
        .map(|(draft, entry)| match content(entry) {
            Some(filled @ Content::Media { .. }) => filled.to_json(),
            _ => draft.body.clone(),
        })
        .collect();
    let moved = sqlx::query(STORE)
        .bind(numbers(|entry| entry.id.as_i64()))
        .bind(numbers(|entry| entry.conversation_id.as_i64()))
        .bind(numbers(|entry| column(entry.seq)))
        .bind(numbers(|entry| entry.sender_id.as_i64()))
        .bind(numbers(|entry| entry.server_time.as_millis()))
        .bind(messages().map(|message| &message.client_msg_id.as_bytes()[..]).collect::<Vec<_>>())
        .bind(messages().map(|message| message.client_time.as_str()).collect::<Vec<_>>())
        .bind(messages().map(|message| &message.content_hash[..]).collect::<Vec<_>>())
        .bind(bodies)
        .bind(numbers(|entry| outbox::split(entry.conversation_id)))
        .bind(i64::from(node))
        .bind(heads.keys().map(|id| id.as_i64()).collect::<Vec<_>>())
        .bind(heads.values().map(|head| column(head.last_seq)).collect::<Vec<_>>())
        .bind(heads.values().map(|head| head.last_activity.as_millis()).collect::<Vec<_>>())
        .execute(connection)
        .await?
        .rows_affected();
    if moved != heads.len() as u64 {
        return Err(StoreError::corrupt("a head that was locked is gone").into());
    }
    Ok(())
}

/// Notes which media the messages show.
async fn refer(connection: &mut PgConnection, fresh: &[(&Draft, Arc<Entry>)]) -> Result<(), PlaceError> {
    let shown: Vec<(&Entry, &MediaRef)> = fresh
        .iter()
        .filter_map(|(_, entry)| Some((&**entry, content(entry).and_then(Content::media)?)))
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    let media: Vec<i64> = shown.iter().map(|(_, media)| media.id.as_i64()).collect();
    sqlx::query(REFER)
        .bind(shown.iter().map(|(entry, _)| entry.conversation_id.as_i64()).collect::<Vec<_>>())
        .bind(shown.iter().map(|(entry, _)| column(entry.seq)).collect::<Vec<_>>())
        .bind(media.clone())
        .bind(shown.iter().map(|(_, media)| media.content_type.kind().as_str()).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    sqlx::query(KEEP).bind(media).execute(connection).await?;
    Ok(())
}
