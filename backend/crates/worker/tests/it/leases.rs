//! Jobs that one node of several does.

use std::{sync::Arc, time::Duration};

use kith_contract::fixtures::read;
use kith_domain::{
    Clock,
    ports::{Store, StoreError, StoreExt as _},
};
use kith_sql::testing::temp_store;
use kith_testing::ManualClock;
use kith_worker::{JobLease, Tenure};

/// Longer than a lease lasts.
const LONG: i64 = 16_000;

fn lease(store: &Arc<dyn Store>, clock: &Arc<ManualClock>, holder: &str) -> JobLease {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    JobLease::shared(Arc::clone(store), clock, "relay", holder)
}

async fn may_write(store: &dyn Store, tenure: &Tenure) -> bool {
    let tenure = tenure.clone();
    let outcome: Result<(), StoreError> =
        store.write(move |tx| Box::pin(async move { tenure.check(tx).await })).await;
    outcome.is_ok()
}

#[tokio::test]
async fn a_job_is_one_nodes_until_it_is_gone() {
    let temp = temp_store().await;
    let store: Arc<dyn Store> = temp.store.clone();
    let clock = Arc::new(ManualClock::default());
    let (one, other) = (lease(&store, &clock, "one"), lease(&store, &clock, "other"));
    let first = one.take().await.unwrap().expect("nobody has it");
    assert!(other.take().await.unwrap().is_none());
    clock.advance_millis(LONG / 2);
    assert!(one.take().await.unwrap().is_some(), "it renews");
    clock.advance_millis(LONG / 2);
    assert!(other.take().await.unwrap().is_none(), "as it was renewed");
    assert!(may_write(&*store, &first).await);

    clock.advance_millis(LONG);
    assert!(may_write(&*store, &first).await, "it is late, and nobody else has begun");
    let second = other.take().await.unwrap().expect("the lease has ended");
    assert!(!may_write(&*store, &first).await, "somebody has begun");
    assert!(may_write(&*store, &second).await);
    assert!(one.take().await.unwrap().is_none());
    clock.advance_millis(LONG);
    let third = one.take().await.unwrap().expect("it comes back");
    assert!(!may_write(&*store, &second).await && may_write(&*store, &third).await);
    assert!(may_write(&*store, &Tenure::endless()).await);
}

#[tokio::test]
async fn a_lease_is_renewed_while_its_job_takes_long() {
    let temp = temp_store().await;
    let store: Arc<dyn Store> = temp.store.clone();
    let clock = Arc::new(ManualClock::default());
    let (one, other) = (lease(&store, &clock, "one"), lease(&store, &clock, "other"));
    let tenure = one.take().await.unwrap().expect("nobody has it");
    let kept = one.keep(async {
        // Together longer than a lease lasts.
        for _ in 0..2 {
            clock.advance_millis(LONG / 2);
            let now = clock.now();
            let until = now.plus_millis(LONG / 2);
            let mut turns = tokio::time::interval(Duration::from_millis(10));
            while read(&*store, move |tx| tx.list_leases("job/relay", now)).await[0].expires_at < until {
                turns.tick().await;
            }
        }
        other.take().await.unwrap().is_none() && may_write(&*store, &tenure).await
    });
    let kept = tokio::time::timeout(Duration::from_secs(60), kept).await.expect("somebody renews it");
    assert!(kept, "it is still the same tenure");
}
