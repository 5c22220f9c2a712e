//! A running server.

use std::{
    fmt, fs,
    fs::File,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    HarnessError,
    guardian::Guardian,
    launch::{Launch, Ready},
    processes::{is_gone, signal_all, working_in},
};

/// How long a server has until it is ready: a busy machine is fifty times slower than a quiet one.
const READY_LIMIT: Duration = Duration::from_secs(300);
/// How long it has to stop by itself.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How much of the log an error carries, in bytes.
const TAIL: usize = 4_096;

/// A server of its own: one process or several, with a directory and ports that it keeps over restarts. Dropping it
/// returns when its processes are gone and its directory is removed.
pub struct Server {
    launch: Launch,
    running: Mutex<Running>,
    guardian: Guardian,
}

/// What changes over restarts.
struct Running {
    /// The process that was started; `None` while the server is down.
    child: Option<Child>,
    /// How many times it was started: each has a log of its own.
    starts: u32,
}

impl Server {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// [`HarnessError`] when it does not become ready.
    pub(crate) fn start(guardian: Guardian, launch: Launch) -> Result<Self, HarnessError> {
        let server = Self { launch, running: Mutex::new(Running { child: None, starts: 0 }), guardian };
        server.launch(&mut server.running())?;
        Ok(server)
    }

    /// The server's directory: data, and a log per start, `log.1` and so on.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.guardian.directory()
    }

    /// Kills all its processes (`SIGKILL`). Returns when they are gone.
    pub fn kill(&self) {
        self.end(&mut self.running());
    }

    /// Stops all its processes where they are (`SIGSTOP`): connections stay, nobody answers.
    pub fn pause(&self) {
        let _running = self.running();
        let mut stopped: Vec<Pid> = Vec::new();
        // Again, as one may have been born while the others were stopped.
        loop {
            let processes = working_in(self.directory());
            let new: Vec<Pid> = processes.iter().filter(|pid| !stopped.contains(pid)).copied().collect();
            if new.is_empty() {
                return;
            }
            signal_all(&new, Signal::STOP);
            stopped.extend(new);
        }
    }

    /// Lets its processes go on after [`Server::pause`].
    pub fn resume(&self) {
        let _running = self.running();
        signal_all(&working_in(self.directory()), Signal::CONT);
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// [`HarnessError::Late`] when it does not; it is killed then.
    pub fn stop(&self) -> Result<(), HarnessError> {
        self.stop_gracefully(&mut self.running())
    }

    /// Starts it anew on the same directory and ports, after stopping it if it is not down. Returns when it is ready.
    ///
    /// # Errors
    /// [`HarnessError`] when it does not stop, or does not become ready.
    pub fn restart(&self) -> Result<(), HarnessError> {
        let mut running = self.running();
        self.stop_gracefully(&mut running)?;
        self.launch(&mut running)
    }

    /// Starts it on the same directory and ports if it is down.
    ///
    /// # Errors
    /// [`HarnessError`] when it does not become ready.
    pub fn start_if_down(&self) -> Result<(), HarnessError> {
        let mut running = self.running();
        match running.child {
            Some(_) => Ok(()),
            None => self.launch(&mut running),
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn launch(&self, running: &mut Running) -> Result<(), HarnessError> {
        let name = self.launch.name;
        running.starts += 1;
        let log = self.log(running.starts);
        let file = File::create(&log).map_err(HarnessError::io(format!("write the log of {name}")))?;
        let errors = file.try_clone().map_err(HarnessError::io(format!("write the log of {name}")))?;
        let child = (self.launch.command)(self.directory())
            .current_dir(self.directory())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(HarnessError::io(format!("start {name}")))?;
        let child = running.child.insert(child);
        let deadline = Instant::now() + READY_LIMIT;
        let failure = loop {
            if self.is_ready(&log) {
                return Ok(());
            }
            if let Some(status) = child.try_wait().map_err(HarnessError::io(format!("ask how {name} is")))? {
                break HarnessError::Ended { name, status, tail: tail(&log) };
            }
            if Instant::now() >= deadline {
                break HarnessError::Late { name, state: "ready", limit: READY_LIMIT, tail: tail(&log) };
            }
            thread::sleep(LOOK_EVERY);
        };
        self.end(running);
        Err(failure)
    }

    fn is_ready(&self, log: &Path) -> bool {
        match &self.launch.ready {
            Ready::Log(text) => fs::read(log)
                .is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes())),
            Ready::Probe(probe) => probe(),
        }
    }

    fn stop_gracefully(&self, running: &mut Running) -> Result<(), HarnessError> {
        let Some(child) = &mut running.child else { return Ok(()) };
        let name = self.launch.name;
        signal_all(&working_in(self.directory()), Signal::CONT);
        // The first process alone: it knows how to end the others.
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, self.launch.stop);
        }
        let deadline = Instant::now() + STOP_LIMIT;
        let outcome = loop {
            match child.try_wait() {
                Ok(Some(_)) => break Ok(()),
                Err(error) => break Err(HarnessError::io(format!("wait for {name}"))(error)),
                Ok(None) if Instant::now() >= deadline => {
                    let tail = tail(&self.log(running.starts));
                    break Err(HarnessError::Late { name, state: "down", limit: STOP_LIMIT, tail });
                }
                Ok(None) => thread::sleep(LOOK_EVERY),
            }
        };
        self.end(running);
        outcome
    }

    /// Kills what is left until nothing is.
    fn end(&self, running: &mut Running) {
        loop {
            let processes = working_in(self.directory());
            if processes.is_empty() {
                break;
            }
            signal_all(&processes, Signal::KILL);
            while !processes.iter().all(|process| is_gone(*process)) {
                thread::sleep(Duration::from_millis(1));
            }
        }
        if let Some(mut child) = running.child.take() {
            let _ = child.wait();
        }
    }

    fn log(&self, start: u32) -> PathBuf {
        self.directory().join(format!("log.{start}"))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("name", &self.launch.name)
            .field("directory", &self.directory())
            .finish_non_exhaustive()
    }
}

