//! What a client may do when: frames in, actions out, no I/O.
//!
//! The state is small: before CONNECT nothing but CONNECT is understood, afterwards everything but CONNECT, and at
//! most one subscription exists. Every breach is a [`Fault`]: an ERROR frame, then the end.

mod request;

use std::{borrow::Cow, fmt};

use kith_stomp::{Command, Frame, HeartBeat, HeartBeatRange, ProtocolError, require_version};
use kith_wire::{Problem, ProblemCode, close::CloseCode, json, trace};

pub(crate) use request::Request;

/// The one destination that can be subscribed to.
pub(crate) const EVENTS: &str = "/user/queue/events";

/// The longest subscription id: it is kept for as long as the socket lives and sent with every event.
const MAX_SUBSCRIPTION_BYTES: usize = 32;

/// Why a connection ends, as its ERROR frame tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The `code` header.
    pub(crate) code: &'static str,
    /// The `message` header. It holds nothing that the client sent.
    pub(crate) message: Cow<'static, str>,
    /// The receipt that the frame at fault asked for.
    pub(crate) receipt: Option<String>,
    /// The code the socket is closed with afterwards.
    pub(crate) close: CloseCode,
}

impl Fault {
    /// A breach of the protocol.
    pub(crate) fn protocol(message: impl Into<Cow<'static, str>>) -> Self {
        let close = CloseCode::ProtocolError;
        Self { code: close.reason(), message: message.into(), receipt: None, close }
    }

    /// A problem that leaves no way to go on.
    pub(crate) fn problem(problem: &Problem, close: CloseCode) -> Self {
        Self { code: problem.code(), message: problem.detail.clone(), receipt: None, close }
    }

    /// No valid token, or one of somebody else.
    pub(crate) fn unauthenticated() -> Self {
        Self::problem(&Problem::new(ProblemCode::Unauthenticated), CloseCode::Unauthenticated)
    }

    fn with_receipt(self, receipt: Option<Cow<'_, str>>) -> Self {
        Self { receipt: receipt.map(Cow::into_owned), ..self }
    }
}

impl From<ProtocolError> for Fault {
    fn from(error: ProtocolError) -> Self {
        Self::protocol(error.to_string())
    }
}

/// What came as an access token. It does not show itself: it must not get into a log.
#[derive(PartialEq)]
pub(crate) struct BearerToken(pub(crate) String);

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// What is to be done about a frame.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Check the token, then answer CONNECTED.
    Connect {
        /// The access token.
        token: BearerToken,
        /// The agreed heartbeats.
        heart_beat: HeartBeat,
    },
    /// Events may come from now on, under this id.
    Subscribe {
        /// The subscription's id.
        id: String,
        /// The receipt asked for.
        receipt: Option<String>,
    },
    /// No more events.
    Unsubscribe {
        /// The receipt asked for.
        receipt: Option<String>,
    },
    /// Run a use case.
    Run {
        /// Which.
        request: Request,
        /// The receipt asked for.
        receipt: Option<String>,
        /// The trace that the frame belongs to, by its `traceparent`.
        trace: Option<String>,
    },
    /// Refuse a SEND without asking anybody.
    Refuse {
        /// What is wrong with it.
        problem: Problem,
        /// The receipt asked for.
        receipt: Option<String>,
    },
    /// Finish what is under way, then close.
    Disconnect {
        /// The receipt asked for.
        receipt: Option<String>,
    },
    /// Send ERROR and close.
    Fail(Fault),
}

/// The state of one connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    connected: bool,
    subscription: Option<Box<str>>,
}

impl Session {
    /// Whether a subscription exists.
    pub(crate) fn is_subscribed(&self) -> bool {
        self.subscription.is_some()
    }

    /// Reads one frame. After [`Action::Connect`] the next frame must wait until the token is checked.
    pub(crate) fn on_frame(&mut self, frame: &Frame<'_>) -> Action {
        match self.read(frame) {
            Ok(action) => action,
            Err(fault) => Action::Fail(fault.with_receipt(frame.receipt())),
        }
    }

