//! What [`Store`] promises.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use kith_domain::{
    Content, DirectGate, Entry, EntryBody, MemberState, NoticeKind, Refusal, UserId,
    event::LiveEvent,
    ports::{SendError, Store, StoreError, StoreExt},
};

use crate::{
    Case,
    fixtures::{
        a_direct, a_group, a_message, a_notice, join as join_group, read, refusal, remove, say, send, unsend,
        user, with_members, write,
    },
};

/// A store, and what it has published.
pub struct StoreAndBus {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Takes out what was published since the last call.
    pub published: Box<dyn Fn() -> Vec<LiveEvent> + Send + Sync>,
}

impl AsRef<StoreAndBus> for StoreAndBus {
    fn as_ref(&self) -> &StoreAndBus {
        self
    }
}

/// The suite of jobs.
pub const JOBS: &[Case<StoreAndBus>] = cases![
    a_job_sees_its_own_changes_and_those_answered_before,
    a_rolled_back_job_leaves_nothing_behind,
    a_failing_job_fails_no_other,
    a_panicking_job_fails_alone,
    a_read_job_changes_nothing,
    a_read_job_sees_one_snapshot,
    events_of_a_conversation_are_published_in_the_order_of_its_commits,
    the_store_says_that_it_can_be_used,
];

/// What a store with one writer keeps beyond the port's promises: everything in the order of arrival.
pub const ONE_WRITER: &[Case<StoreAndBus>] =
    cases![events_are_published_after_the_commit_in_its_order, jobs_and_sends_keep_their_order];

/// The suite of sends.
pub const SENDS: &[Case<StoreAndBus>] = cases![
    a_message_gets_the_next_seq_and_is_stored,
    seqs_are_dense_whatever_is_refused,
    a_retry_is_answered_with_the_stored_message,
    a_retry_at_the_same_time_is_stored_once,
    another_content_under_one_name_is_refused,
    one_name_may_be_used_by_others_and_elsewhere,
    a_retry_is_answered_after_the_membership_ended,
    a_retry_after_an_unsend_gets_the_erased_message,
    who_may_not_send_is_refused,
    a_direct_conversation_asks_its_gate,
    a_reply_needs_a_target_that_the_sender_sees,
    a_reply_finds_a_message_of_its_own_group,
    a_new_message_is_published_once,
    a_message_has_its_outbox_row,
];

fn content(entry: &Entry) -> Option<&Content> {
    match &entry.body {
        EntryBody::Message { content, .. } => content.as_ref(),
        _ => None,
    }
}

async fn last_seq(store: &dyn Store, id: kith_domain::ConversationId) -> u64 {
    let row = read(store, move |tx| tx.find_conversation(id)).await;
    row.map_or(0, |row| row.last_seq)
}

async fn a_job_sees_its_own_changes_and_those_answered_before(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = a_group();
    let id = group.id;
    let seen = write(store, move |tx| {
        Box::pin(async move {
            tx.insert_conversation(&group).await?;
            tx.find_conversation(id).await
        })
    })
    .await;
    assert_eq!(seen.map(|row| row.id), Some(id), "its own");
    let seen = write(store, move |tx| tx.find_conversation(id)).await;
    assert_eq!(seen.map(|row| row.id), Some(id), "a later job");
    let seen = read(store, move |tx| tx.find_conversation(id)).await;
    assert_eq!(seen.map(|row| row.id), Some(id), "a later read");
}

async fn a_rolled_back_job_leaves_nothing_behind(subject: &StoreAndBus) {
    let group = a_group();
    let id = group.id;
    let outcome: Result<(), StoreError> = subject
        .store
        .write(move |tx| {
            Box::pin(async move {
                tx.insert_conversation(&group).await?;
                tx.append_entry(a_notice(id, user(1), NoticeKind::Created)).await?;
                tx.publish(LiveEvent::ConversationChanged(id));
                Err(StoreError::Conflict)
            })
        })
        .await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    let (row, head) = read(&*subject.store, move |tx| {
        Box::pin(async move { Ok((tx.find_conversation(id).await?, tx.outbox_head().await?)) })
    })
    .await;
    assert_eq!((row, head), (None, 0));
    assert!((subject.published)().is_empty(), "events are dropped with a rollback");
}

