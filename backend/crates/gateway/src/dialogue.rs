//! One connection's talk: bytes of frames in, frames into the outbox. It reads and writes no socket.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
};

use bytes::Bytes;
use kith_domain::{Caller, Refusal};
use kith_services::ServiceError;
use kith_stomp::{Event as StompEvent, HeartBeat, Limits as StompLimits, ServerDecoder, VERSION};
use kith_wire::{Event, Problem, ProblemCode, close::CloseCode};

use crate::{
    connection::Connection,
    dispatch::{Outcome, cause},
    frames,
    gateway::Inner,
    hub::Registration,
    lanes::{Finished, Lanes},
    presence::PresenceChange,
    queue::{Class, Outgoing},
    session::{Action, Fault, Session},
};

/// A CONNECT that was accepted.
struct Connected {
    attending: Attending,
    frame: Bytes,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Connected, Fault>> + Send>>;

/// The state of the talk. While nothing happens it holds no heap memory but the subscription's head.
pub(crate) struct Dialogue {
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    stomp: ServerDecoder,
    session: Session,
    attending: Option<Attending>,
    connecting: Option<Connecting>,
    lanes: Option<Box<Lanes>>,
    /// Bytes that came while no more could be taken: at most one read's worth.
    backlog: Vec<u8>,
    /// DISCONNECT came: the receipt it asked for goes out when all that was asked before is answered.
    farewell: Option<Option<String>>,
    /// Frames that ended in the present read.
    frames_taken: u32,
}

impl Dialogue {
    pub(crate) fn new(inner: Arc<Inner>, connection: Arc<Connection>) -> Self {
        Self {
            inner,
            connection,
            stomp: ServerDecoder::new(StompLimits::default()),
            session: Session::default(),
            attending: None,
            connecting: None,
            lanes: None,
            backlog: Vec::new(),
            farewell: None,
            frames_taken: 0,
        }
    }

    /// Whether more bytes may be read.
    pub(crate) fn wants_more(&self) -> bool {
        self.backlog.is_empty() && !self.is_full()
    }

    /// Whether a frame has begun and not ended.
    pub(crate) fn is_inside(&self) -> bool {
        self.stomp.is_inside()
    }

    /// Whether requests are under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.lanes.is_some() || self.connecting.is_some()
    }

    /// How many frames have ended since the last call.
    pub(crate) fn frames_taken(&mut self) -> u32 {
        std::mem::take(&mut self.frames_taken)
    }

    fn is_full(&self) -> bool {
        let in_flight = self.lanes.as_ref().map_or(0, |lanes| lanes.in_flight());
        self.connecting.is_some()
            || self.farewell.is_some()
            || in_flight >= self.inner.settings.in_flight_per_connection
            || self.connection.outbox.closing().is_some()
    }

    /// Takes bytes of frames.
    pub(crate) fn take(&mut self, mut bytes: &[u8]) {
        loop {
            if self.is_full() {
                self.backlog.extend_from_slice(bytes);
                return;
            }
            let action = match self.stomp.decode(&mut bytes) {
                Ok(None) => return,
                Ok(Some(StompEvent::Heartbeat)) => {
                    self.frames_taken += 1;
                    continue;
                }
                Ok(Some(StompEvent::Frame(frame))) => self.session.on_frame(&frame),
                Err(error) => Action::Fail(error.into()),
            };
            self.frames_taken += 1;
            self.inner.metrics.frames_in.inc();
            self.act(action);
        }
    }

