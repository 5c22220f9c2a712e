//! Lists in pages.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to give as `cursor` to go on; null at the end.
    pub next: Option<String>,
}
