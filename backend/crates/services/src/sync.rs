//! Catching up after an absence: everything after a device's positions, by a fixed number of statements.

use std::{collections::HashMap, sync::Arc};

use kith_domain::{
    Caller, ConversationId, Entry, EntryBody, MemberState, PersonalEvent, Seq, Timestamp,
    event::LogLine,
    ports::{
        Transaction,
        conversations::{Overview, Scope},
        entries::Found,
    },
    view::{MarkerView, SyncAnswer, SyncPositions, SyncedConversation},
};

use crate::{Context, ServiceError, conversations::views, messages::Beside, notify::Notifier};

/// At most this many entries in one answer, and this many bytes of content.
const MAX_ENTRIES: u32 = 2_000;
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Above this many missing entries a conversation gets its newest page and a gap.
const MAX_MISSING: u64 = 1_000;
/// The newest page of a conversation that is new to the device or has too much missing.
const PAGE: u32 = 50;
/// At most this many personal events; whoever missed more reads the lists again.
const MAX_LOG_LINES: u32 = 1_000;
/// A marker that moved about when the last answer was drawn is told again: clocks of nodes differ a little.
const MARKER_SLACK_SECONDS: i64 = 60;

/// Catching up.
#[derive(Clone)]
pub struct SyncService {
    context: Arc<Context>,
}

impl SyncService {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Everything after `positions`. Per conversation the answer is complete or says that it is not; never a silent part.
    /// What has left the ledger is not waited for: then the answer holds what came after it, and is not complete.
    pub async fn sync(&self, caller: &Caller, positions: SyncPositions) -> Result<SyncAnswer, ServiceError> {
        let (user, context) = (caller.user_id, Arc::clone(&self.context));
        let (answer, beside) = self
            .context
            .read(move |tx| {
                Box::pin(async move {
                    let now = context.now();
                    let epoch = context.store.epoch().to_owned();
                    let rows = tx.overview(user, Scope::All).await?;
                    let head = tx.log_head(user).await?;
                    let reload = must_reload(&positions, &epoch, &rows, head);
                    let positions = if reload { SyncPositions::default() } else { positions };

                    let removed = removed(&positions, &rows);
                    let markers = markers(&rows, positions.markers_since);
                    let plan = plan(&positions.conversations, rows);

                    let wanted: Vec<(ConversationId, Seq, u32)> =
                        plan.iter().map(|item| (item.row.conversation.id, item.from, item.limit)).collect();
                    let parts = divide(plan, tx.list_entries_after(user, &wanted).await?);
                    let (rows, parts): (Vec<Overview>, Vec<(Vec<Entry>, bool)>) = parts.into_iter().unzip();
                    let drawn = views(tx, &*context.presence, user, rows, now).await?;
                    let conversations: Vec<SyncedConversation> = drawn
                        .into_iter()
                        .zip(parts)
                        .map(|(conversation, (entries, complete))| SyncedConversation {
                            conversation,
                            entries,
                            complete,
                        })
                        .collect();

                    let all: Vec<Entry> =
                        conversations.iter().flat_map(|c| c.entries.iter().cloned()).collect();
                    let last: Vec<&Entry> =
                        conversations.iter().filter_map(|c| c.conversation.last_entry.as_ref()).collect();
                    let beside = Beside::read(tx, user, &all, &last).await?;

                    let notifier = Notifier { presence: &*context.presence, now };
                    let (user_events, user_events_complete) =
                        user_events(tx, &notifier, user, positions.user_seq, head).await?;
                    let answer = SyncAnswer {
                        epoch,
                        server_time: now,
                        reload,
                        users: Vec::new(),
                        quoted: Vec::new(),
                        conversations,
                        removed,
                        markers,
                        user_events,
                        user_events_complete,
                        user_seq: head,
                    };
                    Ok((answer, beside))
                })
            })
            .await?;
        let (users, quoted) = beside.whole(&self.context).await?;
        Ok(SyncAnswer { users, quoted, ..answer })
    }
}

/// Positions of another history: another epoch, or one that is ahead of what there is.
fn must_reload(positions: &SyncPositions, epoch: &str, rows: &[Overview], log_head: u64) -> bool {
    if positions.epoch.as_deref().is_some_and(|theirs| theirs != epoch) || positions.user_seq > log_head {
        return true;
    }
    rows.iter().any(|row| {
        positions
            .conversations
            .get(&row.conversation.id)
            .is_some_and(|position| *position > row.conversation.last_seq)
    })
}

/// The newest seq the person may see.
fn head(row: &Overview) -> Seq {
    match &row.member.ended {
        Some(ended) if row.member.state != MemberState::Active => ended.seq,
        _ => row.conversation.last_seq,
    }
}

/// Conversations the device holds whose membership ended after its position, or which are in no list any more.
fn removed(positions: &SyncPositions, rows: &[Overview]) -> Vec<ConversationId> {
    let listed: HashMap<ConversationId, &Overview> =
        rows.iter().map(|row| (row.conversation.id, row)).collect();
    positions
        .conversations
        .iter()
        .filter(|(id, position)| match listed.get(*id) {
            None => true,
            Some(row) => row.member.state != MemberState::Active && **position < head(row),
        })
        .map(|(id, _)| *id)
        .collect()
}

