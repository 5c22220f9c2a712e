//! The newest entries of conversations in which something happens, so that catching up and first pages need not look
//! for rows that lie scattered over the file.
//!
//! A tail is a run of seqs without a hole. It learns of a commit before that is answered, so that a snapshot which is
//! taken afterwards never meets an older state here. It may know more than a snapshot: readers ask for seqs below the
//! heads they have read, and of an entry that was erased since then the tail is gone.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use kith_domain::{ConversationId, Entry, EntryBody, Seq, event::LiveEvent};

use crate::sync::{Mutex, MutexGuard, lock};

/// Entries of one tail at most: a page and what comes while it is read.
const LENGTH: usize = 64;
/// What an entry takes beside its content.
const OVERHEAD: usize = 400;

/// The tails of all conversations, within a budget; who was neither written nor read for the longest goes first.
pub(crate) struct Tails {
    state: Mutex<State>,
    budget: usize,
}

#[derive(Default)]
struct State {
    tails: HashMap<ConversationId, Tail>,
    /// Conversations by when they were last used.
    by_use: BTreeMap<u64, ConversationId>,
    uses: u64,
    bytes: usize,
    /// Counts what was forgotten because it changed.
    changes: u64,
}

#[derive(Default)]
struct Tail {
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
    used: u64,
}

/// What was known when a snapshot was asked for: what it reads is remembered only if nothing has changed since.
#[derive(Clone)]
pub(crate) struct Moment {
    tails: Arc<Tails>,
    changes: u64,
}

fn size(entry: &Entry) -> usize {
    let content = match &entry.body {
        EntryBody::Message { content: Some(content), .. } => content.size_hint(),
        _ => 0,
    };
    OVERHEAD + content
}

impl Tail {
    fn bounds(&self) -> Option<(Seq, Seq)> {
        Some((self.entries.front()?.seq, self.entries.back()?.seq))
    }

    fn push_back(&mut self, entry: Arc<Entry>) {
        self.bytes += size(&entry);
        self.entries.push_back(entry);
    }

    fn push_front(&mut self, entry: Arc<Entry>) {
        self.bytes += size(&entry);
        self.entries.push_front(entry);
    }

    /// Drops the oldest entries above the length.
    fn shorten(&mut self) {
        while self.entries.len() > LENGTH
            && let Some(entry) = self.entries.pop_front()
        {
            self.bytes -= size(&entry);
        }
    }
}

impl State {
    /// Takes a tail out to be changed; [`State::put`] brings it back.
    fn take(&mut self, conversation: ConversationId) -> Option<Tail> {
        let tail = self.tails.remove(&conversation)?;
        self.by_use.remove(&tail.used);
        self.bytes -= tail.bytes;
        Some(tail)
    }

    fn put(&mut self, conversation: ConversationId, mut tail: Tail) {
        tail.shorten();
        self.uses += 1;
        tail.used = self.uses;
        self.bytes += tail.bytes;
        self.by_use.insert(tail.used, conversation);
        self.tails.insert(conversation, tail);
    }

    fn make_room(&mut self, budget: usize) {
        while self.bytes > budget
            && let Some((_, &oldest)) = self.by_use.first_key_value()
        {
            self.take(oldest);
        }
    }

    fn append(&mut self, entry: &Arc<Entry>) {
        let conversation = entry.conversation_id;
        let mut tail = self.take(conversation).unwrap_or_default();
        if tail.bounds().is_some_and(|(_, last)| last + 1 != entry.seq) {
            tail = Tail::default();
        }
        tail.push_back(Arc::clone(entry));
        self.put(conversation, tail);
    }
}

