//! People, conversations and messages for the suites of the store.

use std::sync::atomic::{AtomicU64, Ordering};

use kith_domain::{
    Conversation, ConversationId, ConversationKind, ConversationState, DirectGate, Entry, EntryBody, EntryId,
    HistoryVisibility, JoinPolicy, Member, MemberState, NewContent, Notice, NoticeKind, Pair, Refusal, Role,
    Seq, ShareCode, Timestamp, UserId,
    conversation::EndedMembership,
    entry::ClientTime,
    ports::{
        SendError, SendMessage, Store, StoreError, StoreExt, Transaction, entries::NewEntry, store::JobFuture,
    },
    text::{GroupName, MessageText},
};
use uuid::Uuid;

static NEXT: AtomicU64 = AtomicU64::new(1_000);

/// A number that no other call gives.
pub fn fresh() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The person of that number.
pub fn user(number: u64) -> UserId {
    UserId::new(number)
}

/// That many milliseconds after the fixtures' beginning of time.
pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_764_000_000_000 + millis)
}

/// A group code made of a number.
pub fn code(number: u64) -> ShareCode {
    match format!("{number:010}").parse() {
        Ok(code) => code,
        Err(error) => panic!("{error}"),
    }
}

/// A group's name.
pub fn name(text: &str) -> GroupName {
    GroupName::from_store(text.to_owned())
}

/// An open group without members and entries.
pub fn a_group() -> Conversation {
    let number = fresh();
    Conversation {
        id: ConversationId::new(number),
        kind: ConversationKind::Group,
        home_region: "local".to_owned(),
        encrypted: false,
        name: Some(name("Hikers")),
        avatar: None,
        group_code: Some(code(number)),
        join_policy: JoinPolicy::Open,
        history_visibility: HistoryVisibility::FromJoining,
        created_at: at(0),
        last_seq: 0,
        archived_to: 0,
        last_activity: at(0),
        member_count: 0,
        members_version: 0,
        direct: None,
        state: ConversationState::Open,
    }
}

/// A direct conversation of two friends, without entries.
///
/// # Panics
/// When the two are one.
pub fn a_direct(a: UserId, b: UserId) -> Conversation {
    let Some(pair) = Pair::new(a, b) else { panic!("a pair of two") };
    Conversation {
        kind: ConversationKind::Direct,
        name: None,
        group_code: None,
        member_count: 2,
        direct: Some(DirectGate { pair, friends: true, low_blocks: false, high_blocks: false }),
        ..a_group()
    }
}

/// An active member since the first entry.
pub fn a_member(conversation: ConversationId, user: UserId) -> Member {
    Member {
        conversation_id: conversation,
        user_id: user,
        role: Role::Member,
        state: MemberState::Active,
        joined_at: at(0),
        joined_seq: 0,
        ended: None,
    }
}

/// Runs a job that must succeed.
///
/// # Panics
/// When it does not.
pub async fn write<T, F>(store: &dyn Store, job: F) -> T
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, StoreError>> + Send + 'static,
{
    match store.write(job).await {
        Ok(answer) => answer,
        Err(error) => panic!("a job failed: {error:?}"),
    }
}

/// Reads what must be readable.
///
/// # Panics
/// When it is not.
pub async fn read<T, F>(store: &dyn Store, job: F) -> T
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut dyn Transaction) -> JobFuture<'t, Result<T, StoreError>> + Send + 'static,
{
    match store.read(job).await {
        Ok(answer) => answer,
        Err(error) => panic!("a read failed: {error:?}"),
    }
}

/// Stores a conversation whose `members` are active and see everything.
pub async fn with_members(
    store: &dyn Store,
    conversation: Conversation,
    members: &[UserId],
) -> ConversationId {
    let members = members.to_vec();
    write(store, move |tx| {
        Box::pin(async move {
            let id = conversation.id;
            tx.insert_conversation(&conversation).await?;
            for user in members {
                tx.put_member(&a_member(id, user)).await?;
                tx.open_interval(id, user, 1).await?;
            }
            Ok(id)
        })
    })
    .await
}

