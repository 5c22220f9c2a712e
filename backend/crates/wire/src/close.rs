//! The codes a WebSocket is closed with, and the file that lists all codes for clients.

use serde::Serialize;

use crate::code::{ProblemCode, Retry};

macro_rules! close_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $word:literal, $reconnect:literal;)*) => {
        /// Why a socket is closed. From 4000 to 4499 a client reconnects (with jitter), from 4500 on it does not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CloseCode { $($(#[$doc])* $name),* }

        impl CloseCode {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];
            /// The number in the close frame.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $code),* }
            }
            /// The word sent as the reason.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }
            /// Whether a client should come back by itself.
            #[must_use]
            pub const fn reconnect(self) -> bool {
                match self { $(Self::$name => $reconnect),* }
            }
        }
    };
}

close_codes! {
    /// The client asked for it.
    Normal = 1000 "normal", false;
    /// WebSocket or STOMP was spoken wrongly; an ERROR frame said how.
    ProtocolError = 1002 "protocol_error", false;
    /// A text message that is no UTF-8.
    InvalidText = 1007 "invalid_text", false;
    /// Too many pings, too many sockets: something a client must not do again.
    PolicyViolation = 1008 "policy_violation", false;
    /// A message above the bound.
    TooLarge = 1009 "too_large", false;
    /// A fault on our side.
    Internal = 1011 "internal", true;
    /// The server is going away; another one, or the next process, takes over.
    ServiceRestart = 1012 "service_restart", true;
    /// Nothing was heard for too long.
    HeartbeatLost = 4000 "heartbeat_lost", true;
    /// The access token ran out and was not renewed.
    TokenExpired = 4001 "token_expired", true;
    /// No CONNECT within ten seconds.
    ConnectTimeout = 4002 "connect_timeout", true;
    /// The client did not take its events fast enough.
    SlowConsumer = 4008 "slow_consumer", true;
    /// The token is not accepted: sign in again.
    Unauthenticated = 4500 "unauthenticated", false;
    /// The sign-in ended, here or from another device.
    SignedOut = 4501 "signed_out", false;
    /// The account was suspended.
    Suspended = 4502 "suspended", false;
    /// The account was banned.
    Banned = 4503 "banned", false;
    /// The account is on its way out; it can be restored.
    Deleting = 4504 "deleting", false;
}

#[derive(Serialize)]
struct ProblemLine {
    code: &'static str,
    status: u16,
    title: &'static str,
    retry: Retry,
}

#[derive(Serialize)]
struct CloseLine {
    code: u16,
    reason: &'static str,
    reconnect: bool,
}

#[derive(Serialize)]
struct Codes {
    problems: Vec<ProblemLine>,
    close_codes: Vec<CloseLine>,
}

/// All codes as pretty JSON: the content of `api/codes.json`.
///
/// # Errors
/// Never in practice; the encoder's own.
pub fn codes_json() -> Result<String, serde_json::Error> {
    let problems = ProblemCode::ALL
        .iter()
        .map(|code| ProblemLine {
            code: code.code(),
            status: code.status(),
            title: code.title(),
            retry: code.retry(),
        })
        .collect();
    let close_codes = CloseCode::ALL
        .iter()
        .map(|close| CloseLine { code: close.number(), reason: close.reason(), reconnect: close.reconnect() })
        .collect();
    Ok(serde_json::to_string_pretty(&Codes { problems, close_codes })? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_codes_say_by_their_range_whether_to_come_back() {
        for close in CloseCode::ALL.iter().filter(|close| close.number() >= 4000) {
            assert_eq!(close.reconnect(), close.number() < 4500, "{close:?}");
            assert!(close.number() <= 4999);
        }
    }
}
