use std::collections::HashMap;

use kith_domain::{
    Caller, ConversationId, JoinPolicy, LiveEvent, PersonalEvent, Seq,
    view::{Standing, SyncAnswer, SyncPositions},
};
use kith_services::{GroupPatch, SettingsPatch};

use crate::world::{DAY, World};

async fn sync(world: &World, who: &Caller, positions: &[(ConversationId, Seq)], user_seq: u64) -> SyncAnswer {
    let conversations: HashMap<_, _> = positions.iter().copied().collect();
    let positions = SyncPositions { conversations, user_seq, ..SyncPositions::default() };
    world.services.sync.sync(who, positions).await.unwrap()
}

fn seqs(answer: &SyncAnswer, id: ConversationId) -> Option<(Vec<Seq>, bool)> {
    let found = answer.conversations.iter().find(|c| c.conversation.id == id)?;
    Some((found.entries.iter().map(|entry| entry.seq).collect(), found.complete))
}

#[tokio::test]
async fn everything_after_the_positions_and_nothing_else() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let one = world.befriend(&ada, &ben).await;
    let two = world.befriend(&ada, &zoe).await;
    for text in ["1", "2", "3"] {
        world.say(&ben, one, text).await;
    }
    world.say(&zoe, two, "1").await;
    let answer = sync(&world, &ada, &[(one, 1), (two, 1)], 0).await;
    assert_eq!(seqs(&answer, one), Some((vec![2, 3], true)));
    assert_eq!(seqs(&answer, two), None, "nothing new");
    assert_eq!(answer.users.iter().map(|user| user.username.as_str()).collect::<Vec<_>>(), ["ben"]);
    // A conversation the device did not name comes along.
    let answer = sync(&world, &ada, &[(two, 1)], 0).await;
    assert_eq!(seqs(&answer, one), Some((vec![1, 2, 3], true)));
    let eve = world.person("eve").await;
    assert!(sync(&world, &eve, &[], 0).await.conversations.is_empty());
}

#[tokio::test]
async fn much_missing_comes_as_the_newest_page_and_says_so() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    futures_util::future::join_all((0..1_200).map(|_| world.say(&ben, direct, "x"))).await;
    let answer = sync(&world, &ada, &[(direct, 10)], 0).await;
    assert_eq!(seqs(&answer, direct), Some(((1_151..=1_200).collect(), false)));
    let answer = sync(&world, &ada, &[(direct, 300)], 0).await;
    assert_eq!(seqs(&answer, direct), Some(((301..=1_200).collect(), true)));
}

#[tokio::test]
async fn another_epoch_or_a_position_above_the_head_reloads() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ben, direct, "1").await;
    let answer = sync(&world, &ada, &[(direct, 9)], 0).await;
    assert!(answer.reload);
    assert_eq!(seqs(&answer, direct), Some((vec![1], true)), "as for no positions");
    for (epoch, reload) in [(answer.epoch.clone(), false), ("another".to_owned(), true)] {
        let positions = SyncPositions {
            conversations: HashMap::from([(direct, 1)]),
            epoch: Some(epoch),
            ..SyncPositions::default()
        };
        assert_eq!(world.services.sync.sync(&ada, positions).await.unwrap().reload, reload);
    }
    for (user_seq, reload) in [(answer.user_seq, false), (answer.user_seq + 1, true)] {
        assert_eq!(sync(&world, &ada, &[(direct, 1)], user_seq).await.reload, reload, "{user_seq}");
    }
}

#[tokio::test]
async fn an_ended_membership_comes_with_its_last_entries_and_is_named_once() {
    let world = World::new().await;
    let [ada, zoe] = world.people(["ada", "zoe"]).await;
    let group = world.group(&ada, &[&zoe]).await;
    world.say(&ada, group, "2").await;
    world.services.groups.remove_member(&ada, group, zoe.user_id).await.unwrap();
    world.say(&ada, group, "4").await;
    let answer = sync(&world, &zoe, &[(group, 1)], 0).await;
    assert_eq!(seqs(&answer, group), Some((vec![2, 3], true)));
    assert_eq!(answer.removed, [group]);
    let kept = answer.conversations.iter().find(|c| c.conversation.id == group).unwrap();
    assert_eq!(kept.conversation.standing, Standing::Kicked);
    let again = sync(&world, &zoe, &[(group, 3)], 0).await;
    assert!(again.removed.is_empty() && seqs(&again, group).is_none() && !again.reload);
    world.services.conversations.hide(&zoe, group).await.unwrap();
    assert_eq!(sync(&world, &zoe, &[(group, 3)], 0).await.removed, [group]);
}