/// A text message with a client id of its own, at the time of its number.
///
/// # Panics
/// When the text is no message.
pub fn a_message(conversation: ConversationId, sender: UserId, text: &str) -> SendMessage {
    let number = fresh();
    let mut message = SendMessage {
        id: EntryId::new(number),
        conversation_id: conversation,
        sender_id: sender,
        client_msg_id: Uuid::from_u128(u128::from(number) << 64 | u128::from(sender.get())),
        client_time: ClientTime::from_store("2026-11-24T21:15:45+08:00".to_owned()),
        content: NewContent::Text { text: MessageText::from_store(String::new()), reply_to: None },
        content_hash: [0; 32],
        server_time: at(i64::try_from(number).unwrap_or(0)),
    };
    say(&mut message, text, None);
    message
}

/// Gives a message another content.
pub fn say(message: &mut SendMessage, text: &str, reply_to: Option<Seq>) {
    message.content = NewContent::Text { text: MessageText::from_store(text.to_owned()), reply_to };
    message.content_hash = message.content.hash();
}

/// Sends a text that must be accepted.
///
/// # Panics
/// When it is not.
pub async fn send(store: &dyn Store, conversation: ConversationId, sender: UserId, text: &str) -> Entry {
    match store.send(a_message(conversation, sender, text)).await {
        Ok(sent) if sent.new => (*sent.entry).clone(),
        other => panic!("not sent: {other:?}"),
    }
}

/// Why a message was refused.
///
/// # Panics
/// When it was not.
pub async fn refusal(store: &dyn Store, message: SendMessage) -> Refusal {
    match store.send(message).await {
        Err(SendError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A notice that is not in the timeline yet.
pub fn a_notice(conversation: ConversationId, sender: UserId, kind: NoticeKind) -> NewEntry {
    let number = fresh();
    NewEntry {
        id: EntryId::new(number),
        conversation_id: conversation,
        sender_id: sender,
        server_time: at(i64::try_from(number).unwrap_or(0)),
        body: EntryBody::Notice(Notice::plain(kind)),
    }
}

/// Unsends a message as the service does: erases it and appends the unsend.
pub async fn unsend(store: &dyn Store, entry: &Entry) -> Entry {
    let (conversation, sender, seq) = (entry.conversation_id, entry.sender_id, entry.seq);
    write(store, move |tx| {
        Box::pin(async move {
            tx.erase_entry(conversation, seq).await?;
            let unsend = NewEntry {
                body: EntryBody::Unsend { target_seq: seq },
                ..a_notice(conversation, sender, NoticeKind::Left)
            };
            tx.append_entry(unsend).await
        })
    })
    .await
}

/// Ends a membership with its notice, as the service does.
pub async fn remove(
    store: &dyn Store,
    conversation: ConversationId,
    user: UserId,
    state: MemberState,
) -> Seq {
    write(store, move |tx| {
        Box::pin(async move {
            let entry = tx.append_entry(a_notice(conversation, user, NoticeKind::Left)).await?;
            let Some(row) = tx.find_conversation(conversation).await? else {
                return Err(StoreError::corrupt("no conversation"));
            };
            let ended = EndedMembership {
                seq: entry.seq,
                at: entry.server_time,
                name: row.name,
                member_count: row.member_count,
            };
            let member = Member { state, ended: Some(ended), ..a_member(conversation, user) };
            tx.put_member(&member).await?;
            tx.close_interval(conversation, user, entry.seq).await?;
            Ok(entry.seq)
        })
    })
    .await
}

/// Begins a membership, again or for the first time, that sees what comes from its notice on.
pub async fn join(store: &dyn Store, conversation: ConversationId, user: UserId) -> Seq {
    write(store, move |tx| {
        Box::pin(async move {
            let entry = tx.append_entry(a_notice(conversation, user, NoticeKind::Joined)).await?;
            let member = Member {
                joined_seq: entry.seq,
                joined_at: entry.server_time,
                ..a_member(conversation, user)
            };
            tx.put_member(&member).await?;
            tx.open_interval(conversation, user, entry.seq).await?;
            tx.advance_read(conversation, user, entry.seq, entry.server_time).await?;
            Ok(entry.seq)
        })
    })
    .await
}
