//! Threads for what waits for the disk, so that nobody else does.

use std::{future::Future, io, thread::Builder};

use tokio::{runtime::Handle, sync::oneshot};

/// Resolves when a thread has ended; with an error when it panicked.
pub(crate) type Ended = oneshot::Receiver<()>;

/// Runs `task`, which may block, on a thread of its own. Timers and tasks are those of the caller's runtime.
///
/// # Panics
/// Outside a Tokio runtime.
pub(crate) fn start<F: Future<Output = ()>>(
    name: &str,
    task: impl FnOnce() -> F + Send + 'static,
) -> io::Result<Ended> {
    let (tell, ended) = oneshot::channel();
    let runtime = Handle::current();
    Builder::new().name(name.to_owned()).spawn(move || {
        runtime.block_on(task());
        // Whoever started it may have stopped waiting.
        let _ = tell.send(());
    })?;
    Ok(ended)
}
