//! A person's conversations as a list shows them: three statements, however many there are.

use std::collections::HashMap;

use kith_domain::{
    Conversation, ConversationId, ConversationKind, Entry, Interval, Intervals, Member, MemberState, Seq,
    Timestamp, UserId,
    ports::{
        Cursor, StoreError,
        conversations::{Overview, Scope, SearchScope},
    },
};

use crate::{
    conversations::{CONVERSATION_COLUMNS, conversation_columns, read_conversation},
    entry_row::{entry_columns, read_entry},
    lists::{id_list, ids, row_list, rows},
    members::{member_columns, read_member},
    rows::{Columns, Row, column},
    settings::{read_settings, settings_columns},
    statement::sql,
    transaction::SqlTransaction,
};

/// Where unread stops counting; shown as 99+.
const MOST_UNREAD: u32 = 100;
/// Above this many entries since the marker unread is not counted but said to be 100. Counting stops at 100 found or at
/// 2,000 looked at, and beyond 2,000 one of the two is certain. What has left the ledger cannot be looked at.
const MOST_SCANNED: Seq = 2_000;

/// What a person has of conversations `c` with heads `h`: membership `m`, settings `s`, marker `r`, the peer's marker `p`.
macro_rules! standing {
    () => {
        " FROM members m JOIN conversations c ON c.id = m.conversation_id JOIN heads h ON h.conversation_id = c.id \
         LEFT JOIN conversation_settings s ON s.user_id = m.user_id AND s.conversation_id = m.conversation_id"
    };
}

/// Whether it is in the person's list. A direct conversation that was hidden returns with a later entry. An ended group
/// that was hidden stays hidden; a new membership, which begins above the place it was hidden at, brings it back.
macro_rules! listed {
    () => {
        "(CASE WHEN m.state = 'active' \
               THEN c.kind <> 'direct' OR s.hidden_at_seq IS NULL OR h.last_seq > s.hidden_at_seq \
               ELSE s.hidden_at_seq IS NULL OR m.ended_seq > s.hidden_at_seq END)"
    };
}

/// When something last happened that the person may see.
macro_rules! activity {
    () => {
        "(CASE WHEN m.state = 'active' THEN h.last_activity ELSE m.ended_at END)"
    };
}

macro_rules! overview_sql {
    ($filter:expr, $tail:expr) => {
        concat!(
            "SELECT ",
            conversation_columns!(),
            ", ",
            member_columns!(),
            ", ",
            settings_columns!(),
            ", r.read_seq, r.read_at, p.read_seq, p.read_at",
            standing!(),
            " LEFT JOIN read_markers r ON r.conversation_id = m.conversation_id AND r.user_id = m.user_id \
              LEFT JOIN read_markers p ON p.conversation_id = c.id AND p.user_id = \
              CASE WHEN c.direct_low = m.user_id THEN c.direct_high ELSE c.direct_low END \
              WHERE m.user_id = $1 AND ",
            $filter,
            " ORDER BY ",
            activity!(),
            " DESC, c.id DESC",
            $tail
        )
    };
}

const LIST: &str =
    overview_sql!(concat!(listed!(), " AND (", activity!(), ", c.id) < ($2, $3)"), " LIMIT $4");
