//! How many sockets each address has.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use kith_domain::ports::limits::network_of;

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
    /// Counts a socket of `address` in; `None` when it has `most` already. An IPv6 household has a network of addresses, which
    /// count as one.
    pub(crate) fn admit(&self, address: IpAddr, most: u32) -> Option<Seat> {
        let address = network_of(address);
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

    #[test]
    fn a_household_is_one_address() {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        for (first, second, same) in [
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            let addresses = Addresses::default();
            let _seat = addresses.admit(address(first), 1).unwrap();
            assert_eq!(addresses.admit(address(second), 1).is_none(), same, "{first} and {second}");
        }
    }
}
