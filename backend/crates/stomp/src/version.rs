//! Version negotiation.

use crate::ProtocolError;

/// The only version spoken, for the `version` header of CONNECTED and of the ERROR that refuses others.
pub const VERSION: &str = "1.2";

/// Checks the `accept-version` header of CONNECT, a list separated by commas. Without the header the client
/// speaks STOMP 1.0.
///
/// # Errors
/// [`ProtocolError::UnsupportedVersion`] when [`VERSION`] is not in the list; the answer is an ERROR frame
/// with `version:1.2`.
pub fn require_version(accept_version: Option<&str>) -> Result<(), ProtocolError> {
    match accept_version {
        Some(list) if list.split(',').any(|version| version == VERSION) => Ok(()),
        _ => Err(ProtocolError::UnsupportedVersion),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_1_2_is_accepted() {
        for good in ["1.2", "1.0,1.1,1.2", "1.2,9"] {
            assert_eq!(require_version(Some(good)), Ok(()), "{good:?}");
        }
        for bad in [None, Some(""), Some("9"), Some("1.0,1.1"), Some("1.20"), Some("11.2"), Some("1.2.0")] {
            assert_eq!(require_version(bad), Err(ProtocolError::UnsupportedVersion), "{bad:?}");
        }
    }
}
