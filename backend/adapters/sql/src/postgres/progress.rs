//! How far the outbox is complete, although transactions that write to it at the same time end in any order.
//!
//! A row gets its `pos` in the middle of its transaction and appears at its end, so that one can appear below rows that
//! somebody has read already. Positions are given one by one. As long as none is missing nothing is on its way. One that is
//! missing was either given to a transaction that has not ended, or to one that was rolled back, which leaves its hole for
//! ever; nothing in the table tells the two apart.
//!
//! What tells them apart is time. A reader that meets a hole notes the highest row that is there and takes a transaction
//! number of its own. Whoever took a position below that row did so earlier, and had a number before: every writer locks a
//! conversation first, which gives it one. So when all transactions with lower numbers have ended, what is not there
//! by then never comes. Numbers are compared only with others of the same server and are stored nowhere: a dump that is read
//! in elsewhere is followed like any other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kith_domain::ports::{OutboxRepository as _, StoreError, outbox::OutboxRow};

use crate::{rows::Columns, statement::sql, transaction::SqlTransaction};

/// The lowest number of a transaction that may not have ended when the statement began; all below it have, and are seen if
/// they were committed.
const OLDEST: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::TEXT::BIGINT";
/// The highest row that is seen, and a number that is taken after it was. None in a transaction that has its number already.
const LANDMARK: &str = "SELECT (SELECT MAX(pos) FROM outbox), CASE WHEN pg_current_xact_id_if_assigned() IS NULL \
     THEN pg_current_xact_id()::TEXT::BIGINT END";

/// What a node knows of how complete the outbox is. It is found out anew by the next process.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Up to this row nothing is missing that comes yet.
    settled: u64,
    /// What is waited for.
    landmark: Option<Landmark>,
}

/// A row up to which everything will be settled once all transactions below a number have ended.
#[derive(Debug)]
struct Landmark {
    head: u64,
    transaction: u64,
}

impl Progress {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_waiting(&self) -> bool {
        self.known().landmark.is_some()
    }

    fn settled(&self) -> u64 {
        self.known().settled
    }

    /// All transactions below `oldest` have ended.
    fn ended(&self, oldest: u64) {
        let mut known = self.known();
        if let Some(landmark) = known.landmark.take_if(|landmark| landmark.transaction <= oldest) {
            known.settled = known.settled.max(landmark.head);
        }
    }

    fn wait_for(&self, landmark: Landmark) {
        self.known().landmark.get_or_insert(landmark);
    }
}

impl SqlTransaction<'_> {
    /// Rows above `after` below which nothing can appear any more.
    pub(crate) async fn list_complete(
        &mut self,
        progress: &Progress,
        after: u64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        // Before the rows are read: what has ended by now is seen by what is asked next.
        if progress.is_waiting() {
            progress.ended(self.fetch_one(sql(OLDEST)).await?.number(0)?);
        }
        let settled = progress.settled();
        let mut rows = self.peek_outbox(after, limit).await?;
        let complete = complete(after, settled, &rows);
        if complete < rows.len() {
            rows.truncate(complete);
            if !progress.is_waiting() {
                let row = self.fetch_one(sql(LANDMARK)).await?;
                if let (Some(head), Some(transaction)) = (row.opt_number(0)?, row.opt_number(1)?) {
                    progress.wait_for(Landmark { head, transaction });
                }
            }
        }
        Ok(rows)
    }
}

/// How many of `rows`, which follow `after`, are complete.
fn complete(after: u64, settled: u64, rows: &[OutboxRow]) -> usize {
    let mut last = after;
    let complete = rows.iter().take_while(|row| {
        let next = row.pos == last + 1;
        last = row.pos;
        next || row.pos <= settled
    });
    complete.count()
}

#[cfg(test)]
mod tests {
    use kith_domain::ConversationId;

    use super::*;

    #[test]
    fn rows_end_at_the_first_hole_that_is_not_settled() {
        for (after, settled, rows, expected) in [
            (0, 0, &[][..], 0),
            (0, 0, &[1, 2, 3], 3),
            (0, 0, &[2, 3], 0),
            (5, 0, &[6, 8, 9], 1),
            (5, 7, &[6, 8, 9], 1),
            (5, 8, &[6, 8, 9, 11], 3),
            (5, 10, &[7, 10, 11, 12, 14], 4),
            (5, 20, &[7, 10, 20], 3),
        ] {
            let rows: Vec<OutboxRow> = rows
                .iter()
                .map(|&pos| OutboxRow { pos, conversation_id: ConversationId::new(1), seq: pos })
                .collect();
            assert_eq!(
                complete(after, settled, &rows),
                expected,
                "{rows:?} after {after}, settled {settled}"
            );
        }
    }

    #[test]
    fn a_landmark_is_passed_when_all_before_it_have_ended() {
        let progress = Progress::default();
        progress.wait_for(Landmark { head: 10, transaction: 700 });
        progress.wait_for(Landmark { head: 20, transaction: 800 });
        progress.ended(699);
        assert_eq!((progress.settled(), progress.is_waiting()), (0, true));
        progress.ended(700);
        assert_eq!((progress.settled(), progress.is_waiting()), (10, false));
        progress.ended(900);
        assert_eq!(progress.settled(), 10);
    }
}
