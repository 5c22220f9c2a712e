use kith_domain::{
    FriendRequest, LiveEvent, PersonalEvent, Refusal,
    friendship::{Relation, RequestStatus},
    ports::{PageRequest, friends::Direction},
};

use crate::world::{DAY, World, refusal};

#[tokio::test]
async fn a_request_is_seen_accepted_and_opens_a_conversation() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    let code = world.code(&ben).await;
    let (request, new) = friends.request(&ada, &code.to_lowercase().replace('-', "")).await.unwrap();
    assert!(new && !request.incoming && request.status == RequestStatus::Pending);
    // Again while pending: no change, same answer.
    let (again, new) = friends.request(&ada, &code).await.unwrap();
    assert_eq!((again.id, again.status, new), (request.id, RequestStatus::Pending, false));

    let seen = friends.requests(&ben, Some(Direction::Incoming), None, PageRequest::FIRST).await.unwrap();
    assert_eq!(seen.items[0].user.relation, Relation::Incoming);
    friends.accept(&ben, request.id).await.unwrap();
    friends.accept(&ben, request.id).await.unwrap();
    let list = friends.list(&ada, None, PageRequest::FIRST).await.unwrap();
    assert_eq!(list.items.len(), 1);
    let direct = world.services.conversations.list(&ben, PageRequest::FIRST).await.unwrap();
    assert_eq!(direct.items.len(), 1);
    assert_eq!(direct.items[0].peer.as_ref().unwrap().id, ada.user_id);
    assert_eq!(refusal(friends.request(&ada, &code).await).code(), "conflict");
}

#[tokio::test]
async fn crossing_requests_make_friends_at_once() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    friends.request(&ada, &world.code(&ben).await).await.unwrap();
    let (crossing, _) = friends.request(&ben, &world.code(&ada).await).await.unwrap();
    assert_eq!(crossing.status, RequestStatus::Accepted);
    assert_eq!(friends.list(&ada, None, PageRequest::FIRST).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_rejection_is_not_told_and_lasts_seven_days() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    let code = world.code(&ben).await;
    let (request, _) = friends.request(&ada, &code).await.unwrap();
    let rejected = friends.reject(&ben, request.id).await.unwrap();
    assert_eq!(rejected.status, RequestStatus::Rejected);
    for (days, reaches) in [(3, RequestStatus::Rejected), (5, RequestStatus::Pending)] {
        world.advance(days * DAY);
        let (asked, new) = friends.request(&ada, &code).await.unwrap();
        assert_eq!((asked.id, asked.status, new), (request.id, RequestStatus::Pending, false));
        let seen = friends.requests(&ben, Some(Direction::Incoming), None, PageRequest::FIRST).await.unwrap();
        assert_eq!(seen.items[0].status, reaches, "after {days} more days");
    }
}

#[tokio::test]
async fn who_rejected_makes_friends_by_asking() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    let (request, _) = friends.request(&ada, &world.code(&ben).await).await.unwrap();
    friends.reject(&ben, request.id).await.unwrap();
    let (asked, _) = friends.request(&ben, &world.code(&ada).await).await.unwrap();
    assert_eq!(asked.status, RequestStatus::Accepted);
}

#[tokio::test]
async fn a_cancelled_or_expired_request_is_over_for_both() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    let (request, _) = friends.request(&ada, &world.code(&ben).await).await.unwrap();
    friends.cancel(&ada, request.id).await.unwrap();
    assert_eq!(refusal(friends.accept(&ben, request.id).await).code(), "conflict");

    let (request, new) = friends.request(&ada, &world.code(&ben).await).await.unwrap();
    assert!(new);
    world.advance(FriendRequest::LIFETIME_SECONDS);
    let seen = friends.requests(&ada, Some(Direction::Outgoing), None, PageRequest::FIRST).await.unwrap();
    assert_eq!(seen.items[0].status, RequestStatus::Cancelled);
    assert_eq!(refusal(friends.accept(&ben, request.id).await).code(), "conflict");
}

#[tokio::test]
async fn unknown_malformed_and_own_codes() {
    let world = World::new().await;
    let [ada] = world.people(["ada"]).await;
    let friends = &world.services.friends;
    for code in ["00000-00000", "nonsense", ""] {
        assert_eq!(refusal(friends.request(&ada, code).await), Refusal::NotFound, "{code:?}");
    }
    let own = world.code(&ada).await;
    assert_eq!(refusal(friends.request(&ada, &own).await).code(), "validation_failed");
}

#[tokio::test]
async fn the_51st_open_request_is_refused() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for index in 0..FriendRequest::MAX_OPEN {
        let other = world.person(&format!("p{index}")).await;
        world.services.friends.request(&ada, &world.code(&other).await).await.unwrap();
    }
    let other = world.person("one too many").await;
    let code = world.code(&other).await;
    assert_eq!(refusal(world.services.friends.request(&ada, &code).await).code(), "conflict");
}

