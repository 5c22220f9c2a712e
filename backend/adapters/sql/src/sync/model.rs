//! The same under loom, which switches between threads wherever one of its own types is used.
//!
//! Locks are loom's. Tokio's channels cannot be entered, so they are taken as they are: a call, or a poll of a future, is
//! one step, and the model may switch before each. What it tries are thus all orders of the steps of ours, not of tokio's.

use std::{
    cell::RefCell,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use loom::sync::{Condvar, atomic::AtomicUsize};
pub(crate) use loom::sync::{Mutex, MutexGuard};

use super::lock;

/// Runs `model` in every interleaving in which no more than two threads are interrupted where they could have gone on;
/// `LOOM_MAX_PREEMPTIONS` says otherwise.
#[cfg(test)]
pub(crate) fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut explorer = loom::model::Builder::new();
    explorer.preemption_bound.get_or_insert(2);
    explorer.check(model);
}

/// Resolves when a task has ended.
pub(crate) type Task = oneshot::Receiver<()>;

/// Runs a task on a thread of its own.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Task {
    let (tell, ended) = oneshot::channel();
    loom::thread::spawn(move || {
        block_on(task);
        let _ = tell.send(());
    });
    ended
}

/// Runs a future on this thread, which sleeps until it is woken: a waker that is missed is a deadlock, which loom finds.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let bed = Arc::new(Bed { woken: Mutex::new(false), changed: Condvar::new() });
    let waker = Waker::from(Arc::clone(&bed));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut woken = lock(&bed.woken);
        while !*woken {
            woken = bed.changed.wait(woken).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        *woken = false;
    }
}

/// Where a thread sleeps.
struct Bed {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Bed {
    fn wake(self: Arc<Self>) {
        *lock(&self.woken) = true;
        self.changed.notify_one();
    }
}

/// There is no time here: nobody's patience ends.
pub(crate) async fn in_time<F: Future>(_patience: Duration, work: F) -> Option<F::Output> {
    Some(work.await)
}

thread_local! {
    /// Whom the present step has woken. Tokio may wake under a lock of its own, where the model must not switch.
    static WOKEN: RefCell<Vec<Waker>> = const { RefCell::new(Vec::new()) };
}

/// Wakes after the step.
struct Later(Waker);

impl Wake for Later {
    fn wake(self: Arc<Self>) {
        WOKEN.with_borrow_mut(|woken| woken.push(self.0.clone()));
    }
}

fn later(cx: &Context<'_>) -> Waker {
    Waker::from(Arc::new(Later(cx.waker().clone())))
}

/// Marks the steps that a channel's ends take, so that the model tries their orders.
#[derive(Clone)]
struct Steps(Arc<AtomicUsize>);

impl Steps {
    fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(0)))
    }

    fn step<T>(&self, call: impl FnOnce() -> T) -> T {
        self.0.fetch_add(1, Ordering::SeqCst);
        let result = call();
        WOKEN.take().into_iter().for_each(Waker::wake);
        result
    }

    async fn steps<F: Future>(&self, future: F) -> F::Output {
        let mut future = End::new(Box::pin(future), self);
        std::future::poll_fn(|cx| {
            let waker = later(cx);
            future.step_mut(|future| future.as_mut().poll(&mut Context::from_waker(&waker)))
        })
        .await
    }
}

/// An end of a channel, or what waits at it. That it goes is a step too.
struct End<T> {
    inner: Option<T>,
    steps: Steps,
}

impl<T> End<T> {
    fn new(inner: T, steps: &Steps) -> Self {
        Self { inner: Some(inner), steps: steps.clone() }
    }

    fn get(&self) -> &T {
        self.inner.as_ref().expect("it goes last")
    }

    fn get_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("it goes last")
    }

    fn step<R>(&self, call: impl FnOnce(&T) -> R) -> R {
        self.steps.step(|| call(self.get()))
    }

    fn step_mut<R>(&mut self, call: impl FnOnce(&mut T) -> R) -> R {
        let steps = self.steps.clone();
        steps.step(|| call(self.get_mut()))
    }
}

