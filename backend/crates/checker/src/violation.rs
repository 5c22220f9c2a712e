//! What was broken, where.

use std::fmt;

/// What a history must keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Every acknowledged message is in the timeline once, with the content and the seq it was acknowledged with.
    I1,
    /// Nothing is in a timeline that nobody began who might, or that was finally refused.
    I2,
    /// (conversation, sender, client message id) and (conversation, seq) are unique.
    I3,
    /// Seqs are dense from 1.
    I4,
    /// What was acknowledged before another message was begun stands before it.
    I5,
    /// What a device shows of a conversation rises strictly and, when all is quiet, is what it may see of the timeline.
    I6,
    /// No message is shown twice, nor beside what stood for it while it was under way.
    I7,
    /// In the end all screens and all nodes show the same: entries, unsends, names.
    I8,
    /// Nobody is sent an entry outside their membership, shown or not.
    I9,
    /// Read markers never go back, and unread is what counting finds.
    I10,
}

/// Something that is not as promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What it breaks.
    pub invariant: Invariant,
    /// The line that shows it, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at line {}: {}", self.invariant, self.line, self.what)
    }
}
