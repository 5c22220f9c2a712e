//! Lists in pages, by the key of the last row rather than by an offset.

/// The key of the last row of a page: two numbers, in the order of the list. Opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub i64, pub i64);

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many rows, 1–100.
    pub limit: u32,
    /// Rows after this one.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// The first page of 100.
    pub const FIRST: Self = Self { limit: 100, after: None };
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The key of the last row, when more follow.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts a list that was read with one row too many.
    #[must_use]
    pub fn cut(mut items: Vec<T>, request: PageRequest, key: impl Fn(&T) -> Cursor) -> Self {
        let limit = request.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }

    /// Changes each row.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}
