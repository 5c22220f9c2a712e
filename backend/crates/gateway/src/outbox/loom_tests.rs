//! Every interleaving of those who queue frames with the flusher and the socket's task: nothing that waits may be left
//! without somebody who comes for it.

use loom::{sync::Arc, thread};

use super::*;
use crate::{queue::Class, transport::WriteHalf};

const LIMITS: OutboxLimits = OutboxLimits { frames: 8, bytes: 1_000, busy_frames: 8 };

/// A socket whose peer takes everything, and how often the flusher must come.
struct Socket {
    outbox: Outbox,
    marks: Mutex<usize>,
}

impl Socket {
    fn new() -> Arc<Self> {
        let outbox = Outbox::new(LIMITS, Some(Writer::new(WriteHalf::Other(Box::new(tokio::io::sink())))));
        outbox.subscribe(Bytes::new());
        Arc::new(Self { outbox, marks: Mutex::new(0) })
    }

    fn follow(&self, mark: bool) {
        *lock(&self.marks) += usize::from(mark);
    }

    fn push(&self, push: fn(&Outbox, Outgoing) -> Pushed) {
        let pushed = push(&self.outbox, Outgoing::Event(Bytes::from_static(b"x"), Class::Durable));
        self.follow(pushed == Pushed::Queued { mark: true });
    }

    /// Comes for each mark that there is by now.
    fn flush(&self) {
        let marks = std::mem::take(&mut *lock(&self.marks));
        for _ in 0..marks {
            if self.outbox.flush(0, 1) == Flushed::Held {
                self.outbox.flush_held(0, 1);
            }
        }
    }

    fn assert_written(&self) {
        self.flush();
        let state = self.outbox.state();
        assert!(state.queue.is_empty(), "{} frames wait for nobody", state.queue.len());
    }
}

#[test]
fn two_who_queue_and_a_flusher() {
    loom::model(|| {
        let socket = Socket::new();
        let threads = [(); 2].map(|()| {
            let socket = Arc::clone(&socket);
            thread::spawn(move || socket.push(Outbox::push))
        });
        socket.flush();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        socket.assert_written();
    });
}

#[test]
fn an_own_event_and_the_end_of_its_request() {
    loom::model(|| {
        let socket = Socket::new();
        socket.follow(socket.outbox.await_receipt(true));
        let hub = {
            let socket = Arc::clone(&socket);
            thread::spawn(move || socket.push(Outbox::push_with_receipt))
        };
        let task = {
            let socket = Arc::clone(&socket);
            thread::spawn(move || socket.follow(socket.outbox.await_receipt(false)))
        };
        socket.flush();
        hub.join().unwrap();
        task.join().unwrap();
        socket.assert_written();
    });
}

#[test]
fn a_socket_that_is_held_and_gets_much() {
    loom::model(|| {
        let socket = Socket::new();
        // Its allowance is spent, so that it is held.
        while socket.outbox.state().pace.allows(0) {}
        for _ in 0..HELD_FRAMES.min(LIMITS.frames) - 1 {
            socket.push(Outbox::push);
        }
        let hub = {
            let socket = Arc::clone(&socket);
            thread::spawn(move || socket.push(Outbox::push))
        };
        socket.flush();
        hub.join().unwrap();
        socket.assert_written();
    });
}

#[test]
fn a_close_wakes_the_task_whenever_it_looks() {
    loom::model(|| {
        let socket = Socket::new();
        let closer = {
            let socket = Arc::clone(&socket);
            thread::spawn(move || socket.outbox.close(CloseCode::ServiceRestart))
        };
        let woken = std::sync::Arc::new(Woken::default());
        let seen = socket.outbox.signals(&std::sync::Arc::clone(&woken).into()).close.is_some();
        closer.join().unwrap();
        assert!(seen || woken.0.load(Ordering::SeqCst), "the task sleeps through the close");
    });
}

#[derive(Default)]
struct Woken(std::sync::atomic::AtomicBool);

impl std::task::Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