fn markers(rows: &[Overview], since: Option<Timestamp>) -> Vec<MarkerView> {
    let since = since.map(|since| since.plus_seconds(-MARKER_SLACK_SECONDS));
    rows.iter()
        .filter(|row| {
            let moved = row.peer_read_at.map_or(row.read_at, |peer| peer.max(row.read_at));
            since.is_none_or(|since| moved >= since)
        })
        .map(|row| MarkerView {
            conversation_id: row.conversation.id,
            read_seq: row.read_seq,
            peer_read_seq: row.peer_read_seq,
            unread: if row.member.state == MemberState::Active { row.unread } else { 0 },
        })
        .collect()
}

/// What is read of one conversation.
struct Planned {
    row: Overview,
    from: Seq,
    missing: u64,
    limit: u32,
}

/// Chooses what to read, newest activity first: all that is missing while it is little, else the newest page, and
/// one entry each once the budget is spent.
fn plan(positions: &HashMap<ConversationId, Seq>, mut rows: Vec<Overview>) -> Vec<Planned> {
    rows.sort_by_key(|row| std::cmp::Reverse((row.conversation.last_activity, row.conversation.id)));
    let mut budget = MAX_ENTRIES;
    let mut plan = Vec::new();
    for row in rows {
        let known = positions.get(&row.conversation.id);
        let from = known.copied().unwrap_or(0);
        let missing = head(&row).saturating_sub(from);
        if missing == 0 && known.is_some() {
            continue;
        }
        let wish = match known {
            Some(_) if missing <= MAX_MISSING => missing as u32,
            _ => PAGE.min(u32::try_from(missing).unwrap_or(PAGE)),
        };
        let limit = if wish <= budget { wish } else { budget.min(1) };
        budget -= limit;
        plan.push(Planned { row, from, missing, limit });
    }
    plan
}

/// Hands the entries to their conversations, drops older ones where the answer would get too large, and all up to the last
/// one that has left the ledger.
fn divide(plan: Vec<Planned>, found: Found) -> Vec<(Overview, (Vec<Entry>, bool))> {
    let mut by_conversation: HashMap<ConversationId, Vec<Entry>> = HashMap::new();
    for entry in found.entries {
        by_conversation.entry(entry.conversation_id).or_default().push(entry);
    }
    // Ascending in each conversation, so that the last one stays.
    let archived: HashMap<ConversationId, Seq> =
        found.archived.into_iter().map(|run| (run.conversation_id, *run.seqs.end())).collect();
    let mut bytes = 0;
    plan.into_iter()
        .map(|item| {
            let mut entries = by_conversation.remove(&item.row.conversation.id).unwrap_or_default();
            let mut complete = item.missing <= u64::from(item.limit);
            if let Some(archived_to) = archived.get(&item.row.conversation.id) {
                entries.retain(|entry| entry.seq > *archived_to);
                complete = false;
            }
            // From the newest back, so that what is dropped is a prefix.
            let kept = entries
                .iter()
                .rev()
                .enumerate()
                .take_while(|(index, entry)| {
                    bytes += size(entry);
                    *index == 0 || bytes <= MAX_BYTES
                })
                .count();
            if kept < entries.len() {
                entries.drain(..entries.len() - kept);
                complete = false;
            }
            (item.row, (entries, complete))
        })
        .collect()
}

/// About how many bytes an entry takes in the answer.
fn size(entry: &Entry) -> usize {
    let content = match &entry.body {
        EntryBody::Message { content: Some(content), .. } => content.size_hint(),
        _ => 0,
    };
    300 + content
}

async fn user_events(
    tx: &mut dyn Transaction,
    notifier: &Notifier<'_>,
    user: kith_domain::UserId,
    after: u64,
    head: u64,
) -> Result<(Vec<(u64, PersonalEvent)>, bool), ServiceError> {
    if after == 0 {
        return Ok((Vec::new(), head == 0));
    }
    let lines = match tx.list_log(user, after, MAX_LOG_LINES + 1).await? {
        Some(lines) if lines.len() <= MAX_LOG_LINES as usize => lines,
        _ => return Ok((Vec::new(), false)),
    };
    let mut events = Vec::new();
    for (index, (user_seq, line)) in lines.iter().enumerate() {
        // Each subject is drawn as it stands now, so its last line says all.
        let repeated = lines[index + 1..].iter().any(|(_, later)| same_subject(later, line));
        if !repeated && let Some(event) = notifier.draw(tx, user, *line).await? {
            events.push((*user_seq, event));
        }
    }
    Ok((events, true))
}

fn same_subject(a: &LogLine, b: &LogLine) -> bool {
    match (a, b) {
        (LogLine::FriendRequest(a), LogLine::FriendRequest(b)) => a == b,
        (LogLine::Friend(a) | LogLine::FriendRemoved(a), LogLine::Friend(b) | LogLine::FriendRemoved(b)) => {
            a == b
        }
        (LogLine::Block(a), LogLine::Block(b)) => a == b,
        (LogLine::Profile, LogLine::Profile) => true,
        (
            LogLine::Conversation(a) | LogLine::ConversationRemoved(a, _),
            LogLine::Conversation(b) | LogLine::ConversationRemoved(b, _),
        ) => a == b,
        (LogLine::JoinRequest(a, x), LogLine::JoinRequest(b, y)) => (a, x) == (b, y),
        _ => false,
    }
}