#[tokio::test]
async fn unfriending_stops_sends_and_befriending_continues_the_conversation() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ada, direct, "hi").await;
    world.services.friends.unfriend(&ben, ada.user_id).await.unwrap();
    for who in [&ada, &ben] {
        assert_eq!(refusal(world.send(who, direct, "?").await), Refusal::NotFriends);
        assert_eq!(world.view(who, direct).await.cannot_send, Some(Refusal::NotFriends));
    }
    assert_eq!(world.befriend(&ben, &ada).await, direct);
    assert_eq!(world.say(&ben, direct, "again").await, 2);
}

#[tokio::test]
async fn a_block_looks_like_being_unfriended() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    let direct = world.befriend(&ada, &ben).await;
    friends.block(&ada, ben.user_id).await.unwrap();
    assert_eq!(refusal(world.send(&ada, direct, "?").await), Refusal::BlockedByYou);
    assert_eq!(refusal(world.send(&ben, direct, "?").await), Refusal::NotFriends);
    assert_eq!(world.view(&ben, direct).await.cannot_send, Some(Refusal::NotFriends));

    // The blocked one's request looks pending and never arrives.
    let (asked, _) = friends.request(&ben, &world.code(&ada).await).await.unwrap();
    assert_eq!(asked.status, RequestStatus::Pending);
    let incoming = friends.requests(&ada, Some(Direction::Incoming), None, PageRequest::FIRST).await.unwrap();
    assert!(incoming.items.iter().all(|request| request.id != asked.id));
    assert_eq!(refusal(friends.request(&ada, &world.code(&ben).await).await), Refusal::BlockedByYou);

    // Unblocked, the one who blocked makes friends by asking, because the other's request still looks open to them.
    friends.unblock(&ada, ben.user_id).await.unwrap();
    let (asked, _) = friends.request(&ada, &world.code(&ben).await).await.unwrap();
    assert_eq!(asked.status, RequestStatus::Accepted);
    world.say(&ben, direct, "back").await;
}

#[tokio::test]
async fn strangers_are_not_found_by_id_and_show_little_by_code() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    assert_eq!(refusal(world.services.accounts.user(&ada, ben.user_id).await), Refusal::NotFound);
    let by_code = world.services.accounts.user_by_code(&ada, &world.code(&ben).await).await.unwrap();
    assert_eq!(by_code.relation, Relation::None);
    assert!(by_code.friend_code.is_none() && by_code.online.is_none() && by_code.last_online.is_none());
}

#[tokio::test]
async fn friends_are_searched_without_case_and_accents() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for name in ["Zoë Achterberg", "Óscar Ibáñez", "陳柏翰", "Benzoe"] {
        let other = world.person(name).await;
        world.befriend(&ada, &other).await;
    }
    for (query, found) in [
        ("zoe", vec!["Zoë Achterberg", "Benzoe"]),
        ("IBAN", vec!["Óscar Ibáñez"]),
        ("柏", vec!["陳柏翰"]),
        ("%", vec![]),
        ("_", vec![]),
    ] {
        let page = world.services.friends.list(&ada, Some(query), PageRequest::FIRST).await.unwrap();
        let names: Vec<String> = page.items.iter().map(|friend| friend.username.to_string()).collect();
        assert_eq!(names, found, "{query}");
    }
}

#[tokio::test]
async fn a_rejected_request_of_somebody_blocked_cannot_be_accepted() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let friends = &world.services.friends;
    let (request, _) = friends.request(&ada, &world.code(&ben).await).await.unwrap();
    friends.reject(&ben, request.id).await.unwrap();
    friends.block(&ben, ada.user_id).await.unwrap();
    assert_eq!(refusal(friends.accept(&ben, request.id).await), Refusal::BlockedByYou);
    assert!(friends.list(&ada, None, PageRequest::FIRST).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_status_fills_whole_pages() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for index in 0..9 {
        let other = world.person(&format!("p{index}")).await;
        let (request, _) = world.services.friends.request(&other, &world.code(&ada).await).await.unwrap();
        if index % 3 != 0 {
            world.services.friends.reject(&ada, request.id).await.unwrap();
        }
    }
    let mut page = PageRequest { limit: 2, after: None };
    let mut sizes = Vec::new();
    loop {
        let pending = Some(RequestStatus::Pending);
        let rows = world.services.friends.requests(&ada, None, pending, page).await.unwrap();
        sizes.push(rows.items.len());
        match rows.next {
            Some(after) => page.after = Some(after),
            None => break,
        }
    }
    assert_eq!(sizes, [2, 1]);
}

#[tokio::test]
async fn ones_own_devices_are_told_of_a_block() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    world.befriend(&ada, &ben).await;
    world.bus.drain();
    for stands in [true, false] {
        if stands {
            world.services.friends.block(&ada, ben.user_id).await.unwrap();
        } else {
            world.services.friends.unblock(&ada, ben.user_id).await.unwrap();
        }
        let told: Vec<_> = world
            .bus
            .drain()
            .into_iter()
            .filter_map(|event| match event {
                LiveEvent::Personal {
                    user_id,
                    event: PersonalEvent::Block { user_id: whom, blocked },
                    ..
                } => Some((user_id, whom, blocked)),
                _ => None,
            })
            .collect();
        assert_eq!(told, [(ada.user_id, ben.user_id, stands)]);
    }
}
