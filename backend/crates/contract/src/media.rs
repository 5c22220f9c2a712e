//! What [`kith_domain::ports::MediaRepository`] promises, and [`kith_domain::ports::Store::send`] of media.

use kith_domain::{
    BlobKey, Content, ConversationId, Entry, EntryBody, FieldError, Media, MediaId, MediaKind, MediaRef,
    MediaType, MemberState, NewContent, Refusal, Seq, Upload, UserId,
    blob::Area,
    ports::{
        SendMessage, Store, StoreError, StoreExt as _,
        entries::{Archived, Found},
        retention::KEPT,
    },
    text::{FileName, MessageText},
};

use crate::{
    Case,
    fixtures::{
        a_group, a_message, at, fresh, join, read, refusal, remove, send, unsend, user, with_members, write,
    },
    store::StoreAndBus,
};

/// The suite.
pub const MEDIA: &[Case<StoreAndBus>] = cases![
    an_upload_reads_back_until_it_is_complete,
    a_medium_is_complete_once,
    a_message_shows_what_its_medium_is,
    only_ones_own_complete_medium_of_that_kind_is_sent,
    a_retry_is_answered_after_its_medium_is_gone,
    a_medium_is_seen_by_its_owner_and_where_it_was_sent,
    what_happens_after_a_membership_is_not_seen,
    a_medium_goes_with_its_last_reference,
    what_no_message_refers_to_goes_with_time,
    the_newest_entries_with_media_are_listed,
    what_has_left_the_ledger_keeps_its_media,
    discarded_blobs_are_listed_until_they_are_forgotten,
];

fn an_upload(owner: UserId) -> Upload {
    let number = fresh();
    Upload {
        id: MediaId::new(number),
        owner_id: owner,
        name: FileName::parse("a.png", MediaType::Png),
        content_type: MediaType::Png,
        size_bytes: 70,
        sha256: [7; 32],
        key: key(Area::Upload, number),
        created_at: at(0),
    }
}

fn key(area: Area, number: u64) -> BlobKey {
    match BlobKey::parse(area, &format!("{number:032x}")) {
        Ok(key) => key,
        Err(error) => panic!("{error}"),
    }
}

fn completed(upload: &Upload) -> Media {
    Media {
        reference: MediaRef {
            id: upload.id,
            name: FileName::parse("a.jpg", MediaType::Jpeg),
            content_type: MediaType::Jpeg,
            size_bytes: 50,
            width: Some(3),
            height: Some(2),
            duration_ms: None,
            thumbnail: true,
        },
        owner_id: upload.owner_id,
        key: upload.key.in_area(Area::Media),
        thumbnail: Some(MediaType::Jpeg),
        stored_bytes: 60,
        created_at: upload.created_at,
    }
}

async fn announce(store: &dyn Store, owner: UserId) -> Upload {
    let upload = an_upload(owner);
    let given = upload.clone();
    write(store, move |tx| Box::pin(async move { tx.insert_upload(&given).await })).await;
    upload
}

async fn complete(store: &dyn Store, media: Media) -> bool {
    write(store, move |tx| Box::pin(async move { tx.complete_upload(&media).await })).await
}

/// A complete image.
async fn an_image(store: &dyn Store, owner: UserId) -> Media {
    let media = completed(&announce(store, owner).await);
    assert!(complete(store, media.clone()).await);
    media
}

fn showing(conversation: ConversationId, sender: UserId, kind: MediaKind, id: MediaId) -> SendMessage {
    let mut message = a_message(conversation, sender, "");
    let caption = Some(MessageText::from_store("look".to_owned()));
    message.content = NewContent::Media { kind, id, caption, reply_to: None };
    message.content_hash = message.content.hash();
    message
}

async fn show(store: &dyn Store, conversation: ConversationId, sender: UserId, media: &Media) -> Entry {
    match store.send(showing(conversation, sender, MediaKind::Image, media.reference.id)).await {
        Ok(sent) if sent.new => (*sent.entry).clone(),
        other => panic!("not sent: {other:?}"),
    }
}

