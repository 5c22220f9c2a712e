//! Readiness of sockets, and a clock that wakes to the tenth of a millisecond.

use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use rustix::{
    buffer::spare_capacity,
    event::epoll::{self, CreateFlags, EventData, EventFlags},
    time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    },
};

use crate::clock::SECOND;

/// What is ready to be read.
pub(crate) const READABLE: EventFlags = EventFlags::IN;
/// What takes bytes.
pub(crate) const WRITABLE: EventFlags = EventFlags::OUT;
/// The token of the clock.
const TIMER: u64 = u64::MAX;
/// The most events of one turn: at some microseconds each, what is due meanwhile is late by well under a millisecond.
const EVENTS: usize = 128;

/// Tells a [`Poller`] what to watch, from any thread. Descriptors leave it when they are closed.
#[derive(Clone)]
pub(crate) struct Watcher(Arc<OwnedFd>);

impl Watcher {
    /// Watches a descriptor.
    ///
    /// # Errors
    /// Those of `epoll_ctl`.
    pub(crate) fn add(&self, fd: impl AsFd, token: u64, interest: EventFlags) -> io::Result<()> {
        Ok(epoll::add(&self.0, fd, EventData::new_u64(token), interest)?)
    }

    /// Watches it for something else.
    ///
    /// # Errors
    /// Those of `epoll_ctl`.
    pub(crate) fn modify(&self, fd: impl AsFd, token: u64, interest: EventFlags) -> io::Result<()> {
        Ok(epoll::modify(&self.0, fd, EventData::new_u64(token), interest)?)
    }
}

/// An epoll instance.
pub(crate) struct Poller {
    epoll: Arc<OwnedFd>,
    timer: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poller {
    /// # Errors
    /// When the system gives no descriptor.
    pub(crate) fn new() -> io::Result<Self> {
        let epoll = Arc::new(epoll::create(CreateFlags::CLOEXEC)?);
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        // Edge-triggered, so that nobody has to read it: arming it anew takes the old expiry away.
        epoll::add(&epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN | EventFlags::ET)?;
        Ok(Self { epoll, timer, events: Vec::with_capacity(EVENTS) })
    }

    /// What tells it what to watch.
    pub(crate) fn watcher(&self) -> Watcher {
        Watcher(Arc::clone(&self.epoll))
    }

    /// Waits until something is ready or the monotonic time is `until_ns`. [`Poller::event`] tells what.
    ///
    /// # Errors
    /// Those of `epoll_wait`, interruptions left aside.
    pub(crate) fn wait(&mut self, until_ns: Option<u64>) -> io::Result<usize> {
        if let Some(until_ns) = until_ns {
            let time = |ns: u64| Timespec { tv_sec: (ns / SECOND) as _, tv_nsec: (ns % SECOND) as _ };
            let spec = Itimerspec { it_interval: time(0), it_value: time(until_ns.max(1)) };
            timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &spec)?;
        }
        self.events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(self.events.len()),
            Err(error) => Err(error.into()),
        }
    }

    /// The event of that number: its token and what is ready; `None` for the clock's.
    pub(crate) fn event(&self, number: usize) -> Option<(u64, EventFlags)> {
        let event = self.events[number];
        let (token, flags) = (event.data.u64(), event.flags);
        (token != TIMER).then_some((token, flags))
    }
}
