//! `heads`: the check against silent loss. Now and then every socket is told where those of its conversations stand
//! that changed, as the ledger says, not as this node has delivered.
//!
//! All users take turns within the interval, so that the frames are spread over it. Per turn there is one reading of
//! the ledger's outbox for the whole node and one query for the turn's users.

use std::{collections::HashMap, sync::Arc};

use kith_domain::{ConversationId, Seq, UserId};
use kith_services::{Heads, LiveService, ServiceError};

use crate::{gateway::Inner, hub::Command, shard::Shard};

/// The turns of one interval.
pub(crate) const TURNS: u64 = 10;
/// Users whose logs are looked for together.
const USERS_AT_ONCE: usize = 2_000;

/// The heads that were read during the last interval.
#[derive(Debug, Default)]
pub(crate) struct RecentHeads {
    turn: u64,
    heads: HashMap<ConversationId, (Seq, u64)>,
}

impl RecentHeads {
    /// Which turn it is.
    pub(crate) fn turn(&self) -> u64 {
        self.turn
    }

    /// Where a conversation stands, if it changed within the interval.
    pub(crate) fn get(&self, conversation: ConversationId) -> Option<Seq> {
        self.heads.get(&conversation).map(|(seq, _)| *seq)
    }

    /// Ends a turn: what was read during it is told from the next one on, when its events have been delivered, and
    /// what everybody has been told is forgotten.
    pub(crate) fn advance(&mut self, read: Vec<(ConversationId, Seq)>) {
        let turn = self.turn;
        self.heads.retain(|_, (_, noted)| *noted + TURNS > turn);
        for (conversation, seq) in read {
            let head = self.heads.entry(conversation).or_insert((seq, turn));
            *head = (seq.max(head.0), turn);
        }
        self.turn += 1;
    }
}

/// Reads heads and has the hub tell them, turn by turn.
pub(crate) async fn run(inner: Arc<Inner>) {
    let mut turns = tokio::time::interval(inner.settings.timing.heads / u32::try_from(TURNS).unwrap_or(1));
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut pos = None;
    loop {
        let done = tokio::select! {
            _ = turns.tick() => turn(&inner, &mut pos).await,
            () = inner.attendance.missed() => look_after_logs(&inner).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "heads could not be read");
        }
    }
}

async fn turn(inner: &Inner, pos: &mut Option<u64>) -> Result<(), ServiceError> {
    let (live, shards) = (&inner.services.live, &inner.shards);
    let Some(start) = *pos else {
        *pos = Some(live.heads_start().await?);
        return Ok(());
    };
    let read = read_from(live, start).await?;
    let mut told = Vec::with_capacity(shards.len());
    for shard in shards {
        let users = shard.hub.users_of_turn().await;
        told.push(if users.is_empty() { Vec::new() } else { logs_of(inner, shard, &users).await? });
    }
    *pos = Some(read.pos);
    for (shard, user_seqs) in shards.iter().zip(told) {
        shard.hub.send(Command::Heads { user_seqs, read: read.heads.clone() });
    }
    Ok(())
}

/// Tells everybody here where their logs stand, if they have not been told: events of other nodes may have been lost, and
/// nobody is to wait for their turn.
async fn look_after_logs(inner: &Inner) -> Result<(), ServiceError> {
    for shard in &inner.shards {
        for users in shard.hub.users().await.chunks(USERS_AT_ONCE) {
            let user_seqs = logs_of(inner, shard, users).await?;
            shard.hub.send(Command::Logs { user_seqs });
        }
    }
    Ok(())
}

/// Where the logs of these users stand. Among other nodes an event may be lost that says where a user's sockets are routed to;
/// whoever's log has gone on is looked up again.
async fn logs_of(inner: &Inner, shard: &Shard, users: &[UserId]) -> Result<Vec<(UserId, u64)>, ServiceError> {
    let live = &inner.services.live;
    let user_seqs = live.user_seqs(users).await?;
    if inner.attendance.is_shared() {
        for user in shard.hub.behind(user_seqs.clone()).await {
            shard.hub.attach(user, live.memberships(user).await?).await;
        }
    }
    Ok(user_seqs)
}

/// Reads until nothing is new.
async fn read_from(live: &LiveService, start: u64) -> Result<Heads, ServiceError> {
    let mut all = live.heads(start).await?;
    let mut from = start;
    while all.pos > from {
        from = all.pos;
        let more = live.heads(from).await?;
        all.pos = more.pos;
        all.heads.extend(more.heads);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_told_once_each_interval() {
        let (mut recent, id) = (RecentHeads::default(), ConversationId::new(1));
        recent.advance(vec![(id, 5), (id, 4)]);
        // Whoever's turn comes during the next interval is told, then it is old news.
        for _ in 0..TURNS {
            assert_eq!(recent.get(id), Some(5), "turn {}", recent.turn());
            recent.advance(Vec::new());
        }
        assert_eq!(recent.get(id), None);
    }
}
