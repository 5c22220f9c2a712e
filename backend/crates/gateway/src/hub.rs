//! The hub: one task that owns the registry and brings every event to the sockets it concerns.
//!
//! It waits for nothing but its two inboxes. Publishers of events may wait for the hub (the bus holds them up rather
//! than losing events), so it must never wait for one of them.

use std::sync::Arc;

use kith_domain::{Caller, ConversationId, LiveEvent, Seq, UserId, event::SessionEnd};
use kith_wire::{Event, close::CloseCode};
use tokio::sync::{mpsc, oneshot};

use crate::{
    connection::Connection,
    frames,
    gateway::Inner,
    heads::{RecentHeads, TURNS},
    outbox::{Class, Outgoing, Pushed},
    presence::PresenceChange,
    registry::{Registry, SocketKey, TooManySockets},
};

/// Events taken at once.
const EVENTS_AT_ONCE: usize = 64;

/// What the hub is asked to do. The inbox has no bound of its own: a socket has at most three commands under way, and
/// sockets are bounded.
#[derive(Debug)]
pub(crate) enum Command {
    /// Adds a socket. The answer is its registration, so that one that nobody takes any more undoes itself.
    Join {
        connection: Arc<Connection>,
        caller: Caller,
        reply: oneshot::Sender<Result<Registration, TooManySockets>>,
    },
    /// Fills in a user's routes.
    Attach { user: UserId, memberships: Vec<(ConversationId, Seq)>, reply: oneshot::Sender<()> },
    /// Removes a socket.
    Leave { key: SocketKey, caller: Caller },
    /// Who of a conversation's members is here?
    Members { conversation: ConversationId, reply: oneshot::Sender<Vec<UserId>> },
    /// Gives a present member a freshly drawn conversation.
    Redrawn { conversation: ConversationId, user: UserId, tail: bytes::Bytes },
    /// Whose turn is it to be told heads?
    UsersOfTurn { reply: oneshot::Sender<Vec<UserId>> },
    /// Tells heads to those whose turn it is, and ends the turn.
    Heads { user_seqs: Vec<(UserId, u64)>, read: Vec<(ConversationId, Seq)> },
    /// Forgets what is old.
    Purge,
}

/// The way to the hub.
#[derive(Debug, Clone)]
pub(crate) struct HubHandle {
    commands: mpsc::UnboundedSender<Command>,
}

impl HubHandle {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (commands, inbox) = mpsc::unbounded_channel();
        (Self { commands }, inbox)
    }

    /// Hands a command over. At the end of the node nobody takes it, and nobody misses it.
    pub(crate) fn send(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply));
        answer.await.ok()
    }

    /// Adds a socket; `None` when the node is going down.
    pub(crate) async fn join(
        &self,
        connection: Arc<Connection>,
        caller: Caller,
    ) -> Option<Result<Registration, TooManySockets>> {
        self.ask(|reply| Command::Join { connection, caller, reply }).await
    }

    /// Fills in a user's routes and returns when they are in place.
    pub(crate) async fn attach(&self, user: UserId, memberships: Vec<(ConversationId, Seq)>) {
        self.ask(|reply| Command::Attach { user, memberships, reply }).await;
    }

    /// Who of a conversation's members is here.
    pub(crate) async fn members(&self, conversation: ConversationId) -> Vec<UserId> {
        self.ask(|reply| Command::Members { conversation, reply }).await.unwrap_or_default()
    }

    /// Whose turn it is to be told heads.
    pub(crate) async fn users_of_turn(&self) -> Vec<UserId> {
        self.ask(|reply| Command::UsersOfTurn { reply }).await.unwrap_or_default()
    }
}

/// A socket's place in the registry; dropping it gives the place up.
#[derive(Debug)]
pub(crate) struct Registration {
    hub: HubHandle,
    key: SocketKey,
    caller: Caller,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.send(Command::Leave { key: self.key, caller: self.caller });
    }
}

/// The hub's state.
pub(crate) struct Hub {
    inner: Arc<Inner>,
    registry: Registry<Arc<Connection>>,
    recent: RecentHeads,
}

