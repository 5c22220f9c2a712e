//! A set of nodes, as bits: building one for a group of thousands costs no allocation.

use kith_domain::{NodeNumber, snowflake::MAX_NODE};

const WORDS: usize = (MAX_NODE as usize + 1) / 64;

/// A set of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NodeSet([u64; WORDS]);

impl NodeSet {
    pub(crate) fn insert(&mut self, node: NodeNumber) {
        let bit = usize::from(node.get());
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    pub(crate) fn contains(&self, node: NodeNumber) -> bool {
        let bit = usize::from(node.get());
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }
}

impl FromIterator<NodeNumber> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeNumber>>(nodes: I) -> Self {
        let mut set = Self::default();
        nodes.into_iter().for_each(|node| set.insert(node));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let node = |number: u16| NodeNumber::try_from(number).unwrap();
        let set: NodeSet = [0, 63, 64, MAX_NODE].map(node).into_iter().collect();
        for (number, inside) in [(0, true), (1, false), (63, true), (64, true), (65, false), (MAX_NODE, true)]
        {
            assert_eq!(set.contains(node(number)), inside, "{number}");
        }
    }
}
