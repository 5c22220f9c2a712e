//! The destinations of SEND and their bodies.

use kith_domain::{ConversationId, Seq};
use kith_wire::{
    Problem, json,
    message::{Message, MessageBody},
    presence::{EmptyBody, PresenceBody, PresenceState, TokenRenewalBody},
    read::ReadBody,
};

/// A destination of the table. Ids are canonical decimals: another spelling is another destination, thus none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Messages(ConversationId),
    Read(ConversationId),
    Typing(ConversationId),
    Unsend(ConversationId, Seq),
    Presence,
    Token,
}

/// A use case that the client asks for.
#[derive(PartialEq)]
pub(crate) enum Request {
    /// Send a message.
    Message(ConversationId, Message),
    /// Move the own read marker.
    Read(ConversationId, Seq),
    /// Say that the person types.
    Typing(ConversationId),
    /// Erase an own message.
    Unsend(ConversationId, Seq),
    /// Say whether somebody sits at the device.
    Presence(PresenceState),
    /// Stay connected on a fresh token.
    Token(String),
}

impl Request {
    /// What requests are kept in order by: the conversation, or `None` for the connection itself.
    pub(crate) fn lane(&self) -> Option<ConversationId> {
        match self {
            Self::Message(id, _) | Self::Read(id, _) | Self::Typing(id) | Self::Unsend(id, _) => Some(*id),
            Self::Presence(_) | Self::Token(_) => None,
        }
    }
}

/// Shows what is asked for and where, never what is said.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(id, _) => write!(f, "Message({id})"),
            Self::Read(id, seq) => write!(f, "Read({id}, {seq})"),
            Self::Typing(id) => write!(f, "Typing({id})"),
            Self::Unsend(id, seq) => write!(f, "Unsend({id}, {seq})"),
            Self::Presence(state) => write!(f, "Presence({state:?})"),
            Self::Token(_) => f.write_str("Token"),
        }
    }
}

impl Call {
    pub(super) fn parse(destination: &str) -> Option<Self> {
        let rest = destination.strip_prefix("/app/")?;
        match rest {
            "presence" => return Some(Self::Presence),
            "token" => return Some(Self::Token),
            _ => {}
        }
        let (id, rest) = rest.strip_prefix("conversations/")?.split_once('/')?;
        let id = id.parse().ok()?;
        match rest {
            "messages" => Some(Self::Messages(id)),
            "read" => Some(Self::Read(id)),
            "typing" => Some(Self::Typing(id)),
            _ => {
                let seq = rest.strip_prefix("entries/")?.strip_suffix("/unsend")?;
                parse_seq(seq).map(|seq| Self::Unsend(id, seq))
            }
        }
    }

    /// Reads the body.
    pub(super) fn read(self, body: &[u8]) -> Result<Request, Problem> {
        Ok(match self {
            Self::Messages(id) => {
                let message = json::read::<MessageBody>(body)?.into_message().map_err(Problem::from)?;
                Request::Message(id, message)
            }
            Self::Read(id) => Request::Read(id, json::read::<ReadBody>(body)?.seq),
            Self::Typing(id) => json::read::<EmptyBody>(body).map(|_| Request::Typing(id))?,
            Self::Unsend(id, seq) => json::read::<EmptyBody>(body).map(|_| Request::Unsend(id, seq))?,
            Self::Presence => Request::Presence(json::read::<PresenceBody>(body)?.state),
            Self::Token => Request::Token(json::read::<TokenRenewalBody>(body)?.access_token),
        })
    }
}

/// 1, 2, 3 … without sign or leading zero, small enough for a signed column.
fn parse_seq(text: &str) -> Option<Seq> {
    let canonical = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<Seq>().ok().filter(|seq| canonical && i64::try_from(*seq).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        let id = ConversationId::new(42);
        for (destination, call) in [
            ("/app/conversations/42/messages", Some(Call::Messages(id))),
            ("/app/conversations/42/read", Some(Call::Read(id))),
            ("/app/conversations/42/typing", Some(Call::Typing(id))),
            ("/app/conversations/42/entries/7/unsend", Some(Call::Unsend(id, 7))),
            ("/app/presence", Some(Call::Presence)),
            ("/app/token", Some(Call::Token)),
            ("", None),
            ("/app", None),
            ("/app/", None),
            ("/app/Presence", None),
            ("/APP/presence", None),
            ("/app/presence/", None),
            ("/app//presence", None),
            ("/app/../app/presence", None),
            ("/app/%70resence", None),
            ("/app/conversations/42/messages/", None),
            ("/app/conversations/42", None),
            ("/app/conversations//messages", None),
            ("/app/conversations/042/messages", None),
            ("/app/conversations/-1/messages", None),
            ("/app/conversations/*/messages", None),
            ("/app/conversations/>/messages", None),
            ("/app/conversations/42/messages\0", None),
            ("/app/conversations/9223372036854775808/messages", None),
            ("/app/conversations/42/entries/0/unsend", None),
            ("/app/conversations/42/entries/+7/unsend", None),
            ("/app/conversations/42/entries/18446744073709551615/unsend", None),
            ("/app/conversations/42/entries//unsend", None),
            ("/user/queue/events", None),
            ("/user/7/queue/events", None),
            ("/topic/conversations/42", None),
        ] {
            assert_eq!(Call::parse(destination), call, "{destination:?}");
        }
    }
}
