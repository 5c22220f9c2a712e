//! Who gets what: routes from conversations and users to the sockets of this node.
//!
//! One task, the hub, owns the registry and sees joins, leaves, membership changes and events one after another.
//! So there is no lock, and an entry and a change of membership cannot pass each other.
//!
//! A socket joins first and its user's memberships are read from the ledger afterwards. Changes that arrive in
//! between are newer than what was read or already contained in it, so [`Registry::attach`] fills in only those
//! conversations of which no change has spoken.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::FixedState;
use kith_domain::{Caller, ConversationId, DeviceId, Seq, UserId, event::MembershipChange};
use kith_services::Memberships;
use slab::Slab;
use smallvec::SmallVec;

/// How long, in milliseconds, a route that has ended is kept: entries from before its end may still be on their way,
/// and a snapshot read before the end may still arrive.
const ENDED_KEPT_MILLIS: u64 = 60_000;

/// A user's way into a conversation: the seqs in between are theirs to see.
#[derive(Debug, Clone, Copy)]
struct Route {
    user: usize,
    from: Seq,
    until: Seq,
}

impl Route {
    fn covers(&self, seq: Seq) -> bool {
        self.from <= seq && seq <= self.until
    }

    fn is_open(&self) -> bool {
        self.until == Seq::MAX
    }
}

#[derive(Debug)]
struct Socket<S> {
    number: u64,
    device: DeviceId,
    handle: S,
}

#[derive(Debug)]
struct User<S> {
    id: UserId,
    sockets: SmallVec<[Socket<S>; 1]>,
    conversations: Vec<ConversationId>,
    /// The last `user_seq` that `heads` carried.
    told_user_seq: u64,
    /// Where the user's log stood when their memberships were last read, if they were.
    routed_user_seq: Option<u64>,
}

/// Names a socket in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SocketKey {
    user: UserId,
    number: u64,
}

/// By ids, which nobody outside chooses: a fast hash is as safe as a strong one.
type ById<K, V> = HashMap<K, V, FixedState>;

/// The routes. `S` is what stands for a socket.
#[derive(Debug)]
pub(crate) struct Registry<S> {
    users: Slab<User<S>>,
    by_id: ById<UserId, usize>,
    rooms: ById<ConversationId, Vec<Route>>,
    /// Routes that ended, with the time from which they may go.
    ended: VecDeque<(u64, ConversationId, UserId)>,
    next_number: u64,
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self {
            users: Slab::new(),
            by_id: ById::default(),
            rooms: ById::default(),
            ended: VecDeque::new(),
            next_number: 0,
        }
    }
}

impl<S> Registry<S> {
    /// Adds a socket; personal events reach it from now on.
    pub(crate) fn join(&mut self, caller: Caller, handle: S) -> SocketKey {
        let Self { users, by_id, .. } = self;
        let index = *by_id.entry(caller.user_id).or_insert_with(|| {
            users.insert(User {
                id: caller.user_id,
                sockets: SmallVec::new(),
                conversations: Vec::new(),
                told_user_seq: 0,
                routed_user_seq: None,
            })
        });
        let user = &mut self.users[index];
        self.next_number += 1;
        let number = self.next_number;
        user.sockets.push(Socket { number, device: caller.device_id, handle });
        SocketKey { user: caller.user_id, number }
    }

    /// Fills in the memberships that the ledger knows. See the module's documentation for what wins.
    pub(crate) fn attach(&mut self, user: UserId, memberships: &Memberships) {
        let Some(&index) = self.by_id.get(&user) else { return };
        let user = &mut self.users[index];
        if user.routed_user_seq.is_none() {
            // The sockets that are there have yet to ask for everything.
            user.told_user_seq = user.told_user_seq.max(memberships.user_seq);
        }
        user.routed_user_seq = user.routed_user_seq.max(Some(memberships.user_seq));
        let known: std::collections::HashSet<_> = user.conversations.iter().copied().collect();
        for &(conversation, from) in &memberships.conversations {
            if !known.contains(&conversation) {
                self.add_route(conversation, Route { user: index, from, until: Seq::MAX });
            }
        }
    }

