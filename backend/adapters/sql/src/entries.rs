//! Timeline entries: appending, erasing, and reading what a person may see.
//!
//! Seqs are dense, so which of them a page holds is computed from the intervals first; the database is then asked for
//! exactly these ranges and never scans past what the viewer may not see.

use std::{
    collections::{BTreeSet, HashMap},
    ops::RangeInclusive,
    sync::Arc,
};

use async_trait::async_trait;
use kith_domain::{
    ConversationId, Entry, EntryBody, EntryFields, EntryId, Interval, Intervals, Seq, UserId,
    entry_fields::MESSAGE,
    ports::{
        EntryRepository, StoreError,
        entries::{Archived, Found, NewEntry, Range},
    },
};

use crate::{
    conversations::MOVE_HEAD,
    entry_row::{entry_columns, read_entry},
    lists::{id_list, ids, row_list, rows},
    outbox,
    rows::{Columns, column},
    statement::sql,
    transaction::SqlTransaction,
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

const FORGET_CONTENT: &str = "UPDATE sent_messages SET unsent = TRUE WHERE conversation_id = $1 AND seq = $2";
const ARCHIVED: &str = concat!(
    "SELECT k.a, k.b, k.c, c.archived_to FROM ",
    rows!("$1"),
    " k JOIN conversations c ON c.id = k.a WHERE c.archived_to >= k.b ORDER BY k.n"
);
const UNSENT: &str = concat!(
    "SELECT k.n, e.target_seq FROM ",
    rows!("$1"),
    " k JOIN entries e ON e.conversation_id = k.a AND e.target_seq BETWEEN k.b AND k.c \
     WHERE e.target_seq IS NOT NULL ORDER BY k.n, e.target_seq"
);

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[
    FIND,
    FIND_SEVERAL,
    FIND_AT,
    MESSAGES,
    RANGES,
    VISIBLE,
    ERASE,
    FIND_UNSEND,
    FORGET_CONTENT,
    ARCHIVED,
    UNSENT,
];

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
    ) -> Result<HashMap<ConversationId, Visible>, StoreError> {
        let list = id_list(conversations.map(ConversationId::as_i64));
        let mut found: HashMap<ConversationId, (Intervals, Seq)> = HashMap::new();
        for row in self.fetch_all(sql(VISIBLE).bind(viewer.as_i64()).bind(list)).await? {
            let (intervals, last_seq) = found.entry(ConversationId::from_i64(row.signed(0)?)).or_default();
            intervals.0.push(Interval { from: row.number(1)?, to: row.opt_number(2)? });
            *last_seq = row.number(3)?;
        }
        let visible = |(intervals, last_seq): (Intervals, Seq)| Visible {
            spans: spans(&intervals, last_seq),
            last_seq,
        };
        Ok(found.into_iter().map(|(id, found)| (id, visible(found))).collect())
    }

    /// The entries of the ranges, in their order: from memory where the newest entries of a conversation are there, and
    /// by one statement for all the rest. Where places are empty, it is asked which of them have left the ledger.
    async fn read_ranges(&mut self, ranges: Vec<TailRange>) -> Result<Found, StoreError> {
        let remembered: Vec<_> = ranges.iter().map(|range| self.remembered(range)).collect();
        let missing = ranges.iter().zip(&remembered).filter(|(_, found)| found.is_none());
        let missing: Vec<[i64; 3]> = missing.map(|(range, _)| range.row()).collect();
        let mut read = Vec::new();
        if !missing.is_empty() {
            let rows = self.fetch_all(sql(RANGES).bind(row_list(missing))).await?;
            read = rows.iter().map(read_entry).collect::<Result<_, _>>()?;
        }
        let mut read = read.into_iter().peekable();
        let (mut entries, mut empty) = (Vec::new(), Vec::new());
        for (range, found) in ranges.iter().zip(remembered) {
            if let Some(found) = found {
                entries.extend(found.into_iter().map(Arc::unwrap_or_clone));
                continue;
            }
            let run: Vec<Entry> = std::iter::from_fn(|| read.next_if(|entry| range.holds(entry))).collect();
            if run.len() == range.len()
                && let Some(tails) = self.tails()
            {
                tails.learn(range.conversation, range.last_seq, &run);
            }
            if run.len() < range.len() {
                let holes = holes(range.span.low..=range.span.high, run.iter().map(|entry| entry.seq));
                empty.extend(holes.into_iter().map(|hole| (range.conversation, hole)));
            }
            entries.extend(run);
        }
        self.found(entries, empty).await
    }

    /// What was found, with those of the `empty` places that have left the ledger.
    async fn found(
        &mut self,
        entries: Vec<Entry>,
        empty: Vec<(ConversationId, RangeInclusive<Seq>)>,
    ) -> Result<Found, StoreError> {
        Ok(Found { entries, archived: self.list_archived(&empty).await? })
    }

    fn remembered(&self, range: &TailRange) -> Option<Vec<Arc<Entry>>> {
        self.tails()?.range(range.conversation, range.span.low, range.span.high)
    }
}

