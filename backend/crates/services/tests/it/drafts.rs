use kith_domain::{Caller, ConversationId, Refusal};
use kith_services::{DraftPatch, ServiceError, SettingsPatch};

use crate::world::{DAY, World, refusal};

async fn type_in(
    world: &World,
    who: &Caller,
    id: ConversationId,
    text: Option<&str>,
    version: u64,
) -> Result<u64, ServiceError> {
    let draft = text.map(|text| DraftPatch { text: text.to_owned(), reply_to: None, version });
    let patch = SettingsPatch { draft: Some(draft), ..SettingsPatch::default() };
    let view = world.services.conversations.update_settings(who, id, patch).await?;
    Ok(view.draft.map_or(0, |draft| draft.version))
}

async fn versions(world: &World, who: &Caller, id: ConversationId) -> Vec<(String, u64)> {
    let versions = world.services.conversations.draft_versions(who, id).await.unwrap();
    versions.into_iter().map(|version| (version.text, version.version)).collect()
}

#[tokio::test]
async fn what_was_replaced_can_be_had_back() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let id = world.befriend(&ada, &ben).await;
    let mut version = 0;
    for text in ["Dear", "Dear Ben", "Dear Ben,", "Dear B", "Hello Ben", "Hello Ben!"] {
        version = type_in(&world, &ada, id, Some(text), version).await.unwrap();
    }
    // "Dear B" is the beginning of what is kept already.
    assert_eq!(versions(&world, &ada, id).await, [("Dear Ben,".to_owned(), 3)]);
    type_in(&world, &ada, id, None, 0).await.unwrap();
    let expected = [("Hello Ben!".to_owned(), 6), ("Dear Ben,".to_owned(), 3)];
    assert_eq!(versions(&world, &ada, id).await, expected);
    assert!(versions(&world, &ben, id).await.is_empty(), "drafts are private");
    let eve = world.person("eve").await;
    let stranger = world.services.conversations.draft_versions(&eve, id).await;
    assert_eq!(refusal(stranger), Refusal::NotFound);
    world.advance(7 * DAY);
    assert_eq!(versions(&world, &ada, id).await.len(), 2);
    world.advance(1);
    assert!(versions(&world, &ada, id).await.is_empty());
    assert_eq!(world.services.conversations.purge_draft_versions().await.unwrap(), 2);
}

#[tokio::test]
async fn a_conflict_keeps_both() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let id = world.befriend(&ada, &ben).await;
    let first = type_in(&world, &ada, id, Some("from the phone"), 0).await.unwrap();
    type_in(&world, &ada, id, Some("from the phone, on and on"), first).await.unwrap();
    let late = type_in(&world, &ada, id, Some("from the laptop"), first).await;
    assert!(
        matches!(refusal(late), Refusal::DraftConflict(stored) if stored.text == "from the phone, on and on")
    );
    assert_eq!(versions(&world, &ada, id).await, [("from the laptop".to_owned(), 2)]);
    assert_eq!(world.view(&ada, id).await.draft.unwrap().text, "from the phone, on and on");
    // The same once more is kept once.
    type_in(&world, &ada, id, Some("from the laptop"), first).await.unwrap_err();
    assert_eq!(versions(&world, &ada, id).await.len(), 1);
    // Cleared elsewhere: what was typed meanwhile is kept too.
    type_in(&world, &ada, id, None, 0).await.unwrap();
    type_in(&world, &ada, id, Some("typed on a train"), 2).await.unwrap_err();
    let texts: Vec<_> = versions(&world, &ada, id).await.into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["typed on a train", "from the phone, on and on", "from the laptop"]);
}

#[tokio::test]
async fn what_no_message_can_hold_is_no_draft() {
    let world = World::new().await;
    let [ada, ben] = world.people(["ada", "ben"]).await;
    let id = world.befriend(&ada, &ben).await;
    for (text, code) in [("x".repeat(16_001), "too_long"), ("a\0b".to_owned(), "control_character")] {
        let refused = refusal(type_in(&world, &ada, id, Some(&text), 0).await);
        let Refusal::Validation(errors) = refused else { panic!("{refused:?}") };
        assert_eq!((&*errors[0].field, errors[0].code), ("draft.text", code));
    }
    assert_eq!(type_in(&world, &ada, id, Some(&"😀".repeat(16_000)), 0).await.unwrap(), 1);
}
