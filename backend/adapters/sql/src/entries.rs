//! Timeline entries: appending, erasing, and reading what a person may see.
//!
//! Seqs are dense, so which of them a page holds is computed from the intervals first; the database is then asked for
//! exactly these ranges and never scans past what the viewer may not see.

use std::collections::HashMap;

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Entry, EntryBody, EntryId, Interval, Intervals, Seq, UserId,
    ports::{
        EntryRepository, StoreError,
        entries::{NewEntry, Range},
    },
};

use crate::{
    conversations::MOVE_HEAD,
    entry_row::{MESSAGE, NOTICE, UNSEND, entry_columns, notice_to_json, read_entry},
    lists::{id_list, ids, row_list, rows},
    outbox,
    rows::{Columns, column},
    transaction::{SqlTransaction, sql},
};

const INSERT: &str = "INSERT INTO entries (id, conversation_id, seq, sender_id, server_time, kind, unsent, target_seq, \
     client_msg_id, client_time, content_hash, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const FIND: &str =
    concat!("SELECT ", entry_columns!(), " FROM entries e WHERE e.conversation_id = $1 AND e.seq = $2");
const FIND_SEVERAL: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entries e WHERE e.conversation_id = $1 AND e.seq IN ",
    ids!("$2"),
    " ORDER BY e.seq"
);
const FIND_AT: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM ",
    rows!("$1"),
    " k JOIN entries e ON e.conversation_id = k.a AND e.seq = k.b"
);
const MESSAGES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entries e WHERE e.id > $1 AND e.kind = 0 ORDER BY e.id LIMIT $2"
);
const RANGES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM ",
    rows!("$1"),
    " k JOIN entries e ON e.conversation_id = k.a AND e.seq BETWEEN k.b AND k.c ORDER BY k.n, e.seq"
);
const VISIBLE: &str = concat!(
    "SELECT i.conversation_id, i.from_seq, i.to_seq, h.last_seq FROM member_intervals i \
     JOIN heads h ON h.conversation_id = i.conversation_id WHERE i.user_id = $1 AND i.conversation_id IN ",
    ids!("$2"),
    " ORDER BY i.conversation_id, i.from_seq"
);
const ERASE: &str = "UPDATE entries SET unsent = TRUE, body = NULL \
     WHERE conversation_id = $1 AND seq = $2 AND kind = 0";
const FIND_UNSEND: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entries e WHERE e.conversation_id = $1 AND e.target_seq = $2"
);

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] =
    &[FIND, FIND_SEVERAL, FIND_AT, MESSAGES, RANGES, VISIBLE, ERASE, FIND_UNSEND];

/// A span of seqs, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    low: Seq,
    high: Seq,
}

/// What may be seen of a conversation that stands at `last_seq`: ascending, without overlaps.
fn spans(intervals: &Intervals, last_seq: Seq) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut sorted: Vec<Interval> = intervals.0.clone();
    sorted.sort_by_key(|interval| interval.from);
    for Interval { from, to } in sorted {
        let high = to.unwrap_or(last_seq).min(last_seq);
        let low = spans.last().map_or(from, |last| from.max(last.high + 1));
        if low <= high {
            spans.push(Span { low, high });
        }
    }
    spans
}

/// The newest `limit` seqs of `spans` that lie in `low..=high`, ascending.
fn newest(spans: &[Span], low: Seq, high: Seq, limit: u64) -> Vec<Span> {
    let mut room = limit;
    let mut page = Vec::new();
    for span in spans.iter().rev() {
        let (low, high) = (span.low.max(low), span.high.min(high));
        if low > high || room == 0 {
            continue;
        }
        let taken = room.min(high - low + 1);
        page.push(Span { low: high + 1 - taken, high });
        room -= taken;
    }
    page.reverse();
    page
}

/// The oldest `limit` seqs of `spans` above `after`, ascending.
fn oldest(spans: &[Span], after: Seq, limit: u64) -> Vec<Span> {
    let mut room = limit;
    let mut page = Vec::new();
    for span in spans {
        let low = span.low.max(after.saturating_add(1));
        if low > span.high || room == 0 {
            continue;
        }
        let taken = room.min(span.high - low + 1);
        page.push(Span { low, high: low + taken - 1 });
        room -= taken;
    }
    page
}