async fn visible(store: &dyn Store, viewer: UserId, media: &[&Media]) -> Vec<MediaId> {
    let ids: Vec<MediaId> = media.iter().map(|media| media.reference.id).collect();
    let mut found: Vec<MediaId> =
        read(store, move |tx| Box::pin(async move { tx.visible_media(viewer, &ids).await }))
            .await
            .into_iter()
            .map(|media| media.reference.id)
            .collect();
    found.sort_unstable();
    found
}

async fn discarded(store: &dyn Store) -> Vec<BlobKey> {
    let mut keys = read(store, |tx| Box::pin(async move { tx.list_discarded(100).await })).await;
    keys.sort_unstable();
    keys
}

/// All names under which something of a medium may lie.
fn names(media: &[&Media]) -> Vec<BlobKey> {
    let areas = [Area::Upload, Area::Media, Area::Thumbnail];
    let mut keys: Vec<BlobKey> =
        media.iter().flat_map(|media| areas.map(|area| media.key.in_area(area))).collect();
    keys.sort_unstable();
    keys
}

async fn find(store: &dyn Store, id: MediaId) -> (Option<Upload>, Option<Media>) {
    read(store, move |tx| Box::pin(async move { Ok((tx.find_upload(id).await?, tx.find_media(id).await?)) }))
        .await
}

async fn an_upload_reads_back_until_it_is_complete(subject: &StoreAndBus) {
    let store = &*subject.store;
    let upload = announce(store, user(1)).await;
    assert_eq!(find(store, upload.id).await, (Some(upload.clone()), None));
    let again = upload.clone();
    let taken: Result<(), StoreError> =
        store.write(move |tx| Box::pin(async move { tx.insert_upload(&again).await })).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    assert_eq!(read(store, |tx| tx.stored_bytes(user(1))).await, 70);
    assert_eq!(visible(store, user(1), &[&completed(&upload)]).await, []);
    let media = completed(&upload);
    assert!(complete(store, media.clone()).await);
    assert_eq!(find(store, upload.id).await, (None, Some(media)));
    assert_eq!(read(store, |tx| tx.stored_bytes(user(1))).await, 60);
    assert_eq!(read(store, |tx| tx.stored_bytes(user(2))).await, 0);
    let plain = announce(store, user(1)).await;
    let mut plain = completed(&plain);
    plain.thumbnail = None;
    plain.reference =
        MediaRef { thumbnail: false, width: None, height: None, duration_ms: Some(9), ..plain.reference };
    assert!(complete(store, plain.clone()).await);
    assert_eq!(find(store, plain.reference.id).await.1, Some(plain));
}

async fn a_medium_is_complete_once(subject: &StoreAndBus) {
    let store = &*subject.store;
    let media = an_image(store, user(1)).await;
    let mut other = media.clone();
    other.reference.size_bytes = 1;
    assert!(!complete(store, other).await);
    assert_eq!(find(store, media.reference.id).await.1, Some(media));
    assert!(!complete(store, completed(&an_upload(user(1)))).await, "it was never announced");
}

async fn a_message_shows_what_its_medium_is(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let media = an_image(store, user(1)).await;
    send(store, group, user(1), "first").await;
    let entry = show(store, group, user(1), &media).await;
    let expected = Content::Media {
        media: media.reference,
        caption: Some(MessageText::from_store("look".to_owned())),
        reply_to: None,
    };
    assert_eq!(entry.seq, 2);
    assert!(matches!(&entry.body, EntryBody::Message { content: Some(content), .. } if *content == expected));
    let stored = read(store, move |tx| tx.find_entry(group, 2)).await;
    assert_eq!(stored.as_ref(), Some(&entry));
    let published = (subject.published)();
    assert!(matches!(
        published.last(),
        Some(kith_domain::LiveEvent::Entry(last)) if **last == entry
    ));
}

