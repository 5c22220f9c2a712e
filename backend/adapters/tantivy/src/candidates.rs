//! Collects candidates: those of the matching documents that lie in what may be seen, best first.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use kith_domain::{
    ConversationId, EntryId, Seq, Timestamp, UserId,
    ports::search::{SearchCandidate, SearchPlace, SearchQuery},
    search::SearchOrder,
};
use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::ColumnValues,
};

use crate::schema::{CONVERSATION, ID, SENDER, SEQ, TIME};

/// Scores differ in their last bits with the order in which they are added up; so much of them is kept.
const STEPS_PER_POINT: f32 = 1024.0;

/// The collector of one search.
pub(crate) struct Candidates<'q>(pub(crate) &'q Arc<SearchQuery>);

type Values<T> = Arc<dyn ColumnValues<T>>;
type Best = BinaryHeap<Reverse<(SearchPlace, ConversationId, Seq)>>;

pub(crate) struct SegmentCandidates {
    query: Arc<SearchQuery>,
    conversations: Values<u64>,
    seqs: Values<u64>,
    ids: Values<u64>,
    senders: Values<u64>,
    times: Values<i64>,
    best: Best,
}

impl Collector for Candidates<'_> {
    type Fruit = Vec<SearchCandidate>;
    type Child = SegmentCandidates;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentCandidates> {
        let columns = segment.fast_fields();
        Ok(SegmentCandidates {
            query: Arc::clone(self.0),
            conversations: columns.u64(CONVERSATION)?.first_or_default_col(0),
            seqs: columns.u64(SEQ)?.first_or_default_col(0),
            ids: columns.u64(ID)?.first_or_default_col(0),
            senders: columns.u64(SENDER)?.first_or_default_col(0),
            times: columns.i64(TIME)?.first_or_default_col(0),
            best: BinaryHeap::with_capacity(self.0.limit + 1),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.0.order == SearchOrder::Relevance
    }

    fn merge_fruits(&self, segments: Vec<Best>) -> tantivy::Result<Vec<SearchCandidate>> {
        let mut all: Vec<_> = segments.into_iter().flatten().map(|Reverse(found)| found).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.truncate(self.0.limit);
        let candidate = |(place, conversation_id, seq)| SearchCandidate { conversation_id, seq, place };
        Ok(all.into_iter().map(candidate).collect())
    }
}

impl SegmentCollector for SegmentCandidates {
    type Fruit = Best;

    fn collect(&mut self, document: DocId, score: Score) {
        let weight = match self.query.order {
            SearchOrder::Newest => 0,
            // Scores are small and positive.
            SearchOrder::Relevance => (score * STEPS_PER_POINT) as u32,
        };
        let place = SearchPlace { weight, id: EntryId::new(self.ids.get_val(document)) };
        let full = self.best.len() >= self.query.limit;
        if self.query.after.is_some_and(|after| place >= after)
            || full && self.best.peek().is_some_and(|Reverse((least, ..))| place < *least)
        {
            return;
        }
        let conversation = ConversationId::new(self.conversations.get_val(document));
        let seq = self.seqs.get_val(document);
        if self.shows(document, conversation, seq) {
            self.best.push(Reverse((place, conversation, seq)));
            if full {
                self.best.pop();
            }
        }
    }

    fn harvest(self) -> Best {
        self.best
    }
}

impl SegmentCandidates {
    fn shows(&self, document: DocId, conversation: ConversationId, seq: Seq) -> bool {
        let query = &*self.query;
        if !query.conversations.get(&conversation).is_some_and(|intervals| intervals.contains(seq)) {
            return false;
        }
        if query.sender_id.is_some() || !query.left_out.senders.is_empty() {
            let sender = UserId::new(self.senders.get_val(document));
            let left_out = query.left_out.senders.contains(&sender)
                && query.left_out.conversations.contains(&conversation);
            if left_out || query.sender_id.is_some_and(|wanted| wanted != sender) {
                return false;
            }
        }
        if query.from.is_some() || query.to.is_some() {
            let time = Timestamp::from_millis(self.times.get_val(document));
            return query.from.is_none_or(|from| time >= from) && query.to.is_none_or(|to| time <= to);
        }
        true
    }
}
