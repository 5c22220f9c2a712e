use kith_cluster::{NodeLease, NumberError};
use kith_domain::{Clock, Timestamp};
use kith_sql::testing::temp_store;

use crate::world::number;

struct At(i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0)
    }
}

#[tokio::test]
async fn a_number_belongs_to_one_process() {
    let opened = temp_store().await;
    let store = &*opened.store;
    let first = NodeLease::take(store, &At(1_000), None, 1).await.unwrap();
    let second = NodeLease::take(store, &At(1_000), None, 2).await.unwrap();
    assert_eq!((first.number(), second.number()), (number(0), number(1)));
    let wanted = NodeLease::take(store, &At(1_000), Some(number(1)), 3).await;
    assert!(matches!(wanted, Err(NumberError::Taken(taken)) if taken == number(1)), "{wanted:?}");

    first.release(store).await.unwrap();
    assert_eq!(NodeLease::take(store, &At(1_001), None, 4).await.unwrap().number(), number(0));
    // A minute after its last renewal the number of a process that is gone is free.
    let late = NodeLease::take(store, &At(61_000), Some(number(1)), 5).await.unwrap();
    assert_eq!(late.number(), number(1));
}
