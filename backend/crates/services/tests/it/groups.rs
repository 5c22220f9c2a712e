use kith_domain::{
    Caller, ConversationId, EntryBody, HistoryVisibility, JoinPolicy, NoticeKind, Refusal, Role, Seq,
    ports::PageRequest,
    view::{JoinState, Standing},
};
use kith_services::{EntriesQuery, GroupPatch, JoinOutcome};

use crate::world::{World, refusal};

async fn seqs(world: &World, who: &Caller, id: ConversationId) -> Vec<Seq> {
    let page = world.services.messages.entries(who, id, EntriesQuery::Before(Seq::MAX), 100).await.unwrap();
    page.items.iter().map(|entry| entry.seq).collect()
}

async fn notices(world: &World, who: &Caller, id: ConversationId) -> Vec<NoticeKind> {
    let page = world.services.messages.entries(who, id, EntriesQuery::Before(Seq::MAX), 100).await.unwrap();
    page.items
        .iter()
        .filter_map(|entry| match &entry.body {
            EntryBody::Notice(notice) => Some(notice.kind),
            _ => None,
        })
        .collect()
}

async fn code(world: &World, who: &Caller, id: ConversationId) -> String {
    world.view(who, id).await.group_code.unwrap().to_string()
}

#[tokio::test]
async fn nothing_after_a_kick_reaches_the_kicked() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let group = world.group(&ada, &[&ben, &zoe]).await;
    world.say(&zoe, group, "before").await;
    world.services.groups.remove_member(&ada, group, zoe.user_id).await.unwrap();
    world.say(&ada, group, "after").await;
    let patch = GroupPatch { name: Some("Without Zoë".to_owned()), ..GroupPatch::default() };
    world.services.groups.update(&ada, group, patch).await.unwrap();

    assert_eq!(seqs(&world, &zoe, group).await, [1, 2, 3]);
    assert_eq!(refusal(world.send(&zoe, group, "?").await), Refusal::NotMember);
    let view = world.view(&zoe, group).await;
    assert_eq!((view.standing, view.last_seq, view.unread), (Standing::Kicked, 3, 0));
    assert_eq!(view.name.unwrap().as_str(), "Night Market", "the name as it was");
    assert_eq!(view.last_entry.unwrap().seq, 3);
    assert!(view.group_code.is_none() && view.role.is_none());
    assert_eq!(
        refusal(world.services.groups.members(&zoe, group, PageRequest::FIRST).await),
        Refusal::NotFound
    );
}

#[tokio::test]
async fn who_was_kicked_or_left_returns_by_an_admin_only() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let groups = &world.services.groups;
    let group = world.group(&ada, &[&ben, &zoe]).await;
    world.befriend(&ben, &zoe).await;
    let code = code(&world, &ada, group).await;
    groups.remove_member(&ada, group, zoe.user_id).await.unwrap();
    assert!(matches!(groups.join(&zoe, &code).await.unwrap(), JoinOutcome::Requested));
    assert_eq!(refusal(groups.add_members(&ben, group, vec![zoe.user_id]).await).code(), "forbidden");
    groups.approve(&ada, group, zoe.user_id).await.unwrap();
    world.say(&ada, group, "welcome back").await;
    // A hole where she was away: 4 is the notice of her return.
    assert_eq!(seqs(&world, &zoe, group).await, [1, 2, 3, 4]);
    groups.remove_member(&zoe, group, zoe.user_id).await.unwrap();
    world.say(&ada, group, "unseen").await;
    assert!(matches!(groups.join(&zoe, &code).await.unwrap(), JoinOutcome::Requested));
    groups.add_members(&ada, group, vec![zoe.user_id]).await.unwrap();
    assert_eq!(seqs(&world, &zoe, group).await, [1, 2, 3, 4, 5, 7]);
}

#[tokio::test]
async fn newcomers_see_what_was_set_when_they_joined() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let groups = &world.services.groups;
    let group = world.group(&ada, &[]).await;
    world.say(&ada, group, "old").await;
    let code = code(&world, &ada, group).await;
    groups.join(&ben, &code).await.unwrap();
    let patch = GroupPatch { history_visibility: Some(HistoryVisibility::All), ..GroupPatch::default() };
    groups.update(&ada, group, patch).await.unwrap();
    groups.join(&zoe, &code).await.unwrap();
    assert_eq!(seqs(&world, &ben, group).await, [3, 4, 5]);
    assert_eq!(seqs(&world, &zoe, group).await, [1, 2, 3, 4, 5]);
    assert_eq!((world.view(&zoe, group).await.unread, world.view(&ben, group).await.unread), (0, 0));
}

