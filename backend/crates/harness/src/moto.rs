//! Moto, a second S3 service: one with versioning. It takes every signature.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;

use crate::{
    HarnessError, Server,
    cache::cached,
    command::run,
    executable::Executable,
    guardian::Guardian,
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

const PYTHON: Executable = Executable {
    name: "Python 3",
    install: "apt-get install python3 python3-venv",
    file: "python3",
    directories: &[],
};
const REQUIREMENTS: &str = include_str!("../services/moto/requirements.txt");

/// A Moto server.
#[derive(Debug)]
pub struct Moto {
    server: Server,
    port: u16,
}

impl Moto {
    /// Starts one; the first time on a machine its packages are fetched, from PyPI.
    ///
    /// # Errors
    /// [`HarnessError`] when Python is missing, the packages cannot be had or it does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        let python = PYTHON.find()?;
        let packages = packages(&python)?;
        with_free_ports(|| {
            let [port] = ports::free()?;
            let (python, packages) = (python.clone(), packages.clone());
            let launch = Launch {
                name: "Moto",
                command: Box::new(move |_| {
                    let mut command = Command::new(&python);
                    command.env("PYTHONPATH", &packages).env("PYTHONUNBUFFERED", "1");
                    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
                    command
                }),
                ready: Ready::Log("Running on"),
                stop: Signal::TERM,
            };
            let server = Server::start(Guardian::new("moto", "")?, launch)?;
            Ok(Self { server, port })
        })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

one_per_process!(Moto);

/// The directory of Moto's packages, for this version of Python.
fn packages(python: &Path) -> Result<PathBuf, HarnessError> {
    let version = run(Command::new(python).arg("--version"))?;
    cached("moto", &[REQUIREMENTS, &version].concat(), |directory| {
        let (requirements, environment) = (directory.join("requirements.txt"), directory.join("environment"));
        fs::write(&requirements, REQUIREMENTS).map_err(HarnessError::io("write requirements.txt"))?;
        // Only for its pip, which Debian's Python has nowhere else.
        run(Command::new(python).args(["-m", "venv"]).arg(&environment))?;
        run(Command::new(environment.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "--target"])
            .arg(directory)
            .arg("--requirement")
            .arg(requirements))?;
        fs::remove_dir_all(environment).map_err(HarnessError::io("remove what pip is no longer needed for"))
    })
}
