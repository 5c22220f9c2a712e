//! When who sends what, fixed before the run begins: the generator never waits for an answer, so that a server that falls
//! behind meets the load that real people would bring, and the wait shows as latency.

use crate::{clock::SECOND, population::Population};

/// A message that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// Nanoseconds from the start of the run.
    pub(crate) at_ns: u64,
    /// Who sends, by number.
    pub(crate) sender: u32,
    /// Where to, by number.
    pub(crate) conversation: u32,
    /// Counts the messages of the whole run.
    pub(crate) number: u32,
}

/// Messages per second of the whole run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) direct: f64,
    pub(crate) group: f64,
}

/// An endless stream of arrivals: every person sends as an independent Poisson process, and so all of them together are
/// one, of the summed rate, in which each arrival is by anyone with the same chance. It depends on nothing but the seed,
/// the rates and the population; every process walks all of it and sends what is its own people's.
pub(crate) struct Schedule {
    random: fastrand::Rng,
    direct_senders: Vec<u32>,
    group_senders: Vec<u32>,
    rates: Rates,
    at_ns: f64,
    number: u32,
}

impl Schedule {
    /// Arrivals by the first `senders` people.
    ///
    /// # Errors
    /// A rate for conversations that nobody is in.
    pub(crate) fn new(
        population: &Population,
        rates: Rates,
        senders: u32,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let senders = |wanted: fn(&crate::population::Person) -> bool| {
            let numbered = (0..senders).zip(&population.people);
            numbered.filter(|(_, person)| wanted(person)).map(|(number, _)| number).collect::<Vec<u32>>()
        };
        let direct_senders = senders(|person| !person.direct.is_empty());
        let group_senders = senders(|person| !person.groups.is_empty());
        anyhow::ensure!(rates.direct >= 0.0 && rates.group >= 0.0, "a rate is not negative");
        anyhow::ensure!(
            rates.direct == 0.0 || !direct_senders.is_empty(),
            "nobody who takes part has a friend who does: seed with --friends, or leave --direct-rate out"
        );
        anyhow::ensure!(
            rates.group == 0.0 || !group_senders.is_empty(),
            "nobody who takes part is in a group: seed with --groups, or leave --group-rate out"
        );
        let random = fastrand::Rng::with_seed(seed);
        Ok(Self { random, direct_senders, group_senders, rates, at_ns: 0.0, number: 0 })
    }

    /// The next arrival; `None` at rates of zero.
    pub(crate) fn next(&mut self, population: &Population) -> Option<Arrival> {
        let rate = self.rates.direct + self.rates.group;
        if rate == 0.0 {
            return None;
        }
        // 1 - [0, 1) is never 0, of which there is no logarithm.
        self.at_ns -= (1.0 - self.random.f64()).ln() / rate * SECOND as f64;
        let direct = self.random.f64() * rate < self.rates.direct;
        let senders = if direct { &self.direct_senders } else { &self.group_senders };
        let sender = senders[self.random.usize(..senders.len())];
        let person = &population.people[sender as usize];
        let conversations = if direct { &person.direct } else { &person.groups };
        let conversation = conversations[self.random.usize(..conversations.len())];
        self.number = self.number.wrapping_add(1);
        Some(Arrival { at_ns: self.at_ns as u64, sender, conversation, number: self.number })
    }
}

#[cfg(test)]
mod tests;