#[tokio::test]
async fn joining_under_approval_waits_for_an_admin() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let groups = &world.services.groups;
    let group = world.group(&ada, &[&ben]).await;
    let patch = GroupPatch { join_policy: Some(JoinPolicy::Approval), ..GroupPatch::default() };
    groups.update(&ada, group, patch).await.unwrap();
    let code = code(&world, &ada, group).await;
    let preview = groups.preview(&zoe, &code).await.unwrap();
    assert_eq!((preview.id, preview.state, preview.member_count), (None, JoinState::None, 2));
    assert!(matches!(groups.join(&zoe, &code).await.unwrap(), JoinOutcome::Requested));
    assert_eq!(groups.preview(&zoe, &code).await.unwrap().state, JoinState::Requested);
    assert_eq!(refusal(groups.join_requests(&ben, group, PageRequest::FIRST).await).code(), "forbidden");
    assert_eq!(refusal(groups.approve(&ben, group, zoe.user_id).await).code(), "forbidden");
    assert_eq!(groups.join_requests(&ada, group, PageRequest::FIRST).await.unwrap().items.len(), 1);
    groups.reject(&ada, group, zoe.user_id).await.unwrap();
    assert_eq!(refusal(groups.approve(&ada, group, zoe.user_id).await), Refusal::NotFound);
    groups.join(&zoe, &code).await.unwrap();
    groups.approve(&ada, group, zoe.user_id).await.unwrap();
    assert_eq!(groups.preview(&zoe, &code).await.unwrap().id, Some(group));
}

#[tokio::test]
async fn a_group_is_never_without_an_admin() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let groups = &world.services.groups;
    let group = world.group(&ada, &[&ben]).await;
    world.advance(60);
    groups.join(&zoe, &code(&world, &ada, group).await).await.unwrap();
    assert_eq!(refusal(groups.set_role(&ada, group, ada.user_id, Role::Member).await).code(), "conflict");
    groups.remove_member(&ada, group, ada.user_id).await.unwrap();
    let members = groups.members(&zoe, group, PageRequest::FIRST).await.unwrap().items;
    assert_eq!((members[0].user.id, members[0].role), (ben.user_id, Role::Admin), "the longest-standing one");
    assert_eq!(
        notices(&world, &ben, group).await,
        [NoticeKind::Created, NoticeKind::Joined, NoticeKind::RoleChanged, NoticeKind::Left]
    );
    groups.remove_member(&zoe, group, zoe.user_id).await.unwrap();
    groups.remove_member(&ben, group, ben.user_id).await.unwrap();
    assert_eq!(world.view(&ben, group).await.standing, Standing::Closed);
    assert_eq!(world.view(&ada, group).await.standing, Standing::Left);
}

#[tokio::test]
async fn only_admins_change_a_group_and_outsiders_do_not_find_it() {
    let world = World::new().await;
    let [ada, ben, eve] = world.people(["ada", "ben", "eve"]).await;
    let groups = &world.services.groups;
    let group = world.group(&ada, &[&ben]).await;
    let rename = || GroupPatch { name: Some("Mine".to_owned()), ..GroupPatch::default() };
    for (who, expected) in [(&ben, "forbidden"), (&eve, "not_found")] {
        assert_eq!(refusal(groups.update(who, group, rename()).await).code(), expected);
        assert_eq!(refusal(groups.renew_code(who, group).await).code(), expected);
        assert_eq!(refusal(groups.set_role(who, group, ben.user_id, Role::Admin).await).code(), expected);
        assert_eq!(refusal(groups.remove_member(who, group, ada.user_id).await).code(), expected);
    }
    assert_eq!(refusal(world.send(&eve, group, "?").await), Refusal::NotFound);
    assert_eq!(refusal(groups.create(&ada, "Strangers", vec![eve.user_id]).await), Refusal::NotFriends);
    let old = code(&world, &ada, group).await;
    groups.renew_code(&ada, group).await.unwrap();
    assert_eq!(refusal(groups.preview(&eve, &old).await), Refusal::NotFound);
}

/// Racing leaves of the last two admins still leave an admin, as every step is one transaction.
#[tokio::test]
async fn racing_leaves_leave_an_admin() {
    let world = World::new().await;
    let [ada, ben, zoe] = world.people(["ada", "ben", "zoe"]).await;
    let groups = &world.services.groups;
    let group = world.group(&ada, &[&ben, &zoe]).await;
    groups.set_role(&ada, group, ben.user_id, Role::Admin).await.unwrap();
    let (one, two) = tokio::join!(
        groups.remove_member(&ada, group, ada.user_id),
        groups.remove_member(&ben, group, ben.user_id)
    );
    one.unwrap();
    two.unwrap();
    let members = groups.members(&zoe, group, PageRequest::FIRST).await.unwrap().items;
    assert_eq!(members.iter().map(|member| member.role).collect::<Vec<_>>(), [Role::Admin]);
}