    fn read(&mut self, frame: &Frame<'_>) -> Result<Action, Fault> {
        let receipt = || frame.receipt().map(Cow::into_owned);
        match (frame.command, self.connected) {
            (Command::Connect | Command::Stomp, false) => self.connect(frame),
            (Command::Connect | Command::Stomp, true) => Err(Fault::protocol("connected already")),
            (_, false) => Err(Fault::protocol("connect first")),
            (Command::Send, true) => send(frame),
            (Command::Subscribe, true) => self.subscribe(frame),
            (Command::Unsubscribe, true) => {
                let id = frame.headers.require("id")?;
                if self.subscription.as_deref() != Some(&*id) {
                    return Err(Fault::protocol("no such subscription"));
                }
                self.subscription = None;
                Ok(Action::Unsubscribe { receipt: receipt() })
            }
            (Command::Disconnect, true) => Ok(Action::Disconnect { receipt: receipt() }),
            (Command::Ack | Command::Nack, true) => Err(Fault::protocol("acknowledgements are not offered")),
            (Command::Begin | Command::Commit | Command::Abort, true) => {
                Err(Fault::protocol("transactions are not offered"))
            }
        }
    }

    fn connect(&mut self, frame: &Frame<'_>) -> Result<Action, Fault> {
        require_version(frame.headers.get("accept-version").as_deref())?;
        let heart_beat =
            HeartBeat::negotiate(frame.headers.get("heart-beat").as_deref(), &HeartBeatRange::default())?;
        let authorization = frame.headers.get("Authorization").ok_or_else(Fault::unauthenticated)?;
        let token = authorization
            .split_once(' ')
            .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
            .map(|(_, token)| BearerToken(token.to_owned()))
            .ok_or_else(Fault::unauthenticated)?;
        self.connected = true;
        Ok(Action::Connect { token, heart_beat })
    }

    fn subscribe(&mut self, frame: &Frame<'_>) -> Result<Action, Fault> {
        let id = frame.headers.require("id")?;
        if frame.headers.require("destination")? != EVENTS {
            return Err(unknown_destination());
        }
        if frame.headers.get("ack").is_some_and(|ack| ack != "auto") {
            return Err(Fault::protocol("acknowledgements are not offered"));
        }
        if id.is_empty() || id.len() > MAX_SUBSCRIPTION_BYTES {
            return Err(Fault::protocol("a subscription id has 1 to 32 bytes"));
        }
        if self.is_subscribed() {
            return Err(Fault::protocol("one subscription per connection"));
        }
        self.subscription = Some((&*id).into());
        Ok(Action::Subscribe { id: id.into_owned(), receipt: frame.receipt().map(Cow::into_owned) })
    }
}

/// The same text whatever was asked for, so that nothing is learnt from it.
fn unknown_destination() -> Fault {
    Fault::protocol("this destination is not offered")
}

fn send(frame: &Frame<'_>) -> Result<Action, Fault> {
    if frame.headers.get("transaction").is_some() {
        return Err(Fault::protocol("transactions are not offered"));
    }
    let destination = frame.headers.require("destination")?;
    let call = request::Call::parse(&destination).ok_or_else(unknown_destination)?;
    let receipt = frame.receipt().map(Cow::into_owned);
    let json = frame.headers.get("content-type").is_none_or(|content_type| json::is_json(&content_type));
    let request = if json { call.read(frame.body) } else { Err(json::not_json()) };
    Ok(match request {
        Ok(request) => Action::Run { request, receipt, trace: trace(frame) },
        Err(problem) => Action::Refuse { problem, receipt },
    })
}

fn trace(frame: &Frame<'_>) -> Option<String> {
    trace::trace_id(&frame.headers.get("traceparent")?).map(str::to_owned)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