/// The two ends of a channel.
fn ends<A, B>((sender, receiver): (A, B)) -> (End<A>, End<B>) {
    let steps = Steps::new();
    (End::new(sender, &steps), End::new(receiver, &steps))
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            // A panic ends the run of the model: nobody must be switched to any more.
            if std::thread::panicking() { drop(inner) } else { self.steps.step(|| drop(inner)) }
        }
    }
}

pub(crate) mod mpsc {
    use tokio::sync::mpsc;
    pub(crate) use tokio::sync::mpsc::error;

    use super::{End, ends};

    pub(crate) fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = ends(mpsc::channel(capacity));
        (Sender(sender), Receiver(receiver))
    }

    pub(crate) struct Sender<T>(End<mpsc::Sender<T>>);

    impl<T> Sender<T> {
        pub(crate) fn try_send(&self, item: T) -> Result<(), error::TrySendError<T>> {
            self.0.step(|sender| sender.try_send(item))
        }

        pub(crate) async fn send(&self, item: T) -> Result<(), error::SendError<T>> {
            self.0.steps.steps(self.0.get().send(item)).await
        }

        pub(crate) fn is_closed(&self) -> bool {
            self.0.step(mpsc::Sender::is_closed)
        }
    }

    pub(crate) struct Receiver<T>(End<mpsc::Receiver<T>>);

    impl<T> Receiver<T> {
        pub(crate) async fn recv(&mut self) -> Option<T> {
            let steps = self.0.steps.clone();
            steps.steps(self.0.get_mut().recv()).await
        }

        pub(crate) fn try_recv(&mut self) -> Result<T, error::TryRecvError> {
            self.0.step_mut(mpsc::Receiver::try_recv)
        }

        pub(crate) fn len(&mut self) -> usize {
            self.0.step_mut(|receiver| receiver.len())
        }

        pub(crate) fn close(&mut self) {
            self.0.step_mut(mpsc::Receiver::close);
        }
    }
}

pub(crate) mod oneshot {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use tokio::sync::oneshot::{self, error::RecvError};

    use super::{End, ends, later};

    pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = ends(oneshot::channel());
        (Sender(sender), Receiver(receiver))
    }

    pub(crate) struct Sender<T>(End<oneshot::Sender<T>>);

    impl<T> Sender<T> {
        pub(crate) fn send(mut self, item: T) -> Result<(), T> {
            let inner = self.0.inner.take();
            self.0.steps.step(|| inner.expect("it goes last").send(item))
        }
    }

    pub(crate) struct Receiver<T>(End<oneshot::Receiver<T>>);

    impl<T> Future for Receiver<T> {
        type Output = Result<T, RecvError>;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            let waker = later(cx);
            self.0.step_mut(|receiver| Pin::new(receiver).poll(&mut Context::from_waker(&waker)))
        }
    }
}

pub(crate) mod watch {
    use tokio::sync::watch::{self, error::RecvError};

    use super::{End, ends};

    pub(crate) fn channel<T>(value: T) -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = ends(watch::channel(value));
        (Sender(sender), Receiver(receiver))
    }

    pub(crate) struct Sender<T>(End<watch::Sender<T>>);

    impl<T> Sender<T> {
        pub(crate) fn send_replace(&self, value: T) -> T {
            self.0.step(|sender| sender.send_replace(value))
        }
    }

    pub(crate) struct Receiver<T>(End<watch::Receiver<T>>);

    impl<T: Send + Sync> Receiver<T> {
        /// Waits until the value is as wanted; an error when the sender went before.
        pub(crate) async fn wait_for(
            &mut self,
            wanted: impl FnMut(&T) -> bool + Send,
        ) -> Result<(), RecvError> {
            let steps = self.0.steps.clone();
            let receiver = self.0.get_mut();
            steps.steps(async move { receiver.wait_for(wanted).await.map(drop) }).await
        }
    }
}
