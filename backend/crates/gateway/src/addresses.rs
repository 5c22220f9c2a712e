//! How many sockets each address has.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use crate::sync::{Mutex, lock};

/// The counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses(Arc<Mutex<HashMap<IpAddr, u32>>>);

/// One of the sockets that an address may have; dropping it gives it up.
#[derive(Debug)]
pub(crate) struct Seat {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    /// Counts a socket of `address` in; `None` when it has `most` already.
    pub(crate) fn admit(&self, address: IpAddr, most: u32) -> Option<Seat> {
        let mut counts = lock(&self.0);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Seat { addresses: self.clone(), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = lock(&self.addresses.0);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_sockets() {
        let addresses = Addresses::default();
        let address = IpAddr::from([192, 0, 2, 1]);
        let first = addresses.admit(address, 2);
        let second = addresses.admit(address, 2);
        assert!(first.is_some() && second.is_some());
        assert!(addresses.admit(address, 2).is_none());
        assert!(addresses.admit(IpAddr::from([192, 0, 2, 2]), 2).is_some());
        drop(first);
        let third = addresses.admit(address, 2);
        assert!(third.is_some());
        drop((second, third));
        assert!(lock(&addresses.0).is_empty());
    }
}
