//! RabbitMQ, from version 3.10.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::Signal;

use crate::{
    HarnessError, Server,
    command::run,
    executable::Executable,
    guardian::Guardian,
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

const NAME: &str = "RabbitMQ 3.10";
const INSTALL: &str = "apt-get install rabbitmq-server";
/// The inner scripts: those of the ordinary PATH change to another user and to directories of the system.
const SCRIPTS: &[&str] = &["/usr/lib/rabbitmq/bin"];
const RABBITMQ_SERVER: Executable =
    Executable { name: NAME, install: INSTALL, file: "rabbitmq-server", directories: SCRIPTS };
const RABBITMQCTL: Executable =
    Executable { name: NAME, install: INSTALL, file: "rabbitmqctl", directories: SCRIPTS };
const EPMD: Executable = Executable { name: NAME, install: INSTALL, file: "epmd", directories: &[] };

/// The node's name server, on a port of its own, then the node. Without the first the node would start one that
/// outlives it.
const START: &str = r#""$1" -port "$2" -address 127.0.0.1 & exec "$3""#;

/// A RabbitMQ node with the user `guest`.
#[derive(Debug)]
pub struct RabbitMq {
    server: Server,
    rabbitmqctl: PathBuf,
    ports: Ports,
}

/// What it listens on.
#[derive(Debug, Clone, Copy)]
struct Ports {
    amqp: u16,
    epmd: u16,
    distribution: u16,
}

impl RabbitMq {
    /// Starts one.
    ///
    /// # Errors
    /// [`HarnessError`] when it is not installed or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        let (rabbitmq_server, epmd) = (RABBITMQ_SERVER.find()?, EPMD.find()?);
        let rabbitmqctl = RABBITMQCTL.find()?;
        with_free_ports(|| {
            let [amqp, port_of_epmd, distribution] = ports::free()?;
            let ports = Ports { amqp, epmd: port_of_epmd, distribution };
            let guardian = Guardian::new("rabbitmq", "")?;
            configure(guardian.directory(), ports)
                .map_err(HarnessError::io("write the configuration of RabbitMQ"))?;
            let (rabbitmq_server, epmd) = (rabbitmq_server.clone(), epmd.clone());
            let launch = Launch {
                name: NAME,
                command: Box::new(move |directory| {
                    let mut command = Command::new("sh");
                    command.args(["-c", START, "rabbitmq"]);
                    command.arg(&epmd).arg(ports.epmd.to_string()).arg(&rabbitmq_server);
                    environment(&mut command, directory, ports);
                    command
                }),
                ready: Ready::Log("Server startup complete"),
                stop: Signal::TERM,
            };
            let server = Server::start(guardian, launch)?;
            Ok(Self { server, rabbitmqctl: rabbitmqctl.clone(), ports })
        })
    }

    /// `amqp://guest:guest@127.0.0.1:PORT/%2f`
    #[must_use]
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.ports.amqp)
    }

    /// Runs `rabbitmqctl` with `arguments` on this node, and gives what it writes. It takes about 2 s.
    ///
    /// # Errors
    /// [`HarnessError::Command`] when it fails.
    pub fn control(&self, arguments: &[&str]) -> Result<String, HarnessError> {
        let mut command = Command::new(&self.rabbitmqctl);
        environment(&mut command, self.directory(), self.ports);
        run(command.args(["--quiet", "--node", NODE]).args(arguments).current_dir(self.directory()))
    }
}

one_per_process!(RabbitMq);

/// Nodes do not meet, as each has a name server of its own: one name does for all.
const NODE: &str = "kith@localhost";

fn configure(directory: &Path, ports: Ports) -> std::io::Result<()> {
    for name in ["home", "mnesia", "log"] {
        fs::create_dir(directory.join(name))?;
    }
    fs::write(directory.join("enabled_plugins"), "[].\n")?;
    let Ports { amqp, distribution, .. } = ports;
    let settings = format!(
        "listeners.tcp.1 = 127.0.0.1:{amqp}\n\
         distribution.listener.interface = 127.0.0.1\n\
         distribution.listener.port_range.min = {distribution}\n\
         distribution.listener.port_range.max = {distribution}\n\
         vm_memory_high_watermark.absolute = 512MB\n\
         disk_free_limit.absolute = 50MB\n\
         log.console = true\n\
         log.file = false\n"
    );
    fs::write(directory.join("rabbitmq.conf"), settings)
}

fn environment(command: &mut Command, directory: &Path, ports: Ports) {
    command
        .env("HOME", directory.join("home"))
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("ERL_EPMD_PORT", ports.epmd.to_string())
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_NODENAME", NODE)
        .env("RABBITMQ_CONFIG_FILE", directory.join("rabbitmq.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", directory.join("enabled_plugins"))
        .env("RABBITMQ_MNESIA_BASE", directory.join("mnesia"))
        .env("RABBITMQ_LOG_BASE", directory.join("log"))
        .env("RABBITMQ_GENERATED_CONFIG_DIR", directory.join("config"))
        .env("RABBITMQ_PID_FILE", directory.join("pid"))
        // Schedulers that do not spin: there are others on the machine.
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none");
}
