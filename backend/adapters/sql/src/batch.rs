//! Inserts of many rows: few statements for a large group, and none prepared for a size of its own.

use kith_domain::ports::StoreError;

use crate::transaction::{SqlTransaction, Statement, sql};

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

    /// Inserts the rows in order; `bind` binds the parameters of one.
    pub(crate) async fn insert<R>(
        &'static self,
        tx: &mut SqlTransaction<'_>,
        mut rows: impl ExactSizeIterator<Item = R>,
        bind: impl Fn(Statement, R) -> Statement,
    ) -> Result<(), StoreError> {
        for (size, text) in SIZES.into_iter().zip(&self.0) {
            while rows.len() >= size {
                let statement = rows.by_ref().take(size).fold(sql(text), &bind);
                tx.execute(statement).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_each() {
        let Batch([many, some, one]) = Batch::new("INSERT INTO t (a, b)", "(?, 0)");
        assert_eq!(one, "INSERT INTO t (a, b) VALUES (?, 0)");
        assert_eq!(some.matches("(?, 0)").count(), 8);
        assert_eq!(many.matches("(?, 0)").count(), 64);
    }
}
