//! Puts the entries of a conversation in order: nodes commit into it side by side, and their events travel on different
//! ways. A later entry waits a moment for the one before it, which is then read from the ledger, once for the node.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use kith_domain::{ConversationId, Entry, EntryBody, LiveEvent, NoticeKind, Seq, event::MembershipChange};

use crate::recovery::{Loss, Losses};

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
    /// The loss during which it was seen first: until that is settled, something older may come that belongs before it.
    doubt: Option<Loss>,
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

/// Lets an entry through, and with it what it changed. That comes on its own as well, but it may be lost, or come behind what
/// follows, which must not reach who has gone.
fn release(entry: Arc<Entry>, ready: &mut Vec<LiveEvent>) {
    let conversation_id = entry.conversation_id;
    let EntryBody::Notice(notice) = &entry.body else { return ready.push(LiveEvent::Entry(entry)) };
    let change = match notice.kind {
        NoticeKind::Joined => Some(MembershipChange::Joined { from: entry.seq }),
        NoticeKind::Left | NoticeKind::Kicked => Some(MembershipChange::Ended { at: entry.seq }),
        _ => None,
    };
    if let (Some(change), Some(user_id)) = (change, notice.user_id) {
        ready.push(LiveEvent::Membership { conversation_id, user_id, change });
    }
    ready.push(LiveEvent::Entry(entry));
    ready.push(LiveEvent::ConversationChanged(conversation_id));
}

/// Whether an entry ended somebody's membership.
pub(crate) fn puts_out(entry: &Entry) -> bool {
    matches!(&entry.body, EntryBody::Notice(notice) if matches!(notice.kind, NoticeKind::Left | NoticeKind::Kicked))
}

/// Where each conversation stands here.
#[derive(Debug)]
pub(crate) struct Sequencer {
    young: HashMap<ConversationId, Place>,
    old: HashMap<ConversationId, Place>,
    /// Conversations in which something waits for what is missing before it.
    waiting: HashSet<ConversationId>,
    /// Conversations in which something waits for a loss to be settled.
    doubted: HashSet<ConversationId>,
    losses: Losses,
    settled: Loss,
}

impl Sequencer {
    /// Nothing was seen yet.
    pub(crate) fn new(losses: Losses) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            waiting: HashSet::new(),
            doubted: HashSet::new(),
            losses,
            settled: Loss::default(),
        }
    }

    /// Takes an event; what may be told now is added to `ready`, in order. An entry that was told before is dropped.
    pub(crate) fn push(&mut self, event: LiveEvent, now: Instant, ready: &mut Vec<LiveEvent>) {
        let LiveEvent::Entry(entry) = event else { return ready.push(event) };
        let (conversation, seq) = (entry.conversation_id, entry.seq);
        let Some(place) = self.place(conversation) else { return self.begin(entry, now, ready) };
        if place.doubt.is_some() && seq < place.first {
            (place.first, place.last) = (seq, seq - 1);
        }
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
        if place.doubt.is_none() {
            place.drain(ready);
        }
        if place.held.len() > MAX_HELD {
            // Nothing passes what is missing, as that may have put somebody out. The last one is read when another follows.
            place.held.pop_last();
        }
        let waits = place.doubt.is_none() && !place.held.is_empty();
        self.note(conversation, waits);
    }

    /// The first entry of a conversation that is seen here. While something is missing, an older one may yet be read.
    fn begin(&mut self, entry: Arc<Entry>, now: Instant, ready: &mut Vec<LiveEvent>) {
        let (conversation, seq) = (entry.conversation_id, entry.seq);
        let mut place = Place { first: seq, last: seq, held: BTreeMap::new(), since: now, doubt: None };
        let newest = self.losses.newest();
        if newest > self.settled {
            place.last = seq - 1;
            place.held.insert(seq, entry);
            place.doubt = Some(newest);
            self.doubted.insert(conversation);
        } else {
            release(entry, ready);
        }
        self.keep(conversation, place);
    }

    /// What was found missing up to a loss has been read, and pushed.
    pub(crate) fn settle(&mut self, loss: Loss, now: Instant, ready: &mut Vec<LiveEvent>) {
        self.settled = self.settled.max(loss);
        for conversation in self.doubted.drain().collect::<Vec<_>>() {
            let Some(place) = self.place(conversation) else { continue };
            if place.doubt.is_some_and(|doubt| doubt > loss) {
                self.doubted.insert(conversation);
                continue;
            }
            place.doubt = None;
            place.since = now;
            place.drain(ready);
            let waits = !place.held.is_empty();
            self.note(conversation, waits);
        }
    }

    /// Those of these entries that were neither told here nor wait here.
    pub(crate) fn untold(&self, mut places: Vec<(ConversationId, Seq)>) -> Vec<(ConversationId, Seq)> {
        places.retain(|(conversation, seq)| {
            let place = self.young.get(conversation).or_else(|| self.old.get(conversation));
            place.is_none_or(|place| {
                let told = place.first <= *seq && *seq <= place.last;
                !told && !place.held.contains_key(seq)
            })
        });
        places
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
mod tests;
