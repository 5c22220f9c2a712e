use kith_domain::{LiveEvent, Refusal};

use crate::world::{World, refusal};

#[tokio::test]
async fn markers_only_go_forward_and_unread_is_derived() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    for text in ["1", "2", "3", "4"] {
        world.say(&ada, direct, text).await;
    }
    world.say(&ben, direct, "5").await;
    assert_eq!(world.view(&ben, direct).await.unread, 4, "own messages do not wait");
    world.services.messages.unsend(&ada, direct, 2).await.unwrap();
    assert_eq!(world.view(&ben, direct).await.unread, 3, "unsent ones do not wait");
    for (to, stands, unread) in [(3, 3, 1), (1, 3, 1), (900, 6, 0), (0, 6, 0)] {
        let marker = world.services.reads.mark(&ben, direct, to).await.unwrap();
        assert_eq!((marker.read_seq, marker.unread), (stands, unread), "marked {to}");
    }
    assert_eq!(world.view(&ada, direct).await.peer_read_seq, Some(6));
    let reads = world.services.reads.list(&ada, direct).await.unwrap();
    let marker = reads.iter().find(|marker| marker.user_id == ben.user_id).unwrap();
    assert_eq!((marker.read_seq, marker.read_at), (6, Some(world.services.live.now())));
}

#[tokio::test]
async fn outsiders_move_no_marker() {
    let world = World::new().await;
    let [ada, ben, eve] = world.people(["ada", "ben", "eve"]).await;
    let direct = world.befriend(&ada, &ben).await;
    assert_eq!(refusal(world.services.reads.mark(&eve, direct, 1).await), Refusal::NotFound);
    assert_eq!(refusal(world.services.reads.list(&eve, direct).await), Refusal::NotFound);
}

#[tokio::test]
async fn messages_of_somebody_blocked_do_not_wait() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let group = world.group(&ada, &[&ben, &zoe]).await;
    world.say(&ben, group, "a").await;
    world.say(&zoe, group, "b").await;
    world.services.friends.block(&ada, ben.user_id).await.unwrap();
    assert_eq!(world.view(&ada, group).await.unread, 1);
}

#[tokio::test]
async fn unread_stops_counting_at_a_hundred() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    futures_util::future::join_all((0..150).map(|_| world.say(&ada, direct, "x"))).await;
    assert_eq!(world.view(&ben, direct).await.unread, 100);
}

#[tokio::test]
async fn large_groups_are_not_told_of_every_marker() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let group = world.group(&ada, &[]).await;
    let code = world.view(&ada, group).await.group_code.unwrap().to_string();
    for (members, told) in [(20, true), (21, false)] {
        while world.view(&ada, group).await.member_count < members {
            let person = world.person(&format!("p{}", world.unique())).await;
            world.services.groups.join(&person, &code).await.unwrap();
        }
        world.bus.drain();
        let last = world.view(&ada, group).await.last_seq;
        world.services.reads.mark(&ada, group, last).await.unwrap();
        let told_members = world.bus.drain().into_iter().find_map(|event| match event {
            LiveEvent::Read { to_members, .. } => Some(to_members),
            _ => None,
        });
        assert_eq!(told_members, Some(told), "{members} members");
    }
}
