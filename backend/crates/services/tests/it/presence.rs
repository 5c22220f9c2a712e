use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use kith_domain::LiveEvent;
use kith_sql::{
    Options,
    testing::{options, temp_store_with},
};

use crate::world::World;

fn transitions(world: &World) -> Vec<(bool, usize)> {
    world
        .bus
        .drain()
        .into_iter()
        .filter_map(|event| match event {
            LiveEvent::Presence { online, watchers, .. } => Some((online, watchers.len())),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn friends_see_coming_at_once_and_going_after_the_grace() {
    let world = World::new().await;
    let [ada, ben, eve] = world.people(["ada", "ben", "eve"]).await;
    world.befriend(&ada, &ben).await;
    let presence = &world.services.presence;
    world.bus.drain();
    presence.connected(ada).await.unwrap();
    presence.connected(ada).await.unwrap();
    assert_eq!(transitions(&world), [(true, 1)], "once, to friends only");
    assert_eq!(world.services.accounts.user(&ben, ada.user_id).await.unwrap().online, Some(true));
    assert!(world.services.accounts.user(&eve, ada.user_id).await.is_err());

    presence.disconnected(ada).await;
    world.advance(24);
    presence.sweep().await.unwrap();
    assert_eq!(transitions(&world), [], "a reload is not seen");
    world.advance(2);
    presence.sweep().await.unwrap();
    presence.sweep().await.unwrap();
    assert_eq!(transitions(&world), [(false, 1)]);
    let seen = world.services.accounts.user(&ben, ada.user_id).await.unwrap();
    assert!(seen.online == Some(false) && seen.last_online.is_some());
}

#[tokio::test]
async fn who_went_while_the_store_took_nothing_is_announced_later() {
    let free = Arc::new(AtomicU64::new(1));
    let seen = Arc::clone(&free);
    let space_probe = Some(Arc::new(move || Ok(seen.load(Ordering::Relaxed))) as _);
    let options = Options { floor_bytes: Some(1), space_probe, ..options() };
    let world = World::with_store(temp_store_with(options).await).await;
    let [ada, ben, cat, dan] = world.people(["ada", "ben", "cat", "dan"]).await;
    let presence = &world.services.presence;
    for person in [ada, cat, dan] {
        world.befriend(&person, &ben).await;
        presence.connected(person).await.unwrap();
        presence.disconnected(person).await;
    }
    world.advance(26);
    world.bus.drain();
    free.store(0, Ordering::Relaxed);
    for _ in 0..2 {
        presence.sweep().await.unwrap_err();
        assert_eq!(transitions(&world), []);
    }
    presence.connected(dan).await.unwrap();
    assert_eq!(transitions(&world), [(true, 1)], "coming changes nothing in the store");

    free.store(1, Ordering::Relaxed);
    for expected in [&[(false, 1), (false, 1)][..], &[]] {
        presence.sweep().await.unwrap();
        assert_eq!(transitions(&world), expected, "Ada and Cat, once");
    }
    for (person, online) in [(ada, false), (cat, false), (dan, true)] {
        let user = world.services.accounts.user(&ben, person.user_id).await.unwrap();
        assert_eq!((user.online, user.last_online.is_some()), (Some(online), !online));
    }
}
