//! A statement with its parameters, apart from the engine that will run it.

#[cfg(feature = "postgres")]
use sqlx::{Postgres, postgres::PgArguments};
use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};

/// A parameter. The kinds of column there are; each may be absent, and has its type even then, because PostgreSQL asks
/// for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// An id, a time, a count.
    Number(Option<i64>),
    /// Yes or no.
    Flag(Option<bool>),
    /// A text, also JSON and names of closed sets.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
}

/// Values from what repositories hold, present or optional.
macro_rules! values {
    ($($kind:ident from $($source:ty),* => $convert:expr;)*) => {$($(
        impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$kind(Some($convert(value)))
            }
        }
        impl From<Option<$source>> for Value {
            fn from(value: Option<$source>) -> Self {
                Self::$kind(value.map($convert))
            }
        }
    )*)*};
}
values! {
    Number from i64 => std::convert::identity;
    Flag from bool => std::convert::identity;
    Text from String, &str => Into::into;
    Bytes from Vec<u8>, &[u8] => Into::into;
}

/// A statement with its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    text: &'static str,
    values: Vec<Value>,
}

/// Begins a statement; parameters are bound in the order `$1`, `$2`, …
pub(crate) fn sql(text: &'static str) -> Statement {
    Statement { text, values: Vec::new() }
}

impl Statement {
    /// Adds the next parameter.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// For SQLite.
    pub(crate) fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        self.values.into_iter().fold(sqlx::query(self.text), |query, value| match value {
            Value::Number(value) => query.bind(value),
            Value::Flag(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
    }

    /// For PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) fn postgres(self) -> Query<'static, Postgres, PgArguments> {
        self.values.into_iter().fold(sqlx::query(self.text), |query, value| match value {
            Value::Number(value) => query.bind(value),
            Value::Flag(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
    }
}
