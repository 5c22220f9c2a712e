use std::sync::Arc;

use kith_domain::{
    Caller, ConversationId, Refusal, Timestamp, UserId,
    ports::search::SearchPlace,
    search::{SearchOrder, SearchTerms},
    view::SearchPage,
};
use kith_embedded::{InProcessLimits, LimitValues};
use kith_services::{MessageSearch, ServiceError};

use crate::world::{HOUR, World, refusal};

/// A search in everything, the newest first.
pub(crate) fn asking(text: &str) -> MessageSearch {
    MessageSearch {
        terms: SearchTerms::parse("q", text).unwrap(),
        conversation_id: None,
        sender_id: None,
        from: None,
        to: None,
        order: SearchOrder::Newest,
        after: None,
        limit: 50,
    }
}

async fn search(world: &World, who: &Caller, search: MessageSearch) -> Result<SearchPage, ServiceError> {
    world.services.search.messages(who, search).await
}

/// The snippets of what `who` finds, hits in brackets.
async fn found(world: &World, who: &Caller, query: MessageSearch) -> Vec<String> {
    let page = search(world, who, query).await.unwrap();
    let shown = |message: &kith_domain::view::FoundMessage| {
        let part = |part: &kith_domain::search::SnippetPart| {
            if part.hit { format!("[{}]", part.text) } else { part.text.clone() }
        };
        message.snippet.iter().map(part).collect::<String>()
    };
    page.items.iter().map(shown).collect()
}

#[tokio::test]
async fn what_was_said_is_found_by_those_who_may_see_it() {
    let world = World::new().await;
    let [ada, ben, eve] = world.people(["ada", "ben", "eve"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ada, direct, "See you at the Night Market").await;
    world.say(&ben, direct, "夜市幾點？").await;
    world.index().await;
    for who in [&ada, &ben] {
        assert_eq!(found(&world, who, asking("market")).await, ["See you at the Night [Market]"]);
        assert_eq!(found(&world, who, asking("夜市")).await, ["[夜市]幾點？"]);
        assert_eq!(found(&world, who, asking("點")).await, ["夜市幾[點]？"]);
        assert_eq!(found(&world, who, asking("\"market night\"")).await, [""; 0]);
    }
    assert_eq!(found(&world, &eve, asking("market")).await, [""; 0]);
    let page = search(&world, &ben, asking("market")).await.unwrap();
    assert_eq!((page.users.len(), page.users[0].username.as_str()), (1, "ada"));
    assert_eq!((page.next, page.as_of, page.not_searched), (None, None, Vec::new()));
    let foreign = MessageSearch { conversation_id: Some(direct), ..asking("market") };
    assert_eq!(refusal(search(&world, &eve, foreign).await), Refusal::NotFound);
}

#[tokio::test]
async fn what_is_gone_is_gone_before_the_index_knows() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[&ben]).await;
    let secret = world.say(&ada, group, "a secret market").await;
    world.say(&ada, group, "the market before").await;
    world.index().await;
    assert_eq!(found(&world, &ben, asking("market")).await.len(), 2);
    world.services.messages.unsend(&ada, group, secret).await.unwrap();
    assert_eq!(found(&world, &ben, asking("market")).await, ["the [market] before"]);
    world.services.groups.remove_member(&ada, group, ben.user_id).await.unwrap();
    world.say(&ada, group, "the market after").await;
    for indexed in [false, true] {
        if indexed {
            world.index().await;
        }
        assert_eq!(found(&world, &ben, asking("market")).await, ["the [market] before"], "{indexed}");
        let named = MessageSearch { conversation_id: Some(group), ..asking("market") };
        assert_eq!(found(&world, &ben, named).await, ["the [market] before"]);
    }
    assert_eq!(found(&world, &ada, asking("market")).await, ["the [market] after", "the [market] before"]);
    world.services.conversations.hide(&ben, group).await.unwrap();
    assert_eq!(found(&world, &ben, asking("market")).await, [""; 0], "hidden from the list");
}

