use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use async_trait::async_trait;
use kith_domain::{
    Caller, ConversationId, Entry, EntryBody, LiveEvent, NoticeKind, Refusal, Role, Seq,
    event::SessionEnd,
    friendship::Relation,
    ports::{History, HistoryError, PageRequest, retention::KEPT},
    view::Standing,
};
use kith_services::{EntriesQuery, ServiceError};
use kith_worker::Retention;
use prometheus_client::registry::Registry;

use crate::world::{DAY, World, refusal};

const PAGE: PageRequest = PageRequest::FIRST;

async fn texts(world: &World, who: &Caller, id: ConversationId) -> Vec<String> {
    let page = world.services.messages.entries(who, id, EntriesQuery::Before(u64::MAX), 100).await.unwrap();
    let text = |body: &EntryBody| match body {
        EntryBody::Message { content: Some(content), .. } => Some(content.to_json()),
        _ => None,
    };
    page.items.iter().filter_map(|entry| text(&entry.body)).collect()
}

#[tokio::test]
async fn from_the_wish_on_nobody_finds_the_account_and_the_owner_can_restore_it() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let phone = world.person("ada").await;
    let direct = world.befriend(&ada, &ben).await;
    let code = world.code(&ada).await;
    world.bus.drain();
    let (view, devices) = world.services.deletions.request(&ada, None).await.unwrap();
    world.services.sign_ins.forget_devices(&devices);
    let at = world.services.live.now().plus_seconds(14 * DAY);
    assert_eq!(view.deletes_at, Some(at));
    assert!(devices.contains(&ada.device_id) && devices.contains(&phone.device_id));
    assert!(world.bus.drain().iter().any(|event| matches!(event,
            LiveEvent::SessionEnded { user_id, devices: None, end: SessionEnd::Deleting { at: until } }
                if *user_id == ada.user_id && *until == at)));
    // Again: the same day.
    world.advance(DAY);
    assert_eq!(world.services.deletions.request(&phone, None).await.unwrap().0.deletes_at, Some(at));

    let sign_ins = &world.services.sign_ins;
    for device in [ada, phone] {
        let token = world.token_of(device);
        assert_eq!(refusal(sign_ins.admit(&token).await), Refusal::AccountDeleting { at });
        assert_eq!(sign_ins.admit_leaving(&token).await.unwrap(), device);
    }
    let gone = world.services.accounts.user_by_code(&ben, &code).await;
    assert_eq!(refusal(gone), Refusal::NotFound);
    let eve = world.person("eve").await;
    assert_eq!(refusal(world.services.friends.request(&eve, &code).await), Refusal::NotFound);
    // A friend keeps what they have.
    assert_eq!(world.services.friends.list(&ben, None, PAGE).await.unwrap().items.len(), 1);
    world.say(&ben, direct, "are you there?").await;

    let tokens = world.services.sign_ins.refresh(&world.refresh_token("ada").await).await.unwrap();
    let again = world.services.sign_ins.admit_leaving(&tokens.access_token).await.unwrap();
    assert_eq!(again.user_id, ada.user_id, "signing in opens the same account");
}

#[tokio::test]
async fn a_restored_account_is_as_it_was() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ada, direct, "hello").await;
    world.services.deletions.request(&ada, None).await.unwrap();
    world.say(&ben, direct, "still here").await;
    world.advance(14 * DAY - 1);
    assert_eq!(world.services.deletions.erase_due().await.unwrap(), 0);
    let (view, devices) = world.services.deletions.restore(&ada).await.unwrap();
    world.services.sign_ins.forget_devices(&devices);
    assert_eq!(view.deletes_at, None);
    world.services.deletions.restore(&ada).await.unwrap();
    assert!(world.services.sign_ins.admit(&world.token_of(ada)).await.is_ok());
    assert_eq!(texts(&world, &ada, direct).await.len(), 2);
    world.advance(DAY);
    assert_eq!(world.services.deletions.erase_due().await.unwrap(), 0);
}

/// Ada runs a group with Ben and Cat, is friends with both, was in another group, and has asked Dan.
struct Neighbourhood {
    world: World,
    people: [Caller; 4],
    direct: ConversationId,
    group: ConversationId,
    left: ConversationId,
}

