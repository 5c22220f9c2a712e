use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const ROOM: ConversationId = ConversationId::new(1);

fn caller(user: u64, device: u64) -> Caller {
    Caller { user_id: UserId::new(user), device_id: DeviceId::new(device) }
}

fn read(conversations: &[(ConversationId, Seq)], user_seq: u64) -> Memberships {
    Memberships { conversations: conversations.to_vec(), user_seq }
}

fn viewers(registry: &Registry<&'static str>, seq: Seq) -> Vec<&'static str> {
    let mut found: Vec<_> = registry.viewers(ROOM, seq).copied().collect();
    found.sort_unstable();
    found
}

#[test]
fn devices_come_and_go() {
    let mut registry = Registry::default();
    let first = registry.join(caller(1, 10), "a");
    let second = registry.join(caller(1, 10), "b");
    let other = registry.join(caller(1, 11), "c");
    registry.attach(UserId::new(1), &read(&[(ROOM, 1)], 0));
    assert_eq!(viewers(&registry, 1), ["a", "b", "c"]);
    assert_eq!(registry.sockets_of(UserId::new(1), Some(&[DeviceId::new(11)])).collect::<Vec<_>>(), [&"c"]);
    registry.leave(first);
    registry.leave(first);
    assert_eq!(viewers(&registry, 1), ["b", "c"]);
    registry.leave(second);
    registry.leave(other);
    assert!(registry.users.is_empty() && registry.rooms.is_empty() && registry.by_id.is_empty());
}

#[test]
fn what_changes_while_memberships_are_read_is_not_lost() {
    use MembershipChange::{Ended, Joined};
    let user = UserId::new(1);
    for (what, changes, known, sees) in [
        ("nothing changed", &[][..], Some(3), &[3, 4, 9][..]),
        ("joined since", &[Joined { from: 5 }][..], None, &[9]),
        ("joined, and read after that", &[Joined { from: 5 }][..], Some(5), &[9]),
        ("ended since", &[Ended { at: 4 }][..], Some(3), &[4]),
        ("ended, and read after that", &[Ended { at: 4 }][..], None, &[4]),
        ("ended and joined anew", &[Ended { at: 4 }, Joined { from: 9 }][..], Some(3), &[9]),
        (
            "ended and joined anew with all history",
            &[Ended { at: 4 }, Joined { from: 1 }][..],
            Some(3),
            &[2, 3, 4, 9],
        ),
    ] {
        let mut registry = Registry::default();
        registry.join(caller(1, 1), "a");
        for change in changes {
            registry.change(ROOM, user, *change, 0);
        }
        registry.attach(user, &read(&known.map(|from| (ROOM, from)).into_iter().collect::<Vec<_>>(), 0));
        let seen: Vec<Seq> =
            [2, 3, 4, 9].into_iter().filter(|seq| !viewers(&registry, *seq).is_empty()).collect();
        assert_eq!(seen, sees, "{what}");
    }
}

/// Changes that were made at different nodes, as they can come.
#[test]
fn news_of_an_earlier_membership_changes_nothing() {
    use MembershipChange::{Ended, Joined};
    let user = UserId::new(1);
    for (what, changes, sees) in [
        (
            "an end that comes behind the next beginning",
            &[Joined { from: 7 }, Ended { at: 5 }][..],
            &[7, 9][..],
        ),
        ("all of it again", &[Ended { at: 5 }, Joined { from: 7 }, Ended { at: 5 }], &[7, 9]),
        ("a beginning that comes behind its end", &[Ended { at: 7 }, Joined { from: 7 }], &[2, 5, 7]),
        ("the beginning is the end", &[Joined { from: 7 }, Ended { at: 7 }], &[7]),
    ] {
        let mut registry = Registry::default();
        registry.join(caller(1, 1), "a");
        registry.attach(user, &read(&[(ROOM, 2)], 0));
        changes.iter().for_each(|change| registry.change(ROOM, user, *change, 0));
        let seen: Vec<Seq> =
            [1, 2, 5, 7, 9].into_iter().filter(|seq| !viewers(&registry, *seq).is_empty()).collect();
        assert_eq!(seen, sees, "{what}");
    }
}

#[test]
fn ended_routes_are_forgotten_after_a_while() {
    let (mut registry, user) = (Registry::default(), UserId::new(1));
    registry.join(caller(1, 1), "a");
    registry.attach(user, &read(&[(ROOM, 1)], 0));
    registry.change(ROOM, user, MembershipChange::Ended { at: 5 }, 1_000);
    registry.purge(1_000 + ENDED_KEPT_MILLIS - 1);
    assert_eq!(viewers(&registry, 5), ["a"], "an entry may still be on its way");
    registry.purge(1_000 + ENDED_KEPT_MILLIS);
    assert!(viewers(&registry, 5).is_empty() && registry.rooms.is_empty());
    registry.change(ROOM, user, MembershipChange::Ended { at: 5 }, 0);
    registry.change(ROOM, user, MembershipChange::Joined { from: 7 }, 0);
    registry.purge(u64::MAX);
    assert_eq!(viewers(&registry, 7), ["a"], "who has joined again stays");
}

#[test]
fn heads_tell_of_present_memberships_only() {
    let (mut registry, user, other) = (Registry::default(), UserId::new(1), ConversationId::new(2));
    registry.join(caller(1, 1), "a");
    registry.attach(user, &read(&[(ROOM, 3), (other, 1)], 1));
    registry.change(other, user, MembershipChange::Ended { at: 4 }, 0);
    let heads = |registry: &mut Registry<_>, seq, user_seq| registry.heads(user, user_seq, |_| seq);
    assert_eq!(heads(&mut registry, Some(9), 2), Some(vec![(ROOM, 9)]));
    assert_eq!(heads(&mut registry, None, 2), None, "nothing new");
    assert_eq!(heads(&mut registry, Some(2), 2), None, "before their time");
    assert_eq!(heads(&mut registry, None, 3), Some(vec![]), "something personal");
}

#[test]
fn who_connects_asks_for_everything_and_is_told_what_comes_then() {
    let (mut registry, user) = (Registry::default(), UserId::new(1));
    registry.join(caller(1, 1), "a");
    assert_eq!(registry.behind(&[(user, 7)]), [], "their memberships are being read");
    registry.attach(user, &read(&[(ROOM, 3)], 7));
    let heads = |registry: &mut Registry<_>, user_seq| registry.heads(user, user_seq, |_| None).is_some();
    assert!(!heads(&mut registry, 7));
    assert_eq!(registry.behind(&[(user, 7), (UserId::new(2), 9)]), []);
    // Two things happen that this node hears nothing of. What was missed is filled in, and is news to the socket still.
    assert_eq!(registry.behind(&[(user, 9)]), [user]);
    let other = ConversationId::new(2);
    registry.attach(user, &read(&[(ROOM, 3), (other, 1)], 9));
    assert_eq!(registry.behind(&[(user, 9)]), []);
    assert!(registry.is_member(other, user));
    assert!(heads(&mut registry, 9) && !heads(&mut registry, 9));
}

/// One step of a conversation's life.
#[derive(Debug, Clone)]
enum Step {
    Join { user: u64, all_history: bool },
    End { user: u64 },
    Say,
    Connect { user: u64 },
    Disconnect { user: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let user = 1..=4_u64;
    let step = prop_oneof![
        2 => (user.clone(), any::<bool>()).prop_map(|(user, all_history)| Step::Join { user, all_history }),
        2 => user.clone().prop_map(|user| Step::End { user }),
        5 => Just(Step::Say),
        2 => user.clone().prop_map(|user| Step::Connect { user }),
        1 => user.prop_map(|user| Step::Disconnect { user }),
    ];
    prop::collection::vec(step, 1..80)
}

proptest! {
    /// Nobody gets an entry from outside their membership, everybody who is connected gets each one inside, once and
    /// in order.
    #[test]
    fn entries_reach_exactly_those_who_may_see_them(steps in steps()) {
        let mut registry: Registry<u64> = Registry::default();
        let mut members: BTreeMap<u64, Seq> = BTreeMap::new();
        let mut sockets: BTreeMap<u64, SocketKey> = BTreeMap::new();
        let mut seq = 0;
        let mut got: BTreeMap<u64, Vec<Seq>> = BTreeMap::new();
        let mut due: BTreeMap<u64, Vec<Seq>> = BTreeMap::new();
        for (now, step) in steps.into_iter().enumerate() {
            let now = now as u64 * 10_000;
            registry.purge(now);
            // Each change writes a notice that its subject sees, as the services do.
            let entry = match step {
                Step::Join { user, all_history } if !members.contains_key(&user) => {
                    let from = if all_history { 1 } else { seq + 1 };
                    members.insert(user, from);
                    registry.change(ROOM, UserId::new(user), MembershipChange::Joined { from }, now);
                    true
                }
                Step::End { user } if members.contains_key(&user) => {
                    registry.change(ROOM, UserId::new(user), MembershipChange::Ended { at: seq + 1 }, now);
                    true
                }
                Step::Connect { user } if !sockets.contains_key(&user) => {
                    sockets.insert(user, registry.join(caller(user, user), user));
                    let known: Vec<_> = members.get(&user).map(|from| (ROOM, *from)).into_iter().collect();
                    registry.attach(UserId::new(user), &read(&known, 0));
                    false
                }
                Step::Disconnect { user } => {
                    if let Some(key) = sockets.remove(&user) {
                        registry.leave(key);
                    }
                    false
                }
                Step::Say => true,
                _ => false,
            };
            if entry {
                seq += 1;
                for user in members.keys().filter(|user| sockets.contains_key(user)) {
                    due.entry(*user).or_default().push(seq);
                }
                for user in registry.viewers(ROOM, seq) {
                    got.entry(*user).or_default().push(seq);
                }
            }
            if let Step::End { user } = step {
                members.remove(&user);
            }
        }
        prop_assert_eq!(got, due);
    }
}
