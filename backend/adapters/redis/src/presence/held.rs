//! What a node itself remembers of its leases.

use std::collections::HashMap;

use kith_domain::{
    Caller, Timestamp,
    id::{DeviceId, UserId},
    ports::presence::{GRACE_MILLIS, LEASE_MILLIS},
};

/// The leases of one node. One that ended stays until its end is old news everywhere.
#[derive(Debug, Default)]
pub(super) struct Held {
    people: HashMap<UserId, Person>,
    /// When to look next for what can be forgotten.
    look_at: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Person {
    /// Devices and when their leases end. Few, so a list.
    leases: Vec<(DeviceId, Timestamp)>,
    /// Whether Redis has answered that it knows of them. Before that their coming may have been found out there without
    /// anybody learning of it.
    sure: bool,
}

/// A lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) user: UserId,
    pub(super) device: DeviceId,
    pub(super) end: Timestamp,
    pub(super) sure: bool,
}

impl Held {
    /// Takes or renews leases.
    pub(super) fn renew(&mut self, callers: &[Caller], now: Timestamp) {
        let end = now.plus_millis(LEASE_MILLIS);
        for caller in callers {
            let leases = &mut self.people.entry(caller.user_id).or_default().leases;
            match leases.iter_mut().find(|(device, _)| *device == caller.device_id) {
                Some(lease) => lease.1 = end,
                None => leases.push((caller.device_id, end)),
            }
        }
    }

    /// Ends a lease.
    pub(super) fn release(&mut self, user: UserId, device: DeviceId, now: Timestamp) {
        let leases = self.people.get_mut(&user).into_iter().flat_map(|person| &mut person.leases);
        for lease in leases.filter(|lease| lease.0 == device) {
            lease.1 = lease.1.min(now);
        }
    }

    /// Notes that Redis knows of these.
    pub(super) fn sure(&mut self, users: impl Iterator<Item = UserId>) {
        for user in users {
            if let Some(person) = self.people.get_mut(&user) {
                person.sure = true;
            }
        }
    }

    /// All leases.
    pub(super) fn leases(&self) -> Vec<Lease> {
        let of = |(user, person): (&UserId, &Person)| {
            let (user, sure) = (*user, person.sure);
            let lease =
                move |(device, end): &(DeviceId, Timestamp)| Lease { user, device: *device, end: *end, sure };
            person.leases.iter().map(lease).collect::<Vec<_>>()
        };
        self.people.iter().flat_map(of).collect()
    }

    /// Forgets whose end was announced long ago. It looks once a lease.
    pub(super) fn forget(&mut self, now: Timestamp) {
        if self.look_at.is_some_and(|at| now < at) {
            return;
        }
        self.look_at = Some(now.plus_millis(LEASE_MILLIS));
        let old = now.plus_millis(-GRACE_MILLIS - LEASE_MILLIS);
        self.people.retain(|_, person| {
            person.leases.retain(|(_, end)| *end > old);
            !person.leases.is_empty()
        });
        self.people.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Caller = Caller { user_id: UserId::new(1), device_id: DeviceId::new(2) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(0).plus_seconds(seconds)
    }

    fn lease(end: Timestamp, sure: bool) -> Lease {
        Lease { user: ANNA.user_id, device: ANNA.device_id, end, sure }
    }

    #[test]
    fn leases_are_renewed_released_and_forgotten() {
        let mut held = Held::default();
        held.release(ANNA.user_id, ANNA.device_id, at(0));
        assert_eq!(held.leases(), []);
        held.renew(&[ANNA, ANNA], at(0));
        held.renew(&[ANNA], at(5));
        assert_eq!(held.leases(), [lease(at(80), false)]);
        held.release(ANNA.user_id, ANNA.device_id, at(10));
        held.release(ANNA.user_id, ANNA.device_id, at(20));
        assert_eq!(held.leases(), [lease(at(10), false)]);
        held.forget(at(100));
        assert_eq!(held.leases().len(), 1);
        held.forget(at(174));
        assert_eq!(held.leases().len(), 1, "looked at a moment ago");
        held.forget(at(175));
        assert_eq!(held.leases(), []);
        assert!(held.people.is_empty());
    }

    #[test]
    fn somebody_is_sure_once_redis_knows_of_them() {
        let mut held = Held::default();
        held.renew(&[ANNA], at(0));
        held.sure([UserId::new(99)].into_iter());
        assert_eq!(held.leases(), [lease(at(75), false)]);
        held.sure([ANNA.user_id].into_iter());
        held.renew(&[ANNA], at(5));
        assert_eq!(held.leases(), [lease(at(80), true)]);
    }
}
