//! What [`kith_domain::ports::ReadRepository`] and [`kith_domain::ports::SettingsRepository`] promise.

use kith_domain::{
    MemberState,
    conversation::{ConversationSettings, Draft},
    ports::reads::ReadMarker,
};

use crate::{
    Case,
    fixtures::{a_group, at, read, remove, user, with_members, write},
    store::StoreAndBus,
};

/// The suite.
pub const READS: &[Case<StoreAndBus>] =
    cases![a_marker_only_goes_forward, markers_of_active_members_are_listed, settings_read_back];

async fn a_marker_only_goes_forward(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    assert_eq!(read(store, move |tx| tx.read_seq(group, user(1))).await, 0);
    for (seq, expected) in
        [(0, (0, false)), (5, (5, true)), (3, (5, false)), (5, (5, false)), (0, (5, false)), (6, (6, true))]
    {
        let moved = write(store, move |tx| tx.advance_read(group, user(1), seq, at(1))).await;
        assert_eq!(moved, expected, "to {seq}");
        assert_eq!(read(store, move |tx| tx.read_seq(group, user(1))).await, expected.0);
    }
    assert_eq!(read(store, move |tx| tx.read_seq(group, user(2))).await, 0, "nobody else's");
}

async fn markers_of_active_members_are_listed(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2), user(3)]).await;
    for (number, seq) in [(1, 4), (3, 2)] {
        write(store, move |tx| tx.advance_read(group, user(number), seq, at(1))).await;
    }
    remove(store, group, user(3), MemberState::Left).await;
    let mut reads = read(store, move |tx| tx.list_reads(group)).await;
    reads.sort_by_key(|marker| marker.user_id);
    let marker = |number, read_seq, read_at| ReadMarker { user_id: user(number), read_seq, read_at };
    assert_eq!(reads, [marker(1, 4, Some(at(1))), marker(2, 0, None)]);
}

async fn settings_read_back(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let full = ConversationSettings {
        muted_until: Some(at(7)),
        pinned: true,
        hidden_at_seq: Some(3),
        draft: Some(Draft { text: "half a sent".to_owned(), reply_to: Some(2), version: 8 }),
        draft_version: 8,
    };
    let cleared = ConversationSettings { draft: None, draft_version: 9, ..full.clone() };
    let found = read(store, move |tx| tx.find_settings(group, user(1))).await;
    assert_eq!(found, ConversationSettings::default());
    for settings in [full, cleared, ConversationSettings::default()] {
        let stored = settings.clone();
        write(store, move |tx| Box::pin(async move { tx.put_settings(group, user(1), &stored).await })).await;
        assert_eq!(read(store, move |tx| tx.find_settings(group, user(1))).await, settings);
        let others = read(store, move |tx| tx.find_settings(group, user(2))).await;
        assert_eq!(others, ConversationSettings::default());
    }
}
