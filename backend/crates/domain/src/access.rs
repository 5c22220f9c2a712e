//! Which entries of a timeline a person may see.

use crate::entry::Seq;

/// One span of membership, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The first visible seq.
    pub from: Seq,
    /// The last visible seq; `None` while the membership lasts.
    pub to: Option<Seq>,
}

impl Interval {
    /// Whether `seq` lies in the span.
    #[must_use]
    pub fn contains(self, seq: Seq) -> bool {
        seq >= self.from && self.to.is_none_or(|to| seq <= to)
    }
}

/// All spans of one person in one conversation, oldest first, fixed when each was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals(pub Vec<Interval>);

impl Intervals {
    /// Whether the entry `seq` may be seen.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        self.0.iter().any(|interval| interval.contains(seq))
    }

    /// The newest seq that may be seen while the conversation stands at `last_seq` (0 when none may).
    #[must_use]
    pub fn last_visible(&self, last_seq: Seq) -> Seq {
        self.0.iter().map(|i| i.to.unwrap_or(last_seq).min(last_seq)).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_between_memberships_stay_closed() {
        let twice = Intervals(vec![Interval { from: 3, to: Some(5) }, Interval { from: 9, to: None }]);
        for (seq, visible) in
            [(2, false), (3, true), (5, true), (6, false), (8, false), (9, true), (900, true)]
        {
            assert_eq!(twice.contains(seq), visible, "seq {seq}");
        }
        assert_eq!(twice.last_visible(20), 20);
        let left = Intervals(vec![Interval { from: 1, to: Some(7) }]);
        assert_eq!(left.last_visible(20), 7);
        assert_eq!(Intervals::default().last_visible(20), 0);
    }
}
