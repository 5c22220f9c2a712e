//! One range of bytes ([RFC 9110, section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)).

/// What a `Range` header asks of a file of some length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it: none was asked for, several were, or it cannot be understood.
    All,
    /// From the first to the last byte, both included.
    Part(u64, u64),
    /// Nothing that is there.
    Unsatisfiable,
}

/// Reads the header.
pub(crate) fn read(header: Option<&str>, length: u64) -> Asked {
    let Some((unit, range)) = header.and_then(|text| text.split_once('=')) else { return Asked::All };
    let Some((first, last)) = range.trim().split_once('-') else { return Asked::All };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Asked::All;
    }
    let (first, last) = (number(first), number(last));
    match (first, last) {
        (Some(Some(first)), Some(None)) if first < length => Asked::Part(first, length - 1),
        (Some(Some(first)), Some(Some(last))) if first <= last && first < length => {
            Asked::Part(first, last.min(length - 1))
        }
        (Some(None), Some(Some(suffix))) if suffix > 0 && length > 0 => {
            Asked::Part(length - suffix.min(length), length - 1)
        }
        (Some(Some(first)), Some(Some(last))) if first > last => Asked::All,
        (Some(Some(_)), Some(_)) | (Some(None), Some(Some(_))) => Asked::Unsatisfiable,
        _ => Asked::All,
    }
}

/// `None` for what is no number, `Some(None)` for nothing.
fn number(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(Some(text.parse().unwrap_or(u64::MAX))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (header, expected) in [
            (None, Asked::All),
            (Some("bytes=0-"), Asked::Part(0, 9)),
            (Some("bytes=0-0"), Asked::Part(0, 0)),
            (Some("Bytes=3-5"), Asked::Part(3, 5)),
            (Some("bytes=3-500"), Asked::Part(3, 9)),
            (Some("bytes=-4"), Asked::Part(6, 9)),
            (Some("bytes=-400"), Asked::Part(0, 9)),
            (Some("bytes=10-"), Asked::Unsatisfiable),
            (Some("bytes=99999999999999999999-"), Asked::Unsatisfiable),
            (Some("bytes=-0"), Asked::Unsatisfiable),
            (Some("bytes=5-3"), Asked::All),
            (Some("bytes=0-1,3-4"), Asked::All),
            (Some("bytes=-"), Asked::All),
            (Some("bytes=x-1"), Asked::All),
            (Some("lines=0-1"), Asked::All),
            (Some("bytes"), Asked::All),
        ] {
            assert_eq!(read(header, 10), expected, "{header:?}");
        }
        assert_eq!(read(Some("bytes=0-"), 0), Asked::Unsatisfiable);
    }
}
