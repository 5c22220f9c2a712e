//! What [`kith_domain::ports::History`] promises.

use std::ops::RangeInclusive;

use kith_domain::{
    ClientTime, Content, ConversationId, Entry, EntryBody, EntryId, MediaId, MediaRef, MediaType, Notice,
    NoticeKind, Role, Seq,
    ports::{History, HistoryError},
    text::{FileName, MessageText},
};
use uuid::Uuid;

use crate::{
    Case,
    fixtures::{at, fresh, name, user},
};

/// The suite.
pub const HISTORY: &[Case<dyn History>] = cases![
    what_was_put_is_read_back,
    a_range_is_complete_or_an_error,
    conversations_are_apart,
    long_ranges_are_whole_and_in_order,
    large_entries_are_taken_together,
    putting_twice_changes_nothing,
    an_unsend_erases_whatever_the_order,
    a_message_without_content_stays_without,
    an_unsend_alone_is_no_message,
    covers_says_what_is_there_just_as_given,
];

/// A conversation that nobody else writes to: the servers are shared by all cases.
pub fn a_conversation() -> ConversationId {
    ConversationId::new(u64::from(std::process::id()) << 32 | fresh())
}

/// An entry whose other fields are made of its seq.
pub fn an_entry(conversation: ConversationId, seq: Seq, body: EntryBody) -> Entry {
    Entry {
        conversation_id: conversation,
        seq,
        id: EntryId::new(1_000 + seq),
        sender_id: user(7),
        server_time: at(i64::try_from(seq).unwrap_or(0)),
        body,
    }
}

/// A text message at `seq`; without a text it was unsent.
pub fn a_text(conversation: ConversationId, seq: Seq, text: Option<&str>) -> Entry {
    let content =
        text.map(|text| Content::Text { text: MessageText::from_store(text.to_owned()), reply_to: None });
    an_entry(conversation, seq, message(seq, content))
}

/// An unsend at `seq` of the message at `target`.
pub fn an_unsend(conversation: ConversationId, seq: Seq, target: Seq) -> Entry {
    an_entry(conversation, seq, EntryBody::Unsend { target_seq: target })
}

fn message(seq: Seq, content: Option<Content>) -> EntryBody {
    EntryBody::Message {
        client_msg_id: Uuid::from_u128(u128::from(seq) << 64 | 1),
        client_time: ClientTime::from_store("2026-11-24T21:15:45.123+08:00".to_owned()),
        content,
    }
}

/// Texts at `seqs`.
pub fn texts(conversation: ConversationId, seqs: RangeInclusive<Seq>) -> Vec<Entry> {
    seqs.map(|seq| a_text(conversation, seq, Some(&format!("text {seq}")))).collect()
}

async fn put(history: &dyn History, entries: &[Entry]) {
    if let Err(error) = history.put(entries).await {
        panic!("not put: {error:?}");
    }
}

async fn range(history: &dyn History, conversation: ConversationId, seqs: RangeInclusive<Seq>) -> Vec<Entry> {
    match history.range(conversation, seqs).await {
        Ok(entries) => entries,
        Err(error) => panic!("not read: {error:?}"),
    }
}

async fn covers(history: &dyn History, entries: &[Entry]) -> bool {
    match history.covers(entries).await {
        Ok(covered) => covered,
        Err(error) => panic!("not compared: {error:?}"),
    }
}

/// The first place that is said to be missing.
async fn missing(history: &dyn History, conversation: ConversationId, seqs: RangeInclusive<Seq>) -> Seq {
    match history.range(conversation, seqs).await {
        Err(HistoryError::Missing { conversation_id, seq }) if conversation_id == conversation => seq,
        other => panic!("nothing is said to be missing: {other:?}"),
    }
}

