//! What the writer remembers of the conversations that messages went to lately, so that a message needs no query.
//!
//! One process and one connection write, so memory cannot be behind the database: a job that changes a conversation,
//! a member or an interval has exactly that conversation forgotten ([`Recent::forget`]), and a group that is rolled
//! back has everything forgotten, as its messages had moved heads.

use std::collections::{HashMap, hash_map::Entry};

use kith_domain::{
    ConversationId, DirectGate, FieldError, Interval, Intervals, MemberState, Pair, Refusal, Seq, Timestamp,
    UserId,
    conversation::may_send_through,
    ports::{SendMessage, StoreError},
};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    rows::{Columns, column},
    transaction::Failure,
};

/// Conversations and members of one generation. A member takes about 100 bytes, a conversation 200.
const GENERATION: usize = 50_000;

const CONVERSATION: &str = "SELECT h.last_seq, h.last_activity, c.direct_low, c.direct_high, c.direct_friends, \
     c.direct_low_blocks, c.direct_high_blocks, c.archived_to FROM heads h JOIN conversations c ON c.id = h.conversation_id \
     WHERE h.conversation_id = ?1";
const MEMBER: &str = "SELECT state FROM members WHERE conversation_id = ?1 AND user_id = ?2";
const INTERVALS: &str = "SELECT from_seq, to_seq FROM member_intervals WHERE user_id = ?2 \
     AND conversation_id = ?1 ORDER BY from_seq";

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[CONVERSATION, MEMBER, INTERVALS];

/// Where one sender stands.
#[derive(Debug)]
struct Seat {
    state: MemberState,
    /// Read with the first reply.
    visible: Option<Intervals>,
}

/// A conversation as the next message finds it.
#[derive(Debug)]
pub(crate) struct Known {
    id: ConversationId,
    /// How far it is.
    pub(crate) last_seq: Seq,
    /// When it last was.
    pub(crate) last_activity: Timestamp,
    /// Whether its head in the database is behind.
    pub(crate) moved: bool,
    /// Whether messages of it have left the ledger: a retry of one clashes with no entry then.
    pub(crate) archived: bool,
    gate: Option<DirectGate>,
    seats: HashMap<UserId, Seat>,
}

/// The memory: what is used moves to the young generation, and the old one is dropped when the young one is full.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    young: HashMap<ConversationId, Known>,
    old: HashMap<ConversationId, Known>,
    /// Conversations and members that the young generation took in.
    weight: usize,
}

impl Recent {
    /// Called between groups only: within one, nothing may be lost whose head is not yet written.
    pub(crate) fn make_room(&mut self) {
        if self.weight >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
    }

    /// The conversation; `None` when there is none.
    pub(crate) fn conversation(
        &mut self,
        connection: &Connection,
        id: ConversationId,
    ) -> Result<Option<&mut Known>, Failure> {
        match self.young.entry(id) {
            Entry::Occupied(known) => Ok(Some(known.into_mut())),
            Entry::Vacant(place) => {
                let known = match self.old.remove(&id) {
                    Some(known) => Some(known),
                    None => read_conversation(connection, id)?,
                };
                self.weight += known.as_ref().map_or(0, |known| 1 + known.seats.len());
                Ok(known.map(|known| place.insert(known)))
            }
        }
    }

    /// The conversation and whether the message may go there, before any look for an earlier try.
    pub(crate) fn admit(
        &mut self,
        connection: &Connection,
        message: &SendMessage,
    ) -> Result<Result<&mut Known, Refusal>, Failure> {
        let mut seats = 0;
        // A second look-up below, because the borrow checker cannot see that the first one ends here.
        let allowed = match self.conversation(connection, message.conversation_id)? {
            None => Err(Refusal::NotFound),
            Some(known) => {
                seats = known.seats.len();
                let allowed = known.admit(connection, message)?;
                seats = known.seats.len() - seats;
                allowed
            }
        };
        self.weight += seats;
        match (allowed, self.young.get_mut(&message.conversation_id)) {
            (Ok(()), Some(known)) => Ok(Ok(known)),
            (Err(refusal), _) => Ok(Err(refusal)),
            (Ok(()), None) => Ok(Err(Refusal::NotFound)),
        }
    }

