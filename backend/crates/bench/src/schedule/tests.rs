use super::*;
use crate::population::{Conversation, Person, Population};
use kith_domain::UserId;

/// Ten people: pairs of one-to-one conversations and one group of all.
fn population() -> Population {
    let mut population = Population::default();
    for number in 0..10_u32 {
        population.people.push(Person {
            id: UserId::new(u64::from(number) + 1),
            token: String::new(),
            direct: vec![number / 2],
            groups: vec![5],
            all: vec![number / 2, 5],
        });
    }
    for number in 0..6 {
        population.conversations.push(Conversation {
            id: (number + 100).to_string(),
            group: number == 5,
            present: 2,
        });
    }
    population
}

fn take(rates: Rates, seed: u64, count: usize) -> Vec<Arrival> {
    let population = population();
    let mut schedule = Schedule::new(&population, rates, 10, seed).unwrap();
    (0..count).map(|_| schedule.next(&population).unwrap()).collect()
}

#[test]
fn a_seed_gives_one_schedule() {
    let rates = Rates { direct: 300.0, group: 100.0 };
    assert_eq!(take(rates, 7, 1_000), take(rates, 7, 1_000));
    assert_ne!(take(rates, 7, 1_000), take(rates, 8, 1_000));
}

/// Bounds are about six standard deviations wide.
#[test]
fn arrivals_are_poisson() {
    let count = 100_000;
    let arrivals = take(Rates { direct: 750.0, group: 250.0 }, 1, count);
    let gaps: Vec<f64> =
        arrivals.windows(2).map(|pair| (pair[1].at_ns - pair[0].at_ns) as f64 / SECOND as f64).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    assert!((mean - 1e-3).abs() < 0.02e-3, "{mean}");
    // The gaps of a Poisson process deviate as much as they are long.
    assert!((variance.sqrt() / mean - 1.0).abs() < 0.03, "{variance}");
    // They have no memory: a long gap says nothing about the next.
    let product: f64 = gaps.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    let correlation = product / gaps.len() as f64 / variance;
    assert!(correlation.abs() < 0.02, "{correlation}");

    let direct = arrivals.iter().filter(|arrival| arrival.conversation < 5).count();
    assert!((direct as f64 / count as f64 - 0.75).abs() < 0.01, "{direct}");
    for sender in 0..10 {
        let share = arrivals.iter().filter(|arrival| arrival.sender == sender).count();
        assert!((share as f64 / count as f64 - 0.1).abs() < 0.006, "{sender}: {share}");
    }
}

#[test]
fn people_send_where_they_are() {
    for arrival in take(Rates { direct: 1.0, group: 1.0 }, 3, 1_000) {
        assert!(arrival.conversation == arrival.sender / 2 || arrival.conversation == 5, "{arrival:?}");
    }
}

#[test]
fn nobody_to_send() {
    let population = Population::default();
    assert!(Schedule::new(&population, Rates { direct: 1.0, group: 0.0 }, 10, 1).is_err());
    assert!(Schedule::new(&population, Rates { direct: 0.0, group: 1.0 }, 10, 1).is_err());
    let mut silent = Schedule::new(&population, Rates { direct: 0.0, group: 0.0 }, 10, 1).unwrap();
    assert_eq!(silent.next(&population), None);
}

#[test]
fn only_the_first_people_send() {
    let population = population();
    let rates = Rates { direct: 300.0, group: 100.0 };
    let mut schedule = Schedule::new(&population, rates, 4, 1).unwrap();
    let senders: std::collections::BTreeSet<u32> =
        (0..1_000).map(|_| schedule.next(&population).unwrap().sender).collect();
    assert_eq!(senders.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
}
