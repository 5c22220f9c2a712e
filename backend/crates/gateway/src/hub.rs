//! The hub of a shard: one task that owns the routes to the shard's sockets and brings every event to those it concerns.
//!
//! It waits for nothing but its two inboxes.

use std::sync::Arc;

use kith_domain::{Caller, ConversationId, LiveEvent, Seq, UserId, event::SessionEnd};
use kith_services::Memberships;
use kith_wire::{Event, close::CloseCode};
use tokio::sync::{mpsc, oneshot};

use crate::{
    announcement::{Announcement, Announcements},
    connection::Connection,
    frames,
    heads::{RecentHeads, TURNS},
    metrics::Metrics,
    outbox::Pushed,
    queue::{Class, Outgoing},
    registry::{Registry, SocketKey},
    shard::{Inboxes, Shard},
    ticks::Ticks,
};

/// What the hub is asked to do. The inbox has no bound of its own: a socket has at most three commands under way, and
/// sockets are bounded.
#[derive(Debug)]
pub(crate) enum Command {
    /// Adds a socket. The answer is its registration, so that one that nobody takes any more undoes itself.
    Join { connection: Arc<Connection>, caller: Caller, reply: oneshot::Sender<Registration> },
    /// Fills in a user's routes.
    Attach { user: UserId, memberships: Memberships, reply: oneshot::Sender<()> },
    /// Removes a socket.
    Leave { key: SocketKey },
    /// Who of a conversation's members is here?
    Members { conversation: ConversationId, reply: oneshot::Sender<Vec<UserId>> },
    /// Gives a present member a freshly drawn conversation.
    Redrawn { conversation: ConversationId, user: UserId, tail: bytes::Bytes },
    /// Whose turn is it to be told heads?
    UsersOfTurn { reply: oneshot::Sender<Vec<UserId>> },
    /// Tells heads to those whose turn it is, and ends the turn.
    Heads { user_seqs: Vec<(UserId, u64)>, read: Vec<(ConversationId, Seq)> },
    /// Who is here?
    Users { reply: oneshot::Sender<Vec<UserId>> },
    /// Of whose log has something come after their memberships were read?
    Behind { user_seqs: Vec<(UserId, u64)>, reply: oneshot::Sender<Vec<UserId>> },
    /// Tells them where their logs stand, out of turn.
    Logs { user_seqs: Vec<(UserId, u64)> },
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
    pub(crate) async fn join(&self, connection: Arc<Connection>, caller: Caller) -> Option<Registration> {
        self.ask(|reply| Command::Join { connection, caller, reply }).await
    }

    /// Fills in a user's routes and returns when they are in place.
    pub(crate) async fn attach(&self, user: UserId, memberships: Memberships) {
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

    /// Who is here.
    pub(crate) async fn users(&self) -> Vec<UserId> {
        self.ask(|reply| Command::Users { reply }).await.unwrap_or_default()
    }

    /// Of whose log something came after their memberships were read.
    pub(crate) async fn behind(&self, user_seqs: Vec<(UserId, u64)>) -> Vec<UserId> {
        self.ask(|reply| Command::Behind { user_seqs, reply }).await.unwrap_or_default()
    }
}

/// A socket's place in the registry; dropping it gives the place up.
#[derive(Debug)]
pub(crate) struct Registration {
    hub: HubHandle,
    key: SocketKey,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.hub.send(Command::Leave { key: self.key });
    }
}

/// The hub's state.
pub(crate) struct Hub {
    handle: HubHandle,
    ticks: Arc<Ticks>,
    metrics: Metrics,
    registry: Registry<Arc<Connection>>,
    recent: RecentHeads,
}

impl Hub {
    pub(crate) fn new(shard: &Shard, metrics: Metrics) -> Self {
        Self {
            handle: shard.hub.clone(),
            ticks: Arc::clone(&shard.ticks),
            metrics,
            registry: Registry::default(),
            recent: RecentHeads::default(),
        }
    }

    /// Serves both inboxes until that of commands is closed.
    pub(crate) async fn run(mut self, mut inboxes: Inboxes) {
        let mut bus_open = true;
        loop {
            tokio::select! {
                command = inboxes.commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
                events = inboxes.events.recv(), if bus_open => match events {
                    Some(events) => {
                        self.events(&events);
                        // What waits for the sockets is written before more is heaped upon it.
                        tokio::task::yield_now().await;
                    }
                    None => bus_open = false,
                },
            }
        }
    }

    fn command(&mut self, command: Command) {
        // Who asked may be gone by now; then a reply is of no use.
        match command {
            Command::Join { connection, caller, reply } => {
                let key = self.registry.join(caller, connection);
                let _ = reply.send(Registration { hub: self.handle.clone(), key });
            }
            Command::Attach { user, memberships, reply } => {
                self.registry.attach(user, &memberships);
                let _ = reply.send(());
            }
            Command::Leave { key } => self.registry.leave(key),
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
            Command::Heads { user_seqs, read } => {
                self.tell_heads(&user_seqs, true);
                self.recent.advance(read);
            }
            Command::Users { reply } => {
                let _ = reply.send(self.registry.users());
            }
            Command::Behind { user_seqs, reply } => {
                let _ = reply.send(self.registry.behind(&user_seqs));
            }
            Command::Logs { user_seqs } => self.tell_heads(&user_seqs, false),
            Command::Purge => self.registry.purge(self.ticks.now()),
        }
    }