async fn a_failing_job_fails_no_other(subject: &StoreAndBus) {
    let store = &*subject.store;
    let groups: Vec<_> = (0..40).map(|_| a_group()).collect();
    let outcomes = join_all(groups.iter().enumerate().map(|(index, group)| {
        let group = group.clone();
        store.write(move |tx| {
            Box::pin(async move {
                tx.insert_conversation(&group).await?;
                // Every second job breaks a unique key, and says so.
                if index % 2 == 1 { tx.insert_conversation(&group).await } else { Ok(()) }
            })
        })
    }))
    .await;
    for (index, (outcome, group)) in outcomes.iter().zip(&groups).enumerate() {
        let (id, kept) = (group.id, index % 2 == 0);
        let expected = if kept { outcome.is_ok() } else { matches!(outcome, Err(StoreError::Conflict)) };
        assert!(expected, "job {index}: {outcome:?}");
        let row = read(store, move |tx| tx.find_conversation(id)).await;
        assert_eq!(row.is_some(), kept, "job {index}");
    }
}

async fn a_panicking_job_fails_alone(subject: &StoreAndBus) {
    let (lost, kept) = (a_group(), a_group());
    let (lost_id, kept_id) = (lost.id, kept.id);
    let first = subject.store.write::<(), StoreError, _>(move |tx| {
        Box::pin(async move {
            tx.insert_conversation(&lost).await?;
            panic!("a fault in a job, on purpose");
        })
    });
    let second = subject
        .store
        .write::<(), StoreError, _>(move |tx| Box::pin(async move { tx.insert_conversation(&kept).await }));
    let (first, second) = join(first, second).await;
    assert!(matches!(first, Err(StoreError::Internal(_))), "{first:?}");
    assert!(second.is_ok(), "{second:?}");
    let rows = read(&*subject.store, move |tx| {
        Box::pin(
            async move { Ok((tx.find_conversation(lost_id).await?, tx.find_conversation(kept_id).await?)) },
        )
    })
    .await;
    assert!(rows.0.is_none() && rows.1.is_some());
}

async fn a_read_job_changes_nothing(subject: &StoreAndBus) {
    let group = a_group();
    let id = group.id;
    let outcome: Result<(), StoreError> =
        subject.store.read(move |tx| Box::pin(async move { tx.insert_conversation(&group).await })).await;
    assert!(outcome.is_err());
    assert!(read(&*subject.store, move |tx| tx.find_conversation(id)).await.is_none());
}

async fn a_read_job_sees_one_snapshot(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go_on, may_go_on) = tokio::sync::oneshot::channel::<()>();
    let reading = read(store, move |tx| {
        Box::pin(async move {
            let before = tx.find_conversation(group).await?.map(|row| row.last_seq);
            let _ = begun.send(());
            let _ = may_go_on.await;
            Ok((before, tx.find_conversation(group).await?.map(|row| row.last_seq)))
        })
    });
    let writing = async {
        let _ = has_begun.await;
        send(store, group, user(1), "meanwhile").await;
        let _ = go_on.send(());
    };
    let (seen, ()) = join(reading, writing).await;
    assert_eq!(seen, (Some(0), Some(0)));
    assert_eq!(last_seq(store, group).await, 1);
}