    fn add_route(&mut self, conversation: ConversationId, route: Route) {
        self.users[route.user].conversations.push(conversation);
        self.rooms.entry(conversation).or_default().push(route);
    }

    /// Follows a change of membership. Between nodes a change can come again, or behind one that followed it: an end that
    /// lies before the route's beginning, and a beginning that lies before its end, are of an earlier membership. (With
    /// all of the history in view, memberships begin at 1 and this cannot be told.)
    pub(crate) fn change(
        &mut self,
        conversation: ConversationId,
        user: UserId,
        change: MembershipChange,
        now: u64,
    ) {
        let Some(&index) = self.by_id.get(&user) else { return };
        let route = self
            .rooms
            .get_mut(&conversation)
            .and_then(|routes| routes.iter_mut().find(|route| route.user == index));
        match (change, route) {
            (MembershipChange::Joined { from }, Some(route))
                if !route.is_open() && from > 1 && from <= route.until => {}
            (MembershipChange::Ended { at }, Some(route)) if at < route.from => {}
            (MembershipChange::Joined { from }, Some(route)) => {
                *route = Route { user: index, from, until: Seq::MAX }
            }
            (MembershipChange::Joined { from }, None) => {
                self.add_route(conversation, Route { user: index, from, until: Seq::MAX });
            }
            (MembershipChange::Ended { at }, Some(route)) => {
                route.until = route.until.min(at);
                self.ended.push_back((now + ENDED_KEPT_MILLIS, conversation, user));
            }
            (MembershipChange::Ended { at }, None) => {
                // Where the membership began is not known yet; its last entry is certainly part of it.
                self.add_route(conversation, Route { user: index, from: at, until: at });
                self.ended.push_back((now + ENDED_KEPT_MILLIS, conversation, user));
            }
        }
    }

    /// Removes a socket.
    pub(crate) fn leave(&mut self, key: SocketKey) {
        let Some(&index) = self.by_id.get(&key.user) else { return };
        let user = &mut self.users[index];
        let Some(at) = user.sockets.iter().position(|socket| socket.number == key.number) else { return };
        user.sockets.swap_remove(at);
        if user.sockets.is_empty() {
            let gone = self.users.remove(index);
            self.by_id.remove(&gone.id);
            for conversation in gone.conversations {
                self.remove_route(conversation, index);
            }
        }
    }

    fn remove_route(&mut self, conversation: ConversationId, user: usize) {
        let Some(routes) = self.rooms.get_mut(&conversation) else { return };
        if let Some(at) = routes.iter().position(|route| route.user == user) {
            routes.swap_remove(at);
        }
        if routes.is_empty() {
            self.rooms.remove(&conversation);
        }
    }

    /// Forgets routes that ended long enough ago.
    pub(crate) fn purge(&mut self, now: u64) {
        while let Some(&(due, conversation, user)) = self.ended.front()
            && due <= now
        {
            self.ended.pop_front();
            let Some(&index) = self.by_id.get(&user) else { continue };
            let routes = self.rooms.get(&conversation).map_or(&[][..], Vec::as_slice);
            // A later join has opened the route again.
            if routes.iter().any(|route| route.user == index && !route.is_open()) {
                self.remove_route(conversation, index);
                self.users[index].conversations.retain(|id| *id != conversation);
            }
        }
    }

    /// The sockets of those who may see entry `seq` of a conversation.
    pub(crate) fn viewers(&self, conversation: ConversationId, seq: Seq) -> impl Iterator<Item = &S> {
        self.routes(conversation)
            .filter(move |route| route.covers(seq))
            .flat_map(|route| self.handles(route.user))
    }

