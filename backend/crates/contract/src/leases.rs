//! What [`kith_domain::ports::LeaseRepository`] promises.

use kith_domain::ports::{
    Store,
    leases::{FencingToken, Lease},
};

use crate::{
    Case,
    fixtures::{at, read, write},
    store::StoreAndBus,
};

/// The suite.
pub const LEASES: &[Case<StoreAndBus>] = cases![
    a_lease_has_one_holder_until_it_ends,
    renewing_keeps_the_token,
    taking_a_lapsed_lease_raises_the_token,
    a_lease_that_was_given_up_is_free_at_once,
    nobody_gives_up_the_lease_of_another,
    held_leases_are_listed_by_the_beginning_of_their_names,
    of_many_takers_one_gets_it,
    a_tenure_is_told_from_the_one_after_it,
];

async fn take(
    store: &dyn Store,
    name: &'static str,
    holder: &'static str,
    now: i64,
    until: i64,
) -> Option<FencingToken> {
    write(store, move |tx| tx.take_lease(name, holder, at(now), at(until))).await
}

async fn must_take(
    store: &dyn Store,
    name: &'static str,
    holder: &'static str,
    now: i64,
    until: i64,
) -> FencingToken {
    take(store, name, holder, now, until).await.expect("the lease is free or the holder's own")
}

async fn release(store: &dyn Store, name: &'static str, holder: &'static str) {
    write(store, move |tx| tx.release_lease(name, holder)).await;
}

async fn list(store: &dyn Store, prefix: &'static str, now: i64) -> Vec<Lease> {
    read(store, move |tx| tx.list_leases(prefix, at(now))).await
}

async fn a_lease_has_one_holder_until_it_ends(subject: &StoreAndBus) {
    let store = &*subject.store;
    must_take(store, "relay/1", "a", 0, 100).await;
    must_take(store, "relay/2", "b", 0, 100).await;
    for now in [0, 50, 99] {
        assert_eq!(take(store, "relay/1", "b", now, 200).await, None, "at {now}");
    }
    let held = list(store, "relay/1", 99).await;
    assert_eq!(
        (held[0].holder.as_str(), held[0].expires_at),
        ("a", at(100)),
        "a refused taker changes nothing"
    );
    must_take(store, "relay/1", "b", 100, 200).await;
    assert_eq!(take(store, "relay/1", "a", 100, 200).await, None, "who let it lapse has lost it");
}

async fn renewing_keeps_the_token(subject: &StoreAndBus) {
    let store = &*subject.store;
    let first = must_take(store, "relay/1", "a", 0, 100).await;
    assert_eq!(must_take(store, "relay/1", "a", 60, 160).await, first);
    assert_eq!(must_take(store, "relay/1", "a", 159, 300).await, first);
    assert_eq!(take(store, "relay/1", "b", 299, 400).await, None);
}

async fn taking_a_lapsed_lease_raises_the_token(subject: &StoreAndBus) {
    let store = &*subject.store;
    let first = must_take(store, "relay/1", "a", 0, 100).await;
    let second = must_take(store, "relay/1", "b", 100, 200).await;
    let third = must_take(store, "relay/1", "b", 200, 300).await;
    let fourth = must_take(store, "relay/1", "a", 1_000, 1_100).await;
    assert!(first < second && second < third && third < fourth, "{first:?} {second:?} {third:?} {fourth:?}");
}

async fn a_lease_that_was_given_up_is_free_at_once(subject: &StoreAndBus) {
    let store = &*subject.store;
    let first = must_take(store, "relay/1", "a", 0, 100).await;
    release(store, "relay/1", "a").await;
    assert_eq!(list(store, "", 0).await, []);
    let second = must_take(store, "relay/1", "b", 1, 100).await;
    assert!(second > first, "{second:?} after {first:?}");
}

async fn nobody_gives_up_the_lease_of_another(subject: &StoreAndBus) {
    let store = &*subject.store;
    let token = must_take(store, "relay/1", "a", 0, 100).await;
    release(store, "relay/1", "b").await;
    release(store, "relay/2", "a").await;
    assert_eq!(take(store, "relay/1", "b", 50, 150).await, None);
    assert_eq!(must_take(store, "relay/1", "a", 50, 150).await, token);
}

async fn held_leases_are_listed_by_the_beginning_of_their_names(subject: &StoreAndBus) {
    let store = &*subject.store;
    let second = must_take(store, "node/2", "b", 0, 200).await;
    let first = must_take(store, "node/1", "a", 0, 100).await;
    must_take(store, "node", "c", 0, 200).await;
    must_take(store, "nod_/3", "d", 0, 200).await;
    let lease = |name: &str, holder: &str, token, until| Lease {
        name: name.to_owned(),
        holder: holder.to_owned(),
        token,
        expires_at: at(until),
    };
    let (one, two) = (lease("node/1", "a", first, 100), lease("node/2", "b", second, 200));
    assert_eq!(list(store, "node/", 99).await, [one, two.clone()]);
    assert_eq!(list(store, "node/", 100).await, [two]);
    let names = |leases: Vec<Lease>| leases.into_iter().map(|lease| lease.name).collect::<Vec<_>>();
    assert_eq!(names(list(store, "", 99).await), ["nod_/3", "node", "node/1", "node/2"]);
    assert_eq!(names(list(store, "nod_/", 99).await), ["nod_/3"], "no sign of a prefix stands for another");
    assert_eq!(names(list(store, "%", 99).await), [""; 0]);
}

async fn of_many_takers_one_gets_it(subject: &StoreAndBus) {
    let holders = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let takers = holders.map(|holder| take(&*subject.store, "relay/1", holder, 0, 100));
    let tokens = futures_util::future::join_all(takers).await;
    assert_eq!(tokens.iter().flatten().count(), 1, "{tokens:?}");
    assert_eq!(list(&*subject.store, "", 0).await.len(), 1);
}

async fn holds(store: &dyn Store, name: &'static str, token: FencingToken) -> bool {
    write(store, move |tx| tx.holds_lease(name, token)).await
}

async fn a_tenure_is_told_from_the_one_after_it(subject: &StoreAndBus) {
    let store = &*subject.store;
    assert!(!holds(store, "relay", FencingToken(1)).await, "nobody has it");
    let first = must_take(store, "relay", "a", 0, 100).await;
    must_take(store, "relay", "a", 50, 150).await;
    assert!(holds(store, "relay", first).await, "renewed or late, as long as nobody else came");
    let second = must_take(store, "relay", "b", 150, 250).await;
    assert!(!holds(store, "relay", first).await);
    assert!(holds(store, "relay", second).await);
    assert!(!holds(store, "other", second).await);
    assert_eq!(list(store, "relay", 249).await[0].expires_at, at(250), "asking changes nothing");
}
