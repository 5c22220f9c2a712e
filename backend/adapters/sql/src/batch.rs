//! Inserts of many rows: few statements for a large group, and none prepared for a size of its own.

use rusqlite::{Connection, Statement};

/// Rows of one statement, the largest first.
const SIZES: [usize; 3] = [64, 8, 1];

/// One insert, as statements of several sizes.
pub(crate) struct Batch([String; 3]);

impl Batch {
    /// `into` is the statement up to its rows, `row` the values of one row. Its parameters have no numbers, because
    /// SQLite looks each numbered one up by walking the list of all.
    pub(crate) fn new(into: &str, row: &str) -> Self {
        Self(SIZES.map(|size| format!("{into} VALUES {}", vec![row; size].join(", "))))
    }

    /// Inserts the rows in order. Each is its parameters, in the order of the row's.
    pub(crate) fn insert<const N: usize>(
        &self,
        connection: &Connection,
        mut rows: impl ExactSizeIterator<Item = [i64; N]>,
    ) -> rusqlite::Result<()> {
        for (size, text) in SIZES.into_iter().zip(&self.0) {
            if rows.len() < size {
                continue;
            }
            let mut statement = connection.prepare_cached(text)?;
            while rows.len() >= size {
                bind(&mut statement, rows.by_ref().take(size))?;
                statement.raw_execute()?;
            }
        }
        Ok(())
    }
}

fn bind<const N: usize>(
    statement: &mut Statement<'_>,
    rows: impl Iterator<Item = [i64; N]>,
) -> rusqlite::Result<()> {
    // Parameters count from one.
    rows.flatten().zip(1_usize..).try_for_each(|(value, index)| statement.raw_bind_parameter(index, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_inserted_once_and_in_order() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (pos INTEGER PRIMARY KEY, a, b)").unwrap();
        let batch = Batch::new("INSERT INTO t (a, b)", "(?, ?)");
        let mut next = 0;
        for count in [0, 1, 7, 8, 9, 63, 64, 65, 200] {
            let rows: Vec<[i64; 2]> = (next..next + count).map(|n| [n, -n]).collect();
            batch.insert(&connection, rows.into_iter()).unwrap();
            next += count;
        }
        let mut rows = connection.prepare("SELECT a, b FROM t ORDER BY pos").unwrap();
        let rows = rows.query_map([], |row| Ok([row.get(0)?, row.get(1)?])).unwrap();
        let rows: Vec<[i64; 2]> = rows.map(Result::unwrap).collect();
        assert_eq!(rows, (0..next).map(|n| [n, -n]).collect::<Vec<_>>());
    }
}
