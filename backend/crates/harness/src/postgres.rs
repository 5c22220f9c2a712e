//! PostgreSQL, from version 15.

use std::{
    env,
    fs::DirBuilder,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use rustix::process::{Signal, geteuid};

use crate::{
    HarnessError, Server,
    command::run,
    executable::Executable,
    guardian::Guardian,
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

const NAME: &str = "PostgreSQL 15";
/// Names more settings, `NAME=VALUE` each, parted by blanks.
const SETTINGS: &str = "KITH_POSTGRES_SETTINGS";
const POSTGRES: Executable = Executable {
    name: NAME,
    install: "apt-get install postgresql",
    file: "postgres",
    // Debian keeps each version to itself and out of PATH.
    directories: &[
        "/usr/lib/postgresql/18/bin",
        "/usr/lib/postgresql/17/bin",
        "/usr/lib/postgresql/16/bin",
        "/usr/lib/postgresql/15/bin",
    ],
};

/// A killed server leaves the small System V segment that guards its directory; its number is in line 7 of the
/// file that a server which stops takes away.
const FAREWELL: &str = "set -- $(sed -n 7p data/postmaster.pid) && ipcrm -m $2";

/// A PostgreSQL whose superuser is `kith`, without a password.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    binaries: PathBuf,
    port: u16,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts one on a fresh cluster. Its commits are durable, as they are by default.
    ///
    /// # Errors
    /// [`HarnessError`] when it is not installed or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        Self::start_on(initialize)
    }

    /// Starts a copy of this one that follows it as a hot standby, called `name` in `synchronous_standby_names`.
    ///
    /// # Errors
    /// [`HarnessError`] when the copy cannot be made or does not become ready.
    pub fn start_standby(&self, name: &str) -> Result<Self, HarnessError> {
        let primary = format!("host=127.0.0.1 port={} user=kith application_name={name}", self.port);
        Self::start_on(|binaries, data| {
            make_directory(data)?;
            run(as_server_user(&binaries.join("pg_basebackup"))
                .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &primary])
                .arg("--pgdata")
                .arg(data)
                .current_dir(data))?;
            Ok(())
        })
    }

    /// Starts one on the data that `fill` puts into a directory.
    fn start_on(fill: impl Fn(&Path, &Path) -> Result<(), HarnessError>) -> Result<Self, HarnessError> {
        let postgres = POSTGRES.find()?;
        let binaries = postgres.parent().unwrap_or(Path::new("/")).to_path_buf();
        with_free_ports(|| {
            let [port] = ports::free()?;
            let guardian = Guardian::new("postgres", FAREWELL)?;
            let data = guardian.directory().join("data");
            fill(&binaries, &data)?;
            let (postgres, pg_isready) = (postgres.clone(), binaries.join("pg_isready"));
            let launch = Launch {
                name: NAME,
                command: Box::new(move |_| {
                    let mut command = as_server_user(&postgres);
                    command.arg("-D").arg(&data).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
                    // No socket file: its path may be at most 107 bytes long, and temporary directories can be deep.
                    for setting in [
                        "unix_socket_directories=",
                        "max_connections=200",
                        "shared_buffers=64MB",
                        "dynamic_shared_memory_type=mmap",
                    ] {
                        command.args(["-c", setting]);
                    }
                    // A load test wants more memory for it than a hundred tests do.
                    for setting in env::var(SETTINGS).unwrap_or_default().split_whitespace() {
                        command.args(["-c", setting]);
                    }
                    command
                }),
                ready: Ready::Probe(Box::new(move || {
                    let mut command = Command::new(&pg_isready);
                    command.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
                    command.status().is_ok_and(|status| status.success())
                })),
                // Fast: it ends sessions instead of waiting for them.
                stop: Signal::INT,
            };
            let server = Server::start(guardian, launch)?;
            Ok(Self { server, binaries: binaries.clone(), port, databases: AtomicU32::new(0) })
        })
    }

    /// The database that is there from the start: `postgres://kith@127.0.0.1:PORT/postgres`
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes an empty database and gives its address. It goes with the server.
    ///
    /// # Errors
    /// [`HarnessError::Command`] when the server does not make one.
    pub fn create_database(&self) -> Result<String, HarnessError> {
        self.create_database_like("template1")
    }

    /// Makes a copy of the database with that name and gives its address; nobody may be connected to it. It goes with the
    /// server.
    ///
    /// # Errors
    /// [`HarnessError::Command`] when the server does not make one.
    pub fn create_database_like(&self, template: &str) -> Result<String, HarnessError> {
        let name = format!("kith_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        run(Command::new(self.binaries.join("createdb"))
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                "kith",
                "--maintenance-db=postgres",
                "--template",
                template,
            ])
            .arg(&name))?;
        Ok(self.url_of(&name))
    }

    /// Runs one SQL statement as the superuser and gives its rows, fields parted by `|`.
    ///
    /// # Errors
    /// [`HarnessError::Command`] when it fails.
    pub fn execute(&self, statement: &str) -> Result<String, HarnessError> {
        let url = self.url();
        run(Command::new(self.binaries.join("psql")).args(["-XAtq", "-d", &url, "-c", statement]))
    }

    /// `127.0.0.1:PORT`
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://kith@127.0.0.1:{}/{database}", self.port)
    }
}

one_per_process!(Postgres);

/// Makes a cluster in `data`.
fn initialize(binaries: &Path, data: &Path) -> Result<(), HarnessError> {
    make_directory(data)?;
    run(as_server_user(&binaries.join("initdb"))
        .arg("-D")
        .arg(data)
        .args(["-U", "kith", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        .current_dir(data))?;
    Ok(())
}

/// Makes a directory that the server may write to, and nobody else.
fn make_directory(data: &Path) -> Result<(), HarnessError> {
    let action = || HarnessError::io(format!("make {}", data.display()));
    DirBuilder::new().mode(0o700).create(data).map_err(action())?;
    if geteuid().is_root() {
        run(Command::new("chown").arg("postgres:postgres").arg(data))?;
    }
    Ok(())
}

/// PostgreSQL refuses to run as root: then it runs as the user that its package made. `setpriv` becomes the
/// command, where `su` would stand between it and its signals.
fn as_server_user(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}
