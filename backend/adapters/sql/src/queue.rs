//! The way to the writer: what waits for it, and how that ends.

use std::time::Duration;

use kith_domain::ports::StoreError;

use crate::{
    errors::unavailable,
    sync::{in_time, mpsc, watch},
};

/// A queue of `capacity` places; `patience` is how long one waits for a place.
pub(crate) fn queue<T>(capacity: usize, patience: Duration) -> (Queue<T>, Accepted<T>) {
    let (entrance, exit) = mpsc::channel(capacity.max(1));
    let (stop, stopped) = watch::channel(false);
    (Queue { entrance, stop, patience }, Accepted { exit, stopped })
}

/// The queue, as those see it who want something written.
pub(crate) struct Queue<T> {
    entrance: mpsc::Sender<T>,
    stop: watch::Sender<bool>,
    patience: Duration,
}

impl<T> Queue<T> {
    /// Gives `item` in. What was given in comes out, also after [`Queue::close`], unless the other end is dropped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is no place in time, or the queue is closed.
    pub(crate) async fn put(&self, item: T) -> Result<(), StoreError> {
        // A queue with room takes no timer.
        let item = match self.entrance.try_send(item) {
            Ok(()) => return Ok(()),
            Err(mpsc::error::TrySendError::Full(item) | mpsc::error::TrySendError::Closed(item)) => item,
        };
        match in_time(self.patience, self.entrance.send(item)).await {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(unavailable("the store is closed")),
            None => Err(unavailable("too many writes are waiting")),
        }
    }

    /// Takes nothing more in.
    pub(crate) fn close(&self) {
        self.stop.send_replace(true);
    }

    /// Whether nothing more is taken in.
    pub(crate) fn is_closed(&self) -> bool {
        self.entrance.is_closed()
    }
}

/// What was given in, as the one sees it who writes.
pub(crate) struct Accepted<T> {
    exit: mpsc::Receiver<T>,
    stopped: watch::Receiver<bool>,
}

impl<T> Accepted<T> {
    /// The next in the order of arrival; `None` when the queue is closed or dropped and all of it came out.
    pub(crate) async fn next(&mut self) -> Option<T> {
        tokio::select! {
            biased;
            item = self.exit.recv() => item,
            _ = async { self.stopped.wait_for(|stop| *stop).await.is_ok() } => {
                self.exit.close();
                self.exit.recv().await
            }
        }
    }

    /// How many are there by now.
    pub(crate) fn waiting(&mut self) -> usize {
        self.exit.len()
    }

    /// The next, if there is one by now.
    pub(crate) fn next_now(&mut self) -> Option<T> {
        self.exit.try_recv().ok()
    }
}