impl Hub {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner, registry: Registry::default(), recent: RecentHeads::default() }
    }

    /// Serves both inboxes until that of commands is closed.
    pub(crate) async fn run(
        mut self,
        mut events: mpsc::Receiver<LiveEvent>,
        mut commands: mpsc::UnboundedReceiver<Command>,
    ) {
        let mut taken = Vec::with_capacity(EVENTS_AT_ONCE);
        let mut bus_open = true;
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
                count = events.recv_many(&mut taken, EVENTS_AT_ONCE), if bus_open => {
                    bus_open = count > 0;
                    self.inner.metrics.hub_backlog.set(i64::try_from(events.len()).unwrap_or(i64::MAX));
                    taken.drain(..).for_each(|event| self.event(&event));
                }
            }
        }
    }

    fn command(&mut self, command: Command) {
        // Who asked may be gone by now; then a reply is of no use.
        match command {
            Command::Join { connection, caller, reply } => {
                let most = self.inner.settings.sockets_per_user.map_or(usize::MAX, |most| most as usize);
                let joined = self.registry.join(caller, connection, most);
                let hub = self.inner.hub.clone();
                let _ = reply.send(joined.map(|key| Registration { hub, key, caller }));
            }
            Command::Attach { user, memberships, reply } => {
                self.registry.attach(user, &memberships);
                let _ = reply.send(());
            }
            Command::Leave { key, caller } => {
                if self.registry.leave(key) {
                    self.inner.presence.send(PresenceChange::Down(caller));
                }
            }
            Command::Members { conversation, reply } => {
                let _ = reply.send(self.registry.member_ids(conversation));
            }
            Command::Redrawn { conversation, user, tail } => {
                if self.registry.is_member(conversation, user) {
                    self.deliver(self.registry.sockets(user), &tail, Class::Durable);
                }
            }
            Command::UsersOfTurn { reply } => {
                let _ = reply.send(self.registry.slice(self.recent.turn(), TURNS));
            }
            Command::Heads { user_seqs, read } => self.heads(&user_seqs, read),
            Command::Purge => self.registry.purge(self.inner.ticks.now()),
        }
    }

    fn heads(&mut self, user_seqs: &[(UserId, u64)], read: Vec<(ConversationId, Seq)>) {
        for &(user, user_seq) in user_seqs {
            let recent = &self.recent;
            if let Some(heads) = self.registry.heads(user, user_seq, |id| recent.get(id)) {
                let tail = frames::message_tail(&Event::heads(heads, user_seq));
                self.deliver(self.registry.sockets(user), &tail, Class::Durable);
            }
        }
        self.recent.advance(read);
    }

    fn event(&mut self, event: &LiveEvent) {
        match event {
            LiveEvent::Membership { conversation_id, user_id, change } => {
                self.registry.change(*conversation_id, *user_id, *change, self.inner.ticks.now());
            }
            LiveEvent::ConversationChanged(id) => self.inner.redraws.push(*id),
            LiveEvent::Entry(entry) => {
                self.tell(self.registry.viewers(entry.conversation_id, entry.seq), event, Class::Durable);
            }
            LiveEvent::Read { conversation_id, user_id, to_members, .. } => {
                let members = to_members.then(|| self.registry.members(*conversation_id, Some(*user_id)));
                let sockets = self.registry.sockets(*user_id).chain(members.into_iter().flatten());
                self.tell(sockets, event, Class::Durable);
            }
            LiveEvent::Typing { conversation_id, user_id } => {
                self.tell(self.registry.members(*conversation_id, Some(*user_id)), event, Class::Fleeting);
            }
            LiveEvent::Presence { watchers, .. } => {
                let sockets = watchers.iter().flat_map(|user| self.registry.sockets(*user));
                self.tell(sockets, event, Class::Fleeting);
            }
            LiveEvent::FriendProfile { watchers, .. } => {
                let sockets = watchers.iter().flat_map(|user| self.registry.sockets(*user));
                self.tell(sockets, event, Class::Durable);
            }
            LiveEvent::Personal { user_id, .. } => {
                self.tell(self.registry.sockets(*user_id), event, Class::Durable);
            }
            LiveEvent::SessionEnded { user_id, devices, end } => {
                if let Some(devices) = devices {
                    self.inner.services.sign_ins.forget_devices(devices);
                }
                for connection in self.registry.sockets_of(*user_id, devices.as_deref()) {
                    end_session(connection, end);
                }
            }
        }
    }

    /// Encodes `event` once, if there is anybody to tell it to, and tells it.
    fn tell<'a>(&self, sockets: impl Iterator<Item = &'a Arc<Connection>>, event: &LiveEvent, class: Class) {
        let mut sockets = sockets.peekable();
        if sockets.peek().is_some()
            && let Some(event) = Event::live(event)
        {
            self.deliver(sockets, &frames::message_tail(&event), class);
        }
    }

    fn deliver<'a>(
        &self,
        sockets: impl Iterator<Item = &'a Arc<Connection>>,
        tail: &bytes::Bytes,
        class: Class,
    ) {
        let (mut queued, mut left_out) = (0, 0);
        for connection in sockets {
            match connection.outbox.push(Outgoing::Event(tail.clone(), class)) {
                Pushed::Queued => queued += 1,
                Pushed::LeftOut => left_out += u64::from(class == Class::Fleeting),
                Pushed::Overflowed => {
                    self.inner.metrics.overflows.inc();
                }
            }
        }
        self.inner.metrics.events_delivered.inc_by(queued);
        self.inner.metrics.events_left_out.inc_by(left_out);
    }
}

/// Tells a socket why its session ended, and closes it.
pub(crate) fn end_session(connection: &Connection, end: &SessionEnd) {
    let tail = frames::message_tail(&Event::session(end));
    connection.outbox.push(Outgoing::Event(tail, Class::Durable));
    connection.outbox.close(match end {
        SessionEnd::SignedOut => CloseCode::SignedOut,
        SessionEnd::Suspended { .. } => CloseCode::Suspended,
        SessionEnd::Banned { .. } => CloseCode::Banned,
    });
}
