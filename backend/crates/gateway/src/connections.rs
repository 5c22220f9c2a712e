//! All open sockets, for what looks at every one of them: the sweep, presence, the drain, and limits per address.
//! Events never come this way; they have the registry's routes.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use slab::Slab;

use crate::connection::Connection;

/// Enough parts that accepting and ending sockets on a few cores seldom meet.
const PARTS: usize = 16;

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    parts: [Mutex<Slab<Arc<Connection>>>; PARTS],
    next_part: AtomicUsize,
    open: AtomicUsize,
    addresses: Mutex<HashMap<IpAddr, u32>>,
}

/// Where a socket stands in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    part: usize,
    index: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Tables are whole between operations, so a panic elsewhere does not spoil them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connections {
    /// Counts a socket of `address` in; `false` when it has `most` already.
    pub(crate) fn admit(&self, address: IpAddr, most: u32) -> bool {
        let mut addresses = lock(&self.addresses);
        let count = addresses.entry(address).or_default();
        let room = *count < most;
        *count += u32::from(room);
        room
    }

    /// Counts a socket of `address` out again.
    pub(crate) fn dismiss(&self, address: IpAddr) {
        let mut addresses = lock(&self.addresses);
        if let Some(count) = addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&address);
            }
        }
    }

    /// Adds a socket.
    pub(crate) fn insert(&self, connection: Arc<Connection>) -> Place {
        let part = self.next_part.fetch_add(1, Ordering::Relaxed) % PARTS;
        let index = lock(&self.parts[part]).insert(connection);
        self.open.fetch_add(1, Ordering::Relaxed);
        Place { part, index }
    }

    /// Removes a socket.
    pub(crate) fn remove(&self, place: Place) {
        lock(&self.parts[place.part]).remove(place.index);
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// Looks at each; `each` must be quick, for a part is locked meanwhile.
    pub(crate) fn for_each(&self, mut each: impl FnMut(&Arc<Connection>)) {
        for part in &self.parts {
            lock(part).iter().for_each(|(_, connection)| each(connection));
        }
    }

    /// All of them at this moment.
    pub(crate) fn snapshot(&self) -> Vec<Arc<Connection>> {
        let mut all = Vec::with_capacity(self.len());
        self.for_each(|connection| all.push(Arc::clone(connection)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_sockets() {
        let connections = Connections::default();
        let address = IpAddr::from([192, 0, 2, 1]);
        assert!(connections.admit(address, 2));
        assert!(connections.admit(address, 2));
        assert!(!connections.admit(address, 2));
        assert!(connections.admit(IpAddr::from([192, 0, 2, 2]), 2));
        connections.dismiss(address);
        assert!(connections.admit(address, 2));
    }
}