async fn what_was_put_is_read_back(history: &dyn History) {
    let here = a_conversation();
    let media = Content::Media {
        media: MediaRef {
            id: MediaId::new(5),
            name: FileName::parse("貓.mp4", MediaType::Mp4),
            content_type: MediaType::Mp4,
            size_bytes: 9,
            width: None,
            height: None,
            duration_ms: Some(70),
            thumbnail: true,
        },
        caption: Some(MessageText::from_store("so \\ \"it\" is\n再見".to_owned())),
        reply_to: Some(1),
    };
    let full = Notice {
        kind: NoticeKind::RoleChanged,
        user_id: Some(user(2)),
        name: Some(name("a \"name\" 名")),
        role: Some(Role::Admin),
    };
    let bodies = [
        EntryBody::Notice(Notice::plain(NoticeKind::Created)),
        message(2, Some(media)),
        EntryBody::Notice(full),
        message(4, None),
        EntryBody::Unsend { target_seq: 4 },
    ];
    let mut entries: Vec<Entry> = (1..).zip(bodies).map(|(seq, body)| an_entry(here, seq, body)).collect();
    entries.push(a_text(here, 6, Some("")));
    // In any order.
    put(history, &[&entries[3..], &entries[..3]].concat()).await;
    assert_eq!(range(history, here, 1..=6).await, entries);
    assert_eq!(range(history, here, 3..=3).await, entries[2..3]);
    put(history, &[]).await;
}

async fn a_range_is_complete_or_an_error(history: &dyn History) {
    let here = a_conversation();
    assert_eq!(missing(history, here, 1..=3).await, 1, "nothing is there");
    put(history, &[texts(here, 2..=4), texts(here, 6..=7)].concat()).await;
    for (seqs, expected) in [
        (1..=4, 1),
        (0..=4, 0),
        (2..=5, 5),
        (2..=7, 5),
        (5..=5, 5),
        (6..=9, 8),
        (8..=9, 8),
        (100_000..=100_001, 100_000),
    ] {
        assert_eq!(missing(history, here, seqs.clone()).await, expected, "{seqs:?}");
    }
    assert_eq!(range(history, here, 2..=4).await, texts(here, 2..=4));
    let nothing = RangeInclusive::new(5, 4);
    assert_eq!(range(history, here, nothing).await, [], "no place was asked for");
}

async fn conversations_are_apart(history: &dyn History) {
    let (here, there) = (a_conversation(), a_conversation());
    put(history, &[texts(here, 1..=3), vec![a_text(there, 2, Some("there"))]].concat()).await;
    assert_eq!(range(history, here, 1..=3).await, texts(here, 1..=3));
    assert_eq!(range(history, there, 2..=2).await, [a_text(there, 2, Some("there"))]);
    assert_eq!(missing(history, there, 1..=3).await, 1);
}

async fn long_ranges_are_whole_and_in_order(history: &dyn History) {
    let here = a_conversation();
    let entries = texts(here, 7_000..=17_500);
    put(history, &entries).await;
    for (low, high) in [(7_000, 17_500), (8_191, 8_192), (8_000, 8_400), (16_383, 16_384), (9_000, 9_000)] {
        let expected = &entries[(low - 7_000) as usize..=(high - 7_000) as usize];
        assert!(range(history, here, low..=high).await == expected, "{low}–{high}");
    }
    assert_eq!(missing(history, here, 6_999..=8_200).await, 6_999);
    assert_eq!(missing(history, here, 8_190..=17_501).await, 17_501);
}

async fn large_entries_are_taken_together(history: &dyn History) {
    let here = a_conversation();
    let long = "再見\"\n".repeat(3_000);
    let entries: Vec<Entry> = (1..=200).map(|seq| a_text(here, seq, Some(&long))).collect();
    put(history, &entries).await;
    assert!(range(history, here, 1..=200).await == entries);
    assert!(covers(history, &entries).await);
}