/// The runs of places in `places` that are not among `taken`, which is ascending.
fn holes(places: RangeInclusive<Seq>, taken: impl Iterator<Item = Seq>) -> Vec<RangeInclusive<Seq>> {
    let (mut next, mut holes) = (*places.start(), Vec::new());
    for seq in taken {
        if next < seq {
            holes.push(next..=seq - 1);
        }
        next = seq + 1;
    }
    if next <= *places.end() {
        holes.push(next..=*places.end());
    }
    holes
}

/// The places as runs without holes; they are ascending and each there once.
fn runs(places: impl Iterator<Item = Seq>) -> Vec<RangeInclusive<Seq>> {
    let mut runs: Vec<RangeInclusive<Seq>> = Vec::new();
    for seq in places {
        match runs.last_mut() {
            Some(run) if *run.end() + 1 == seq => *run = *run.start()..=seq,
            _ => runs.push(seq..=seq),
        }
    }
    runs
}

/// What a person may see of a conversation, and where that stands.
struct Visible {
    spans: Vec<Span>,
    last_seq: Seq,
}

/// A span of a conversation that stands at `last_seq`.
struct TailRange {
    conversation: ConversationId,
    span: Span,
    last_seq: Seq,
}

impl TailRange {
    fn len(&self) -> usize {
        (self.span.high - self.span.low + 1) as usize
    }

    fn holds(&self, entry: &Entry) -> bool {
        entry.conversation_id == self.conversation && (self.span.low..=self.span.high).contains(&entry.seq)
    }

