//! What is different from server to server.

use std::{path::Path, process::Command};

use rustix::process::Signal;

/// How a server is started, known to be ready, and stopped.
pub(crate) struct Launch {
    /// Its name, as errors say it.
    pub(crate) name: &'static str,
    /// Starts it in the foreground. Output, working directory and process group are set by the caller. The command
    /// must become the server by `exec`, or hand signals on to it.
    pub(crate) command: Box<dyn Fn(&Path) -> Command + Send + Sync>,
    /// Whether it takes requests now, asked again and again.
    pub(crate) ready: Ready,
    /// The signal on which it stops gracefully.
    pub(crate) stop: Signal,
}

/// How to see that a server is ready.
pub(crate) enum Ready {
    /// By a text in what it writes.
    Log(&'static str),
    /// By asking it.
    Probe(Box<dyn Fn() -> bool + Send + Sync>),
}