const ALL: &str = overview_sql!(listed!(), "");
const THESE: &str = overview_sql!(concat!("m.conversation_id IN ", ids!("$2")), "");
const HEADS: &str = concat!(
    "SELECT c.id, CASE WHEN m.state = 'active' THEN h.last_seq ELSE m.ended_seq END",
    standing!(),
    " WHERE m.user_id = $1 AND ",
    listed!(),
    " ORDER BY c.id"
);
const SEARCH_SCOPES: &str = concat!(
    "SELECT c.id, c.kind, c.encrypted, i.from_seq, i.to_seq",
    standing!(),
    " JOIN member_intervals i ON i.user_id = m.user_id AND i.conversation_id = m.conversation_id \
      WHERE m.user_id = $1 AND CASE WHEN $2 IS NULL THEN ",
    listed!(),
    " ELSE c.id = $2 END ORDER BY c.id, i.from_seq"
);
// Parameter 2: (conversation, read_seq). The index alone answers; it stops at 100.
const UNREAD: &str = concat!(
    "SELECT k.a, (SELECT COUNT(*) FROM (SELECT 1 FROM entries e WHERE e.conversation_id = k.a AND e.seq > k.b \
     AND e.kind = 0 AND NOT e.unsent AND e.sender_id <> $1 \
     AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.blocker_id = $1 AND b.blocked_id = e.sender_id) \
     AND EXISTS (SELECT 1 FROM member_intervals i WHERE i.user_id = $1 AND i.conversation_id = k.a \
     AND i.from_seq <= e.seq AND (i.to_seq IS NULL OR i.to_seq >= e.seq)) LIMIT 100) x) FROM ",
    rows!("$2"),
    " k"
);
// Parameter 2: (conversation, newest visible seq). Unsends are not shown by themselves.
const LAST: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM ",
    rows!("$2"),
    " k JOIN entries e ON e.conversation_id = k.a AND e.seq = (SELECT l.seq FROM entries l \
     WHERE l.conversation_id = k.a AND l.seq <= k.b AND l.kind <> 1 \
     AND EXISTS (SELECT 1 FROM member_intervals i WHERE i.user_id = $1 AND i.conversation_id = k.a \
     AND i.from_seq <= l.seq AND (i.to_seq IS NULL OR i.to_seq >= l.seq)) ORDER BY l.seq DESC LIMIT 1)"
);

#[cfg(test)]
pub(crate) const FREQUENT: &[&str] = &[LIST, ALL, THESE, HEADS, SEARCH_SCOPES, UNREAD, LAST];

/// See [`kith_domain::ports::ConversationRepository::overview`].
pub(crate) async fn read(
    tx: &mut SqlTransaction<'_>,
    user: UserId,
    scope: Scope<'_>,
) -> Result<Vec<Overview>, StoreError> {
    let statement = match scope {
        Scope::List(request) => {
            let Cursor(activity, id) = request.after.unwrap_or(Cursor(i64::MAX, i64::MAX));
            sql(LIST).bind(user.as_i64()).bind(activity).bind(id).bind(i64::from(request.limit) + 1)
        }
        Scope::All => sql(ALL).bind(user.as_i64()),
        Scope::These(these) => {
            sql(THESE).bind(user.as_i64()).bind(id_list(these.iter().map(|id| id.as_i64())))
        }
    };
    let rows = tx.fetch_all(statement).await?;
    let mut overviews = rows.iter().map(read_overview).collect::<Result<Vec<_>, _>>()?;
    let mut unread = unread(tx, user, &overviews).await?;
    let mut last = last_entries(tx, user, &overviews).await?;
    for overview in &mut overviews {
        let id = overview.conversation.id;
        overview.unread = unread.remove(&id).unwrap_or(0);
        overview.last_entry = last.remove(&id);
    }
    Ok(overviews)
}

/// See [`kith_domain::ports::ConversationRepository::heads_of`].
pub(crate) async fn heads(
    tx: &mut SqlTransaction<'_>,
    user: UserId,
) -> Result<Vec<(ConversationId, Seq)>, StoreError> {
    let rows = tx.fetch_all(sql(HEADS).bind(user.as_i64())).await?;
    rows.iter().map(|row| Ok((ConversationId::from_i64(row.signed(0)?), row.number(1)?))).collect()
}

