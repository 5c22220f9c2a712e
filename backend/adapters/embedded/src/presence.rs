//! Presence of a single node.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use kith_domain::{
    Caller, Timestamp,
    id::{DeviceId, UserId},
    ports::presence::{GRACE_MILLIS, LEASE_MILLIS, Presence, Transition},
};

/// People are spread over this many locks, each held for a few hash look-ups at most.
const SHARDS: usize = 16;

/// Leases in memory. Renewing looks one person up; sweeping looks only at those whose time may have come.
#[derive(Debug, Default)]
pub struct InProcessPresence {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug, Default)]
struct Shard {
    people: HashMap<UserId, Person>,
    /// When to look at whom. A person who renews is not moved in here, but looked at in vain once a lease and put
    /// back.
    due: BinaryHeap<Reverse<(Timestamp, UserId)>>,
}

/// Somebody who is online.
#[derive(Debug)]
struct Person {
    /// Devices and when their leases end. Few, so a list.
    leases: Vec<(DeviceId, Timestamp)>,
    /// When the last given-up lease ended.
    released: Timestamp,
    /// The one entry in [`Shard::due`] that counts; earlier ones were overtaken.
    queued: Timestamp,
}

impl Person {
    /// When the last lease ends or ended.
    fn end(&self) -> Timestamp {
        self.leases.iter().map(|(_, end)| *end).fold(self.released, Timestamp::max)
    }

    /// When they are announced as gone, if nothing happens until then.
    fn gone_at(&self) -> Timestamp {
        self.end().plus_millis(GRACE_MILLIS)
    }
}

impl Shard {
    fn renew(&mut self, user: UserId, device: DeviceId, now: Timestamp) -> Option<Transition> {
        let end = now.plus_millis(LEASE_MILLIS);
        match self.people.entry(user) {
            Entry::Occupied(person) => {
                let person = person.into_mut();
                match person.leases.iter_mut().find(|(held, _)| *held == device) {
                    Some(lease) => lease.1 = end,
                    None => person.leases.push((device, end)),
                }
                // Only a clock that was set back brings the end forward.
                self.look_at(user);
                None
            }
            Entry::Vacant(place) => {
                let queued = end.plus_millis(GRACE_MILLIS);
                let released = Timestamp::from_millis(i64::MIN);
                place.insert(Person { leases: vec![(device, end)], released, queued });
                self.due.push(Reverse((queued, user)));
                Some(Transition { user_id: user, online: true, at: now })
            }
        }
    }

    fn holds(&self, user: UserId, device: DeviceId, now: Timestamp) -> bool {
        let leases = self.people.get(&user).map_or(&[][..], |person| &person.leases);
        leases.iter().any(|(held, end)| *held == device && *end > now)
    }

    fn release(&mut self, user: UserId, device: DeviceId, now: Timestamp) {
        let Some(person) = self.people.get_mut(&user) else { return };
        let Some(index) = person.leases.iter().position(|(held, _)| *held == device) else { return };
        let (_, end) = person.leases.swap_remove(index);
        // A lease that ran out before it was given up ended then.
        person.released = person.released.max(end.min(now));
        self.look_at(user);
    }

    /// Has the sweep look at the person earlier, when they may be gone earlier.
    fn look_at(&mut self, user: UserId) {
        let Some(person) = self.people.get_mut(&user) else { return };
        let gone_at = person.gone_at();
        if gone_at < person.queued {
            person.queued = gone_at;
            self.due.push(Reverse((gone_at, user)));
        }
    }

    fn sweep(&mut self, now: Timestamp, gone: &mut Vec<Transition>) {
        while let Some(&Reverse((due, user))) = self.due.peek()
            && due <= now
        {
            self.due.pop();
            let Entry::Occupied(mut entry) = self.people.entry(user) else { continue };
            let person = entry.get_mut();
            if person.queued != due {
                continue;
            }
            let gone_at = person.gone_at();
            if gone_at <= now {
                gone.push(Transition { user_id: user, online: false, at: person.end() });
                entry.remove();
            } else {
                person.leases.retain(|(_, end)| *end > now || *end == gone_at.plus_millis(-GRACE_MILLIS));
                person.queued = gone_at;
                self.due.push(Reverse((gone_at, user)));
            }
        }
    }
}

impl InProcessPresence {
    /// Nobody is online.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn shard(&self, user: UserId) -> MutexGuard<'_, Shard> {
        // The low bits of a Snowflake count within a millisecond and are mostly 0: mix the others in.
        let mixed = user.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 60;
        lock(&self.shards[mixed as usize % SHARDS])
    }
}

/// A panic elsewhere leaves leases behind that are as good as any.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Presence for InProcessPresence {
    async fn renew_all(&self, callers: &[Caller], now: Timestamp) -> Vec<Transition> {
        let renew = |caller: &Caller| self.shard(caller.user_id).renew(caller.user_id, caller.device_id, now);
        callers.iter().filter_map(renew).collect()
    }

    async fn release(&self, user: UserId, device: DeviceId, now: Timestamp) {
        self.shard(user).release(user, device, now);
    }

    async fn sweep(&self, now: Timestamp) -> Vec<Transition> {
        let mut gone = Vec::new();
        for shard in &self.shards {
            lock(shard).sweep(now, &mut gone);
        }
        gone
    }

    async fn online(&self, users: &[UserId]) -> Option<Vec<UserId>> {
        Some(users.iter().copied().filter(|user| self.shard(*user).people.contains_key(user)).collect())
    }

    async fn active(&self, devices: &[Caller], now: Timestamp) -> Option<Vec<Caller>> {
        let holds = |caller: &Caller| self.shard(caller.user_id).holds(caller.user_id, caller.device_id, now);
        Some(devices.iter().copied().filter(holds).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snowflakes_spread_over_the_shards() {
        let presence = InProcessPresence::new();
        for millis in 0..1_600_u64 {
            presence.shard(UserId::new(millis << 22 | 1 << 12)).renew(
                UserId::new(millis << 22 | 1 << 12),
                DeviceId::new(1),
                Timestamp::from_millis(0),
            );
        }
        let counts: Vec<usize> = presence.shards.iter().map(|shard| lock(shard).people.len()).collect();
        assert!(counts.iter().all(|count| (50..=200).contains(count)), "{counts:?}");
    }

    #[test]
    fn renewing_and_reloading_leave_nothing_behind() {
        let mut shard = Shard::default();
        let (user, mut now) = (UserId::new(1), Timestamp::from_millis(0));
        for device in 1..=10_000 {
            // Each page load is a device of its own here, which is worse than what happens.
            shard.renew(user, DeviceId::new(device), now);
            shard.release(user, DeviceId::new(device), now.plus_millis(500));
            now = now.plus_millis(1_000);
            let mut gone = Vec::new();
            shard.sweep(now, &mut gone);
            assert_eq!(gone, []);
        }
        assert!(shard.due.len() < 200 && shard.people[&user].leases.is_empty(), "{}", shard.due.len());
        shard.sweep(now.plus_millis(LEASE_MILLIS + GRACE_MILLIS), &mut Vec::new());
        assert!(shard.people.is_empty() && shard.due.is_empty());
    }
}