impl SqlTransaction<'_> {
    /// The visible spans of several conversations.
    async fn visible(
        &mut self,
        viewer: UserId,
        conversations: impl Iterator<Item = ConversationId>,
    ) -> Result<HashMap<ConversationId, Vec<Span>>, StoreError> {
        let list = id_list(conversations.map(ConversationId::as_i64));
        let mut found: HashMap<ConversationId, (Intervals, Seq)> = HashMap::new();
        for row in self.fetch_all(sql(VISIBLE).bind(viewer.as_i64()).bind(list)).await? {
            let (intervals, last_seq) = found.entry(ConversationId::from_i64(row.signed(0)?)).or_default();
            intervals.0.push(Interval { from: row.number(1)?, to: row.opt_number(2)? });
            *last_seq = row.number(3)?;
        }
        Ok(found.into_iter().map(|(id, (intervals, last_seq))| (id, spans(&intervals, last_seq))).collect())
    }

    async fn read_ranges(&mut self, ranges: Vec<[i64; 3]>) -> Result<Vec<Entry>, StoreError> {
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        self.fetch_all(sql(RANGES).bind(row_list(ranges))).await?.iter().map(read_entry).collect()
    }
}

fn range(conversation: ConversationId, span: Span) -> [i64; 3] {
    [conversation.as_i64(), column(span.low), column(span.high)]
}

