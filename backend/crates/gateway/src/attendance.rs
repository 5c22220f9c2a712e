//! Which devices hold sockets of this node, whatever shard they are on: for the bound per user and for presence.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use kith_domain::{Caller, DeviceId, UserId, ports::Roster};
use smallvec::SmallVec;

use crate::sync::{Mutex, lock};

/// Enough parts that sockets that come and go on a few threads seldom meet.
const PARTS: usize = 16;

type Part = HashMap<UserId, SmallVec<[DeviceId; 2]>>;

/// A device for each socket of a user.
#[derive(Default)]
pub(crate) struct Attendance {
    parts: [Mutex<Part>; PARTS],
    roster: Option<Arc<dyn Roster>>,
}

impl Attendance {
    /// With somebody to be told, under the lock of the user's part, who comes and goes.
    pub(crate) fn new(roster: Option<Arc<dyn Roster>>) -> Self {
        Self { roster, ..Self::default() }
    }

    /// Whether other nodes serve users too.
    pub(crate) fn is_shared(&self) -> bool {
        self.roster.is_some()
    }

    /// Resolves after events of other nodes may have been lost; see [`Roster::missed`].
    pub(crate) async fn missed(&self) {
        match &self.roster {
            Some(roster) => roster.missed().await,
            None => std::future::pending().await,
        }
    }

    fn part(&self, user: UserId) -> &Mutex<Part> {
        &self.parts[(user.get() % PARTS as u64) as usize]
    }

    /// Counts a socket in; false when the user has `most` already.
    pub(crate) fn arrive(&self, caller: Caller, most: usize) -> bool {
        let mut part = lock(self.part(caller.user_id));
        let devices = part.entry(caller.user_id).or_default();
        let room = devices.len() < most;
        if room {
            devices.push(caller.device_id);
            if devices.len() == 1
                && let Some(roster) = &self.roster
            {
                roster.arrived(caller.user_id);
            }
        }
        room
    }

    /// Counts a socket out, and calls `last` when it was the device's last one: before another one of it can arrive, so
    /// that what follows from both is in order.
    pub(crate) fn leave(&self, caller: Caller, last: impl FnOnce()) {
        let mut part = lock(self.part(caller.user_id));
        let Entry::Occupied(mut user) = part.entry(caller.user_id) else { return };
        let devices = user.get_mut();
        if let Some(at) = devices.iter().position(|device| *device == caller.device_id) {
            devices.swap_remove(at);
            if !devices.contains(&caller.device_id) {
                last();
            }
        }
        if user.get().is_empty() {
            user.remove();
            if let Some(roster) = &self.roster {
                roster.left(caller.user_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(user: u64, device: u64) -> Caller {
        Caller { user_id: UserId::new(user), device_id: DeviceId::new(device) }
    }

    #[test]
    fn a_user_has_so_many_sockets_and_a_device_leaves_with_its_last() {
        let attendance = Attendance::default();
        let leaves = |caller| {
            let mut last = false;
            attendance.leave(caller, || last = true);
            last
        };
        assert!(attendance.arrive(caller(1, 10), 3));
        assert!(attendance.arrive(caller(1, 10), 3));
        assert!(attendance.arrive(caller(1, 11), 3));
        assert!(!attendance.arrive(caller(1, 12), 3), "too many");
        assert!(attendance.arrive(caller(17, 12), 3), "another user");
        assert!(!leaves(caller(1, 12)), "it did not arrive");
        assert!(!leaves(caller(1, 10)), "one of two");
        assert!(leaves(caller(1, 10)));
        assert!(leaves(caller(1, 11)));
        assert!(!leaves(caller(1, 11)));
        assert!(leaves(caller(17, 12)));
        assert!(attendance.parts.iter().all(|part| lock(part).is_empty()));
    }
}
