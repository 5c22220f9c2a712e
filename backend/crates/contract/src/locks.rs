//! What [`kith_domain::ports::LockRepository`] promises, and the lock on a conversation.

use futures_util::future::join_all;
use kith_domain::{
    UserId,
    ports::{Transaction, locks::Matter, store::JobFuture},
};

use crate::{
    Case,
    fixtures::{a_group, read, user, with_members, write},
    store::StoreAndBus,
};

/// The suite.
pub const LOCKS: &[Case<StoreAndBus>] = cases![
    jobs_about_one_matter_run_one_after_another,
    matters_are_named_in_any_order,
    jobs_that_lock_a_conversation_run_one_after_another,
];

/// Jobs of one test that run at once; few enough for every adapter's connections.
const JOBS: u64 = 12;

async fn jobs_about_one_matter_run_one_after_another(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    join_all((0..JOBS).map(|_| {
        write(store, move |tx| {
            Box::pin(async move {
                tx.lock_matters(&[Matter::Person(user(1))]).await?;
                let mut settings = tx.find_settings(group, user(1)).await?;
                settings.draft_version += 1;
                tx.put_settings(group, user(1), &settings).await
            })
        })
    }))
    .await;
    let settings = read(store, move |tx| tx.find_settings(group, user(1))).await;
    assert_eq!(settings.draft_version, JOBS, "each has seen what the last one left");
}

fn lock<'t>(
    tx: &'t mut dyn Transaction,
    people: [UserId; 3],
) -> JobFuture<'t, Result<(), kith_domain::ports::StoreError>> {
    Box::pin(async move {
        let identity = Matter::Identity { issuer: "https://example.org".to_owned(), subject: "a".to_owned() };
        let people = people.into_iter().map(Matter::Person);
        tx.lock_matters(&people.chain([identity]).collect::<Vec<_>>()).await
    })
}

async fn matters_are_named_in_any_order(subject: &StoreAndBus) {
    join_all((0..JOBS).map(|number| {
        let mut people = [user(1), user(2), user(1)];
        people.rotate_left(number as usize % 3);
        write(&*subject.store, move |tx| lock(tx, people))
    }))
    .await;
}

async fn jobs_that_lock_a_conversation_run_one_after_another(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    join_all((0..JOBS).map(|_| {
        write(store, move |tx| {
            Box::pin(async move {
                let mut row = tx.lock_conversation(group).await?.expect("it is there");
                row.members_version += 1;
                tx.update_conversation(&row).await
            })
        })
    }))
    .await;
    let row = read(store, move |tx| tx.find_conversation(group)).await.expect("it is there");
    assert_eq!(row.members_version, JOBS);
}
