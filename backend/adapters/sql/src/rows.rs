//! Reads columns by position, and turns what makes no sense into [`StoreError::Internal`].

use kith_domain::{Timestamp, ports::StoreError, sign_in::SecretHash};
use sqlx::{Decode, Row, Sqlite, Type, sqlite::SqliteRow};

use crate::errors::store_error;

/// Typed access to a row's columns, in the order of the statement's select list.
pub(crate) trait Columns {
    /// A number that is no time and no id.
    fn number(&self, index: usize) -> Result<u64, StoreError>;
    /// A number that may be absent.
    fn opt_number(&self, index: usize) -> Result<Option<u64>, StoreError>;
    /// A signed number as stored; ids are read from it.
    fn signed(&self, index: usize) -> Result<i64, StoreError>;
    /// A signed number that may be absent.
    fn opt_signed(&self, index: usize) -> Result<Option<i64>, StoreError>;
    /// Yes or no.
    fn flag(&self, index: usize) -> Result<bool, StoreError>;
    /// A text.
    fn text(&self, index: usize) -> Result<String, StoreError>;
    /// A text that may be absent.
    fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError>;
    /// Bytes.
    fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError>;
    /// Bytes that may be absent.
    fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError>;
    /// A moment.
    fn time(&self, index: usize) -> Result<Timestamp, StoreError>;
    /// A moment that may be absent.
    fn opt_time(&self, index: usize) -> Result<Option<Timestamp>, StoreError>;
    /// A value of a closed set, stored by name.
    fn named<T>(&self, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError>;
}

fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(row: &'r SqliteRow, index: usize) -> Result<T, StoreError> {
    row.try_get(index).map_err(store_error)
}

fn unsigned(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::corrupt("a negative count"))
}

impl Columns for SqliteRow {
    fn number(&self, index: usize) -> Result<u64, StoreError> {
        get(self, index).and_then(unsigned)
    }
    fn opt_number(&self, index: usize) -> Result<Option<u64>, StoreError> {
        get::<Option<i64>>(self, index)?.map(unsigned).transpose()
    }
    fn signed(&self, index: usize) -> Result<i64, StoreError> {
        get(self, index)
    }
    fn opt_signed(&self, index: usize) -> Result<Option<i64>, StoreError> {
        get(self, index)
    }
    fn flag(&self, index: usize) -> Result<bool, StoreError> {
        get(self, index)
    }
    fn text(&self, index: usize) -> Result<String, StoreError> {
        get(self, index)
    }
    fn opt_text(&self, index: usize) -> Result<Option<String>, StoreError> {
        get(self, index)
    }
    fn bytes(&self, index: usize) -> Result<Vec<u8>, StoreError> {
        get(self, index)
    }
    fn opt_bytes(&self, index: usize) -> Result<Option<Vec<u8>>, StoreError> {
        get(self, index)
    }
    fn time(&self, index: usize) -> Result<Timestamp, StoreError> {
        get(self, index).map(Timestamp::from_millis)
    }
    fn opt_time(&self, index: usize) -> Result<Option<Timestamp>, StoreError> {
        Ok(get::<Option<i64>>(self, index)?.map(Timestamp::from_millis))
    }
    fn named<T>(&self, index: usize, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        parse(get::<&str>(self, index)?).ok_or_else(|| StoreError::corrupt("an unknown name in a column"))
    }
}

/// A SHA-256 in a column.
pub(crate) fn hash(row: &SqliteRow, index: usize) -> Result<SecretHash, StoreError> {
    SecretHash::try_from(row.bytes(index)?).map_err(|_| StoreError::corrupt("a hash of another length"))
}

/// A seq or another count as a signed column holds it. `u64::MAX`, which asks for "the newest", stays the largest.
pub(crate) fn column(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
