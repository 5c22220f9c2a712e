use std::sync::Arc;

use kith_contract::fixtures::{a_member, a_notice, send, user, write};
use kith_domain::{EntryBody, LiveEvent, Member, MemberState, Notice, NoticeKind, event::MembershipChange};
use tokio::time::timeout;

use crate::world::{DEADLINE, World, meet, number};

#[tokio::test]
async fn an_event_goes_where_it_concerns_somebody() {
    let world = World::new().await;
    let (a, mut b, mut c) = (world.node(1).await, world.node(2).await, world.node(3).await);
    b.roster.arrived(user(2));
    c.roster.arrived(user(99));
    meet(&world, &a, &mut b).await;
    // What every node is told shows that nothing else was on its way to the third one.
    a.publish(world.told_everywhere()).await;
    let mut typings = 0;
    loop {
        match c.events.recv().await.expect("the node is there") {
            LiveEvent::Typing { .. } => typings += 1,
            LiveEvent::Membership { .. } => break,
            other => panic!("nobody published {other:?}"),
        }
    }
    assert_eq!(typings, 0, "it has no socket of the group");

    // Its last socket goes: nothing more comes.
    b.roster.left(user(2));
    c.roster.arrived(user(3));
    meet(&world, &a, &mut c).await;
}

#[tokio::test]
async fn entries_of_two_nodes_reach_a_third_in_order() {
    let world = World::new().await;
    let (a, b, mut c) = (world.node(1).await, world.node(2).await, world.node(3).await);
    c.roster.arrived(user(3));
    meet(&world, &a, &mut c).await;
    meet(&world, &b, &mut c).await;
    let mut entries = Vec::new();
    for n in 0..20 {
        entries.push(Arc::new(send(&*world.store, world.group, user(1 + n % 2), "side by side").await));
    }
    // The first one comes alone, so that the third node knows where the conversation begins.
    a.publish(LiveEvent::Entry(entries[0].clone())).await;
    assert_eq!(c.entry().await, 1);
    for pair in entries[1..].chunks(2) {
        for entry in pair.iter().rev() {
            let node = if entry.seq % 2 == 0 { &a } else { &b };
            node.publish(LiveEvent::Entry(entry.clone())).await;
        }
    }
    for seq in 2..=20 {
        assert_eq!(c.entry().await, seq);
    }
}

#[tokio::test]
async fn what_the_broker_loses_is_read_from_the_ledger() {
    let world = World::new().await;
    let (a, mut b) = (world.node(1).await, world.node(2).await);
    b.roster.arrived(user(2));
    meet(&world, &a, &mut b).await;
    world.broker.set_losing(true);
    let entry = send(&*world.store, world.group, user(1), "lost on the way").await;
    a.publish(LiveEvent::Entry(Arc::new(entry))).await;
    // The next sign of life shows the hole.
    assert_eq!(b.entry().await, 1);
}

#[tokio::test]
async fn of_what_was_lost_a_node_reads_what_concerns_its_own() {
    let world = World::new().await;
    let (a, mut b, mut c) = (world.node(1).await, world.node(2).await, world.node(3).await);
    b.roster.arrived(user(2));
    c.roster.arrived(user(99));
    meet(&world, &a, &mut b).await;
    world.broker.set_losing(true);
    let entry = send(&*world.store, world.group, user(1), "lost on the way").await;
    a.publish(LiveEvent::Entry(Arc::new(entry))).await;
    a.publish(world.told_everywhere()).await;
    assert_eq!(b.entry().await, 1);
    timeout(DEADLINE, b.roster.missed()).await.expect("it is told");
    timeout(DEADLINE, c.roster.missed()).await.expect("it missed something too");
    while let Ok(event) = c.events.try_recv() {
        assert!(!matches!(event, LiveEvent::Entry(_)), "it has no socket of the group");
    }
}

#[tokio::test]
async fn who_was_put_out_unheard_is_told_so() {
    let world = World::new().await;
    let (a, mut b) = (world.node(1).await, world.node(2).await);
    b.roster.arrived(user(2));
    meet(&world, &a, &mut b).await;
    world.broker.set_losing(true);
    let mut kick = a_notice(world.group, user(1), NoticeKind::Kicked);
    kick.body = EntryBody::Notice(Notice::about(NoticeKind::Kicked, user(2)));
    let group = world.group;
    let kicked = write(&*world.store, move |tx| {
        Box::pin(async move {
            let member = Member { state: MemberState::Kicked, ..a_member(group, user(2)) };
            tx.put_member(&member).await?;
            tx.append_entry(kick).await
        })
    })
    .await;
    a.publish(LiveEvent::Entry(Arc::new(kicked))).await;
    let change = b
        .wait_for(|event| match event {
            LiveEvent::Membership { user_id, change, .. } if *user_id == user(2) => Some(*change),
            _ => None,
        })
        .await;
    assert_eq!(change, MembershipChange::Ended { at: 1 });
}

#[tokio::test]
async fn a_node_that_dies_with_something_untold_is_followed_by_the_others() {
    let world = World::new().await;
    let (a, mut b) = (world.node(1).await, world.node(2).await);
    b.roster.arrived(user(2));
    meet(&world, &a, &mut b).await;
    send(&*world.store, world.group, user(1), "committed, not told").await;
    // Its tasks end and its lease stays, as if the process were gone.
    drop(a);
    assert_eq!(b.entry().await, 1);
}

#[tokio::test]
async fn while_the_broker_is_away_the_ledger_is_read() {
    let world = World::new().await;
    let (a, mut b) = (world.node(1).await, world.node(2).await);
    b.roster.arrived(user(2));
    meet(&world, &a, &mut b).await;
    world.broker.set_away(true);
    for seq in 1..=3 {
        let entry = send(&*world.store, world.group, user(1), "nobody carries it").await;
        a.publish(LiveEvent::Entry(Arc::new(entry))).await;
        assert_eq!(b.entry().await, seq);
    }
    world.broker.set_away(false);
    meet(&world, &a, &mut b).await;
    let entry = send(&*world.store, world.group, user(1), "carried again").await;
    a.publish(LiveEvent::Entry(Arc::new(entry))).await;
    assert_eq!(b.entry().await, 4);
}

#[tokio::test]
async fn a_node_that_ends_gives_its_number_back() {
    let world = World::new().await;
    let (a, _b) = (world.node(1).await, world.node(2).await);
    assert_eq!(a.number, number(0));
    a.cluster.stop().await;
    assert_eq!(world.node(3).await.number, number(0));
    assert_eq!(world.node(4).await.number, number(2), "the second node is still there");
}
