//! Reads columns by position, and turns what makes no sense into [`StoreError::Internal`].

use kith_domain::{Timestamp, ports::StoreError, sign_in::SecretHash};
use rusqlite::types::FromSql;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgRow;
use sqlx::{ColumnIndex, Decode, Type, sqlite::SqliteRow};

use crate::errors::{direct_error, store_error};

/// Typed access to a row's columns, in the order of the statement's select list.
pub(crate) trait Columns {
    /// A signed number that may be absent.
    fn opt_signed(&self, index: usize) -> Result<Option<i64>, StoreError>;
    /// Yes or no.
    fn flag(&self, index: usize) -> Result<bool, StoreError>;
    /// A text that may be absent.
    fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError>;
    /// Bytes that may be absent.
    fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError>;
    /// A value of a closed set, stored by name.
    fn named<T>(&self, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError>;

    /// A signed number as stored; ids are read from it.
    fn signed(&self, index: usize) -> Result<i64, StoreError> {
        self.opt_signed(index).and_then(present)
    }
    /// A number that is no time and no id.
    fn number(&self, index: usize) -> Result<u64, StoreError> {
        self.signed(index).and_then(unsigned)
    }
    /// A number that may be absent.
    fn opt_number(&self, index: usize) -> Result<Option<u64>, StoreError> {
        self.opt_signed(index)?.map(unsigned).transpose()
    }
    /// A text.
    fn text(&self, index: usize) -> Result<String, StoreError> {
        self.opt_text(index).and_then(present)
    }
    /// Bytes.
    fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        self.opt_bytes(index).and_then(present)
    }
    /// A moment.
    fn time(&self, index: usize) -> Result<Timestamp, StoreError> {
        self.signed(index).map(Timestamp::from_millis)
    }
    /// A moment that may be absent.
    fn opt_time(&self, index: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.opt_signed(index)?.map(Timestamp::from_millis))
    }
}

fn present<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::corrupt("a column without its value"))
}

fn unsigned(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::corrupt("a negative count"))
}

fn known<T>(value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::corrupt("an unknown name in a column"))
}

fn get<'r, R, T>(row: &'r R, index: usize) -> Result<T, StoreError>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    T: Decode<'r, R::Database> + Type<R::Database>,
{
    row.try_get(index).map_err(store_error)
}

/// A row of either engine.
pub(crate) enum Row {
    /// Of SQLite.
    Sqlite(SqliteRow),
    /// Of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(PgRow),
}

/// Runs an expression on the row of either engine.
macro_rules! of_either {
    ($self:ident, $row:ident => $value:expr) => {
        match $self {
            Row::Sqlite($row) => $value,
            #[cfg(feature = "postgres")]
            Row::Postgres($row) => $value,
        }
    };
}

impl Columns for Row {
    fn opt_signed(&self, index: usize) -> Result<Option<i64>, StoreError> {
        of_either!(self, row => get(row, index))
    }
    fn flag(&self, index: usize) -> Result<bool, StoreError> {
        of_either!(self, row => get(row, index))
    }
    fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError> {
        of_either!(self, row => get(row, index))
    }
    fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        of_either!(self, row => get(row, index))
    }
    fn named<T>(&self, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        of_either!(self, row => known(parse(get::<_, &str>(row, index)?)))
    }
}

fn get_direct<T: FromSql>(row: &rusqlite::Row<'_>, index: usize) -> Result<T, StoreError> {
    row.get(index).map_err(|error| direct_error(error).1)
}

impl Columns for rusqlite::Row<'_> {
    fn opt_signed(&self, index: usize) -> Result<Option<i64>, StoreError> {
        get_direct(self, index)
    }
    fn flag(&self, index: usize) -> Result<bool, StoreError> {
        get_direct(self, index)
    }
    fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError> {
        get_direct(self, index)
    }
    fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        get_direct(self, index)
    }
    fn named<T>(&self, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let name = self.get_ref(index).map_err(|error| direct_error(error).1)?;
        known(name.as_str().ok().and_then(parse))
    }
}

/// A SHA-256 in a column.
pub(crate) fn hash(row: &Row, index: usize) -> Result<SecretHash, StoreError> {
    SecretHash::try_from(row.bytes(index)?).map_err(|_| StoreError::corrupt("a hash of another length"))
}

/// A seq or another count as a signed column holds it. `u64::MAX`, which asks for "the newest", stays the largest.
pub(crate) fn column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