async fn events_are_published_after_the_commit_in_its_order(subject: &StoreAndBus) {
    let store = &*subject.store;
    let ids: Vec<_> = (0..24).map(|_| a_group().id).collect();
    join_all(ids.iter().map(|&id| {
        write(store, move |tx| {
            Box::pin(async move {
                tx.publish(LiveEvent::ConversationChanged(id));
                tx.publish(LiveEvent::Typing { conversation_id: id, user_id: user(1) });
                Ok(())
            })
        })
    }))
    .await;
    let seen: Vec<_> = (subject.published)()
        .into_iter()
        .map(|event| match event {
            LiveEvent::ConversationChanged(id) => (id, 0),
            LiveEvent::Typing { conversation_id, .. } => (conversation_id, 1),
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    let expected: Vec<_> = ids.into_iter().flat_map(|id| [(id, 0), (id, 1)]).collect();
    assert_eq!(seen, expected);
}

async fn jobs_and_sends_keep_their_order(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    // Up to 30 futures are polled in this order, so that they arrive in this order.
    let work = (0..24_u64).map(|index| async move {
        if index % 3 == 0 {
            let notice = a_notice(group, user(1), NoticeKind::Renamed);
            write(store, move |tx| tx.append_entry(notice)).await.seq
        } else {
            send(store, group, user(1), "hi").await.seq
        }
    });
    let seqs = join_all(work).await;
    assert_eq!(seqs, (1..=24).collect::<Vec<_>>());
}

async fn events_of_a_conversation_are_published_in_the_order_of_its_commits(subject: &StoreAndBus) {
    let store = &*subject.store;
    let groups =
        [with_members(store, a_group(), &[user(1)]).await, with_members(store, a_group(), &[user(1)]).await];
    let _ = (subject.published)();
    let seqs = join_all((0..60_usize).map(|index| async move {
        let group = groups[index % 2];
        if index % 3 > 0 {
            return send(store, group, user(1), "hi").await.seq;
        }
        let notice = a_notice(group, user(1), NoticeKind::Renamed);
        write(store, move |tx| {
            Box::pin(async move {
                let entry = Arc::new(tx.append_entry(notice).await?);
                tx.publish(LiveEvent::Entry(Arc::clone(&entry)));
                tx.publish(LiveEvent::ConversationChanged(group));
                Ok(entry.seq)
            })
        })
        .await
    }))
    .await;
    let events = (subject.published)();
    for (parity, group) in groups.into_iter().enumerate() {
        let mut given: Vec<_> = seqs.iter().copied().skip(parity).step_by(2).collect();
        given.sort_unstable();
        assert_eq!(given, (1..=30).collect::<Vec<_>>());
        let published: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                LiveEvent::Entry(entry) if entry.conversation_id == group => Some(entry.seq),
                _ => None,
            })
            .collect();
        assert_eq!(published, given);
    }
    let changed = |event: &LiveEvent| matches!(event, LiveEvent::ConversationChanged(_));
    for (index, event) in events.iter().enumerate().filter(|(_, event)| changed(event)) {
        assert!(
            matches!(&events[index - 1], LiveEvent::Entry(_)),
            "{event:?}: events of a job stay together"
        );
    }
}

async fn the_store_says_that_it_can_be_used(subject: &StoreAndBus) {
    assert!(subject.store.check().await.is_ok());
    assert!(!subject.store.epoch().is_empty());
}

async fn a_message_gets_the_next_seq_and_is_stored(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    for seq in 1..=3 {
        let message = a_message(group, user(1 + seq % 2), "hello");
        let sent = store.send(message.clone()).await.expect("accepted");
        assert!(sent.new);
        assert_eq!(
            (sent.entry.seq, sent.entry.id, sent.entry.sender_id),
            (seq, message.id, message.sender_id)
        );
        assert_eq!(content(&sent.entry), message.content.clone().into_text().as_ref());
        let stored = read(store, move |tx| tx.find_entry(group, seq)).await;
        assert_eq!(stored.as_ref(), Some(&*sent.entry));
        let row = read(store, move |tx| tx.find_conversation(group)).await.expect("the conversation");
        assert_eq!((row.last_seq, row.last_activity), (seq, message.server_time));
    }
}

