//! Why a server cannot be had.

use std::{io, process::ExitStatus, time::Duration};

/// Why a server cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum HarnessError {
    /// It is not on this machine.
    #[error("{name} is not installed: {install}")]
    Missing {
        /// The server.
        name: &'static str,
        /// The command that installs it.
        install: &'static str,
    },
    /// It ended before it was ready.
    #[error("{name} ended with {status} before it was ready; its log ends with:\n{tail}")]
    Ended {
        /// The server.
        name: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        tail: String,
    },
    /// It is not ready, or not down, in time.
    #[error("{name} was not {state} within {} s; its log ends with:\n{tail}", limit.as_secs())]
    Late {
        /// The server.
        name: &'static str,
        /// What was awaited: `ready` or `down`.
        state: &'static str,
        /// The time it had.
        limit: Duration,
        /// The last lines of its log.
        tail: String,
    },
    /// A command beside the server failed.
    #[error("{command} ended with {status}:\n{output}")]
    Command {
        /// The command.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote.
        output: String,
    },
    /// The machine did not let a process, file or port be had.
    #[error("cannot {action}")]
    Io {
        /// What was tried.
        action: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

impl HarnessError {
    /// For `map_err`: what was tried.
    pub(crate) fn io(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |source| Self::Io { action, source }
    }

    /// Whether another process took a port between the choice of it and the server's start.
    pub(crate) fn is_port_conflict(&self) -> bool {
        let tail = match self {
            Self::Ended { tail, .. } => tail.to_ascii_lowercase(),
            // A server of this process.
            Self::Io { source, .. } => return source.kind() == io::ErrorKind::AddrInUse,
            _ => return false,
        };
        ["address already in use", "address in use", "eaddrinuse"].iter().any(|text| tail.contains(text))
    }
}