#[tokio::test]
async fn newcomers_find_what_came_after_them() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[]).await;
    for _ in 0..70 {
        world.say(&ada, group, "old market").await;
    }
    let code = world.view(&ada, group).await.group_code.unwrap().to_string();
    world.services.groups.join(&ben, &code).await.unwrap();
    world.say(&ada, group, "new market").await;
    world.index().await;
    assert_eq!(found(&world, &ben, asking("market")).await, ["new [market]"]);
    world.services.groups.remove_member(&ben, group, ben.user_id).await.unwrap();
    world.say(&ada, group, "market while away").await;
    world.befriend(&ada, &ben).await;
    world.services.groups.add_members(&ada, group, vec![ben.user_id]).await.unwrap();
    world.say(&ada, group, "market again").await;
    world.index().await;
    assert_eq!(found(&world, &ben, asking("market")).await, ["[market] again", "new [market]"]);
}

#[tokio::test]
async fn whom_one_blocks_is_not_found_in_groups() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[&ben]).await;
    let direct = world.services.conversations.open_direct(&ada, ben.user_id).await.unwrap().id;
    world.say(&ben, direct, "market in private").await;
    world.say(&ben, group, "market in the group").await;
    world.say(&ada, group, "market by ada").await;
    world.index().await;
    assert_eq!(found(&world, &ada, asking("market")).await.len(), 3);
    world.services.friends.block(&ada, ben.user_id).await.unwrap();
    assert_eq!(found(&world, &ada, asking("market")).await, ["[market] by ada", "[market] in private"]);
    let by_ben = MessageSearch { sender_id: Some(ben.user_id), ..asking("market") };
    assert_eq!(found(&world, &ada, by_ben).await, ["[market] in private"]);
    assert_eq!(found(&world, &ben, asking("market")).await.len(), 3, "the blocked one notices nothing");
}

#[tokio::test]
async fn filters_and_orders() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let group = world.group(&ada, &[&ben]).await;
    let direct = world.services.conversations.open_direct(&ada, ben.user_id).await.unwrap().id;
    let start = world.clock_now();
    for (who, place, text) in [
        (&ada, direct, "market one"),
        (&ben, direct, "market market two"),
        (&ben, group, "the third time that we all went to that market"),
    ] {
        world.say(who, place, text).await;
        world.advance(HOUR);
    }
    world.index().await;
    let hour = |n: i64| Some(start.plus_seconds(n * HOUR));
    let none = (None, None, None, None, SearchOrder::Newest);
    type Filter = (Option<ConversationId>, Option<UserId>, Option<Timestamp>, Option<Timestamp>, SearchOrder);
    let cases: [(Filter, &[usize]); 8] = [
        (none, &[3, 2, 1]),
        ((Some(direct), None, None, None, SearchOrder::Newest), &[2, 1]),
        ((None, Some(ben.user_id), None, None, SearchOrder::Newest), &[3, 2]),
        ((Some(direct), Some(ben.user_id), None, None, SearchOrder::Newest), &[2]),
        ((None, None, hour(1), None, SearchOrder::Newest), &[3, 2]),
        ((None, None, None, hour(1), SearchOrder::Newest), &[2, 1]),
        ((None, None, hour(1), hour(1), SearchOrder::Newest), &[2]),
        ((None, None, None, None, SearchOrder::Relevance), &[2, 1, 3]),
    ];
    for ((conversation_id, sender_id, from, to, order), expected) in cases {
        let query = MessageSearch { conversation_id, sender_id, from, to, order, ..asking("market") };
        let words = ["one", "two", "third"];
        let numbers: Vec<usize> = found(&world, &ada, query.clone())
            .await
            .iter()
            .map(|text| 1 + words.iter().position(|word| text.contains(word)).unwrap())
            .collect();
        assert_eq!(numbers, expected, "{query:?}");
    }
    let backwards = MessageSearch { from: hour(2), to: hour(1), ..asking("market") };
    assert_eq!(refusal(search(&world, &ada, backwards).await).code(), "validation_failed");
}