async fn neighbourhood() -> Neighbourhood {
    let world = World::new().await;
    let people = world.people(["ada", "ben", "cat", "dan"]).await;
    let [ada, ben, cat, dan] = &people;
    let group = world.group(ada, &[ben, cat]).await;
    let direct = world.services.conversations.open_direct(ada, ben.user_id).await.unwrap().id;
    let left = world.services.groups.create(ben, "Hikers", vec![ada.user_id]).await.unwrap().id;
    for (by, to, text) in
        [(ada, direct, "a1"), (ben, direct, "b1"), (ada, group, "a2"), (cat, group, "c2"), (ada, left, "a3")]
    {
        world.say(by, to, text).await;
    }
    world.services.groups.remove_member(ada, left, ada.user_id).await.unwrap();
    world.services.friends.request(ada, &world.code(dan).await).await.unwrap();
    Neighbourhood { world, people, direct, group, left }
}

#[tokio::test]
async fn after_fourteen_days_the_account_is_erased_everywhere() {
    let Neighbourhood { world, people: [ada, ben, cat, dan], direct, group, left } = neighbourhood().await;
    let before = world.view(&ben, direct).await;
    world.services.deletions.request(&ada, None).await.unwrap();
    world.advance(14 * DAY);
    assert_eq!(refusal(world.services.deletions.restore(&ada).await), Refusal::Unauthenticated);
    assert_eq!(world.services.deletions.erase_due().await.unwrap(), 1);
    assert_eq!(world.services.deletions.erase_due().await.unwrap(), 0);

    assert_eq!(texts(&world, &ben, direct).await, [r#"{"type":"text","text":"b1"}"#]);
    assert_eq!(texts(&world, &cat, group).await, [r#"{"type":"text","text":"c2"}"#]);
    assert_eq!(texts(&world, &ben, left).await, Vec::<String>::new());
    // Erased as an unsend erases: the place stays, and an entry tells every device.
    let page = world.services.messages.entries(&ben, direct, EntriesQuery::After(0), 100).await.unwrap();
    assert!(matches!(page.items[0].body, EntryBody::Message { content: None, .. }));
    assert!(matches!(page.items[2].body, EntryBody::Unsend { target_seq: 1 }));
    let named = page.users.iter().find(|user| user.id == ada.user_id).unwrap();
    assert_eq!((named.username.as_str(), named.deleted), ("Deleted account", true));

    let view = world.view(&ben, direct).await;
    assert_eq!(view.cannot_send, Some(Refusal::NotFriends));
    assert_eq!(view.last_activity, before.last_activity, "an erasure lifts nothing to the top of a list");
    let peer = view.peer.unwrap();
    assert_eq!(
        (peer.username.as_str(), peer.deleted, peer.relation),
        ("Deleted account", true, Relation::None)
    );
    assert!(world.services.friends.list(&ben, None, PAGE).await.unwrap().items.is_empty());
    let requests = world.services.friends.requests(&dan, None, None, PAGE).await.unwrap();
    assert_eq!(requests.items[0].status, kith_domain::RequestStatus::Cancelled);

    let members = world.services.groups.members(&ben, group, PAGE).await.unwrap().items;
    let roles: Vec<_> = members.iter().map(|member| (member.user.id, member.role)).collect();
    assert_eq!(
        roles,
        [(ben.user_id, Role::Admin), (cat.user_id, Role::Member)],
        "the longest-standing runs it"
    );
    assert_eq!(world.view(&cat, group).await.standing, Standing::Active);
    let notices = world.services.messages.entries(&cat, group, EntriesQuery::After(0), 100).await.unwrap();
    assert!(
        notices.items.iter().any(|entry| matches!(&entry.body,
        EntryBody::Notice(notice) if notice.kind == NoticeKind::Left && notice.user_id == Some(ada.user_id)))
    );

    let reborn = world.person("ada").await;
    assert_ne!(reborn.user_id, ada.user_id, "the same identity opens a new account");
    assert!(world.services.conversations.list(&reborn, PAGE).await.unwrap().items.is_empty());
    assert!(world.services.sign_ins.authenticate(&world.token_of(ada)).await.is_err());
    let deleted = world.services.deletions.list().await.unwrap();
    assert_eq!(deleted.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [ada.user_id]);
}

#[tokio::test]
async fn who_signs_in_too_late_gets_a_new_account_even_before_the_erasure() {
    let Neighbourhood { world, people: [ada, ben, ..], direct, .. } = neighbourhood().await;
    world.services.deletions.request(&ada, None).await.unwrap();
    world.advance(14 * DAY);
    let reborn = world.person("ada").await;
    assert_ne!(reborn.user_id, ada.user_id);
    assert_eq!(world.services.deletions.erase_due().await.unwrap(), 1);
    assert_eq!(texts(&world, &ben, direct).await.len(), 1);
    assert!(world.services.accounts.me(&reborn).await.is_ok(), "the new account is left alone");
}

#[tokio::test]
async fn a_deletion_is_repeated_on_an_older_store() {
    let Neighbourhood { world, people: [ada, ben, ..], direct, .. } = neighbourhood().await;
    let stranger = kith_domain::UserId::new(42);
    world.services.deletions.repeat(vec![ada.user_id, stranger]).await.unwrap();
    assert_eq!(texts(&world, &ben, direct).await.len(), 1);
    assert_eq!(world.services.deletions.list().await.unwrap().len(), 1);
    world.services.deletions.repeat(vec![ada.user_id]).await.unwrap();
}

#[tokio::test]
async fn many_friends_and_messages_go_in_batches() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let mut friends = Vec::new();
    for number in 0..60 {
        let friend = world.person(&format!("friend{number}")).await;
        world.befriend(&ada, &friend).await;
        friends.push(friend);
    }
    let group = world.services.groups.create(&ada, "x", vec![friends[0].user_id]).await.unwrap().id;
    for number in 0..130 {
        world.say(&ada, group, &format!("m{number}")).await;
    }
    world.services.deletions.request(&ada, None).await.unwrap();
    world.advance(14 * DAY);
    world.services.deletions.erase_due().await.unwrap();
    for friend in &friends {
        assert!(world.services.friends.list(friend, None, PAGE).await.unwrap().items.is_empty());
    }
    let mut after = 0;
    loop {
        let page = EntriesQuery::After(after);
        let page = world.services.messages.entries(&friends[0], group, page, 100).await.unwrap();
        let full = |body: &EntryBody| matches!(body, EntryBody::Message { content: Some(_), .. });
        assert!(!page.items.iter().any(|entry| full(&entry.body)));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
}

/// A history that took everything and has lost it since.
struct Lost;

#[async_trait]
impl History for Lost {
    async fn put(&self, _: &[Entry]) -> Result<(), HistoryError> {
        Ok(())
    }
    async fn range(
        &self,
        conversation_id: ConversationId,
        seqs: RangeInclusive<Seq>,
    ) -> Result<Vec<Entry>, HistoryError> {
        Err(HistoryError::Missing { conversation_id, seq: *seqs.start() })
    }
    async fn covers(&self, _: &[Entry]) -> Result<bool, HistoryError> {
        Ok(true)
    }
    async fn check(&self) -> Result<(), HistoryError> {
        Ok(())
    }
}

#[tokio::test]
async fn an_account_that_cannot_be_erased_holds_up_no_other() {
    let world = World::with_history(Arc::new(Lost)).await;
    let [ada, ben, cat] = world.people(["ada", "ben", "cat"]).await;
    let direct = world.befriend(&ada, &ben).await;
    for _ in 0..KEPT + 10 {
        world.say(&ada, direct, "on and on").await;
    }
    world.index().await;
    world.advance(8 * DAY);
    let window = Duration::from_secs(7 * DAY as u64);
    let (store, clock) = (world.store(), world.clock.clone());
    Retention::new(store, Arc::new(Lost), clock, window, &mut Registry::default()).step().await.unwrap();

    let deletions = &world.services.deletions;
    for person in [ada, cat] {
        deletions.request(&person, None).await.unwrap();
        world.advance(1);
    }
    world.advance(14 * DAY);
    for _ in 0..2 {
        let failed = deletions.erase_due().await;
        assert!(matches!(failed, Err(ServiceError::History(HistoryError::Missing { .. }))), "{failed:?}");
        let gone: Vec<_> = deletions.list().await.unwrap().into_iter().map(|(user, _)| user).collect();
        assert_eq!(gone, [cat.user_id], "Ada's messages cannot be found to be erased");
    }
}