    /// Forgets one conversation: a job changed something about it.
    pub(crate) fn forget(&mut self, id: ConversationId) {
        self.young.remove(&id);
        self.old.remove(&id);
    }

    /// Forgets everything: what messages had moved was rolled back.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Known {
    fn admit(
        &mut self,
        connection: &Connection,
        message: &SendMessage,
    ) -> Result<Result<(), Refusal>, Failure> {
        let (id, last_seq, sender) = (self.id, self.last_seq, message.sender_id);
        let seat = match self.seats.entry(sender) {
            Entry::Occupied(seat) => Some(seat.into_mut()),
            Entry::Vacant(place) => {
                let state = read_state(connection, id, sender)?;
                // Strangers are not remembered: there may be any number of them.
                state.map(|state| place.insert(Seat { state, visible: None }))
            }
        };
        let state = seat.as_ref().map(|seat| seat.state);
        if let Err(refusal) = may_send_through(self.gate.as_ref(), state, sender) {
            return Ok(Err(refusal));
        }
        let (Some(target), Some(seat)) = (message.content.reply_to(), seat) else { return Ok(Ok(())) };
        let visible = match &mut seat.visible {
            Some(visible) => visible,
            unread => unread.insert(read_intervals(connection, id, sender)?),
        };
        // Seqs are dense: every one up to the head exists.
        if (1..=last_seq).contains(&target) && visible.contains(target) {
            return Ok(Ok(()));
        }
        let wrong = FieldError::new("content.reply_to", "not_found", "no such message in this conversation");
        Ok(Err(wrong.into()))
    }
}

fn read_conversation(connection: &Connection, id: ConversationId) -> Result<Option<Known>, Failure> {
    let mut statement = connection.prepare_cached(CONVERSATION)?;
    let mut rows = statement.query([id.as_i64()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Known {
        id,
        last_seq: row.number(0)?,
        last_activity: row.time(1)?,
        moved: false,
        archived: row.number(7)? > 0,
        gate: read_gate(row, 2)?,
        seats: HashMap::new(),
    }))
}

/// Reads the columns of a direct conversation's gate, the first of which stands at `first`; a group has none.
pub(crate) fn read_gate(row: &impl Columns, first: usize) -> Result<Option<DirectGate>, StoreError> {
    let (Some(low), Some(high)) = (row.opt_signed(first)?, row.opt_signed(first + 1)?) else {
        return Ok(None);
    };
    Ok(Some(DirectGate {
        pair: Pair::new(UserId::from_i64(low), UserId::from_i64(high))
            .ok_or_else(|| StoreError::corrupt("a conversation with oneself"))?,
        friends: row.flag(first + 2)?,
        low_blocks: row.flag(first + 3)?,
        high_blocks: row.flag(first + 4)?,
    }))
}

fn read_state(
    connection: &Connection,
    conversation: ConversationId,
    user: UserId,
) -> Result<Option<MemberState>, Failure> {
    let mut statement = connection.prepare_cached(MEMBER)?;
    let state = statement
        .query_row([conversation.as_i64(), user.as_i64()], |row| Ok(row.named(0, MemberState::from_name)));
    Ok(state.optional()?.transpose()?)
}

fn read_intervals(
    connection: &Connection,
    conversation: ConversationId,
    user: UserId,
) -> Result<Intervals, Failure> {
    let mut statement = connection.prepare_cached(INTERVALS)?;
    let mut rows = statement.query([conversation.as_i64(), user.as_i64()])?;
    let mut intervals = Intervals::default();
    while let Some(row) = rows.next()? {
        intervals.0.push(Interval { from: row.number(0)?, to: row.opt_number(1)? });
    }
    Ok(intervals)
}

impl Known {
    /// Its row of the table of heads.
    pub(crate) fn head(&self) -> [i64; 3] {
        [self.id.as_i64(), column(self.last_seq), self.last_activity.as_millis()]
    }
}
