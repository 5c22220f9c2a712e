//! Puts the entries of a conversation in order: nodes commit into it side by side, and their events travel on different
//! ways. A later entry waits a moment for the one before it, which is then read from the ledger, once for the node.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use kith_domain::{
    ConversationId, Entry, EntryBody, LiveEvent, NoticeKind, Seq, UserId, event::MembershipChange,
};

/// How long an entry waits for the one before it.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);
/// Entries of one conversation that may wait.
const MAX_HELD: usize = 500;
/// Conversations of one generation; the memory holds two.
const GENERATION: usize = 100_000;

/// Seqs that are missing, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Hole {
    pub(crate) conversation: ConversationId,
    pub(crate) low: Seq,
    pub(crate) high: Seq,
}

#[derive(Debug)]
struct Place {
    /// The first entry seen here: what is older was never in order.
    first: Seq,
    /// The last one that was let through.
    last: Seq,
    held: BTreeMap<Seq, Arc<Entry>>,
    since: Instant,
}

impl Place {
    /// Lets through what follows without a hole.
    fn drain(&mut self, ready: &mut Vec<LiveEvent>) {
        while let Some(entry) = self.held.remove(&(self.last + 1)) {
            self.last += 1;
            release(entry, ready);
        }
    }

    /// Gives up on what is missing before the first entry that waits.
    fn skip(&mut self, ready: &mut Vec<LiveEvent>) {
        if let Some(&first) = self.held.keys().next() {
            self.last = first - 1;
            self.drain(ready);
        }
    }
}

/// Lets an entry through. Who goes with it is cut off at the same time: what follows may be let through at once, and the
/// change itself come behind it.
fn release(entry: Arc<Entry>, ready: &mut Vec<LiveEvent>) {
    if let Some(user_id) = gone(&entry) {
        let (conversation_id, change) = (entry.conversation_id, MembershipChange::Ended { at: entry.seq });
        ready.push(LiveEvent::Membership { conversation_id, user_id, change });
    }
    ready.push(LiveEvent::Entry(entry));
}

/// Whose membership an entry ended.
pub(crate) fn gone(entry: &Entry) -> Option<UserId> {
    match &entry.body {
        EntryBody::Notice(notice) if matches!(notice.kind, NoticeKind::Left | NoticeKind::Kicked) => {
            notice.user_id
        }
        _ => None,
    }
}

/// Where each conversation stands here.
#[derive(Debug, Default)]
pub(crate) struct Sequencer {
    young: HashMap<ConversationId, Place>,
    old: HashMap<ConversationId, Place>,
    /// Conversations in which something waits.
    waiting: HashSet<ConversationId>,
}

impl Sequencer {
    /// Takes an event; what may be told now is added to `ready`, in order. An entry that was told before is dropped.
    pub(crate) fn push(&mut self, event: LiveEvent, now: Instant, ready: &mut Vec<LiveEvent>) {
        let LiveEvent::Entry(entry) = event else { return ready.push(event) };
        let (conversation, seq) = (entry.conversation_id, entry.seq);
        let Some(place) = self.place(conversation) else {
            let place = Place { first: seq, last: seq, held: BTreeMap::new(), since: now };
            self.keep(conversation, place);
            return release(entry, ready);
        };
        if seq < place.first {
            return release(entry, ready);
        }
        if seq <= place.last {
            return;
        }
        if place.held.is_empty() {
            place.since = now;
        }
        place.held.insert(seq, entry);
        place.drain(ready);
        if place.held.len() > MAX_HELD {
            // Nothing passes what is missing, as that may have put somebody out. The last one is read when another follows.
            place.held.pop_last();
        }
        let waits = !place.held.is_empty();
        self.note(conversation, waits);
    }

    /// What has been missing for too long at `now`.
    pub(crate) fn holes(&mut self, now: Instant) -> Vec<Hole> {
        let waiting: Vec<ConversationId> = self.waiting.iter().copied().collect();
        let mut holes = Vec::new();
        for conversation in waiting {
            let Some(place) = self.place(conversation) else { continue };
            if now.duration_since(place.since) < PATIENCE {
                continue;
            }
            if let Some(&first) = place.held.keys().next() {
                holes.push(Hole { conversation, low: place.last + 1, high: first - 1 });
                // Asked for again only if the answer does not come.
                place.since = now + Duration::from_secs(2);
            }
        }
        holes
    }

    /// Whether something waits.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes what was read of a hole; what the ledger does not give is given up.
    pub(crate) fn fill(&mut self, hole: Hole, entries: Vec<Entry>, now: Instant, ready: &mut Vec<LiveEvent>) {
        for entry in entries {
            self.push(LiveEvent::Entry(Arc::new(entry)), now, ready);
        }
        let Some(place) = self.place(hole.conversation) else { return };
        if place.last < hole.high {
            place.skip(ready);
        }
        place.since = now;
        let waits = !place.held.is_empty();
        self.note(hole.conversation, waits);
    }

    fn note(&mut self, conversation: ConversationId, waits: bool) {
        if waits {
            self.waiting.insert(conversation);
        } else {
            self.waiting.remove(&conversation);
        }
    }

    fn place(&mut self, conversation: ConversationId) -> Option<&mut Place> {
        if let Some(place) = self.old.remove(&conversation) {
            self.keep(conversation, place);
        }
        self.young.get_mut(&conversation)
    }