async fn putting_twice_changes_nothing(history: &dyn History) {
    let here = a_conversation();
    let entries = texts(here, 1..=5);
    put(history, &[entries.clone(), entries.clone()].concat()).await;
    put(history, &entries[1..3]).await;
    put(history, &entries).await;
    assert_eq!(range(history, here, 1..=5).await, entries);
    assert_eq!(missing(history, here, 1..=6).await, 6);
}

async fn an_unsend_erases_whatever_the_order(history: &dyn History) {
    let (message, unsend) = (|here| a_text(here, 1, Some("secret")), |here| an_unsend(here, 9_000, 1));
    for (what, order) in [
        ("after it", "mu"),
        ("before it", "um"),
        ("with replays of the message", "mumm"),
        ("with a replay of both", "mumu"),
        ("before it, twice", "uumum"),
    ] {
        let here = a_conversation();
        for step in order.chars() {
            let entry = if step == 'm' { message(here) } else { unsend(here) };
            put(history, &[entry]).await;
        }
        assert_eq!(range(history, here, 1..=1).await, [a_text(here, 1, None)], "{what}");
        assert_eq!(range(history, here, 9_000..=9_000).await, [unsend(here)], "{what}");
        // In one call, both ways round.
        let here = a_conversation();
        let mut both: Vec<Entry> =
            order.chars().map(|step| if step == 'm' { message(here) } else { unsend(here) }).collect();
        put(history, &both).await;
        both.reverse();
        put(history, &both).await;
        assert_eq!(range(history, here, 1..=1).await, [a_text(here, 1, None)], "{what}, in one call");
    }
}

async fn a_message_without_content_stays_without(history: &dyn History) {
    let here = a_conversation();
    let erased = a_text(here, 1, None);
    put(history, &[erased.clone(), a_text(here, 2, Some("two"))]).await;
    put(history, &[a_text(here, 1, Some("one")), a_text(here, 2, None)]).await;
    put(history, &texts(here, 1..=2)).await;
    assert_eq!(range(history, here, 1..=2).await, [erased, a_text(here, 2, None)]);
}

async fn an_unsend_alone_is_no_message(history: &dyn History) {
    let here = a_conversation();
    put(history, &[a_text(here, 1, Some("one")), an_unsend(here, 3, 2), a_text(here, 4, Some("four"))]).await;
    assert_eq!(missing(history, here, 1..=4).await, 2);
    assert!(!covers(history, &[a_text(here, 2, None)]).await);
    put(history, &[a_text(here, 2, Some("two"))]).await;
    assert_eq!(range(history, here, 2..=2).await, [a_text(here, 2, None)]);
}

async fn covers_says_what_is_there_just_as_given(history: &dyn History) {
    let (here, there) = (a_conversation(), a_conversation());
    let entries = [texts(there, 8_190..=8_195), texts(here, 1..=3), texts(here, 6..=7)].concat();
    assert!(covers(history, &[]).await);
    assert!(!covers(history, &entries).await);
    put(history, &entries[1..]).await;
    assert!(!covers(history, &entries).await, "one is missing");
    assert!(covers(history, &entries[1..]).await);
    put(history, &entries).await;
    assert!(covers(history, &entries).await);
    let mut backwards = entries.clone();
    backwards.reverse();
    assert!(covers(history, &backwards).await);
    assert!(!covers(history, &texts(here, 1..=7)).await, "a hole");

    let other_text = a_text(here, 2, Some("another"));
    assert!(!covers(history, &[other_text]).await, "another text");
    let other_id = Entry { id: EntryId::new(1), ..a_text(here, 2, Some("text 2")) };
    assert!(!covers(history, &[other_id]).await, "another ledger's");
    assert!(!covers(history, &[a_text(here, 2, None)]).await, "not erased yet");
    put(history, &[an_unsend(here, 8, 2)]).await;
    assert!(covers(history, &[a_text(here, 2, None)]).await);
    assert!(!covers(history, &texts(here, 1..=3)).await, "erased since");
}
