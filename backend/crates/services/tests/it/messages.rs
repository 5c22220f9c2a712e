use std::{sync::Arc, time::Duration};

use kith_domain::{ConversationId, EntryBody, LiveEvent, Refusal, Seq, ports::PageRequest};
use kith_embedded::{InProcessLimits, LimitValues, Rate};
use kith_services::EntriesQuery;
use uuid::Uuid;

use crate::world::{HOUR, World, refusal};

#[tokio::test]
async fn a_retry_answers_what_is_stored_whatever_happened_since() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[&ben]).await;
    let id = Uuid::from_u128(7);
    let first = world.send_as(&ben, group, "once", id, None).await.unwrap();
    let again = world.send_as(&ben, group, "once", id, None).await.unwrap();
    assert!(first.new && !again.new);
    assert_eq!(first.entry, again.entry);
    assert_eq!(refusal(world.send_as(&ben, group, "other", id, None).await), Refusal::IdReused);
    world.services.groups.remove_member(&ada, group, ben.user_id).await.unwrap();
    assert_eq!(world.send_as(&ben, group, "once", id, None).await.unwrap().entry, first.entry);
    assert_eq!(refusal(world.send(&ben, group, "new").await), Refusal::NotMember);
    // Another sender's equal id is another message.
    assert!(world.send_as(&ada, group, "once", id, None).await.unwrap().new);
}

#[tokio::test]
async fn concurrent_retries_store_one_message() {
    let world = Arc::new(World::new().await);
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    let tasks: Vec<_> = (0..40)
        .map(|index| {
            let world = world.clone();
            tokio::spawn(async move {
                world.send_as(&ada, direct, "same", Uuid::from_u128(index / 4), None).await.unwrap().entry.seq
            })
        })
        .collect();
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.push(task.await.unwrap());
    }
    for four in seqs.chunks(4) {
        assert!(four.iter().all(|seq| seq == &four[0]));
    }
    assert_eq!(world.view(&ben, direct).await.last_seq, 10);
}

#[tokio::test]
async fn unsending_works_for_an_hour_and_erases_everywhere() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    let messages = &world.services.messages;
    let secret = world.say(&ada, direct, "secret").await;
    let quoting =
        world.send_as(&ben, direct, "what?", Uuid::from_u128(1), Some(secret)).await.unwrap().entry.seq;
    assert_eq!(refusal(messages.unsend(&ben, direct, secret).await).code(), "forbidden");
    world.advance(HOUR);
    let unsend = messages.unsend(&ada, direct, secret).await.unwrap();
    assert_eq!(messages.unsend(&ada, direct, secret).await.unwrap(), unsend, "again: the same");
    let page = messages.entries(&ben, direct, EntriesQuery::Before(Seq::MAX), 100).await.unwrap();
    assert!(!format!("{page:?}").contains("secret"));
    let quoted = messages.entries(&ben, direct, EntriesQuery::After(secret), 1).await.unwrap().quoted;
    assert!(matches!(&quoted[0].body, EntryBody::Message { content: None, .. }));
    assert_eq!(
        world.view(&ben, direct).await.last_entry.unwrap().seq,
        quoting,
        "an unsend does not show by itself"
    );
    assert_eq!(refusal(messages.unsend(&ada, direct, unsend.seq).await), Refusal::NotFound);

    let late = world.say(&ada, direct, "late").await;
    world.advance(HOUR + 1);
    assert_eq!(refusal(messages.unsend(&ada, direct, late).await), Refusal::UnsendExpired);
}

#[tokio::test]
async fn a_retry_after_an_unsend_answers_the_erased_entry() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    let id = Uuid::from_u128(9);
    let sent = world.send_as(&ada, direct, "gone", id, None).await.unwrap();
    world.services.messages.unsend(&ada, direct, sent.entry.seq).await.unwrap();
    let retried = world.send_as(&ada, direct, "gone", id, None).await.unwrap();
    assert!(!retried.new && matches!(&retried.entry.body, EntryBody::Message { content: None, .. }));
}

#[tokio::test]
async fn replies_name_a_message_their_sender_may_see() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[]).await;
    world.say(&ada, group, "before ben").await;
    let code = world.view(&ada, group).await.group_code.unwrap().to_string();
    world.services.groups.join(&ben, &code).await.unwrap();
    for (target, expected) in [(2, false), (3, true), (99, false), (0, false)] {
        let sent = world.send_as(&ben, group, "re", Uuid::from_u128(world.unique()), Some(target)).await;
        assert_eq!(sent.is_ok(), expected, "reply to {target}");
    }
}

#[tokio::test]
async fn pages_go_both_ways() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    for index in 1..=10 {
        world.say(&ada, direct, &format!("m{index}")).await;
    }
    for (query, limit, expected, next) in [
        (EntriesQuery::Before(Seq::MAX), 3, vec![8, 9, 10], Some(8)),
        (EntriesQuery::Before(3), 3, vec![1, 2], None),
        (EntriesQuery::After(0), 4, vec![1, 2, 3, 4], Some(4)),
        (EntriesQuery::After(8), 4, vec![9, 10], None),
        (EntriesQuery::After(10), 4, vec![], None),
        (EntriesQuery::Around(5), 4, vec![4, 5, 6, 7], None),
        (EntriesQuery::Around(1), 1, vec![1], None),
    ] {
        let page = world.services.messages.entries(&ben, direct, query, limit).await.unwrap();
        let seqs: Vec<Seq> = page.items.iter().map(|entry| entry.seq).collect();
        assert_eq!((seqs, page.next), (expected, next), "{query:?}");
        if !page.items.is_empty() {
            assert_eq!(page.users[0].username.as_str(), "ada");
        }
    }
}

#[tokio::test]
async fn events_are_published_in_the_order_of_seq() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.bus.drain();
    futures_util::future::join_all((0..50).map(|index| {
        let who = if index % 2 == 0 { &ada } else { &ben };
        let world = &world;
        async move { world.say(who, direct, "x").await }
    }))
    .await;
    let seqs: Vec<Seq> = world
        .bus
        .drain()
        .iter()
        .filter_map(|event| match event {
            LiveEvent::Entry(entry) => Some(entry.seq),
            _ => None,
        })
        .collect();
    assert_eq!(seqs, (1..=50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_hidden_direct_conversation_returns_with_the_next_message() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ada, direct, "hi").await;
    world.services.conversations.hide(&ben, direct).await.unwrap();
    let list = |who| world.services.conversations.list(who, PageRequest::FIRST);
    assert!(list(&ben).await.unwrap().items.is_empty());
    assert_eq!(list(&ada).await.unwrap().items.len(), 1);
    assert!(world.view(&ben, direct).await.hidden);
    world.say(&ada, direct, "hello?").await;
    assert_eq!(list(&ben).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn typing_is_bounded_whatever_conversations_are_named() {
    let calls = Rate::new(3, Duration::from_secs(3_600)).unwrap();
    let values = LimitValues { calls, ..LimitValues::DEFAULT };
    let world = World::with_limits(Arc::new(InProcessLimits::new(&values))).await;
    let ada = world.person("ada").await;
    for number in 1..=5 {
        let refused = refusal(world.services.messages.typing(&ada, ConversationId::new(number)).await);
        assert_eq!(matches!(refused, Refusal::RateLimited { .. }), number > 3, "{number}: {refused:?}");
    }
}
