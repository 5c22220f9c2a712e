//! Stores the messages of a group with a handful of statements, however many there are.

use std::{
    collections::{BTreeSet, HashMap, hash_map},
    sync::{Arc, LazyLock},
};

use kith_domain::{
    ContentHash, ConversationId, DirectGate, Entry, EntryBody, FieldError, Intervals, MemberState, Pair,
    Refusal, Seq, Timestamp, UserId,
    conversation::may_send_through,
    entry::{ClientMsgId, ClientTime},
    event::LiveEvent,
    ports::{SendMessage, SentMessage, StoreError, Transaction},
};
use uuid::Uuid;

use crate::{
    batch::Batch,
    entry_row::{entry_columns, read_entry},
    lists::{blob_list, blobs, row_list, rows},
    members::intervals_of_pairs,
    outbox,
    rows::{Columns, column},
    transaction::{SqlTransaction, sql},
};

/// A message on its way, with its content as it will be stored.
pub(crate) struct Draft {
    pub(crate) message: SendMessage,
    pub(crate) body: String,
}

/// A row of [`GATES`].
type GateRow<'r> =
    (i64, i64, Option<&'r str>, Seq, i64, Option<i64>, Option<i64>, Option<u8>, Option<u8>, Option<u8>);

/// What one message is known by, however often it is sent.
type Key = (Uuid, UserId, ConversationId);

/// Where a message goes and who sends it.
type Seat = (ConversationId, UserId);

/// A conversation while its group is placed.
struct Head {
    last_seq: Seq,
    last_activity: Timestamp,
    gate: Option<DirectGate>,
    moved: bool,
}

const STORED: &str = concat!(
    "SELECT ",
    entry_columns!(),
    ", e.content_hash FROM entries e WHERE e.client_msg_id IN ",
    blobs!("$1")
);
// One row of JSON: a row by itself costs a hand-over from the database's thread and a wake-up each.
const GATES: &str = concat!(
    "SELECT json_group_array(json_array(k.a, k.b, m.state, h.last_seq, h.last_activity, c.direct_low, c.direct_high, \
     c.direct_friends, c.direct_low_blocks, c.direct_high_blocks)) FROM ",
    rows!("$1"),
    " k JOIN heads h ON h.conversation_id = k.a JOIN conversations c ON c.id = k.a \
     LEFT JOIN members m ON m.conversation_id = k.a AND m.user_id = k.b"
);

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[STORED, GATES];

/// A clash rolls the whole transaction back, which spares a journal of every page that the statement touches; it would
/// be a fault of ours, and the group is given up in any case.
static ENTRIES: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new(
        "INSERT OR ROLLBACK INTO entries (id, conversation_id, seq, sender_id, server_time, kind, unsent, \
         client_msg_id, client_time, content_hash, body)",
        "(?, ?, ?, ?, ?, 0, FALSE, ?, ?, ?, ?)",
    )
});
/// The heads are there already: replacing a row of three numbers is cheaper than updating it.
static HEADS: LazyLock<Batch> = LazyLock::new(|| {
    Batch::new("REPLACE INTO heads (conversation_id, last_seq, last_activity)", "(?, ?, ?)")
});

/// Stores the messages in order and publishes the new ones. One answer each, in the same order; a refused message
/// leaves nothing behind.
pub(crate) async fn commit_group(
    tx: &mut SqlTransaction<'_>,
    drafts: Vec<Draft>,
) -> Result<Vec<Result<SentMessage, Refusal>>, StoreError> {
    let mut known = stored(tx, &drafts).await?;
    let fresh: BTreeSet<Seat> = drafts
        .iter()
        .filter(|draft| !known.contains_key(&key(&draft.message)))
        .map(|draft| seat(&draft.message))
        .collect();
    let (mut heads, states) = gates(tx, &fresh).await?;
    let visible = repliers_intervals(tx, &drafts, &states).await?;

    let mut answers = Vec::with_capacity(drafts.len());
    let mut placed = Vec::new();
    for Draft { message, body } in drafts {
        let key = key(&message);
        let slot = match known.entry(key) {
            hash_map::Entry::Occupied(stored) => {
                let (entry, hash) = stored.get();
                let same = *hash == message.content_hash;
                answers.push(if same {
                    Ok(SentMessage { entry: Arc::clone(entry), new: false })
                } else {
                    Err(Refusal::IdReused)
                });
                continue;
            }
            hash_map::Entry::Vacant(slot) => slot,
        };
        let Some(head) = heads.get_mut(&message.conversation_id) else {
            answers.push(Err(Refusal::NotFound));
            continue;
        };
        let seat = seat(&message);
        let allowed = may_send_through(head.gate.as_ref(), states.get(&seat).copied(), message.sender_id)
            .and_then(|()| may_reply(&message, head.last_seq, visible.get(&seat)));
        if let Err(refusal) = allowed {
            answers.push(Err(refusal));
            continue;
        }
        head.last_seq += 1;
        head.last_activity = head.last_activity.max(message.server_time);
        head.moved = true;
        let SendMessage { client_msg_id, client_time, content_hash: hash, .. } = message;
        let entry = Arc::new(Entry {
            conversation_id: message.conversation_id,
            seq: head.last_seq,
            id: message.id,
            sender_id: message.sender_id,
            server_time: message.server_time,
            body: EntryBody::Message {
                client_msg_id,
                client_time: client_time.clone(),
                content: Some(message.content),
            },
        });
        slot.insert((Arc::clone(&entry), hash));
        answers.push(Ok(SentMessage { entry: Arc::clone(&entry), new: true }));
        placed.push(Placed { entry, client_msg_id, client_time, hash, body });
    }
    if placed.is_empty() {
        return Ok(answers);
    }
    outbox::append(tx, placed.iter().map(|row| (row.entry.conversation_id, row.entry.seq))).await?;
    let moved: Vec<_> = heads.into_iter().filter(|(_, head)| head.moved).collect();
    let moving = HEADS.insert(tx, moved.into_iter(), |statement, (conversation, head)| {
        statement.bind(conversation.as_i64()).bind(column(head.last_seq)).bind(head.last_activity.as_millis())
    });
    moving.await?;
    for row in &placed {
        tx.publish(LiveEvent::Entry(Arc::clone(&row.entry)));
    }
    insert_entries(tx, placed).await?;
    Ok(answers)
}