async fn seqs_are_dense_whatever_is_refused(subject: &StoreAndBus) {
    let store = &*subject.store;
    let groups = [
        with_members(store, a_group(), &[user(1), user(2)]).await,
        with_members(store, a_group(), &[user(1), user(2)]).await,
    ];
    let outcomes = join_all((0..400_usize).map(|index| {
        let sender = user(1 + index as u64 % 3);
        store.send(a_message(groups[index % 2], sender, &format!("message {index}")))
    }))
    .await;
    for (parity, group) in groups.into_iter().enumerate() {
        let mut seqs: Vec<u64> = outcomes
            .iter()
            .enumerate()
            .filter(|(index, _)| index % 2 == parity)
            .filter_map(|(index, outcome)| match outcome {
                Ok(sent) => Some(sent.entry.seq),
                Err(SendError::Refused(Refusal::NotFound)) if index % 3 == 2 => None,
                other => panic!("message {index}: {other:?}"),
            })
            .collect();
        seqs.sort_unstable();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "without holes");
        assert_eq!(last_seq(store, group).await, seqs.len() as u64);
    }
}

async fn a_retry_is_answered_with_the_stored_message(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "once");
    let first = store.send(message.clone()).await.expect("accepted");
    send(store, group, user(1), "in between").await;
    let mut retry = message;
    retry.id = kith_domain::EntryId::new(crate::fixtures::fresh());
    retry.server_time = retry.server_time.plus_seconds(60);
    let second = store.send(retry).await.expect("accepted again");
    assert!(!second.new);
    assert_eq!(second.entry, first.entry);
    assert_eq!(last_seq(store, group).await, 2);
}

async fn a_retry_at_the_same_time_is_stored_once(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "twice at once");
    let answers = join_all((0..20).map(|_| store.send(message.clone()))).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("accepted")).collect();
    assert_eq!(answers.iter().filter(|answer| answer.new).count(), 1);
    assert!(answers.iter().all(|answer| answer.entry == answers[0].entry));
    assert_eq!(last_seq(store, group).await, 1);
}

async fn another_content_under_one_name_is_refused(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "one");
    let mut other = message.clone();
    say(&mut other, "another", None);
    // At the same time, and later.
    let (first, second) = join(store.send(message), store.send(other.clone())).await;
    assert!(first.is_ok(), "{first:?}");
    assert!(matches!(second, Err(SendError::Refused(Refusal::IdReused))), "{second:?}");
    assert_eq!(refusal(store, other).await, Refusal::IdReused);
    assert_eq!(last_seq(store, group).await, 1);
}

async fn one_name_may_be_used_by_others_and_elsewhere(subject: &StoreAndBus) {
    let store = &*subject.store;
    let here = with_members(store, a_group(), &[user(1), user(2)]).await;
    let there = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(here, user(1), "mine");
    for (group, sender, seq) in [(here, user(1), 1), (here, user(2), 2), (there, user(1), 1)] {
        let mut other = a_message(group, sender, "same name");
        other.client_msg_id = message.client_msg_id;
        let sent = store.send(other).await.expect("accepted");
        assert_eq!((sent.new, sent.entry.seq), (true, seq));
    }
}

async fn a_retry_is_answered_after_the_membership_ended(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2)]).await;
    let message = a_message(group, user(1), "before I went");
    let sent = store.send(message.clone()).await.expect("accepted");
    remove(store, group, user(1), MemberState::Kicked).await;
    let again = store.send(message.clone()).await.expect("answered first, whatever the membership");
    assert_eq!((again.new, &again.entry), (false, &sent.entry));
    let mut other = message;
    say(&mut other, "another", None);
    assert_eq!(refusal(store, other).await, Refusal::IdReused, "before the membership");
    assert_eq!(refusal(store, a_message(group, user(1), "new")).await, Refusal::NotMember);
}

async fn a_retry_after_an_unsend_gets_the_erased_message(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "regretted");
    let sent = store.send(message.clone()).await.expect("accepted");
    unsend(store, &sent.entry).await;
    let again = store.send(message.clone()).await.expect("accepted again");
    assert_eq!((again.new, again.entry.seq, content(&again.entry)), (false, 1, None));
    let mut other = message;
    say(&mut other, "another", None);
    assert_eq!(refusal(store, other).await, Refusal::IdReused);
}