/// See [`kith_domain::ports::ConversationRepository::search_scopes`].
pub(crate) async fn search_scopes(
    tx: &mut SqlTransaction<'_>,
    user: UserId,
    only: Option<ConversationId>,
) -> Result<Vec<SearchScope>, StoreError> {
    let statement = sql(SEARCH_SCOPES).bind(user.as_i64()).bind(only.map(ConversationId::as_i64));
    let mut scopes: Vec<SearchScope> = Vec::new();
    for row in tx.fetch_all(statement).await? {
        let conversation_id = ConversationId::from_i64(row.signed(0)?);
        let interval = Interval { from: row.number(3)?, to: row.opt_number(4)? };
        match scopes.last_mut() {
            Some(last) if last.conversation_id == conversation_id => last.intervals.0.push(interval),
            _ => scopes.push(SearchScope {
                conversation_id,
                kind: row.named(1, ConversationKind::from_name)?,
                encrypted: row.flag(2)?,
                intervals: Intervals(vec![interval]),
            }),
        }
    }
    Ok(scopes)
}

const MEMBER: usize = CONVERSATION_COLUMNS;
const SETTINGS: usize = MEMBER + 10;
const MARKERS: usize = SETTINGS + 6;

fn read_overview(row: &Row) -> Result<Overview, StoreError> {
    let mut conversation = read_conversation(row)?;
    let member = read_member(row, MEMBER)?;
    picture(&mut conversation, &member);
    let direct = conversation.direct.is_some();
    Ok(Overview {
        settings: read_settings(row, SETTINGS)?,
        read_seq: row.opt_number(MARKERS)?.unwrap_or(0),
        read_at: row.opt_time(MARKERS + 1)?.unwrap_or(Timestamp::from_millis(0)),
        peer_read_seq: if direct { Some(row.opt_number(MARKERS + 2)?.unwrap_or(0)) } else { None },
        peer_read_at: if direct { row.opt_time(MARKERS + 3)? } else { None },
        unread: 0,
        last_entry: None,
        conversation,
        member,
    })
}

/// A former member keeps the picture taken at the end: nothing that happened later shows through.
fn picture(conversation: &mut Conversation, member: &Member) {
    if let (false, Some(ended)) = (member.state == MemberState::Active, &member.ended) {
        conversation.last_seq = ended.seq;
        conversation.last_activity = ended.at;
        conversation.name.clone_from(&ended.name);
        // The picture of that time may be gone, and today's is for members.
        conversation.avatar = None;
        conversation.member_count = ended.member_count;
    }
}

async fn unread(
    tx: &mut SqlTransaction<'_>,
    user: UserId,
    overviews: &[Overview],
) -> Result<HashMap<ConversationId, u32>, StoreError> {
    let mut counts = HashMap::new();
    let mut behind = Vec::new();
    for overview in overviews.iter().filter(|overview| overview.member.state == MemberState::Active) {
        let (id, read) = (overview.conversation.id, overview.read_seq);
        match overview.conversation.last_seq.saturating_sub(read) {
            0 => {}
            1..=MOST_SCANNED if read >= overview.conversation.archived_to => {
                behind.push([id.as_i64(), column(read)])
            }
            _ => drop(counts.insert(id, MOST_UNREAD)),
        }
    }
    if !behind.is_empty() {
        for row in tx.fetch_all(sql(UNREAD).bind(user.as_i64()).bind(row_list(behind))).await? {
            let count = u32::try_from(row.number(1)?).unwrap_or(MOST_UNREAD);
            counts.insert(ConversationId::from_i64(row.signed(0)?), count);
        }
    }
    Ok(counts)
}

async fn last_entries(
    tx: &mut SqlTransaction<'_>,
    user: UserId,
    overviews: &[Overview],
) -> Result<HashMap<ConversationId, Entry>, StoreError> {
    if overviews.is_empty() {
        return Ok(HashMap::new());
    }
    let heads = row_list(
        overviews
            .iter()
            .map(|overview| [overview.conversation.id.as_i64(), column(overview.conversation.last_seq)]),
    );
    let rows = tx.fetch_all(sql(LAST).bind(user.as_i64()).bind(heads)).await?;
    rows.iter().map(|row| read_entry(row).map(|entry| (entry.conversation_id, entry))).collect()
}
