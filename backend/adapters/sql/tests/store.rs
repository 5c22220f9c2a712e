//! What is particular to the store on SQLite: its directory, its limits, its end and its beginning again.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::join_all};
use kith_contract::fixtures::{
    a_direct, a_group, a_message, a_notice, join as join_group, read, refusal, remove, say, send, user,
    with_members, write,
};
use kith_domain::{
    EntryBody, MemberState, NoticeKind, Refusal,
    event::LiveEvent,
    ports::{
        Bus, BusClosed, SendError, Store, StoreError,
        entries::{NewEntry, Range},
        store::{Job, Verdict},
    },
};
use kith_sql::{
    OpenError, Options, SqlStore,
    testing::{self, RecordingBus, temp_store},
};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tokio::sync::Semaphore;

async fn open(directory: &Path, options: Options) -> Result<SqlStore, OpenError> {
    testing::open(directory, options, Arc::new(RecordingBus::default())).await
}

async fn open_again(directory: &Path) -> SqlStore {
    open(directory, testing::options()).await.expect("the store opens")
}

#[tokio::test]
async fn what_was_answered_is_there_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_again(directory.path()).await;
    let group = with_members(&store, a_group(), &[user(1)]).await;
    let message = a_message(group, user(1), "kept");
    let sent = store.send(message.clone()).await.unwrap();
    let epoch = store.epoch().to_owned();
    store.close().await;
    assert!(matches!(store.check().await, Err(StoreError::Unavailable(_))), "a closed store says so");
    let refused = store.send(a_message(group, user(1), "late")).await;
    assert!(matches!(refused, Err(SendError::Store(StoreError::Unavailable(_)))), "{refused:?}");
    drop(store);

    let store = open_again(directory.path()).await;
    assert_eq!(store.epoch(), epoch, "the history is the same");
    let found = read(&store, move |tx| tx.find_entry(group, 1)).await;
    assert_eq!(found.as_ref(), Some(&*sent.entry));
    assert!(!store.send(message).await.unwrap().new, "names are remembered");
    assert_eq!(send(&store, group, user(1), "next").await.seq, 2);
}

#[tokio::test]
async fn a_directory_has_one_user() {
    let first = temp_store().await;
    assert!(matches!(open(first.path(), testing::options()).await, Err(OpenError::Locked)));
    first.store.close().await;
    let directory = first.path().to_owned();
    drop(first.store);
    open_again(&directory).await;
}

#[tokio::test]
async fn a_store_of_a_newer_release_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_again(directory.path()).await;
    store.close().await;
    drop(store);
    let database = directory.path().join("kith.db");
    let mut connection = SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let refused = open(directory.path(), testing::options()).await;
    assert!(matches!(refused, Err(OpenError::NewerStore(9999))), "{refused:?}");
}

#[tokio::test]
async fn durability_is_set_on_every_file() {
    let kept = temp_store().await;
    let database = kept.path().join("kith.db");
    let mut connection =
        SqliteConnectOptions::new().filename(database).read_only(true).connect().await.unwrap();
    for (pragma, expected) in [("PRAGMA journal_mode", "wal"), ("PRAGMA page_size", "4096")] {
        let row = sqlx::query(pragma).fetch_one(&mut connection).await.unwrap();
        let value: String = sqlx::Row::try_get_unchecked(&row, 0).unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
}

#[tokio::test]
async fn below_the_floor_writes_stop_and_reads_go_on() {
    let free = Arc::new(AtomicU64::new(1 << 30));
    let seen = Arc::clone(&free);
    let options = Options {
        floor_bytes: Some(1 << 20),
        space_probe: Some(Arc::new(move || Ok(seen.load(Ordering::Relaxed)))),
        ..testing::options()
    };
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), options).await.unwrap();
    let group = with_members(&store, a_group(), &[user(1)]).await;
    send(&store, group, user(1), "fits").await;

    free.store((1 << 20) - 1, Ordering::Relaxed);
    let message = a_message(group, user(1), "does not");
    let full = store.send(message.clone()).await;
    assert!(matches!(full, Err(SendError::Store(StoreError::Full))), "{full:?}");
    let full = store.write_job(Box::new(|_| Box::pin(async { panic!("never run") }))).await;
    assert!(matches!(full, Err(StoreError::Full)), "{full:?}");
    assert!(read(&store, move |tx| tx.find_entry(group, 1)).await.is_some());
    assert!(store.check().await.is_ok(), "a full disk takes no node out");

    free.store(1 << 20, Ordering::Relaxed);
    let sent = store.send(message).await.unwrap();
    assert_eq!((sent.new, sent.entry.seq), (true, 2), "nothing of the refused try was left");
}

