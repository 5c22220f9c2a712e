//! Free ports.

use std::net::{Ipv4Addr, TcpListener};

use crate::HarnessError;

/// Below the range that systems give to outgoing connections: a port stays free while its server is down.
const RANGE: std::ops::Range<u16> = 15_000..32_000;

/// `N` different ports of 127.0.0.1 on which nobody listens now. Another process can still be quicker: who starts
/// a server chooses again when it says that the address is in use.
///
/// # Errors
/// [`HarnessError::Io`] when no port can be bound.
pub(crate) fn free<const N: usize>() -> Result<[u16; N], HarnessError> {
    let mut ports = [0; N];
    for place in 0..N {
        let mut tries = 0;
        ports[place] = loop {
            let port = fastrand::u16(RANGE);
            if ports.contains(&port) {
                continue;
            }
            match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(_) => break port,
                Err(error) if tries >= 1_000 => {
                    return Err(HarnessError::io("find a free port on 127.0.0.1")(error));
                }
                Err(_) => tries += 1,
            }
        };
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ports_differ_and_can_be_listened_on() {
        let ports: [u16; 50] = free().unwrap();
        assert_eq!(ports.iter().collect::<HashSet<_>>().len(), ports.len());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, ports[0])).unwrap();
        assert_eq!(listener.local_addr().unwrap().port(), ports[0]);
    }
}