#[tokio::test]
async fn a_rejoined_group_is_complete_over_its_hole() {
    let world = World::new().await;
    let [ada, zoe] = world.people(["ada", "zoe"]).await;
    let group = world.group(&ada, &[&zoe]).await;
    world.services.groups.remove_member(&ada, group, zoe.user_id).await.unwrap();
    world.say(&ada, group, "unseen").await;
    world.services.groups.add_members(&ada, group, vec![zoe.user_id]).await.unwrap();
    world.say(&ada, group, "seen").await;
    let answer = sync(&world, &zoe, &[(group, 1)], 0).await;
    assert_eq!(seqs(&answer, group), Some((vec![2, 4, 5], true)));
    assert!(answer.removed.is_empty());
}

#[tokio::test]
async fn personal_events_are_replayed_as_things_stand_now() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let start = sync(&world, &ada, &[], 0).await;
    assert_eq!((start.user_seq, start.user_events_complete), (0, true));
    let direct = world.befriend(&ben, &ada).await;
    let head = sync(&world, &ada, &[], 0).await;
    assert!(head.user_seq > 0 && !head.user_events_complete, "0 asks for the lists");
    world.services.friends.unfriend(&ben, ada.user_id).await.unwrap();
    let answer = sync(&world, &ada, &[(direct, 0)], 1).await;
    assert!(answer.user_events_complete);
    let friends: Vec<&PersonalEvent> = answer
        .user_events
        .iter()
        .map(|(_, event)| event)
        .filter(|event| matches!(event, PersonalEvent::Friend(_) | PersonalEvent::FriendRemoved(_)))
        .collect();
    assert!(matches!(friends[..], [PersonalEvent::FriendRemoved(_)]), "only how it stands: {friends:?}");
    let rising = answer.user_events.windows(2).all(|pair| pair[0].0 < pair[1].0);
    assert!(rising && answer.user_seq == answer.user_events.last().unwrap().0);
}

#[tokio::test]
async fn markers_since_the_last_answer() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ada, direct, "1").await;
    world.advance(DAY);
    let since = sync(&world, &ada, &[(direct, 1)], 0).await.server_time;
    let positions = |markers_since| SyncPositions {
        conversations: HashMap::from([(direct, 1)]),
        markers_since: Some(markers_since),
        ..SyncPositions::default()
    };
    assert!(world.services.sync.sync(&ada, positions(since)).await.unwrap().markers.is_empty());
    world.services.reads.mark(&ben, direct, 1).await.unwrap();
    let answer = world.services.sync.sync(&ada, positions(since)).await.unwrap();
    assert_eq!(answer.markers.len(), 1);
    assert_eq!(answer.markers[0].peer_read_seq, Some(1));
}

#[tokio::test]
async fn join_requests_are_replayed_while_they_stand() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[]).await;
    let patch = GroupPatch { join_policy: Some(JoinPolicy::Approval), ..GroupPatch::default() };
    world.services.groups.update(&ada, group, patch).await.unwrap();
    let before = sync(&world, &ada, &[], 0).await.user_seq;
    let code = world.view(&ada, group).await.group_code.unwrap().to_string();
    world.services.groups.join(&ben, &code).await.unwrap();
    let requests = async || {
        let answer = sync(&world, &ada, &[(group, 1)], before).await;
        let is_request = |event: &&(u64, PersonalEvent)| matches!(event.1, PersonalEvent::JoinRequest { .. });
        answer.user_events.iter().filter(is_request).count()
    };
    assert_eq!(requests().await, 1);
    world.services.groups.approve(&ada, group, ben.user_id).await.unwrap();
    assert_eq!(requests().await, 0);
}

#[tokio::test]
async fn what_changes_of_a_hidden_conversation_does_not_bring_it_back() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.services.conversations.hide(&ada, direct).await.unwrap();
    world.bus.drain();
    let patch = SettingsPatch { pinned: Some(true), ..SettingsPatch::default() };
    world.services.conversations.update_settings(&ada, direct, patch).await.unwrap();
    world.services.friends.unfriend(&ada, ben.user_id).await.unwrap();
    let shown = world.bus.drain().into_iter().any(|event| {
        matches!(event, LiveEvent::Personal { user_id, event: PersonalEvent::Conversation(_), .. } if user_id == ada.user_id)
    });
    assert!(!shown);
}