/// The end of a log.
fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(TAIL)..]).trim().to_owned()
}

/// Tries `start` again, with other ports, when a port it chose was taken before the server could have it.
///
/// # Errors
/// Those of `start`.
pub(crate) fn with_free_ports<T>(start: impl Fn() -> Result<T, HarnessError>) -> Result<T, HarnessError> {
    let mut tries = 1;
    loop {
        match start() {
            Err(error) if error.is_port_conflict() && tries < 5 => tries += 1,
            result => return result,
        }
    }
}

/// The one of the process: started at first use. That it cannot be had is found out once as well.
///
/// # Panics
/// With one clear line, when it cannot be had.
pub(crate) fn shared<T>(
    cell: &'static OnceLock<Result<T, HarnessError>>,
    start: fn() -> Result<T, HarnessError>,
) -> &'static T {
    match cell.get_or_init(start) {
        Ok(server) => server,
        Err(error) => panic!("{}", chain(error)),
    }
}

/// An error and what caused it, in one line.
fn chain(error: &HarnessError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What a kind of server has beside its own: one of it for the whole process, and all that any server can do.
macro_rules! one_per_process {
    ($name:ident) => {
        impl $name {
            /// The one of this process, started at first use.
            ///
            /// # Panics
            /// When it cannot be had.
            #[must_use]
            pub fn shared() -> &'static Self {
                static SHARED: std::sync::OnceLock<Result<$name, $crate::HarnessError>> =
                    std::sync::OnceLock::new();
                $crate::server::shared(&SHARED, Self::start)
            }
        }

        impl std::ops::Deref for $name {
            type Target = $crate::Server;

            fn deref(&self) -> &$crate::Server {
                &self.server
            }
        }
    };
}

pub(crate) use one_per_process;