async fn who_may_not_send_is_refused(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1), user(2), user(3)]).await;
    remove(store, group, user(2), MemberState::Left).await;
    remove(store, group, user(3), MemberState::Kicked).await;
    let nowhere = a_group().id;
    for (conversation, sender, expected) in [
        (group, user(2), Refusal::NotMember),
        (group, user(3), Refusal::NotMember),
        (group, user(4), Refusal::NotFound),
        (nowhere, user(1), Refusal::NotFound),
    ] {
        assert_eq!(refusal(store, a_message(conversation, sender, "hi")).await, expected);
    }
    join_group(store, group, user(3)).await;
    send(store, group, user(3), "back again").await;
}

async fn a_direct_conversation_asks_its_gate(subject: &StoreAndBus) {
    let store = &*subject.store;
    let direct = a_direct(user(1), user(2));
    let id = with_members(store, direct.clone(), &[user(1), user(2)]).await;
    let Some(gate) = direct.direct else { panic!("a direct conversation has a gate") };
    let set = async |gate: DirectGate| {
        let changed = kith_domain::Conversation { direct: Some(gate), ..direct.clone() };
        write(store, move |tx| Box::pin(async move { tx.update_conversation(&changed).await })).await;
    };
    let (not_friends, blocked) = (Some(Refusal::NotFriends), Some(Refusal::BlockedByYou));
    for (friends, low_blocks, high_blocks, low, high) in [
        (true, false, false, None, None),
        (false, false, false, not_friends.clone(), not_friends.clone()),
        (false, true, false, blocked.clone(), not_friends.clone()),
        (false, false, true, not_friends, blocked),
        (true, false, false, None, None),
    ] {
        set(DirectGate { friends, low_blocks, high_blocks, ..gate }).await;
        for (sender, expected) in [(user(1), low), (user(2), high)] {
            let outcome = store.send(a_message(id, sender, "hi")).await;
            let refused = match outcome {
                Ok(_) => None,
                Err(SendError::Refused(refusal)) => Some(refusal),
                Err(error) => panic!("{error:?}"),
            };
            assert_eq!(refused, expected, "friends {friends}, low {low_blocks}, high {high_blocks}");
        }
    }
}

async fn a_reply_needs_a_target_that_the_sender_sees(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    send(store, group, user(1), "before").await;
    join_group(store, group, user(2)).await;
    let reply = async |sender: UserId, target: u64| {
        let mut message = a_message(group, sender, "re");
        say(&mut message, "re", Some(target));
        store.send(message).await
    };
    for (sender, target, accepted) in [
        (user(1), 1, true),
        (user(2), 1, false),
        (user(2), 2, true),
        (user(1), 0, false),
        (user(1), 99, false),
    ] {
        match reply(sender, target).await {
            Ok(sent) => {
                assert!(accepted, "{sender:?} answered {target}");
                assert_eq!(content(&sent.entry).and_then(Content::reply_to), Some(target));
            }
            Err(SendError::Refused(Refusal::Validation(fields))) => {
                assert!(!accepted, "{sender:?} could not answer {target}");
                assert_eq!(fields[0].field, "content.reply_to");
            }
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn a_reply_finds_a_message_of_its_own_group(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let mut reply = a_message(group, user(1), "answer");
    say(&mut reply, "answer", Some(1));
    let (first, second) = join(store.send(a_message(group, user(1), "question")), store.send(reply)).await;
    assert_eq!((first.expect("sent").entry.seq, second.expect("sent").entry.seq), (1, 2));
}

async fn a_new_message_is_published_once(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "news");
    let sent = store.send(message.clone()).await.expect("accepted");
    store.send(message.clone()).await.expect("accepted again");
    let mut other = message;
    say(&mut other, "other", None);
    refusal(store, other).await;
    let events = (subject.published)();
    assert!(matches!(&events[..], [LiveEvent::Entry(entry)] if *entry == sent.entry), "{events:?}");
}

async fn a_message_has_its_outbox_row(subject: &StoreAndBus) {
    let store = &*subject.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "kept");
    store.send(message.clone()).await.expect("accepted");
    store.send(message).await.expect("accepted again");
    let rows = read(store, move |tx| tx.list_outbox(0, 10)).await;
    let rows: Vec<_> = rows.iter().map(|row| (row.conversation_id, row.seq)).collect();
    assert_eq!(rows, [(group, 1)]);
}
