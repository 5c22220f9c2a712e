//! What a device says, where, and how often.

use std::time::Duration;

use super::outbox::{Way, What};

/// A conversation that a device writes into.
#[derive(Clone)]
pub(crate) struct Room {
    pub(crate) id: String,
    /// How often it is chosen, against the others.
    pub(crate) weight: u32,
}

/// What a device does by itself.
#[derive(Clone)]
pub(crate) struct Talk {
    pub(crate) rooms: Vec<Room>,
    /// The mean time between two things it does.
    pub(crate) pace: Duration,
    pub(crate) way: Way,
    /// A group it rules and the person whom it removes from it and takes in again.
    pub(crate) rules: Option<(String, String)>,
}

/// A small generator of numbers (splitmix64): the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    /// Between nothing and twice this.
    pub(crate) fn about(&mut self, mean: Duration) -> Duration {
        Duration::from_micros(self.below(2 * u64::try_from(mean.as_micros()).unwrap()))
    }
}

impl Talk {
    pub(super) fn room(&self, dice: &mut Dice) -> &str {
        let all: u64 = self.rooms.iter().map(|room| u64::from(room.weight)).sum();
        let mut number = dice.below(all);
        for room in &self.rooms {
            match number.checked_sub(u64::from(room.weight)) {
                Some(rest) => number = rest,
                None => return &room.id,
            }
        }
        &self.rooms[0].id
    }

    /// The next thing to do, and where; `None`: it reads.
    pub(super) fn next(&self, dice: &mut Dice, own: Option<(String, u64)>) -> (String, Vec<What>) {
        match (dice.below(100), own, &self.rules) {
            (0..=3, Some((room, target)), _) => (room, vec![What::Unsend { target }]),
            (4..=9, _, Some((room, person))) => {
                let person = || person.clone();
                (room.clone(), vec![What::Kick { person: person() }, What::Add { person: person() }])
            }
            (10..=13, _, Some((room, _))) => {
                (room.clone(), vec![What::Rename { name: format!("Club {}", dice.below(1_000)) }])
            }
            (14..=20, _, _) => (self.room(dice).to_owned(), vec![]),
            _ => {
                let room = self.room(dice).to_owned();
                let message = What::message(&room, dice);
                (room, vec![message])
            }
        }
    }
}
