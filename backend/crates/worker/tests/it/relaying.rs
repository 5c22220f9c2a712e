//! From the outbox to the log.

use std::sync::Arc;

use kith_contract::fixtures::{a_group, a_notice, read, send, unsend, user, with_members, write};
use kith_domain::{
    Clock, ConversationId, EntryBody, NoticeKind,
    ports::{Store, StoreError, outbox::LOG},
};
use kith_sql::testing::{TempStore, temp_store};
use kith_testing::ManualClock;
use kith_worker::{JobLease, LogPublisher, Relay, Tenure};
use prometheus_client::registry::Registry;

use crate::support::{HeldLog, position};

struct Node {
    relay: Relay,
    lease: JobLease,
}

struct World {
    temp: TempStore,
    clock: Arc<ManualClock>,
    log: Arc<HeldLog>,
    group: ConversationId,
}

impl World {
    async fn new(calls: usize) -> Self {
        let temp = temp_store().await;
        let group = with_members(&*temp.store, a_group(), &[user(1)]).await;
        Self { temp, clock: Arc::new(ManualClock::default()), log: Arc::new(HeldLog::letting(calls)), group }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.temp.store.clone()
    }

    fn node(&self, holder: &str) -> Node {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let registry = &mut Registry::default();
        let publisher = LogPublisher::new(self.store(), self.log.clone(), clock.clone(), registry);
        let consumers = vec![Arc::new(publisher) as _];
        Node {
            relay: Relay::new(self.store(), clock.clone(), consumers, vec!["counter"], registry),
            lease: JobLease::shared(self.store(), clock, "relay", holder),
        }
    }

    async fn say(&self, count: usize) {
        for _ in 0..count {
            send(&*self.temp.store, self.group, user(1), "hi").await;
        }
    }

    async fn head(&self) -> u64 {
        read(&*self.temp.store, |tx| tx.outbox_head()).await
    }
}

#[tokio::test]
async fn what_is_committed_is_published_in_order() {
    let world = World::new(100).await;
    let store = &*world.temp.store;
    let relay = world.node("one").relay;
    relay.step(&Tenure::endless()).await.unwrap();
    assert_eq!(world.log.seqs(), [0; 0]);
    world.say(3).await;
    let notice = a_notice(world.group, user(1), NoticeKind::Renamed);
    write(store, move |tx| tx.append_entry(notice)).await;
    let secret = send(store, world.group, user(1), "secret").await;
    unsend(store, &secret).await;
    relay.step(&Tenure::endless()).await.unwrap();
    assert_eq!(world.log.seqs(), [1, 2, 3, 4, 5, 6]);
    let unsent = world.log.entries().swap_remove(4);
    assert!(matches!(unsent.body, EntryBody::Message { content: None, .. }), "{unsent:?}");
    assert_eq!(position(store, LOG).await, world.head().await);
    // More than it reads at once.
    world.say(2_100).await;
    relay.step(&Tenure::endless()).await.unwrap();
    assert_eq!(world.log.seqs(), (1..=2_106).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_worker_that_wakes_with_a_lost_lease_confirms_nothing() {
    let world = World::new(0).await;
    let store = &*world.temp.store;
    world.say(3).await;
    let (frozen, next) = (world.node("frozen"), world.node("next"));
    let tenure = frozen.lease.take().await.unwrap().expect("nobody has it");
    let publishing = frozen.relay.step(&tenure);
    let overtaking = async {
        // It stands still in the middle of publishing, for longer than its lease lasts.
        world.log.came.acquire().await.unwrap().forget();
        world.clock.advance_millis(20_000);
        next.lease.take().await.unwrap().expect("the lease has ended")
    };
    let mut publishing = Box::pin(publishing);
    let overtaken = tokio::select! {
        _ = &mut publishing => unreachable!("it is held"),
        tenure = overtaking => tenure,
    };
    world.log.may_go.add_permits(1);
    let outcome = publishing.await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    assert_eq!(position(store, LOG).await, 0, "nothing is confirmed");
    assert!(frozen.lease.take().await.unwrap().is_none());

    world.log.may_go.add_permits(10);
    next.relay.step(&overtaken).await.unwrap();
    assert_eq!(world.log.seqs(), [1, 2, 3, 1, 2, 3], "they come again, which every follower bears");
    assert_eq!(position(store, LOG).await, world.head().await);
}

#[tokio::test]
async fn rows_wait_for_nobody_who_follows_the_log_instead() {
    let world = World::new(100).await;
    let store = &*world.temp.store;
    world.say(2).await;
    let now = world.clock.now();
    write(store, move |tx| tx.confirm_outbox("counter", 1, now)).await;
    world.node("one").relay.step(&Tenure::endless()).await.unwrap();
    world.clock.advance_millis(1_000);
    let later = world.clock.now();
    assert_eq!(write(store, move |tx| tx.purge_outbox(later)).await, 2);
}