    fn row(&self) -> [i64; 3] {
        [self.conversation.as_i64(), column(self.span.low), column(self.span.high)]
    }
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
        self.holds(entry.conversation_id);
        let seq = row.ok_or_else(|| StoreError::corrupt("an entry without a conversation"))?.number(0)?;
        let NewEntry { id, conversation_id, sender_id, server_time, body } = entry;
        // What a retry is recognised by.
        let hash = match &body {
            EntryBody::Message { content, .. } => {
                Some(content.as_ref().map(kith_domain::Content::hash).unwrap_or_default().to_vec())
            }
            EntryBody::Unsend { .. } | EntryBody::Notice(_) => None,
        };
        let fields = EntryFields::from(&body);
        let unsent = fields.kind == MESSAGE && fields.body.is_none();
        let statement = sql(INSERT)
            .bind(id.as_i64())
            .bind(conversation_id.as_i64())
            .bind(column(seq))
            .bind(sender_id.as_i64())
            .bind(server_time.as_millis())
            .bind(fields.kind)
            .bind(unsent)
            .bind(fields.target_seq.map(column))
            .bind(fields.client_msg_id.map(|id| id.as_bytes().to_vec()))
            .bind(fields.client_time)
            .bind(hash)
            .bind(fields.body);
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
    ) -> Result<Found, StoreError> {
        let list = id_list(seqs.iter().copied().map(column));
        let rows = self.fetch_all(sql(FIND_SEVERAL).bind(conversation.as_i64()).bind(list)).await?;
        let entries: Vec<Entry> = rows.iter().map(read_entry).collect::<Result<_, _>>()?;
        let mut empty: BTreeSet<Seq> = seqs.iter().copied().collect();
        for entry in &entries {
            empty.remove(&entry.seq);
        }
        let empty = runs(empty.into_iter()).into_iter().map(|run| (conversation, run)).collect();
        self.found(entries, empty).await
    }

    async fn list_archived(
        &mut self,
        spans: &[(ConversationId, RangeInclusive<Seq>)],
    ) -> Result<Vec<Archived>, StoreError> {
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let list = row_list(
            spans.iter().map(|(id, seqs)| [id.as_i64(), column(*seqs.start()), column(*seqs.end())]),
        );
        let mut archived = Vec::new();
        for row in self.fetch_all(sql(ARCHIVED).bind(list)).await? {
            let seqs = row.number(1)?..=row.number(2)?.min(row.number(3)?);
            let conversation_id = ConversationId::from_i64(row.signed(0)?);
            archived.push(Archived { conversation_id, seqs, unsent: Vec::new() });
        }
        if archived.is_empty() {
            return Ok(archived);
        }
        let list =
            row_list(archived.iter().map(|run| {
                [run.conversation_id.as_i64(), column(*run.seqs.start()), column(*run.seqs.end())]
            }));
        for row in self.fetch_all(sql(UNSENT).bind(list)).await? {
            let run = usize::try_from(row.number(0)?).ok().and_then(|run| archived.get_mut(run));
            run.ok_or_else(|| StoreError::corrupt("a row that nobody asked for"))?
                .unsent
                .push(row.number(1)?);
        }
        Ok(archived)
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
    ) -> Result<Found, StoreError> {
        let visible = self.visible(viewer, std::iter::once(conversation)).await?;
        let Some(Visible { spans, last_seq }) = visible.get(&conversation) else {
            return Ok(Found::default());
        };
        let page = match range {
            Range::Before(0) => Vec::new(),
            Range::Before(before) => newest(spans, 1, before - 1, limit.into()),
            Range::After(after) => oldest(spans, after, limit.into()),
        };
        let last_seq = *last_seq;
        let ranges = page.into_iter().map(move |span| TailRange { conversation, span, last_seq });
        self.read_ranges(ranges.collect()).await
    }

    async fn list_entries_after(
        &mut self,
        viewer: UserId,
        positions: &[(ConversationId, Seq, u32)],
    ) -> Result<Found, StoreError> {
        let visible = self.visible(viewer, positions.iter().map(|(id, ..)| *id)).await?;
        let ranges = positions.iter().filter_map(|&(conversation, from, limit)| {
            let Visible { spans, last_seq } = visible.get(&conversation)?;
            let page = newest(spans, from.saturating_add(1), Seq::MAX, limit.into());
            Some(page.into_iter().map(move |span| TailRange { conversation, span, last_seq: *last_seq }))
        });
        let ranges = ranges.flatten();
        self.read_ranges(ranges.collect()).await
    }

    async fn erase_entry(&mut self, conversation: ConversationId, seq: Seq) -> Result<(), StoreError> {
        self.hold(conversation).await?;
        let place = |statement| sql(statement).bind(conversation.as_i64()).bind(column(seq));
        if self.execute(place(ERASE)).await? == 0 {
            self.execute(place(FORGET_CONTENT)).await?;
        }
        self.erase(conversation);
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
            let holes = holes(1..=40, all.iter().copied()).into_iter().flatten();
            let outside: Vec<Seq> = (1..=40).filter(|seq| !all.contains(seq)).collect();
            prop_assert_eq!(holes.collect::<Vec<_>>(), outside.clone());
            prop_assert_eq!(runs(outside.iter().copied()).into_iter().flatten().collect::<Vec<_>>(), outside);

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
