//! Lists as one parameter, a JSON array. SQLite takes it apart with its own `json_each`, PostgreSQL with a function that
//! the migrations define under the same name; there a value comes as `jsonb`, hence the casts.

/// A sub-query of the numbers of the JSON array in a parameter: `x IN ` [`ids!`]`("$1")`.
macro_rules! ids {
    ($parameter:literal) => {
        concat!("(SELECT CAST(value AS BIGINT) FROM json_each(", $parameter, "))")
    };
}

/// A table of the rows of numbers in the JSON array of arrays in a parameter, with columns `a`, `b`, `c` and its
/// place `n` in the array.
macro_rules! rows {
    ($parameter:literal) => {
        concat!(
            "(SELECT key AS n, CAST(value ->> 0 AS BIGINT) AS a, CAST(value ->> 1 AS BIGINT) AS b, \
             CAST(value ->> 2 AS BIGINT) AS c FROM json_each(",
            $parameter,
            "))"
        )
    };
}

pub(crate) use {ids, rows};

/// The parameter of [`ids!`].
pub(crate) fn id_list(ids: impl IntoIterator<Item = i64>) -> String {
    let mut json = String::from("[");
    for id in ids {
        push_number(&mut json, id);
    }
    json.push(']');
    json
}

/// The parameter of [`rows!`].
pub(crate) fn row_list<const N: usize>(rows: impl IntoIterator<Item = [i64; N]>) -> String {
    let mut json = String::from("[");
    for row in rows {
        json.push_str(if json.len() > 1 { ",[" } else { "[" });
        for value in row {
            push_number(&mut json, value);
        }
        json.push(']');
    }
    json.push(']');
    json
}

fn push_number(json: &mut String, number: i64) {
    use std::fmt::Write as _;
    if !json.ends_with('[') {
        json.push(',');
    }
    // Writing to a string cannot fail.
    let _ = write!(json, "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_json() {
        assert_eq!(id_list([]), "[]");
        assert_eq!(id_list([1, -2]), "[1,-2]");
        assert_eq!(row_list([[1, 2], [3, 4]]), "[[1,2],[3,4]]");
        assert_eq!(row_list::<2>([]), "[]");
    }
}
