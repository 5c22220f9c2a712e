//! Runs a use case for a SEND frame and turns its result into an answer.

use kith_domain::{Caller, ports::StoreError};
use kith_services::{Authenticated, SendCommand, ServiceError, Services};
use kith_wire::{Problem, presence::PresenceState};

use crate::session::Request;

/// What a use case came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done and, where it wrote, durable; the receipt carries these headers.
    Done(Vec<(&'static str, String)>),
    /// The connection may live on with this token.
    Renewed(Authenticated),
    /// It was refused.
    Refused(Problem),
    /// Whether it was done is not known, so that neither receipt nor refusal would be true.
    Unknown,
}

/// Runs `request` for `caller`. What goes wrong is logged with the trace.
pub(crate) async fn run(services: &Services, caller: Caller, request: Request, trace: &str) -> Outcome {
    match attempt(services, &caller, request).await {
        Ok(outcome) => outcome,
        Err(ServiceError::Refused(refusal)) => Outcome::Refused(refusal.into()),
        Err(ServiceError::Store(error @ StoreError::UnknownOutcome(_))) => {
            tracing::error!(trace.id = trace, %error, cause = %cause(&error), "a commit's outcome is unknown; the client is to ask again");
            Outcome::Unknown
        }
        Err(ServiceError::Store(error)) => {
            tracing::error!(trace.id = trace, %error, cause = %cause(&error), "a SEND failed");
            Outcome::Refused(Problem::from(&error))
        }
        Err(error @ (ServiceError::Search(_) | ServiceError::History(_) | ServiceError::Blobs(_))) => {
            tracing::error!(%error, cause = %cause(&error), "a SEND failed");
            Outcome::Refused(Problem::from(&error))
        }
    }
}

/// All but the sending of a message is boxed, so that a message does not carry room for it.
async fn attempt(services: &Services, caller: &Caller, request: Request) -> Result<Outcome, ServiceError> {
    let mut headers = Vec::with_capacity(1);
    match request {
        Request::Message(conversation_id, message) => {
            let command = SendCommand {
                conversation_id,
                client_msg_id: message.client_msg_id,
                client_time: message.client_time,
                content: message.content,
                viewed_seq: message.viewed_seq,
            };
            let entry = services.messages.send(caller, command).await?.entry;
            // With room for the trace.
            headers = Vec::with_capacity(4);
            headers.push(("message-id", entry.id.to_string()));
            headers.push(("seq", entry.seq.to_string()));
            headers.push(("server-time", entry.server_time.to_string()));
        }
        Request::Read(id, seq) => drop(Box::pin(services.reads.mark(caller, id, seq)).await?),
        Request::Typing(id) => Box::pin(services.messages.typing(caller, id)).await?,
        Request::Unsend(id, seq) => {
            services.live.count_call(caller.user_id).await?;
            let entry = Box::pin(services.messages.unsend(caller, id, seq)).await?;
            headers.push(("seq", entry.seq.to_string()));
        }
        Request::Presence(state) => {
            Box::pin(services.presence.set_state(caller, state == PresenceState::Idle)).await?;
        }
        Request::Token(token) => {
            services.live.count_call(caller.user_id).await?;
            return Box::pin(services.sign_ins.authenticate(&token)).await.map(Outcome::Renewed);
        }
    }
    Ok(Outcome::Done(headers))
}

/// The chain of causes in one line.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
