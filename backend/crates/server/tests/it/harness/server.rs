//! The server as a process.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, mpsc},
};

use tempfile::TempDir;

use super::{Http, WAIT, eventually};

/// The binary under test, with nothing of this process's own settings.
pub(crate) fn kith() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kith"));
    clean(&mut command);
    command
}

fn clean(command: &mut Command) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KITH__")) {
        command.env_remove(name);
    }
}

/// How a server is started.
#[derive(Clone)]
pub(crate) struct Launch {
    limits: bool,
    settings: Vec<(String, String)>,
    /// A small file system of its own for the data directory, in bytes.
    disk_bytes: Option<u64>,
}

impl Default for Launch {
    fn default() -> Self {
        // The orderly end spreads the closing of sockets over this time.
        Self {
            limits: false,
            settings: vec![("KITH__SERVER__DRAIN_SECONDS".into(), "1".into())],
            disk_bytes: None,
        }
    }
}

impl Launch {
    /// Keeps the limits per user and address.
    pub(crate) fn limited(mut self) -> Self {
        self.limits = true;
        self
    }

    /// Puts the data directory on a disk of this size.
    pub(crate) fn on_disk_of(mut self, bytes: u64) -> Self {
        self.disk_bytes = Some(bytes);
        self
    }

    /// A setting, by its name in the environment.
    pub(crate) fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// Starts a server on a new data directory.
    pub(crate) async fn start(self) -> Server {
        let root = Arc::new(tempfile::tempdir().unwrap());
        if self.disk_bytes.is_some() {
            // To mount over; else the server makes it.
            std::fs::create_dir(root.path().join("data")).unwrap();
        }
        std::fs::write(root.path().join("clock"), "0").unwrap();
        let mut server = Server {
            launch: self,
            root,
            child: None,
            http: Http::new("http://127.0.0.1:0"),
            stdout: Vec::new(),
            starts: 0,
        };
        server.restart().await;
        server
    }
}

/// A running server. It is killed when this is dropped.
pub(crate) struct Server {
    launch: Launch,
    root: Arc<TempDir>,
    child: Option<Child>,
    pub(crate) http: Http,
    /// The first lines of standard output.
    pub(crate) stdout: Vec<String>,
    starts: u32,
}

impl Server {
    /// A server without limits.
    pub(crate) async fn start() -> Self {
        Launch::default().start().await
    }

    /// The settings it was started with, by their names in the environment.
    #[cfg(feature = "cluster")]
    pub(crate) fn settings(&self) -> &[(String, String)] {
        &self.launch.settings
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Where the data directory's files are seen from here: a small disk is mounted for the server alone.
    pub(crate) fn visible_data_dir(&self) -> PathBuf {
        match self.launch.disk_bytes {
            None => self.data_dir(),
            Some(_) => {
                let inside = self.data_dir();
                Path::new(&format!("/proc/{}/root", self.pid())).join(inside.strip_prefix("/").unwrap())
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Everything the present process has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.root.path().join(format!("log-{}", self.starts))
    }

    /// Starts a process on the same data directory; the one before must be gone.
    pub(crate) async fn restart(&mut self) {
        assert!(self.child.is_none(), "a server runs already");
        self.starts += 1;
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(std::fs::File::create(self.log_path()).unwrap());
        let mut child = command.spawn().unwrap();
        let (lines, first) = mpsc::channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        self.child = Some(child);
        let take = move || [first.recv_timeout(WAIT), first.recv_timeout(WAIT)];
        let lines = tokio::task::spawn_blocking(take).await.unwrap();
        self.stdout = lines.into_iter().map_while(Result::ok).collect();
        let origin = self.stdout.first().and_then(|line| line.strip_prefix("listening on "));
        let origin = origin.unwrap_or_else(|| panic!("it did not start: {:?}\n{}", self.stdout, self.log()));
        self.http = Http::new(origin);
    }

    fn command(&self) -> Command {
        let mut command = match self.launch.disk_bytes {
            None => Command::new(env!("CARGO_BIN_EXE_kith")),
            Some(bytes) => self.on_small_disk(bytes),
        };
        clean(&mut command);
        command.envs(self.launch.settings.iter().cloned());
        command.args(["serve", "--dev", "--listen", "127.0.0.1:0", "--data-dir"]).arg(self.data_dir());
        command.arg("--clock-offset-file").arg(self.root.path().join("clock"));
        if !self.launch.limits {
            command.arg("--no-limits");
        }
        command
    }

    /// A command that mounts a tmpfs over the data directory in a mount namespace of its own and then becomes the
    /// server, so that the mount goes with the process.
    fn on_small_disk(&self, bytes: u64) -> Command {
        let namespaces: &[&[&str]] = &[&["--mount"], &["--user", "--map-root-user", "--mount"]];
        let permitted = namespaces.iter().find(|flags| {
            let probe = Command::new("unshare")
                .args(**flags)
                .args(["mount", "-t", "tmpfs", "tmpfs"])
                .arg(self.data_dir())
                .output();
            probe.is_ok_and(|output| output.status.success())
        });
        let flags = permitted.expect(
            "a disk that fills up needs `unshare` with a mount namespace: run as root, or where user namespaces are allowed",
        );
        let mut command = Command::new("unshare");
        command.args(*flags).args([
            "sh",
            "-c",
            "mount -t tmpfs -o size=$0 tmpfs \"$1\" && shift && exec \"$@\"",
        ]);
        command.arg(bytes.to_string()).arg(self.data_dir()).arg(env!("CARGO_BIN_EXE_kith"));
        command
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// SIGSTOP: connections stay, nobody answers.
    #[cfg(feature = "cluster")]
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on after [`Server::pause`].
    #[cfg(feature = "cluster")]
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the process to end by itself.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        eventually("the process ends", async || child.try_wait().unwrap()).await
    }

    /// Sets the server's clock to so many seconds from now; ready when it has noticed.
    pub(crate) async fn move_clock(&self, seconds: i64) {
        std::fs::write(self.root.path().join("clock"), seconds.to_string()).unwrap();
        let line = format!("offset_seconds={seconds}");
        let noticed = |log: &str| {
            let plain = without_colours(log);
            let last = plain.lines().rfind(|text| text.contains("clock moved"));
            last.is_some_and(|text| text.ends_with(&line))
        };
        eventually("the clock moves", async || noticed(&self.log()).then_some(())).await;
    }

    /// Whether the process still runs and answers.
    pub(crate) async fn assert_alive(&mut self) {
        assert!(self.child.as_mut().unwrap().try_wait().unwrap().is_none(), "it ended:\n{}", self.log());
        self.http.get("/healthz").await.expect(200);
        let log = self.log();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// Runs another command of the binary on the same data directory.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = kith();
        command.args(arguments).arg("--data-dir").arg(self.data_dir());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    plain + rest
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