    /// Goes on with what is under way; true when something came of it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = self.poll_connecting(cx);
        moved |= self.poll_lanes(cx);
        if moved && !self.backlog.is_empty() && !self.is_full() {
            let backlog = std::mem::take(&mut self.backlog);
            self.take(&backlog);
        }
        if self.farewell.is_some() && !self.is_busy() {
            self.receipt(self.farewell.clone().flatten().as_deref(), &[]);
            self.connection.outbox.close(CloseCode::Normal);
            self.farewell = None;
            moved = true;
        }
        moved
    }

    fn poll_connecting(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(connecting) = &mut self.connecting else { return false };
        let Poll::Ready(result) = connecting.as_mut().poll(cx) else { return false };
        self.connecting = None;
        match result {
            Ok(connected) => {
                self.attending = Some(connected.attending);
                self.connection.send(Outgoing::Frame(connected.frame));
            }
            Err(fault) => self.fail(&fault),
        }
        true
    }

    fn poll_lanes(&mut self, cx: &mut Context<'_>) -> bool {
        let mut moved = false;
        while let Some(lanes) = &mut self.lanes {
            match lanes.poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(None) => {
                    self.lanes = None;
                    self.connection.mark(self.connection.outbox.await_receipt(false));
                }
                Poll::Ready(Some(finished)) => self.finish(finished),
            }
            moved = true;
        }
        moved
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Connect { token, heart_beat } => {
                let connect =
                    connect(Arc::clone(&self.inner), Arc::clone(&self.connection), token.0, heart_beat);
                self.connecting = Some(Box::pin(connect));
            }
            Action::Subscribe { id, receipt } => {
                self.connection.outbox.subscribe(frames::message_head(&id));
                self.receipt(receipt.as_deref(), &[]);
            }
            Action::Unsubscribe { receipt } => {
                self.connection.outbox.unsubscribe();
                self.receipt(receipt.as_deref(), &[]);
            }
            Action::Run { request, receipt, trace } => match self.connection.caller() {
                Some(caller) => {
                    let trace = trace.unwrap_or_else(|| self.inner.trace_ids.next());
                    let services = &self.inner.services;
                    let outbox = &self.connection.outbox;
                    self.lanes
                        .get_or_insert_with(|| {
                            self.connection.mark(outbox.await_receipt(true));
                            Box::new(Lanes::new(Arc::clone(services), caller))
                        })
                        .push(request, receipt, trace);
                }
                None => self.fail(&Fault::unauthenticated()),
            },
            Action::Refuse { problem, receipt } => self.refuse(&problem, receipt),
            Action::Disconnect { receipt } => self.farewell = Some(receipt),
            Action::Fail(fault) => self.fail(&fault),
        }
    }

    fn finish(&mut self, finished: Finished) {
        let Finished { receipt, outcome, took, trace, .. } = finished;
        match outcome {
            None => self.connection.outbox.close(CloseCode::Internal),
            Some(Outcome::Done(mut headers)) => {
                headers.push(("trace-id", trace));
                self.inner.metrics.receipt_seconds.observe(took.as_secs_f64());
                self.receipt(receipt.as_deref(), &headers);
            }
            Some(Outcome::Renewed(renewed)) if Some(renewed.caller) == self.connection.caller() => {
                self.connection.set_expires_at(renewed.expires_at);
                self.receipt(receipt.as_deref(), &[]);
            }
            Some(Outcome::Renewed(_)) => self.fail(&Fault::unauthenticated()),
            Some(Outcome::Refused(problem)) => {
                self.refuse(&Problem { trace_id: Some(trace), ..problem }, receipt);
            }
            // The client repeats the same request on its next connection and learns what became of it.
            Some(Outcome::Unknown) => self.connection.outbox.close(CloseCode::Internal),
        }
    }

    fn receipt(&self, id: Option<&str>, headers: &[(&'static str, String)]) {
        if let Some(id) = id {
            self.connection.send(Outgoing::Frame(frames::receipt(id, headers)));
        }
    }

    /// A refusal is an event, which needs a subscription; without one nothing but ERROR can say it.
    fn refuse(&self, problem: &Problem, receipt: Option<String>) {
        self.inner.metrics.refusals.inc();
        if self.session.is_subscribed() {
            let tail = frames::message_tail(&Event::error(receipt.as_deref(), problem));
            self.connection.send(Outgoing::Event(tail, Class::Durable));
        } else {
            self.fail(&Fault { receipt, ..Fault::problem(problem, CloseCode::ProtocolError) });
        }
    }

    fn fail(&self, fault: &Fault) {
        tracing::debug!(code = fault.code, message = %fault.message, "a connection is ended by an ERROR frame");
        self.connection.send(Outgoing::Frame(frames::error(fault)));
        self.connection.outbox.close(fault.close);
    }
}

/// Checks the token and attaches the socket. Routes come first, CONNECTED last: whatever is committed after the client
/// has read CONNECTED reaches it, or is in the `/sync` that it sends next.
async fn connect(
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    token: String,
    heart_beat: HeartBeat,
) -> Result<Connected, Fault> {
    let authenticated = inner.services.sign_ins.authenticate(&token).await.map_err(refused)?;
    let caller = authenticated.caller;
    let attending = Attending::join(&inner, &connection, caller).await?;
    let memberships = inner.services.live.memberships(caller.user_id).await.map_err(refused)?;
    connection.shard.hub.attach(caller.user_id, memberships).await;
    connection.set_expires_at(authenticated.expires_at);
    connection.identify(caller);
    connection.times.heart_beat.store(heart_beat.outgoing.as_millis() as u64, Ordering::Relaxed);
    inner.presence.send(PresenceChange::Up(caller));
    Ok(Connected { attending, frame: connected_frame(&inner, caller, heart_beat) })
}

/// A socket's place in its shard's routes and among those of its user; dropping it gives both up.
struct Attending {
    _routes: Registration,
    _counted: Counted,
}

impl Attending {
    async fn join(inner: &Arc<Inner>, connection: &Arc<Connection>, caller: Caller) -> Result<Self, Fault> {
        let most = inner.settings.sockets_per_user.map_or(usize::MAX, |most| most as usize);
        if !inner.attendance.arrive(caller, most) {
            let problem =
                Problem::with_detail(ProblemCode::RateLimited, "too many connections of this account");
            return Err(Fault::problem(&problem, CloseCode::PolicyViolation));
        }
        let counted = Counted { inner: Arc::clone(inner), caller };
        match connection.shard.hub.join(Arc::clone(connection), caller).await {
            Some(routes) => Ok(Self { _routes: routes, _counted: counted }),
            None => {
                let problem = Problem::new(ProblemCode::Unavailable);
                Err(Fault::problem(&problem, CloseCode::ServiceRestart))
            }
        }
    }
}

/// A socket that was counted in for its user.
struct Counted {
    inner: Arc<Inner>,
    caller: Caller,
}

impl Drop for Counted {
    fn drop(&mut self) {
        let presence = &self.inner.presence;
        self.inner.attendance.leave(self.caller, || presence.send(PresenceChange::Down(self.caller)));
    }
}

fn connected_frame(inner: &Inner, caller: Caller, heart_beat: HeartBeat) -> Bytes {
    let live = &inner.services.live;
    frames::connected(&[
        ("version", VERSION),
        ("heart-beat", &heart_beat.to_string()),
        ("session", &inner.session_id()),
        ("server", concat!("kith/", env!("CARGO_PKG_VERSION"))),
        ("user-id", &caller.user_id.to_string()),
        ("device-id", &caller.device_id.to_string()),
        ("epoch", &live.epoch()),
        ("server-time", &live.now().to_string()),
    ])
}

fn refused(error: ServiceError) -> Fault {
    match error {
        ServiceError::Refused(Refusal::Unauthenticated) => Fault::unauthenticated(),
        ServiceError::Refused(refusal @ Refusal::AccountDeleting { .. }) => {
            Fault::problem(&refusal.into(), CloseCode::Deleting)
        }
        ServiceError::Refused(refusal) => Fault::problem(&refusal.into(), CloseCode::Unauthenticated),
        ServiceError::Store(error) => {
            tracing::error!(%error, cause = %cause(&error), "a connection could not be set up");
            Fault::problem(&Problem::from(&error), CloseCode::Internal)
        }
        ServiceError::Search(_) | ServiceError::History(_) | ServiceError::Blobs(_) => {
            tracing::error!(%error, "a connection could not be set up");
            Fault::problem(&Problem::from(&error), CloseCode::Internal)
        }
    }
}
