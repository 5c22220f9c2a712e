use kith_domain::LiveEvent;

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