    fn keep(&mut self, conversation: ConversationId, place: Place) {
        if self.young.len() >= GENERATION {
            let mut young = std::mem::take(&mut self.young);
            // Whoever waits is never forgotten.
            for (id, place) in self.old.drain().filter(|(_, place)| !place.held.is_empty()) {
                young.insert(id, place);
            }
            self.old = young;
        }
        self.young.insert(conversation, place);
    }
}

#[cfg(test)]
mod tests {
    use kith_domain::{EntryBody, EntryId, Notice, NoticeKind, Timestamp, UserId};

    use super::*;

    fn entry(seq: Seq) -> Entry {
        Entry {
            conversation_id: ConversationId::new(1),
            seq,
            id: EntryId::new(seq),
            sender_id: UserId::new(1),
            server_time: Timestamp::from_millis(0),
            body: EntryBody::Notice(Notice::plain(NoticeKind::Created)),
        }
    }

    struct World {
        sequencer: Sequencer,
        now: Instant,
    }

    impl World {
        fn new() -> Self {
            Self { sequencer: Sequencer::default(), now: Instant::now() }
        }

        fn push(&mut self, seq: Seq) -> Vec<Seq> {
            let mut ready = Vec::new();
            self.sequencer.push(LiveEvent::Entry(Arc::new(entry(seq))), self.now, &mut ready);
            seqs(&ready)
        }

        fn fill(&mut self, hole: Hole, found: &[Seq]) -> Vec<Seq> {
            let mut ready = Vec::new();
            let found = found.iter().copied().map(entry).collect();
            self.sequencer.fill(hole, found, self.now, &mut ready);
            seqs(&ready)
        }

        fn holes_after(&mut self, time: Duration) -> Vec<(Seq, Seq)> {
            self.now += time;
            self.sequencer.holes(self.now).into_iter().map(|hole| (hole.low, hole.high)).collect()
        }
    }

    fn seqs(events: &[LiveEvent]) -> Vec<Seq> {
        let seq = |event: &LiveEvent| match event {
            LiveEvent::Entry(entry) => entry.seq,
            other => panic!("nobody pushed {other:?}"),
        };
        events.iter().map(seq).collect()
    }

    fn hole(low: Seq, high: Seq) -> Hole {
        Hole { conversation: ConversationId::new(1), low, high }
    }

    #[test]
    fn entries_leave_in_order_and_once() {
        let mut world = World::new();
        for (pushed, left) in [
            (5, vec![5]),
            (7, vec![]),
            (8, vec![]),
            (6, vec![6, 7, 8]),
            (6, vec![]),
            (8, vec![]),
            (9, vec![9]),
            // Older than all that was seen here: whether it was told is not known.
            (3, vec![3]),
        ] {
            assert_eq!(world.push(pushed), left, "{pushed}");
        }
        assert!(!world.sequencer.is_waiting());
    }

    #[test]
    fn who_goes_is_cut_off_before_what_follows() {
        let mut world = World::new();
        world.push(1);
        assert_eq!(world.push(3), Vec::<Seq>::new());
        let mut kicked = entry(2);
        kicked.body = EntryBody::Notice(Notice::about(NoticeKind::Kicked, UserId::new(7)));
        let mut ready = Vec::new();
        world.sequencer.push(LiveEvent::Entry(Arc::new(kicked)), world.now, &mut ready);
        let (change, entries) = ready.split_first().unwrap();
        assert!(
            matches!(change, LiveEvent::Membership { user_id, change: MembershipChange::Ended { at: 2 }, .. }
                if *user_id == UserId::new(7)),
            "{change:?}"
        );
        assert_eq!(seqs(entries), [2, 3]);
    }

    #[test]
    fn a_hole_is_told_after_a_moment_and_filled_from_the_ledger() {
        let mut world = World::new();
        world.push(1);
        world.push(4);
        assert_eq!(world.holes_after(PATIENCE / 2), []);
        assert_eq!(world.holes_after(PATIENCE), [(2, 3)]);
        assert_eq!(world.holes_after(PATIENCE), [], "it is being read");
        assert_eq!(world.fill(hole(2, 3), &[2, 3]), [2, 3, 4]);
        assert!(!world.sequencer.is_waiting());
    }

    #[test]
    fn what_the_ledger_does_not_give_is_given_up() {
        let mut world = World::new();
        world.push(1);
        world.push(4);
        world.push(6);
        assert_eq!(world.holes_after(PATIENCE), [(2, 3)]);
        assert_eq!(world.fill(hole(2, 3), &[2]), [2, 4]);
        assert_eq!(world.holes_after(PATIENCE), [(5, 5)]);
        assert_eq!(world.fill(hole(5, 5), &[]), [6]);
        assert_eq!(world.push(7), [7]);
    }

    #[test]
    fn what_came_late_needs_no_reading() {
        let mut world = World::new();
        world.push(1);
        world.push(3);
        assert_eq!(world.push(2), [2, 3]);
        assert_eq!(world.holes_after(PATIENCE * 2), []);
    }

    #[test]
    fn no_more_waits_than_there_is_room_for() {
        let mut world = World::new();
        world.push(1);
        let last = 2 + MAX_HELD as Seq;
        for seq in 3..=last + 1 {
            assert_eq!(world.push(seq), Vec::<Seq>::new(), "{seq} passes nothing");
        }
        assert_eq!(world.fill(hole(2, 2), &[2]), (2..=last).collect::<Vec<_>>());
        assert_eq!(world.push(last + 2), Vec::<Seq>::new());
        assert_eq!(world.holes_after(PATIENCE), [(last + 1, last + 1)], "there was no room for it");
    }
}