async fn only_ones_own_complete_medium_of_that_kind_is_sent(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let media = an_image(store, user(1)).await;
    let waiting = announce(store, user(1)).await;
    let unknown = FieldError::new("content.media.id", "not_found", "no complete upload of yours");
    let other_kind = FieldError::new("content.type", "mismatch", "the upload is of another kind");
    for (sender, kind, id, wrong) in [
        (user(2), MediaKind::Image, media.reference.id, unknown.clone()),
        (user(1), MediaKind::Image, waiting.id, unknown.clone()),
        (user(1), MediaKind::Image, MediaId::new(fresh()), unknown),
        (user(1), MediaKind::File, media.reference.id, other_kind),
    ] {
        let refused = refusal(store, showing(group, sender, kind, id)).await;
        assert_eq!(refused, Refusal::from(wrong), "{sender} {kind:?}");
    }
    // Who may not write there learns nothing of media.
    let stranger = refusal(store, showing(group, user(3), MediaKind::Image, media.reference.id)).await;
    assert_eq!(stranger, Refusal::NotFound);
    assert_eq!(send(store, group, user(1), "next").await.seq, 1, "what was refused took no place");
}

async fn a_retry_is_answered_after_its_medium_is_gone(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let media = an_image(store, user(1)).await;
    let message = showing(group, user(1), MediaKind::Image, media.reference.id);
    let first = store.send(message.clone()).await.expect("sent").entry;
    let again = store.send(message.clone()).await.expect("answered");
    assert!(!again.new && again.entry == first);
    unsend(store, &first).await;
    assert_eq!(find(store, media.reference.id).await, (None, None));
    let again = store.send(message.clone()).await.expect("answered");
    assert!(!again.new && again.entry.seq == first.seq);
    let mut other = message;
    other.content = NewContent::Media {
        kind: MediaKind::Image,
        id: MediaId::new(fresh()),
        caption: None,
        reply_to: None,
    };
    other.content_hash = other.content.hash();
    assert_eq!(refusal(store, other).await, Refusal::IdReused);
}

async fn a_medium_is_seen_by_its_owner_and_where_it_was_sent(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let (sent, kept) = (an_image(store, user(1)).await, an_image(store, user(1)).await);
    show(store, group, user(1), &sent).await;
    let both = [&sent, &kept];
    assert_eq!(visible(store, user(1), &both).await, [sent.reference.id, kept.reference.id]);
    assert_eq!(visible(store, user(2), &both).await, [sent.reference.id]);
    assert_eq!(visible(store, user(3), &both).await, []);
    assert_eq!(visible(store, user(1), &[]).await, []);
}

async fn what_happens_after_a_membership_is_not_seen(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let mut images = Vec::new();
    for _ in 0..3 {
        images.push(an_image(store, user(1)).await);
    }
    show(store, group, user(1), &images[0]).await;
    remove(store, group, user(2), MemberState::Kicked).await;
    show(store, group, user(1), &images[1]).await;
    join(store, group, user(2)).await;
    show(store, group, user(1), &images[2]).await;
    let all: Vec<&Media> = images.iter().collect();
    assert_eq!(visible(store, user(2), &all).await, [images[0].reference.id, images[2].reference.id]);
    // Sent once more, it is seen.
    show(store, group, user(1), &images[1]).await;
    assert_eq!(visible(store, user(2), &all).await.len(), 3);
}

async fn a_medium_goes_with_its_last_reference(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let media = an_image(store, user(1)).await;
    let (first, second) =
        (show(store, group, user(1), &media).await, show(store, group, user(1), &media).await);
    let id = media.reference.id;
    assert!(!write(store, move |tx| tx.delete_media(id)).await, "messages show it");
    unsend(store, &first).await;
    assert_eq!(visible(store, user(2), &[&media]).await, [id]);
    assert_eq!(discarded(store).await, []);
    unsend(store, &second).await;
    assert_eq!(find(store, id).await, (None, None));
    assert_eq!(visible(store, user(1), &[&media]).await, []);
    assert_eq!(discarded(store).await, names(&[&media]));
    assert_eq!(read(store, |tx| tx.stored_bytes(user(1))).await, 0);
}

async fn what_no_message_refers_to_goes_with_time(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let (shown, complete) = (an_image(store, user(1)).await, an_image(store, user(1)).await);
    let waiting = completed(&announce(store, user(1)).await);
    show(store, group, user(1), &shown).await;
    let purge = |millis, limit| {
        write(store, move |tx| Box::pin(async move { tx.delete_unreferenced(at(millis), limit).await }))
    };
    assert_eq!(purge(0, 10).await, 0);
    assert_eq!(purge(1, 1).await, 1);
    assert_eq!(purge(1, 10).await, 1);
    assert_eq!(purge(1, 10).await, 0);
    for (media, stays) in [(&shown, true), (&complete, false), (&waiting, false)] {
        assert_eq!(find(store, media.reference.id).await != (None, None), stays);
    }
    assert_eq!(discarded(store).await, names(&[&complete, &waiting]));
    let id = announce(store, user(1)).await.id;
    assert!(write(store, move |tx| tx.delete_media(id)).await);
    assert!(!write(store, move |tx| tx.delete_media(id)).await);
}

