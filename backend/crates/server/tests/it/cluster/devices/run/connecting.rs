//! How its sockets come and go.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use kith_checker::Op;

use super::{Report, Run, State};
use crate::cluster::devices::{
    bugs::Bug,
    link::{self, Link},
    outbox::Outcome,
};

impl Run {
    pub(super) fn reconnect(&mut self) {
        let State::Away { since } = self.state else { return };
        if since > Instant::now() {
            return;
        }
        self.state = State::Connecting;
        let (nodes, person) = (self.nodes.clone(), self.plan.person.clone());
        let number = self.draw();
        let subscribe = !self.bug(Bug::SyncsFirst);
        self.report(async move {
            let link = match nodes.ready(number).await {
                Some(node) => link::connect(node, &person, subscribe).await,
                None => None,
            };
            Report::Linked(link.map(Box::new))
        });
    }

    pub(super) fn linked(&mut self, link: Link) {
        let Link { socket, node, epoch, early } = link;
        self.links += 1;
        self.note(Op::Connected { node: node.name.clone(), epoch: epoch.clone() });
        if self.epoch.replace(epoch.clone()).is_some_and(|before| before != epoch) {
            self.reload();
        }
        self.state = State::Behind { socket: Box::new(socket), node, buffer: Vec::new() };
        for frame in early {
            self.take(frame);
        }
        self.sync();
    }

    /// With the bug: when something has been stored since it asked for what is there.
    pub(super) async fn subscribe_late(&mut self) {
        let passed = self
            .own
            .clone()
            .is_some_and(|(room, seq)| self.with(&room, |timeline, _| seq > timeline.position));
        if let State::Live { socket, .. } = &mut self.state
            && self.unsubscribed
            && passed
        {
            socket.say_subscribe().await;
            self.unsubscribed = false;
        }
    }

    pub(super) fn closed(&mut self, code: Option<u16>) {
        self.note(Op::Closed { code });
        self.seen.live.store(0, Ordering::SeqCst);
        let since = Instant::now() + self.dice.about(Duration::from_millis(250));
        self.state = State::Away { since };
        for (_, sent) in std::mem::take(&mut self.receipts) {
            self.answered(sent.room, sent.what, Outcome::Unknown);
        }
    }

    pub(super) fn reload(&mut self) {
        self.note(Op::Reload);
        self.user_seq = 0;
        let mut timelines = self.seen.timelines.lock().unwrap();
        for timeline in timelines.values_mut() {
            timeline.forget();
        }
    }
}