#[async_trait]
impl EntryRepository for SqlTransaction<'_> {
    async fn append_entry(&mut self, entry: NewEntry) -> Result<Entry, StoreError> {
        // An erasure is nothing that a list is ordered by.
        let activity = match entry.body {
            EntryBody::Unsend { .. } => i64::MIN,
            EntryBody::Message { .. } | EntryBody::Notice(_) => entry.server_time.as_millis(),
        };
        let moved = sql(MOVE_HEAD).bind(entry.conversation_id.as_i64()).bind(activity);
        let row = self.fetch_optional(moved).await?;
        let seq = row.ok_or_else(|| StoreError::corrupt("an entry without a conversation"))?.number(0)?;
        let NewEntry { id, conversation_id, sender_id, server_time, body } = entry;
        let (kind, target, message, text) = match &body {
            EntryBody::Message { client_msg_id, client_time, content } => {
                let hash = content.as_ref().map(kith_domain::Content::hash);
                let text = content.as_ref().map(kith_domain::Content::to_json);
                (MESSAGE, None, Some((client_msg_id, client_time, hash)), text)
            }
            EntryBody::Unsend { target_seq } => (UNSEND, Some(*target_seq), None, None),
            EntryBody::Notice(notice) => (NOTICE, None, None, Some(notice_to_json(notice))),
        };
        let unsent = kind == MESSAGE && text.is_none();
        let statement = sql(INSERT)
            .bind(id.as_i64())
            .bind(conversation_id.as_i64())
            .bind(column(seq))
            .bind(sender_id.as_i64())
            .bind(server_time.as_millis())
            .bind(kind)
            .bind(unsent)
            .bind(target.map(column))
            .bind(message.as_ref().map(|(id, ..)| &id.as_bytes()[..]))
            .bind(message.as_ref().map(|(_, time, _)| time.as_str()))
            .bind(message.as_ref().map(|(.., hash)| hash.unwrap_or_default().to_vec()))
            .bind(text);
        self.execute(statement).await?;
        outbox::append(self, conversation_id, seq).await?;
        self.touch(conversation_id);
        Ok(Entry { conversation_id, seq, id, sender_id, server_time, body })
    }

    async fn find_entry(
        &mut self,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Option<Entry>, StoreError> {
        let row = self.fetch_optional(sql(FIND).bind(conversation.as_i64()).bind(column(seq))).await?;
        row.as_ref().map(read_entry).transpose()
    }

    async fn find_entries(
        &mut self,
        conversation: ConversationId,
        seqs: &[Seq],
    ) -> Result<Vec<Entry>, StoreError> {
        let list = id_list(seqs.iter().copied().map(column));
        let rows = self.fetch_all(sql(FIND_SEVERAL).bind(conversation.as_i64()).bind(list)).await?;
        rows.iter().map(read_entry).collect()
    }

    async fn find_entries_at(&mut self, places: &[(ConversationId, Seq)]) -> Result<Vec<Entry>, StoreError> {
        let list = row_list(places.iter().map(|&(conversation, seq)| [conversation.as_i64(), column(seq)]));
        self.fetch_all(sql(FIND_AT).bind(list)).await?.iter().map(read_entry).collect()
    }

    async fn list_messages(&mut self, after: EntryId, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let statement = sql(MESSAGES).bind(after.as_i64()).bind(i64::from(limit));
        self.fetch_all(statement).await?.iter().map(read_entry).collect()
    }

    async fn list_entries(
        &mut self,
        conversation: ConversationId,
        viewer: UserId,
        range: Range,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let visible = self.visible(viewer, std::iter::once(conversation)).await?;
        let spans = visible.get(&conversation).map(Vec::as_slice).unwrap_or_default();
        let page = match range {
            Range::Before(0) => Vec::new(),
            Range::Before(before) => newest(spans, 1, before - 1, limit.into()),
            Range::After(after) => oldest(spans, after, limit.into()),
        };
        self.read_ranges(page.into_iter().map(|span| self::range(conversation, span)).collect()).await
    }

    async fn list_entries_after(
        &mut self,
        viewer: UserId,
        positions: &[(ConversationId, Seq, u32)],
    ) -> Result<Vec<Entry>, StoreError> {
        let visible = self.visible(viewer, positions.iter().map(|(id, ..)| *id)).await?;
        let ranges = positions.iter().flat_map(|&(id, from, limit)| {
            let spans = visible.get(&id).map(Vec::as_slice).unwrap_or_default();
            newest(spans, from.saturating_add(1), Seq::MAX, limit.into())
                .into_iter()
                .map(move |span| range(id, span))
        });
        self.read_ranges(ranges.collect()).await
    }

    async fn erase_entry(&mut self, conversation: ConversationId, seq: Seq) -> Result<(), StoreError> {
        self.execute(sql(ERASE).bind(conversation.as_i64()).bind(column(seq))).await?;
        self.release_media(conversation, seq).await
    }

    async fn find_unsend(
        &mut self,
        conversation: ConversationId,
        target: Seq,
    ) -> Result<Option<Entry>, StoreError> {
        let row =
            self.fetch_optional(sql(FIND_UNSEND).bind(conversation.as_i64()).bind(column(target))).await?;
        row.as_ref().map(read_entry).transpose()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seqs(spans: &[Span]) -> Vec<Seq> {
        spans.iter().flat_map(|span| span.low..=span.high).collect()
    }

    proptest! {
        /// The pages are those that filtering the whole timeline would give.
        #[test]
        fn pages_are_what_a_filter_would_give(
            bounds in proptest::collection::vec((1_u64..40, proptest::option::of(1_u64..40)), 0..4),
            last_seq in 0_u64..40,
            position in 0_u64..45,
            limit in 0_u64..12,
        ) {
            let intervals = Intervals(bounds.into_iter().map(|(from, to)| Interval { from, to }).collect());
            let all: Vec<Seq> = (1..=last_seq).filter(|seq| intervals.contains(*seq)).collect();
            let spans = spans(&intervals, last_seq);
            prop_assert_eq!(seqs(&spans), all.clone());

            let above: Vec<Seq> = all.iter().copied().filter(|seq| *seq > position).collect();
            let first = &above[..above.len().min(limit as usize)];
            prop_assert_eq!(seqs(&oldest(&spans, position, limit)), first);
            let last = &above[above.len().saturating_sub(limit as usize)..];
            prop_assert_eq!(seqs(&newest(&spans, position + 1, Seq::MAX, limit)), last);
            if position > 0 {
                let below: Vec<Seq> = all.iter().copied().filter(|seq| *seq < position).collect();
                let last = &below[below.len().saturating_sub(limit as usize)..];
                prop_assert_eq!(seqs(&newest(&spans, 1, position - 1, limit)), last);
            }
        }
    }
}
