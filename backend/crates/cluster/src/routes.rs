//! Which nodes hold sockets of which users. Every node knows it of all others, so that nobody is asked where to send.

use std::{
    collections::{HashMap, HashSet},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use kith_domain::{NodeNumber, UserId};
use smallvec::SmallVec;

use crate::node_set::NodeSet;

/// The routes to the other nodes.
#[derive(Debug, Default)]
pub(crate) struct Routes(RwLock<Tables>);

#[derive(Debug, Default)]
struct Tables {
    nodes: HashMap<UserId, SmallVec<[NodeNumber; 2]>>,
    users: HashMap<NodeNumber, HashSet<UserId>>,
}

impl Tables {
    fn add(&mut self, node: NodeNumber, user: UserId) {
        if self.users.entry(node).or_default().insert(user) {
            self.nodes.entry(user).or_default().push(node);
        }
    }

    fn remove(&mut self, node: NodeNumber, user: UserId) {
        if !self.users.get_mut(&node).is_some_and(|users| users.remove(&user)) {
            return;
        }
        if let Some(nodes) = self.nodes.get_mut(&user) {
            nodes.retain(|other| *other != node);
            if nodes.is_empty() {
                self.nodes.remove(&user);
            }
        }
    }
}

impl Routes {
    fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The users have sockets at the node.
    pub(crate) fn add(&self, node: NodeNumber, users: &[UserId]) {
        let mut tables = self.write();
        users.iter().for_each(|user| tables.add(node, *user));
    }

    /// The users have no sockets at the node any more.
    pub(crate) fn remove(&self, node: NodeNumber, users: &[UserId]) {
        let mut tables = self.write();
        users.iter().for_each(|user| tables.remove(node, *user));
    }

    /// Forgets everything of a node.
    pub(crate) fn forget(&self, node: NodeNumber) {
        let mut tables = self.write();
        let users = tables.users.get(&node).cloned().unwrap_or_default();
        users.into_iter().for_each(|user| tables.remove(node, user));
        tables.users.remove(&node);
    }

    /// The nodes that hold a socket of at least one of the users.
    pub(crate) fn nodes_of(&self, users: &[UserId]) -> NodeSet {
        let tables = self.read();
        users.iter().filter_map(|user| tables.nodes.get(user)).flatten().copied().collect()
    }

    /// How many routes there are.
    pub(crate) fn len(&self) -> usize {
        self.read().users.values().map(HashSet::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u16) -> NodeNumber {
        NodeNumber::try_from(number).unwrap()
    }

    fn users(numbers: &[u64]) -> Vec<UserId> {
        numbers.iter().copied().map(UserId::new).collect()
    }

    #[test]
    fn users_come_and_go_and_nodes_are_forgotten() {
        let routes = Routes::default();
        routes.add(node(1), &users(&[10, 11]));
        routes.add(node(2), &users(&[11, 12]));
        routes.add(node(2), &users(&[11]));
        let expect = |of: &[u64], nodes: &[u16]| {
            let expected: NodeSet = nodes.iter().copied().map(node).collect();
            assert_eq!(routes.nodes_of(&users(of)), expected, "{of:?}");
        };
        expect(&[10], &[1]);
        expect(&[11], &[1, 2]);
        expect(&[10, 12, 99], &[1, 2]);
        expect(&[99], &[]);
        routes.remove(node(1), &users(&[11, 12]));
        expect(&[11], &[2]);
        expect(&[12], &[2]);
        routes.forget(node(2));
        expect(&[10, 11, 12], &[1]);
        assert_eq!(routes.len(), 1);
    }
}
