//! Every interleaving of those who take turns, wait for them and give them up.

use loom::thread;

use super::*;
use crate::sync::{block_on, explore};

fn ids(numbers: &[u64]) -> Vec<ConversationId> {
    numbers.iter().copied().map(ConversationId::new).collect()
}

/// What was published, by the conversations it was of and in order.
type Published = Arc<Mutex<Vec<u64>>>;

fn publish(mut turn: Turn, number: u64, published: &Published) {
    block_on(turn.comes());
    lock(published).push(number);
}

fn forgotten(turns: &Turns) -> bool {
    let state = lock(&turns.0);
    state.queues.is_empty() && state.waiting.is_empty()
}

#[test]
fn turns_come_in_the_order_they_were_taken_in_and_nobody_sleeps_through_one() {
    explore(|| {
        let (turns, published) = (Arc::new(Turns::default()), Published::new(Mutex::new(Vec::new())));
        let publishing = [(1, &[1][..]), (2, &[2]), (3, &[1, 2])].map(|(number, conversations)| {
            let (turn, published) = (turns.take(ids(conversations)), published.clone());
            thread::spawn(move || publish(turn, number, &published))
        });
        publishing.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(lock(&published).last(), Some(&3));
        assert!(forgotten(&turns));
    });
}

#[test]
fn a_turn_that_is_given_up_lets_nobody_pass_an_earlier_one() {
    explore(|| {
        let (turns, published) = (Arc::new(Turns::default()), Published::new(Mutex::new(Vec::new())));
        let (first, second) = (turns.take(ids(&[1])), turns.take(ids(&[1])));
        let later = {
            let (turns, published) = (turns.clone(), published.clone());
            thread::spawn(move || publish(turns.take(ids(&[1])), 3, &published))
        };
        let given_up = thread::spawn(move || drop(second));
        publish(first, 1, &published);
        later.join().unwrap();
        given_up.join().unwrap();
        assert_eq!(*lock(&published), [1, 3]);
        assert!(forgotten(&turns));
    });
}