    /// The sockets of a conversation's present members, `except` one of them.
    pub(crate) fn members(
        &self,
        conversation: ConversationId,
        except: Option<UserId>,
    ) -> impl Iterator<Item = &S> {
        let except = except.and_then(|user| self.by_id.get(&user).copied());
        self.routes(conversation)
            .filter(move |route| route.is_open() && Some(route.user) != except)
            .flat_map(|route| self.handles(route.user))
    }

    /// Who of a conversation's present members is here.
    pub(crate) fn member_ids(&self, conversation: ConversationId) -> Vec<UserId> {
        let open = self.routes(conversation).filter(|route| route.is_open());
        open.map(|route| self.users[route.user].id).collect()
    }

    /// Whether `user` is here and a present member of the conversation.
    pub(crate) fn is_member(&self, conversation: ConversationId, user: UserId) -> bool {
        self.by_id.get(&user).is_some_and(|index| {
            self.routes(conversation).any(|route| route.user == *index && route.is_open())
        })
    }

    /// The sockets of a user.
    pub(crate) fn sockets(&self, user: UserId) -> impl Iterator<Item = &S> {
        self.by_id.get(&user).into_iter().flat_map(|index| self.handles(*index))
    }

    /// The sockets of some devices of a user; `None`: of all.
    pub(crate) fn sockets_of(&self, user: UserId, devices: Option<&[DeviceId]>) -> impl Iterator<Item = &S> {
        let sockets = self.by_id.get(&user).into_iter().flat_map(|index| &self.users[*index].sockets);
        sockets
            .filter(move |socket| devices.is_none_or(|devices| devices.contains(&socket.device)))
            .map(|socket| &socket.handle)
    }

    /// The users whose turn it is when all take turns in `slices` steps.
    pub(crate) fn slice(&self, step: u64, slices: u64) -> Vec<UserId> {
        let turn = |index: usize| index as u64 % slices == step % slices;
        self.users.iter().filter(|(index, _)| turn(*index)).map(|(_, user)| user.id).collect()
    }

    /// Everybody who has a socket here.
    pub(crate) fn users(&self) -> Vec<UserId> {
        self.by_id.keys().copied().collect()
    }

    /// Those of whose log something came after their memberships were read.
    pub(crate) fn behind(&self, logs: &[(UserId, u64)]) -> Vec<UserId> {
        let is_behind = |(user, user_seq): &&(UserId, u64)| {
            let routed = self.by_id.get(user).and_then(|&index| self.users[index].routed_user_seq);
            routed.is_some_and(|routed| routed < *user_seq)
        };
        logs.iter().filter(is_behind).map(|(user, _)| *user).collect()
    }

    /// What `heads` say to a user: the present memberships for which `head` knows a seq. `None` when neither there
    /// nor in the user's log anything is new.
    pub(crate) fn heads(
        &mut self,
        user: UserId,
        user_seq: u64,
        head: impl Fn(ConversationId) -> Option<Seq>,
    ) -> Option<Vec<(ConversationId, Seq)>> {
        let &index = self.by_id.get(&user)?;
        let conversations = self.users[index].conversations.iter();
        let heads: Vec<_> = conversations
            .filter_map(|&id| head(id).map(|seq| (id, seq)))
            .filter(|&(id, seq)| {
                self.routes(id).any(|route| route.user == index && route.is_open() && route.covers(seq))
            })
            .collect();
        let user = &mut self.users[index];
        let news = !heads.is_empty() || user_seq > user.told_user_seq;
        user.told_user_seq = user_seq.max(user.told_user_seq);
        news.then_some(heads)
    }

    fn routes(&self, conversation: ConversationId) -> impl Iterator<Item = &Route> {
        self.rooms.get(&conversation).into_iter().flatten()
    }

    fn handles(&self, user: usize) -> impl Iterator<Item = &S> {
        self.users[user].sockets.iter().map(|socket| &socket.handle)
    }
}

#[cfg(test)]
mod tests;