#[tokio::test]
async fn a_full_database_refuses_and_recovers() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), Options { max_pages: Some(400), ..testing::options() }).await.unwrap();
    let group = with_members(&store, a_group(), &[user(1)]).await;
    let text = "x".repeat(8_000);
    let mut stored = 0;
    // Groups of sends and jobs until one does not fit any more.
    let refused = loop {
        assert!(stored < 4_000, "the database never became full");
        let sends = (0..50).map(|_| store.send(a_message(group, user(1), &text)));
        let outcomes = join_all(sends).await;
        stored += outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
        if let Some(error) = outcomes.into_iter().find_map(Result::err) {
            break error;
        }
    };
    assert!(matches!(refused, SendError::Store(StoreError::Full)), "{refused:?}");
    let row = read(&store, move |tx| tx.find_conversation(group)).await.unwrap();
    assert_eq!(row.last_seq, stored, "what was refused left nothing");
    let outbox = read(&store, |tx| tx.list_outbox(0, 10_000)).await;
    assert_eq!(outbox.len() as u64, stored);
    assert!(store.check().await.is_ok());
    store.close().await;
    drop(store);

    let store = open_again(directory.path()).await;
    assert_eq!(send(&store, group, user(1), "there is room again").await.seq, stored + 1);
}

/// The writer remembers the conversations of earlier messages: every kind of change must reach the next message.
#[tokio::test]
async fn what_a_job_changes_is_known_to_the_next_message() {
    let kept = temp_store().await;
    let store = &*kept.store;
    let (a, b) = (user(1), user(2));
    let group = with_members(store, a_group(), &[a, b]).await;
    let answer = |seq| {
        let mut message = a_message(group, b, "");
        say(&mut message, "an answer", Some(seq));
        message
    };
    assert_eq!(send(store, group, a, "hello").await.seq, 1);
    assert_eq!(store.send(answer(1)).await.unwrap().entry.seq, 2, "what it may see is known now");

    // The notice of its leaving is 3, that of its return 5; between them lies what it may not see.
    remove(store, group, b, MemberState::Left).await;
    assert!(matches!(refusal(store, a_message(group, b, "gone")).await, Refusal::NotMember));
    assert_eq!(send(store, group, a, "among us").await.seq, 4);
    assert_eq!(join_group(store, group, b).await, 5);
    assert!(matches!(refusal(store, answer(4)).await, Refusal::Validation(_)));
    assert_eq!(store.send(answer(5)).await.unwrap().entry.seq, 6);

    // A job that is rolled back took a seq, and gave it back.
    let notice = a_notice(group, a, NoticeKind::Joined);
    let rolled_back: Job = Box::new(move |tx| {
        Box::pin(async move {
            assert_eq!(tx.append_entry(notice).await.unwrap().seq, 7);
            Verdict::Rollback
        })
    });
    store.write_job(rolled_back).await.unwrap();
    assert_eq!(send(store, group, a, "after it").await.seq, 7);

    let direct = with_members(store, a_direct(a, b), &[a, b]).await;
    send(store, direct, a, "hi").await;
    for (blocked, friends) in [(true, true), (false, false), (false, true)] {
        write(store, move |tx| {
            Box::pin(async move {
                let mut row = tx.find_conversation(direct).await?.expect("it is there");
                let gate = row.direct.as_mut().expect("it has a gate");
                (gate.high_blocks, gate.friends) = (blocked, friends);
                tx.update_conversation(&row).await
            })
        })
        .await;
        let sent = store.send(a_message(direct, a, "still there?")).await;
        assert_eq!(sent.is_ok(), !blocked && friends, "blocked {blocked}, friends {friends}: {sent:?}");
    }
}

/// A bus that takes events only as permits are given.
struct GatedBus(Semaphore);

#[async_trait::async_trait]
impl Bus for GatedBus {
    async fn publish(&self, _: Vec<LiveEvent>) -> Result<(), BusClosed> {
        self.0.acquire().await.map_err(|_| BusClosed)?.forget();
        Ok(())
    }
}

