//! The files as a crash could have left them.

use std::{collections::HashMap, path::Path};

use kith_domain::Random;
use kith_sql::testing::CountingRandom;

use crate::disk::Step;

/// What becomes of a step that no sync followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It was done: the process died, the machine went on.
    Process,
    /// It was done, or not, or in part: the power went. The number chooses.
    Power(u64),
}

/// Disks write whole sectors.
const SECTOR: usize = 512;

/// Puts the files together in `directory` as they are after `steps`.
pub(crate) fn build(steps: &[Step], cut: Cut, directory: &Path) {
    let dice = Dice(CountingRandom::default());
    if let Cut::Power(seed) = cut {
        (0..seed).for_each(|_| _ = dice.roll());
    }
    let mut durable: HashMap<&str, usize> = HashMap::new();
    for step in steps {
        if let Step::Sync(name, begun) = step {
            durable.insert(name, *begun);
        }
    }
    let mut files: HashMap<&str, Vec<u8>> = HashMap::new();
    for (at, step) in steps.iter().enumerate() {
        let kept = |name: &str| cut == Cut::Process || durable.get(name).is_some_and(|synced| at < *synced);
        match step {
            Step::Write(name, offset, bytes) => {
                let length = if kept(name) { bytes.len() } else { dice.part_of(bytes.len()) };
                overwrite(files.entry(name).or_default(), *offset, &bytes[..length]);
            }
            Step::Truncate(name, size) => {
                if kept(name) || dice.roll().is_multiple_of(2) {
                    files.entry(name).or_default().resize(*size, 0);
                }
            }
            Step::Delete(name) => drop(files.remove(name.as_str())),
            Step::Sync(..) | Step::Answered(_) => {}
        }
    }
    for (name, bytes) in files {
        std::fs::write(directory.join(name), bytes).expect("the image is written");
    }
}

fn overwrite(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}

struct Dice(CountingRandom);

impl Dice {
    fn roll(&self) -> u64 {
        let mut word = [0; 8];
        self.0.fill(&mut word);
        u64::from_le_bytes(word)
    }

    /// All, nothing, or so many sectors from the beginning.
    fn part_of(&self, length: usize) -> usize {
        match self.roll() % 3 {
            0 => 0,
            1 => length,
            _ => (self.roll() as usize % (length / SECTOR + 1)) * SECTOR,
        }
    }
}
