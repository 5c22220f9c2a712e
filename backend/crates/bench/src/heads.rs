//! Whether the newest entries reached everybody: a lost last message leaves no gap behind it, so that what each socket
//! saw is compared with what receipts and the other sockets showed, over all processes.

use serde::{Deserialize, Serialize};

use crate::checker::Seen;

/// What the sockets of a process saw of one conversation, and what its receipts told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The lowest seq of any receipt or entry; 0 for none.
    low: u64,
    /// The highest seq of any receipt or entry; 0 for none.
    high: u64,
    /// Sockets that are to have got everything.
    receivers: u64,
    /// Those of them that saw nothing at all.
    silent: u64,
    /// Sum of the lowest seqs that the others saw.
    firsts: u64,
    /// Sum of the highest seqs that the others saw.
    lasts: u64,
}

impl Head {
    /// A seq that exists.
    pub(crate) fn show(&mut self, seq: u64) {
        if self.low == 0 || seq < self.low {
            self.low = seq;
        }
        self.high = self.high.max(seq);
    }

    /// A socket that is to have got everything.
    pub(crate) fn add_receiver(&mut self, seen: &Seen) {
        self.receivers += 1;
        match seen.range {
            Some((first, last)) => {
                self.firsts += first;
                self.lasts += last;
            }
            None => self.silent += 1,
        }
    }

    /// Adds what another process saw.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.high > 0 {
            self.show(other.low);
            self.show(other.high);
        }
        self.receivers += other.receivers;
        self.silent += other.silent;
        self.firsts += other.firsts;
        self.lasts += other.lasts;
    }

    /// Entries that receivers lack at either end of what is known to exist. Gaps in between are counted as they appear.
    pub(crate) fn lost_at_ends(&self) -> u64 {
        if self.high == 0 {
            return 0;
        }
        let (heard, existing) = (self.receivers - self.silent, self.high - self.low + 1);
        let before = self.firsts - heard * self.low;
        let after = heard * self.high - self.lasts;
        before + after + self.silent * existing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(first: u64, last: u64) -> Seen {
        Seen { conversation: 0, range: (last > 0).then_some((first, last)) }
    }

    #[test]
    fn what_is_lost_at_the_ends() {
        type Case<'a> = (&'a str, &'a [u64], &'a [(u64, u64)], u64);
        let cases: [Case<'_>; 6] = [
            ("nothing happened", &[], &[(0, 0)], 0),
            ("all got all", &[4, 5, 6], &[(4, 6), (4, 6)], 0),
            ("one lacks the last", &[4, 5, 6], &[(4, 6), (4, 5)], 1),
            ("one lacks the first", &[4, 5, 6], &[(4, 6), (5, 6)], 1),
            ("one got nothing", &[4, 5, 6], &[(4, 6), (0, 0)], 3),
            ("a receipt tells of one that nobody got", &[4, 5, 6, 7], &[(4, 6), (4, 6)], 2),
        ];
        for (name, shown, receivers, lost) in cases {
            let (mut one, mut other) = (Head::default(), Head::default());
            shown.iter().for_each(|seq| one.show(*seq));
            for (index, (first, last)) in receivers.iter().enumerate() {
                let process = if index % 2 == 0 { &mut one } else { &mut other };
                process.add_receiver(&seen(*first, *last));
            }
            one.merge(&other);
            assert_eq!(one.lost_at_ends(), lost, "{name}");
        }
    }
}