async fn the_newest_entries_with_media_are_listed(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let other = with_members(store, a_group(), &[user(1)]).await;
    let media = an_image(store, user(1)).await;
    show(store, other, user(1), &media).await;
    for _ in 0..3 {
        send(store, group, user(1), "between").await;
        show(store, group, user(1), &media).await;
    }
    join(store, group, user(2)).await;
    show(store, group, user(1), &media).await;
    let list = |viewer, kind, before, limit| {
        read(store, move |tx| tx.list_media_entries(group, viewer, kind, before, limit))
    };
    let seqs = |found: Found| found.entries.iter().map(|entry| entry.seq).collect::<Vec<Seq>>();
    for (viewer, kind, before, limit, expected) in [
        (user(1), None, Seq::MAX, 10, &[2, 4, 6, 8][..]),
        (user(1), Some(MediaKind::Image), Seq::MAX, 2, &[6, 8]),
        (user(1), Some(MediaKind::Image), 6, 10, &[2, 4]),
        (user(1), Some(MediaKind::Video), Seq::MAX, 10, &[]),
        (user(2), None, Seq::MAX, 10, &[8]),
        (user(3), None, Seq::MAX, 10, &[]),
    ] {
        assert_eq!(seqs(list(viewer, kind, before, limit).await), expected, "{viewer} {kind:?} {before}");
    }
    let entry = read(store, move |tx| tx.find_entry(group, 6)).await.expect("an entry");
    unsend(store, &entry).await;
    assert_eq!(seqs(list(user(1), None, Seq::MAX, 10).await), [2, 4, 8]);
}

async fn what_has_left_the_ledger_keeps_its_media(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let media = an_image(store, user(1)).await;
    let message = showing(group, user(1), MediaKind::Image, media.reference.id);
    let shown = store.send(message.clone()).await.expect("accepted").entry;
    for _ in 0..KEPT {
        send(store, group, user(1), "more").await;
    }
    let old = read(store, move |tx| tx.list_removable(group, at(1 << 40), 10)).await;
    assert_eq!(old, [(*shown).clone()]);
    let removed = write(store, move |tx| Box::pin(async move { tx.remove_entries(&old, at(0)).await })).await;
    assert!(removed);

    let again = store.send(message.clone()).await.expect("answered");
    assert_eq!((again.new, &again.entry), (false, &shown));
    let list = || read(store, move |tx| tx.list_media_entries(group, user(2), None, Seq::MAX, 10));
    let archived = Archived { conversation_id: group, seqs: 1..=1, unsent: vec![] };
    assert_eq!(list().await, Found { entries: vec![], archived: vec![archived] });
    assert_eq!(visible(store, user(2), &[&media]).await, [media.reference.id]);
    unsend(store, &shown).await;
    assert_eq!((list().await, visible(store, user(2), &[&media]).await), (Found::default(), vec![]));
    let again = store.send(message).await.expect("answered");
    assert!(matches!(again.entry.body, EntryBody::Message { content: None, .. }), "{again:?}");
}

async fn discarded_blobs_are_listed_until_they_are_forgotten(subject: &StoreAndBus) {
    let store = &*subject.store;
    let keys = [1, 2, 3].map(|number| key(Area::Avatar, number));
    write(store, move |tx| {
        Box::pin(async move {
            for key in keys.into_iter().chain(keys) {
                tx.discard_blob(key).await?;
            }
            Ok(())
        })
    })
    .await;
    assert_eq!(discarded(store).await, keys);
    assert_eq!(read(store, |tx| tx.list_discarded(2)).await.len(), 2);
    write(store, move |tx| Box::pin(async move { tx.forget_discarded(&keys[..2]).await })).await;
    assert_eq!(discarded(store).await, keys[2..]);
}
