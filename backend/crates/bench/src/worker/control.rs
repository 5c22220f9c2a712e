//! What the processes of a run say to each other: JSON lines on the standard streams of a worker.

use std::io::{self, Write as _};

use rustix::stdio::stdin;
use serde::{Deserialize, Serialize};

use crate::{
    heads::Head,
    histogram::Pairs,
    run::RunOptions,
    tally::{Counts, LatencyPairs},
};

/// The first line to a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Setup {
    /// The run's options.
    pub(crate) options: RunOptions,
    /// A number that tells this run's messages from others'.
    pub(crate) run: u32,
    /// Which worker this is, from 0.
    pub(crate) index: u32,
    /// How many there are.
    pub(crate) workers: u32,
}

/// What a worker is told later.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// The load begins at this monotonic time.
    Start(u64),
    /// Say what you counted, and end.
    Finish,
}

/// What a worker says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// Once a second.
    Progress(Box<Progress>),
    /// Every socket is live for the first time.
    Ready,
    /// The last word.
    Summary(Box<Summary>),
}

/// How a worker is doing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Sockets that are live.
    pub(crate) live: u64,
    /// Sockets that are live but still catching up.
    pub(crate) catching_up: u64,
    /// Everything counted so far.
    pub(crate) counts: Counts,
    /// Delivery latencies since the last word.
    pub(crate) delivery: Pairs,
}

/// What a worker has counted in all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) counts: Counts,
    pub(crate) latencies: LatencyPairs,
    /// By conversation.
    pub(crate) heads: Vec<Head>,
    /// Sockets that are live at the end.
    pub(crate) live: u64,
}

/// Standard input, read without waiting once it is readable.
#[derive(Default)]
pub(crate) struct Orders {
    read: Vec<u8>,
}

impl Orders {
    /// Waits for a line.
    ///
    /// # Errors
    /// The end of the input.
    pub(crate) fn wait(&mut self) -> io::Result<String> {
        loop {
            if let Some(line) = self.line() {
                return Ok(line);
            }
            self.read()?;
        }
    }

    /// Reads what there is.
    ///
    /// # Errors
    /// The end of the input: whoever gave the orders is gone.
    pub(crate) fn read(&mut self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        let read = rustix::io::read(stdin(), &mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.read.extend_from_slice(&buffer[..read]);
        Ok(())
    }

    /// The next whole line.
    pub(crate) fn line(&mut self) -> Option<String> {
        let end = self.read.iter().position(|byte| *byte == b'\n')?;
        let line = self.read.drain(..=end).collect();
        String::from_utf8(line).ok()
    }
}

/// Says `word`.
///
/// # Errors
/// Those of standard output.
pub(crate) fn say(word: &Word) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(word)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()?;
    Ok(())
}