/// A message that has its seq.
struct Placed {
    entry: Arc<Entry>,
    client_msg_id: ClientMsgId,
    client_time: ClientTime,
    hash: ContentHash,
    body: String,
}

fn key(message: &SendMessage) -> Key {
    (message.client_msg_id, message.sender_id, message.conversation_id)
}

fn seat(message: &SendMessage) -> Seat {
    (message.conversation_id, message.sender_id)
}

/// The messages of this group that earlier groups have stored.
async fn stored(
    tx: &mut SqlTransaction<'_>,
    drafts: &[Draft],
) -> Result<HashMap<Key, (Arc<Entry>, ContentHash)>, StoreError> {
    let ids = blob_list(drafts.iter().map(|draft| &draft.message.client_msg_id.as_bytes()[..]));
    let mut known = HashMap::new();
    for row in tx.fetch_all(sql(STORED).bind(ids)).await? {
        let entry = read_entry(&row)?;
        let hash =
            ContentHash::try_from(row.bytes(10)?).map_err(|_| StoreError::corrupt("a content hash"))?;
        if let EntryBody::Message { client_msg_id, .. } = entry.body {
            known.insert((client_msg_id, entry.sender_id, entry.conversation_id), (Arc::new(entry), hash));
        }
    }
    Ok(known)
}

/// The heads of the conversations that exist, and the standing of those who are or were in them.
async fn gates(
    tx: &mut SqlTransaction<'_>,
    seats: &BTreeSet<Seat>,
) -> Result<(HashMap<ConversationId, Head>, HashMap<Seat, MemberState>), StoreError> {
    let (mut heads, mut states) = (HashMap::new(), HashMap::new());
    if seats.is_empty() {
        return Ok((heads, states));
    }
    let pairs = row_list(seats.iter().map(|(conversation, user)| [conversation.as_i64(), user.as_i64()]));
    let json = tx.fetch_one(sql(GATES).bind(pairs)).await?.text(0)?;
    let rows: Vec<GateRow<'_>> =
        serde_json::from_str(&json).map_err(|_| StoreError::corrupt("the gates of a group"))?;
    for (conversation, user, state, last_seq, last_activity, low, high, friends, low_blocks, high_blocks) in
        rows
    {
        let conversation = ConversationId::from_i64(conversation);
        if let Some(state) = state {
            let state =
                MemberState::from_name(state).ok_or_else(|| StoreError::corrupt("a member's state"))?;
            states.insert((conversation, UserId::from_i64(user)), state);
        }
        if let hash_map::Entry::Vacant(slot) = heads.entry(conversation) {
            let gate = match (low, high) {
                (Some(low), Some(high)) => Some(DirectGate {
                    pair: Pair::new(UserId::from_i64(low), UserId::from_i64(high))
                        .ok_or_else(|| StoreError::corrupt("a conversation with oneself"))?,
                    friends: friends == Some(1),
                    low_blocks: low_blocks == Some(1),
                    high_blocks: high_blocks == Some(1),
                }),
                _ => None,
            };
            let last_activity = Timestamp::from_millis(last_activity);
            slot.insert(Head { last_seq, last_activity, gate, moved: false });
        }
    }
    Ok((heads, states))
}

/// What those who answer an earlier entry may see. Nothing is read for a group without replies.
async fn repliers_intervals(
    tx: &mut SqlTransaction<'_>,
    drafts: &[Draft],
    states: &HashMap<Seat, MemberState>,
) -> Result<HashMap<Seat, Intervals>, StoreError> {
    let repliers: BTreeSet<Seat> = drafts
        .iter()
        .filter(|draft| draft.message.content.reply_to().is_some())
        .map(|draft| seat(&draft.message))
        .filter(|seat| states.contains_key(seat))
        .collect();
    if repliers.is_empty() { Ok(HashMap::new()) } else { intervals_of_pairs(tx, &repliers).await }
}

/// A reply answers an entry that its sender may see; as seqs are dense, every seq up to the head exists.
fn may_reply(message: &SendMessage, last_seq: Seq, visible: Option<&Intervals>) -> Result<(), Refusal> {
    match message.content.reply_to() {
        Some(target)
            if !(1..=last_seq).contains(&target) || !visible.is_some_and(|seen| seen.contains(target)) =>
        {
            Err(FieldError::new("content.reply_to", "not_found", "no such message in this conversation")
                .into())
        }
        _ => Ok(()),
    }
}

async fn insert_entries(tx: &mut SqlTransaction<'_>, placed: Vec<Placed>) -> Result<(), StoreError> {
    let inserting = ENTRIES.insert(tx, placed.into_iter(), |statement, row| {
        let Placed { entry, hash, client_msg_id, client_time, body } = row;
        statement
            .bind(entry.id.as_i64())
            .bind(entry.conversation_id.as_i64())
            .bind(column(entry.seq))
            .bind(entry.sender_id.as_i64())
            .bind(entry.server_time.as_millis())
            .bind(client_msg_id.as_bytes().to_vec())
            .bind(client_time.as_str().to_owned())
            .bind(hash.to_vec())
            .bind(body)
    });
    inserting.await
}