    /// Tells where users' logs stand and, in their turn, where their conversations do.
    fn tell_heads(&mut self, user_seqs: &[(UserId, u64)], in_turn: bool) {
        for &(user, user_seq) in user_seqs {
            let recent = in_turn.then_some(&self.recent);
            if let Some(heads) = self.registry.heads(user, user_seq, |id| recent?.get(id)) {
                let tail = frames::message_tail(&Event::heads(heads, user_seq));
                self.deliver(self.registry.sockets(user), &tail, Class::Durable);
            }
        }
    }

    fn events(&mut self, events: &Announcements) {
        events.iter().for_each(|event| self.event(event));
    }

    fn event(&mut self, announcement: &Announcement) {
        let registry = &self.registry;
        match &announcement.event {
            LiveEvent::Membership { conversation_id, user_id, change } => {
                self.registry.change(*conversation_id, *user_id, *change, self.ticks.now());
            }
            // Drawn for each member by itself, see `redraw`.
            LiveEvent::ConversationChanged(_) => {}
            LiveEvent::Entry(entry) => {
                let viewers = registry.viewers(entry.conversation_id, entry.seq);
                self.tell_viewers(viewers, announcement, entry.sender_id);
            }
            LiveEvent::Read { conversation_id, user_id, to_members, .. } => {
                let members = to_members.then(|| registry.members(*conversation_id, Some(*user_id)));
                let sockets = registry.sockets(*user_id).chain(members.into_iter().flatten());
                self.tell(sockets, announcement, Class::Durable);
            }
            LiveEvent::Typing { conversation_id, user_id } => {
                self.tell(registry.members(*conversation_id, Some(*user_id)), announcement, Class::Fleeting);
            }
            LiveEvent::Presence { watchers, .. } => {
                let sockets = watchers.iter().flat_map(|user| registry.sockets(*user));
                self.tell(sockets, announcement, Class::Fleeting);
            }
            LiveEvent::FriendProfile { watchers, .. } => {
                let sockets = watchers.iter().flat_map(|user| registry.sockets(*user));
                self.tell(sockets, announcement, Class::Durable);
            }
            LiveEvent::Personal { user_id, .. } => {
                self.tell(registry.sockets(*user_id), announcement, Class::Durable);
            }
            LiveEvent::SessionEnded { user_id, devices, end } => {
                for connection in registry.sockets_of(*user_id, devices.as_deref()) {
                    end_session(connection, end);
                }
            }
        }
    }

    /// Tells an entry. On its sender's sockets it leaves with the receipt that is on its way.
    fn tell_viewers<'a>(
        &self,
        sockets: impl Iterator<Item = &'a Arc<Connection>>,
        announcement: &Announcement,
        sender: UserId,
    ) {
        let mut told = Told::default();
        for connection in sockets {
            let Some(tail) = announcement.tail() else { return };
            let frame = Outgoing::Event(tail.clone(), Class::Durable);
            let own = connection.caller().is_some_and(|caller| caller.user_id == sender);
            told.count(if own { connection.send_with_receipt(frame) } else { connection.send(frame) });
        }
        told.note(&self.metrics, Class::Durable);
    }

    /// Encodes the event, if there is anybody to tell it to, and tells it.
    fn tell<'a>(
        &self,
        sockets: impl Iterator<Item = &'a Arc<Connection>>,
        announcement: &Announcement,
        class: Class,
    ) {
        let mut sockets = sockets.peekable();
        if sockets.peek().is_some()
            && let Some(tail) = announcement.tail()
        {
            self.deliver(sockets, tail, class);
        }
    }

    fn deliver<'a>(
        &self,
        sockets: impl Iterator<Item = &'a Arc<Connection>>,
        tail: &bytes::Bytes,
        class: Class,
    ) {
        let mut told = Told::default();
        sockets.for_each(|connection| told.count(connection.send(Outgoing::Event(tail.clone(), class))));
        told.note(&self.metrics, class);
    }
}

/// What became of an event on the sockets it was for.
#[derive(Debug, Default)]
struct Told {
    queued: u64,
    left_out: u64,
    overflowed: u64,
}

impl Told {
    fn count(&mut self, pushed: Pushed) {
        match pushed {
            Pushed::Queued { .. } => self.queued += 1,
            Pushed::LeftOut => self.left_out += 1,
            Pushed::Overflowed => self.overflowed += 1,
        }
    }

    fn note(self, metrics: &Metrics, class: Class) {
        metrics.events_delivered.inc_by(self.queued);
        metrics.overflows.inc_by(self.overflowed);
        if class == Class::Fleeting {
            metrics.events_left_out.inc_by(self.left_out);
        }
    }
}

/// Tells a socket why its session ended, and closes it.
pub(crate) fn end_session(connection: &Arc<Connection>, end: &SessionEnd) {
    let tail = frames::message_tail(&Event::session(end));
    connection.send(Outgoing::Event(tail, Class::Durable));
    connection.outbox.close(match end {
        SessionEnd::SignedOut => CloseCode::SignedOut,
        SessionEnd::Suspended { .. } => CloseCode::Suspended,
        SessionEnd::Banned { .. } => CloseCode::Banned,
        SessionEnd::Deleting { .. } => CloseCode::Deleting,
    });
}