#[tokio::test]
async fn pages_are_full_whatever_is_in_between() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    let mut seqs = Vec::new();
    for index in 0..150 {
        seqs.push(world.say(&ada, direct, &format!("market {index}")).await);
    }
    world.index().await;
    // Of the newest hundred only every tenth still stands; the index does not know.
    for (index, seq) in seqs.iter().enumerate().skip(50) {
        if index % 10 != 0 {
            world.services.messages.unsend(&ada, direct, *seq).await.unwrap();
        }
    }
    for order in [SearchOrder::Newest, SearchOrder::Relevance] {
        let (mut sizes, mut all, mut after): (Vec<usize>, Vec<u64>, Option<SearchPlace>) =
            (Vec::new(), Vec::new(), None);
        loop {
            let query = MessageSearch { after, order, limit: 25, ..asking("market") };
            let page = search(&world, &ben, query).await.unwrap();
            sizes.push(page.items.len());
            all.extend(page.items.iter().map(|found| found.entry.seq));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [25, 25, 10], "{order:?}");
        let mut expected: Vec<u64> = (0..150).filter(|n| *n < 50 || n % 10 == 0).map(|n| seqs[n]).collect();
        expected.reverse();
        assert_eq!(all, expected, "{order:?}");
    }
}

#[tokio::test]
async fn an_index_that_is_behind_says_so() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let direct = world.befriend(&ada, &ben).await;
    world.say(&ada, direct, "first market").await;
    world.index().await;
    let sent = world.clock_now();
    world.say(&ada, direct, "second market").await;
    assert_eq!(search(&world, &ben, asking("market")).await.unwrap().as_of, None, "a moment is no delay");
    world.advance(60);
    let page = search(&world, &ben, asking("market")).await.unwrap();
    assert_eq!((page.items.len(), page.as_of), (1, Some(sent)));
    world.index().await;
    let page = search(&world, &ben, asking("market")).await.unwrap();
    assert_eq!((page.items.len(), page.as_of), (2, None));
}

#[tokio::test]
async fn searches_are_limited() {
    let world = World::with_limits(Arc::new(InProcessLimits::new(&LimitValues::DEFAULT))).await;
    let [ada] = world.people(["ada"]).await;
    for _ in 0..30 {
        search(&world, &ada, asking("market")).await.unwrap();
    }
    assert_eq!(refusal(search(&world, &ada, asking("market")).await).code(), "rate_limited");
}

/// The names and what is typed of them.
#[tokio::test]
async fn friends_are_found_by_any_part_of_their_name() {
    let world = World::new().await;
    let names = [
        "Đặng Thị Ngọc",
        "Işık Şahin",
        "Jürgen Groß",
        "Zoe\u{308} Müller",
        "サクラ",
        "さくらい",
        "ＡＢＣ Taro",
        "김민준",
        "陳柏翰",
        "100% O_o",
    ];
    let ada = world.person("ada").await;
    for name in names {
        let friend = world.person(name).await;
        world.befriend(&ada, &friend).await;
    }
    for (typed, expected) in [
        ("dang", &["Đặng Thị Ngọc"][..]),
        ("ĐẶNG", &["Đặng Thị Ngọc"]),
        ("ngoc", &["Đặng Thị Ngọc"]),
        ("isik", &["Işık Şahin"]),
        ("IŞIK", &["Işık Şahin"]),
        ("ışık", &["Işık Şahin"]),
        ("gross", &["Jürgen Groß"]),
        ("groß", &["Jürgen Groß"]),
        ("GROSS", &["Jürgen Groß"]),
        ("zoë", &["Zoë Müller"]),
        ("uller", &["Zoë Müller"]),
        ("さくら", &["サクラ", "さくらい"]),
        ("サク", &["サクラ", "さくらい"]),
        ("ｻｸﾗ", &["サクラ", "さくらい"]),
        ("abc", &["ＡＢＣ Taro"]),
        ("ａｂｃ", &["ＡＢＣ Taro"]),
        ("김", &["김민준"]),
        ("김미", &["김민준"]),
        ("柏", &["陳柏翰"]),
        ("0%", &["100% O_o"]),
        ("o_o", &["100% O_o"]),
        ("%", &["100% O_o"]),
        (" dang ", &["Đặng Thị Ngọc"]),
        ("nobody", &[]),
    ] {
        let page = world.services.friends.list(&ada, Some(typed), kith_domain::ports::PageRequest::FIRST);
        let found: Vec<String> =
            page.await.unwrap().items.iter().map(|friend| friend.username.to_string()).collect();
        assert_eq!(found, expected, "{typed:?}");
    }
}
