//! The `heart-beat` header.

use std::{fmt, time::Duration};

use crate::ProtocolError;

/// The intervals a server agrees to; what a client asks for is moved into this range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartBeatRange {
    /// The shortest: more often would let idle clients cost work.
    pub min: Duration,
    /// The longest: less often, and dead peers go unnoticed.
    pub max: Duration,
}

impl Default for HeartBeatRange {
    /// 10 s to 60 s.
    fn default() -> Self {
        Self { min: Duration::from_secs(10), max: Duration::from_secs(60) }
    }
}

/// The agreed intervals, as the server sees them; zero means no heartbeats that way.
///
/// `Display` gives the header value of CONNECTED.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeartBeat {
    /// How often the client is asked to send something. By the specification it uses the longer of this and
    /// what it offered, so one that offered more than the range allows keeps its own pace.
    pub incoming: Duration,
    /// How often the server has to send something.
    pub outgoing: Duration,
}

impl HeartBeat {
    /// Answers the `heart-beat:<can send>,<wants>` header (milliseconds) of CONNECT; without the header there
    /// are no heartbeats.
    ///
    /// # Errors
    /// [`ProtocolError::InvalidHeartBeat`] unless the value is two plain decimal numbers below 2^64.
    pub fn negotiate(header: Option<&str>, range: &HeartBeatRange) -> Result<Self, ProtocolError> {
        let Some(header) = header else { return Ok(Self::default()) };
        let (can_send, wants) = header.split_once(',').ok_or(ProtocolError::InvalidHeartBeat)?;
        Ok(Self { incoming: interval(can_send, range)?, outgoing: interval(wants, range)? })
    }
}

impl fmt::Display for HeartBeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.outgoing.as_millis(), self.incoming.as_millis())
    }
}

fn interval(millis: &str, range: &HeartBeatRange) -> Result<Duration, ProtocolError> {
    if !millis.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ProtocolError::InvalidHeartBeat); // `str::parse` would take `+5`
    }
    match millis.parse().map_err(|_| ProtocolError::InvalidHeartBeat)? {
        0 => Ok(Duration::ZERO),
        millis => Ok(Duration::from_millis(millis).max(range.min).min(range.max)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_asks_is_moved_into_the_range_or_refused() {
        let cases = [
            (None, Some("0,0")),
            (Some("0,0"), Some("0,0")),
            (Some("30000,30000"), Some("30000,30000")),
            (Some("1,1"), Some("10000,10000")),
            (Some("0,1"), Some("10000,0")),
            (Some("20000,0"), Some("0,20000")),
            (Some("20000,40000"), Some("40000,20000")),
            (Some("60001,10000"), Some("10000,60000")),
            (Some("9223372036854775808,18446744073709551615"), Some("60000,60000")),
            (Some("18446744073709551616,0"), None),
            (Some("-1,5"), None),
            (Some("+1,5"), None),
            (Some("abc"), None),
            (Some(""), None),
            (Some(","), None),
            (Some("1"), None),
            (Some("1,"), None),
            (Some("1,2,3"), None),
            (Some("1, 2"), None),
            (Some("1e4,1"), None),
            (Some("٣,1"), None),
        ];
        for (header, reply) in cases {
            let got = HeartBeat::negotiate(header, &HeartBeatRange::default());
            let expected = reply.map(str::to_owned).ok_or(ProtocolError::InvalidHeartBeat);
            assert_eq!(got.map(|beat| beat.to_string()), expected, "{header:?}");
        }
    }
}
