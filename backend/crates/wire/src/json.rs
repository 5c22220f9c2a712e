//! Reads request bodies strictly: what is not understood to the last byte is refused, never guessed or dropped.

mod document;
mod node;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{code::ProblemCode, problem::Problem};

pub use document::MAX_DEPTH;

/// The largest body: 256 KiB.
pub const MAX_BODY_BYTES: usize = 256 * 1_024;

/// Reads `bytes` as a `T`.
///
/// # Errors
/// - 413 `payload_too_large` above [`MAX_BODY_BYTES`];
/// - 400 `validation_failed` for what is not acceptable JSON: broken, a key twice in one object, nested deeper than
///   [`MAX_DEPTH`], half a surrogate pair, anything after the value;
/// - 422 `validation_failed` for a wrong type or value, with the field named;
/// - 422 `unknown_field` for a field that `T` does not have.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.len() > MAX_BODY_BYTES {
        return Err(Problem::with_detail(ProblemCode::PayloadTooLarge, "a body has at most 256 KiB"));
    }
    let value =
        document::parse(bytes).map_err(|reason| Problem::with_detail(ProblemCode::MalformedBody, reason))?;
    T::deserialize(node::Node::typed(value)).map_err(Problem::from)
}

/// Reads the fields of a query string, whose values are texts: numbers and booleans are parsed where `T` wants them.
///
/// # Errors
/// 422 as [`read`]; a name given twice is `validation_failed`.
pub fn read_query<T: DeserializeOwned>(
    pairs: impl IntoIterator<Item = (String, String)>,
) -> Result<T, Problem> {
    let mut fields = serde_json::Map::new();
    for (name, text) in pairs {
        if fields.contains_key(&name) {
            return Err(Problem::field(name, "duplicate", "given twice"));
        }
        fields.insert(name, Value::String(text));
    }
    T::deserialize(node::Node::text(Value::Object(fields))).map_err(Problem::from)
}

/// Whether a body of this `Content-Type` is JSON: `application/json`, with no charset but UTF-8.
#[must_use]
pub fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().eq_ignore_ascii_case("application/json");
    essence
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            Some(_) | None => true,
        })
}

/// The answer to a body that is no JSON by its own account.
#[must_use]
pub fn not_json() -> Problem {
    Problem::with_detail(ProblemCode::UnsupportedMedia, "send application/json")
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
