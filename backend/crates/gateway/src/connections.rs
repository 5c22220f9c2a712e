//! The open sockets of a shard, for what looks at every one of them: the sweep, presence, the drain. Events never come this
//! way; they have the registry's routes.

use std::sync::Arc;

use slab::Slab;

use crate::{
    connection::Connection,
    sync::{Mutex, lock},
};

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    slab: Mutex<Slab<Arc<Connection>>>,
}

/// Where a socket stands in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(usize);

impl Connections {
    /// Adds a socket.
    pub(crate) fn insert(&self, connection: Arc<Connection>) -> Place {
        Place(lock(&self.slab).insert(connection))
    }

    /// Removes a socket.
    pub(crate) fn remove(&self, place: Place) {
        lock(&self.slab).remove(place.0);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        lock(&self.slab).len()
    }

    /// Looks at each; `each` must be quick, for the table is locked meanwhile.
    pub(crate) fn for_each(&self, mut each: impl FnMut(&Arc<Connection>)) {
        lock(&self.slab).iter().for_each(|(_, connection)| each(connection));
    }
}