impl Tails {
    /// Tails of `budget` bytes in all.
    pub(crate) fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), budget })
    }

    /// To be called before a snapshot is asked for.
    pub(crate) fn moment(self: &Arc<Self>) -> Moment {
        Moment { tails: Arc::clone(self), changes: self.state().changes }
    }

    /// Learns of a commit: which conversations have entries that were erased, and what is new. Of those conversations
    /// nothing is remembered, as what was erased may be as new.
    pub(crate) fn commit(&self, erased: &[ConversationId], events: &[LiveEvent]) {
        let mut state = self.state();
        let erased: HashSet<ConversationId> = erased.iter().copied().collect();
        for &conversation in &erased {
            state.changes += 1;
            state.take(conversation);
        }
        for event in events {
            if let LiveEvent::Entry(entry) = event
                && !erased.contains(&entry.conversation_id)
            {
                state.append(entry);
            }
        }
        state.make_room(self.budget);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Moment {
    /// The entries from `low` to `high`, both included, if all of them are known.
    pub(crate) fn range(&self, conversation: ConversationId, low: Seq, high: Seq) -> Option<Vec<Arc<Entry>>> {
        let mut state = self.tails.state();
        let (first, last) = state.tails.get(&conversation)?.bounds()?;
        if low < first || high > last || low > high {
            return None;
        }
        let tail = state.take(conversation)?;
        let (skipped, count) = ((low - first) as usize, (high - low + 1) as usize);
        let entries = tail.entries.iter().skip(skipped).take(count).cloned().collect();
        state.put(conversation, tail);
        Some(entries)
    }

    /// Remembers a run that was read, ascending and without a hole, if it ends at `head`, which was the newest seq of
    /// the conversation in the same snapshot.
    pub(crate) fn learn(&self, conversation: ConversationId, head: Seq, run: &[Entry]) {
        let Some(newest) = run.last() else { return };
        let mut state = self.tails.state();
        if newest.seq != head || state.changes != self.changes {
            return;
        }
        let mut tail = state.take(conversation).unwrap_or_default();
        if tail.entries.is_empty() {
            let kept = run.len().saturating_sub(LENGTH);
            run[kept..].iter().for_each(|entry| tail.push_back(Arc::new(entry.clone())));
        } else {
            // What came since the snapshot stays; what lies before it is put in front.
            for entry in run.iter().rev() {
                match tail.bounds() {
                    Some((first, _)) if entry.seq + 1 == first && tail.entries.len() < LENGTH => {
                        tail.push_front(Arc::new(entry.clone()));
                    }
                    _ => {}
                }
            }
        }
        state.put(conversation, tail);
        state.make_room(self.tails.budget);
    }
}

#[cfg(all(test, not(feature = "loom")))]
mod tests {
    use kith_domain::{EntryId, Notice, NoticeKind, Timestamp, UserId};

    use super::*;

    fn entry(conversation: u64, seq: Seq) -> Entry {
        Entry {
            conversation_id: ConversationId::new(conversation),
            seq,
            id: EntryId::new(seq),
            sender_id: UserId::new(1),
            server_time: Timestamp::from_millis(0),
            body: EntryBody::Notice(Notice::plain(NoticeKind::Created)),
        }
    }

    fn commit(tails: &Tails, conversation: u64, seqs: std::ops::RangeInclusive<Seq>) {
        let events: Vec<_> = seqs.map(|seq| LiveEvent::Entry(Arc::new(entry(conversation, seq)))).collect();
        tails.commit(&[], &events);
    }

    fn run(conversation: u64, seqs: std::ops::RangeInclusive<Seq>) -> Vec<Entry> {
        seqs.map(|seq| entry(conversation, seq)).collect()
    }

    /// What is known from `low` to `high`.
    fn known(tails: &Arc<Tails>, conversation: u64, low: Seq, high: Seq) -> Option<Vec<Seq>> {
        let found = tails.moment().range(ConversationId::new(conversation), low, high)?;
        Some(found.iter().map(|entry| entry.seq).collect())
    }

    #[test]
    fn a_tail_answers_what_lies_wholly_in_it() {
        let tails = Tails::new(1 << 20);
        commit(&tails, 1, 5..=9);
        for (low, high, found) in [
            (5, 9, Some(vec![5, 6, 7, 8, 9])),
            (7, 8, Some(vec![7, 8])),
            (9, 9, Some(vec![9])),
            (4, 9, None),
            (5, 10, None),
            (8, 7, None),
        ] {
            assert_eq!(known(&tails, 1, low, high), found, "{low} to {high}");
        }
        assert_eq!(known(&tails, 2, 5, 5), None);
    }

    #[test]
    fn a_hole_begins_a_new_tail_and_old_entries_go() {
        let tails = Tails::new(1 << 20);
        commit(&tails, 1, 1..=3);
        commit(&tails, 1, 5..=5);
        assert_eq!(known(&tails, 1, 3, 5), None);
        assert_eq!(known(&tails, 1, 5, 5), Some(vec![5]));
        let longer = LENGTH as Seq + 10;
        commit(&tails, 2, 1..=longer);
        assert_eq!(known(&tails, 2, 10, longer), None);
        assert_eq!(known(&tails, 2, 11, longer).map(|seqs| seqs.len()), Some(LENGTH));
    }

    #[test]
    fn what_was_read_is_remembered_only_if_it_is_the_end_and_nothing_was_erased() {
        let tails = Tails::new(1 << 20);
        let one = ConversationId::new(1);
        tails.moment().learn(one, 12, &run(1, 8..=10));
        assert_eq!(known(&tails, 1, 8, 10), None, "it is not the end");

        let before = tails.moment();
        tails.commit(&[ConversationId::new(7)], &[]);
        before.learn(one, 10, &run(1, 8..=10));
        assert_eq!(known(&tails, 1, 8, 10), None, "something was erased meanwhile");

        tails.moment().learn(one, 10, &run(1, 8..=10));
        assert_eq!(known(&tails, 1, 8, 10), Some(vec![8, 9, 10]));
    }

    #[test]
    fn what_was_read_goes_before_what_came_meanwhile() {
        let tails = Tails::new(1 << 20);
        let one = ConversationId::new(1);
        let moment = tails.moment();
        commit(&tails, 1, 11..=12);
        moment.learn(one, 10, &run(1, 8..=10));
        assert_eq!(known(&tails, 1, 8, 12), Some(vec![8, 9, 10, 11, 12]));
        // The first of a tail that began later is no neighbour of what was read.
        commit(&tails, 2, 15..=15);
        tails.moment().learn(ConversationId::new(2), 10, &run(2, 8..=10));
        assert_eq!(known(&tails, 2, 8, 10), None);
        assert_eq!(known(&tails, 2, 15, 15), Some(vec![15]));
    }

    #[test]
    fn an_erased_entry_takes_its_tail_along() {
        let tails = Tails::new(1 << 20);
        commit(&tails, 1, 1..=3);
        let unsend = LiveEvent::Entry(Arc::new(entry(1, 4)));
        tails.commit(&[ConversationId::new(1)], &[unsend]);
        assert_eq!(known(&tails, 1, 1, 3), None);
        assert_eq!(known(&tails, 1, 4, 4), None, "it may be what was erased");
        commit(&tails, 1, 5..=5);
        assert_eq!(known(&tails, 1, 5, 5), Some(vec![5]));
    }

    #[test]
    fn the_budget_is_kept_by_forgetting_who_was_not_used() {
        let tails = Tails::new(4 * OVERHEAD);
        for conversation in 1..=4 {
            commit(&tails, conversation, 1..=1);
        }
        assert!(known(&tails, 1, 1, 1).is_some());
        commit(&tails, 5, 1..=1);
        let kept: Vec<u64> = (1..=5).filter(|id| known(&tails, *id, 1, 1).is_some()).collect();
        assert_eq!(kept, [1, 3, 4, 5]);
        assert!(tails.state().bytes <= 4 * OVERHEAD);
    }
}
