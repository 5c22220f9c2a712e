use futures_util::FutureExt;

use super::*;

fn ids(numbers: &[u64]) -> Vec<ConversationId> {
    numbers.iter().copied().map(ConversationId::new).collect()
}

#[tokio::test]
async fn a_turn_comes_after_the_earlier_ones_of_its_conversations() {
    let turns = Arc::new(Turns::default());
    let mut first = turns.take(ids(&[1, 2, 2]));
    let mut other = turns.take(ids(&[3]));
    let mut second = turns.take(ids(&[2, 3]));
    let mut third = turns.take(ids(&[1]));
    assert!(first.comes().now_or_never().is_some());
    assert!(other.comes().now_or_never().is_some());
    let mut waiting = Box::pin(second.comes());
    assert!((&mut waiting).now_or_never().is_none());
    drop(first);
    assert!((&mut waiting).now_or_never().is_none(), "one of the two is still to come");
    drop(other);
    waiting.await;
    assert!(third.comes().now_or_never().is_some());
    drop((second, third));
    let state = lock(&turns.0);
    assert!(state.queues.is_empty() && state.waiting.is_empty(), "nothing is remembered of what has ended");
}

#[tokio::test]
async fn a_turn_that_was_given_up_hides_no_earlier_one() {
    for given_up_first in [true, false] {
        let turns = Arc::new(Turns::default());
        let first = turns.take(ids(&[1]));
        let mut second = Some(turns.take(ids(&[1, 2])));
        if given_up_first {
            second = None;
        }
        let mut third = turns.take(ids(&[2, 1]));
        drop(second);
        let mut waiting = Box::pin(third.comes());
        assert!((&mut waiting).now_or_never().is_none(), "given up first: {given_up_first}");
        drop(first);
        waiting.await;
    }
}
