//! Whether one socket got every entry of its conversations once and in order, by `seq` alone.

use std::ops::RangeInclusive;

/// How far one socket is in each of its conversations.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    slots: Vec<Slot>,
    /// Seqs that were jumped over, by slot: hardly ever any.
    missing: Vec<(usize, RangeInclusive<u64>)>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    conversation: u32,
    /// The lowest seq seen; 0 for none.
    first: u64,
    /// The highest seq seen; 0 for none.
    last: u64,
}

/// What an entry means for the socket that got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next one, or the first one of all.
    InOrder,
    /// So many before it did not come.
    Jumped(u64),
    /// It came before.
    Doubled,
    /// A missing one: it was not lost, but later ones came before it.
    Late,
    /// The socket's person is not in that conversation.
    Leaked,
}

/// What a socket has seen of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) conversation: u32,
    /// Lowest and highest seq; `None` when nothing came.
    pub(crate) range: Option<(u64, u64)>,
}

impl Positions {
    /// Nothing seen yet. `conversations` is ascending.
    pub(crate) fn new(conversations: &[u32]) -> Self {
        let slots =
            conversations.iter().map(|conversation| Slot { conversation: *conversation, first: 0, last: 0 });
        Self { slots: slots.collect(), missing: Vec::new() }
    }

    /// Takes an entry in.
    pub(crate) fn observe(&mut self, conversation: u32, seq: u64) -> Verdict {
        let Ok(index) = self.slots.binary_search_by_key(&conversation, |slot| slot.conversation) else {
            return Verdict::Leaked;
        };
        let slot = &mut self.slots[index];
        if slot.last == 0 {
            (slot.first, slot.last) = (seq, seq);
            Verdict::InOrder
        } else if seq == slot.last + 1 {
            slot.last = seq;
            Verdict::InOrder
        } else if seq > slot.last {
            let jumped = slot.last + 1..=seq - 1;
            slot.last = seq;
            let count = jumped.end() - jumped.start() + 1;
            self.missing.push((index, jumped));
            Verdict::Jumped(count)
        } else if seq < slot.first {
            slot.first = seq;
            Verdict::Late
        } else if self.fill(index, seq) {
            Verdict::Late
        } else {
            Verdict::Doubled
        }
    }

    /// Takes a seq out of the missing ones; false when it was not missing.
    fn fill(&mut self, index: usize, seq: u64) -> bool {
        let found = self.missing.iter().position(|(slot, range)| *slot == index && range.contains(&seq));
        let Some(at) = found else { return false };
        let (_, range) = self.missing.swap_remove(at);
        for rest in [*range.start()..=seq - 1, seq + 1..=*range.end()] {
            if !rest.is_empty() {
                self.missing.push((index, rest));
            }
        }
        true
    }

    /// What was seen of each conversation.
    pub(crate) fn seen(&self) -> impl Iterator<Item = Seen> {
        self.slots.iter().map(|slot| Seen {
            conversation: slot.conversation,
            range: (slot.last > 0).then_some((slot.first, slot.last)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries as they come to a socket of conversations 3 and 5, and what each means.
    #[test]
    fn verdicts() {
        use Verdict::{Doubled, InOrder, Jumped, Late, Leaked};
        type Case<'a> = (&'a str, &'a [(u32, u64, Verdict)]);
        let cases: [Case<'_>; 8] = [
            ("the first one may have any seq", &[(3, 41, InOrder), (3, 42, InOrder), (5, 1, InOrder)]),
            (
                "conversations are apart",
                &[(3, 1, InOrder), (5, 9, InOrder), (3, 2, InOrder), (5, 10, InOrder)],
            ),
            ("a gap", &[(3, 1, InOrder), (3, 4, Jumped(2)), (3, 5, InOrder)]),
            (
                "a repeat",
                &[(3, 1, InOrder), (3, 2, InOrder), (3, 2, Doubled), (3, 1, Doubled), (3, 3, InOrder)],
            ),
            (
                "a step back into a gap, twice",
                &[
                    (3, 1, InOrder),
                    (3, 5, Jumped(3)),
                    (3, 3, Late),
                    (3, 3, Doubled),
                    (3, 2, Late),
                    (3, 4, Late),
                ],
            ),
            ("before the first", &[(3, 7, InOrder), (3, 6, Late), (3, 6, Doubled), (3, 8, InOrder)]),
            ("a leak", &[(4, 1, Leaked), (6, 1, Leaked), (3, 1, InOrder)]),
            (
                "a gap is not filled by another conversation",
                &[(3, 1, InOrder), (3, 3, Jumped(1)), (5, 2, InOrder), (5, 2, Doubled), (3, 2, Late)],
            ),
        ];
        for (name, entries) in cases {
            let mut positions = Positions::new(&[3, 5]);
            for (conversation, seq, expected) in entries {
                assert_eq!(positions.observe(*conversation, *seq), *expected, "{name}: {conversation}/{seq}");
            }
        }
    }

    #[test]
    fn what_was_seen() {
        let mut positions = Positions::new(&[3, 5]);
        for seq in [7, 6, 9] {
            positions.observe(3, seq);
        }
        let seen: Vec<_> = positions.seen().collect();
        assert_eq!(
            seen,
            [Seen { conversation: 3, range: Some((6, 9)) }, Seen { conversation: 5, range: None }]
        );
    }
}