#[tokio::test]
async fn a_full_queue_answers_after_a_bounded_wait() {
    let bus = Arc::new(GatedBus(Semaphore::new(0)));
    let options = Options { queue: 1, patience: Duration::from_millis(1), ..testing::options() };
    let (_directory, store) = testing::temp_store_on(Arc::clone(&bus) as _, options).await;
    let group = with_members(&*store, a_group(), &[user(1)]).await;
    let message = || a_message(group, user(1), "hi");
    // Four groups of up to 256 can be on their way, with the writer and the publisher, and one more message in the
    // queue: the others find no place.
    let outcomes = join_all((0..1_100).map(|_| async {
        let outcome = store.send(message()).await;
        if outcome.is_err() {
            bus.0.add_permits(100);
        }
        outcome
    }))
    .await;
    let refused =
        |outcome: &Result<_, _>| matches!(outcome, Err(SendError::Store(StoreError::Unavailable(_))));
    assert!(outcomes.iter().any(refused), "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.is_ok() || refused(outcome)), "{outcomes:?}");
    let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
    let row = read(&*store, move |tx| tx.find_conversation(group)).await.unwrap();
    assert!(row.last_seq >= accepted);
    assert_eq!(send(&*store, group, user(1), "later").await.seq, row.last_seq + 1);
}

#[tokio::test]
async fn a_caller_who_stops_waiting_disturbs_nobody() {
    let kept = temp_store().await;
    let store = &*kept.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    {
        // Polled once, so that it is in the queue, then dropped.
        let mut waiting = Box::pin(store.send(a_message(group, user(1), "sent anyway")));
        assert!((&mut waiting).now_or_never().is_none());
        let mut reading = Box::pin(store.read_job(Box::new(|_| Box::pin(std::future::pending()))));
        assert!((&mut reading).now_or_never().is_none());
    }
    assert_eq!(send(store, group, user(1), "after it").await.seq, 2);
    for _ in 0..8 {
        assert!(read(store, move |tx| tx.find_entry(group, 2)).await.is_some(), "every reader is in order");
    }
}

#[tokio::test]
async fn a_closing_store_answers_what_it_accepted() {
    let kept = temp_store().await;
    let store = &*kept.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let sends = join_all((0..20).map(|_| store.send(a_message(group, user(1), "hi"))));
    let (outcomes, ()) = futures_util::future::join(sends, store.close()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

#[tokio::test]
async fn healthy_stores_never_report_a_fatal_error() {
    let kept = temp_store().await;
    let mut fatal = Box::pin(kept.store.fatal());
    assert!((&mut fatal).now_or_never().is_none());
    write(&*kept.store, |tx| tx.outbox_head()).await;
    kept.store.close().await;
    assert!((&mut fatal).now_or_never().is_none());
}

/// Erases a message and tells of it, as the service does.
async fn unsend_and_tell(store: &SqlStore, conversation: kith_domain::ConversationId, seq: u64) {
    write(store, move |tx| {
        Box::pin(async move {
            tx.erase_entry(conversation, seq).await?;
            let body = EntryBody::Unsend { target_seq: seq };
            let entry = tx
                .append_entry(NewEntry { body, ..a_notice(conversation, user(1), NoticeKind::Left) })
                .await?;
            tx.publish(LiveEvent::Entry(Arc::new(entry)));
            Ok(())
        })
    })
    .await;
}

#[tokio::test]
async fn what_is_remembered_of_a_timeline_is_what_the_file_holds() {
    let opened = temp_store().await;
    let store = &*opened.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    for round in 0..90_u64 {
        match round % 9 {
            4 if round > 9 => unsend_and_tell(store, group, round - 8).await,
            // Nobody is told of this one: what is remembered has a hole then, and begins anew.
            7 => {
                let notice = a_notice(group, user(1), NoticeKind::Left);
                write(store, move |tx| tx.append_entry(notice)).await;
            }
            _ => drop(send(store, group, user(1), &format!("message {round}")).await),
        }
        for (range, limit) in
            [(Range::Before(u64::MAX), 20), (Range::Before(round), 5), (Range::After(round / 2), 100)]
        {
            let remembered = read(store, move |tx| tx.list_entries(group, user(1), range, limit)).await;
            // A job that may write reads the file.
            let stored = write(store, move |tx| tx.list_entries(group, user(1), range, limit)).await;
            assert_eq!(remembered, stored, "{range:?} after {round}");
        }
        let positions = [(group, round / 3, 30)];
        let remembered =
            read(store, move |tx| Box::pin(async move { tx.list_entries_after(user(1), &positions).await }))
                .await;
        let stored =
            write(store, move |tx| Box::pin(async move { tx.list_entries_after(user(1), &positions).await }))
                .await;
        assert_eq!(remembered, stored, "after {round}");
    }
}

#[tokio::test]
async fn what_is_sent_and_unsent_in_one_commit_is_remembered_as_unsent() {
    let opened = temp_store().await;
    let store = &*opened.store;
    let group = with_members(store, a_group(), &[user(1)]).await;
    let (held, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let hold: Job = {
        let (held, open) = (Arc::clone(&held), Arc::clone(&open));
        Box::new(move |_| {
            Box::pin(async move {
                held.add_permits(1);
                drop(open.acquire().await);
                Verdict::Rollback
            })
        })
    };
    let both = async {
        drop(held.acquire().await);
        let sending = async { drop(store.send(a_message(group, user(1), "never said")).await.unwrap()) };
        let opening = async { open.add_permits(1) };
        tokio::join!(sending, unsend_and_tell(store, group, 1), opening);
    };
    let (ran, ()) = tokio::join!(store.write_job(hold), both);
    ran.unwrap();
    let remembered = read(store, move |tx| tx.list_entries(group, user(1), Range::After(0), 10)).await;
    let stored = write(store, move |tx| tx.list_entries(group, user(1), Range::After(0), 10)).await;
    assert_eq!(remembered, stored);
}
