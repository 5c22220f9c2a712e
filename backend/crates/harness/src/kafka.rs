//! Kafka 4: a broker that is its own controller.

use std::{fs, path::Path};

use rustix::process::Signal;

use crate::{
    Access, HarnessError, Server,
    access::SERVER_PEM,
    command::run,
    guardian::Guardian,
    jars::{Jars, Java},
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

const JARS: Jars = Jars { name: "kafka", pom: include_str!("../services/kafka/pom.xml") };
/// A name that is no option: a random one may begin with a dash.
const CLUSTER: &str = "kithTestClusterAAAAAAAA";
/// What is added for one that asks nobody who they are.
const OPEN: &str =
    "listener.security.protocol.map=BROKER:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT\n";
/// Whom one knows that asks.
const USER: (&str, &str) = ("kith", "open-sesame");

/// A Kafka of one broker. It makes no topics by itself.
#[derive(Debug)]
pub struct Kafka {
    server: Server,
    port: u16,
}

impl Kafka {
    /// Starts one that speaks to everybody.
    ///
    /// # Errors
    /// [`HarnessError`] when it cannot be had or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        Self::launch(&[], |_| Ok((OPEN.to_owned(), ()))).map(|(kafka, ())| kafka)
    }

    /// Starts one that encrypts, and takes its user by `PLAIN` and by `SCRAM-SHA-512`.
    ///
    /// # Errors
    /// Those of [`Self::start`], and when OpenSSL is not there.
    pub fn secured() -> Result<(Self, Access), HarnessError> {
        let (user, password) = USER;
        let scram = format!("SCRAM-SHA-512=[name={user},password={password},iterations=4096]");
        Self::launch(&["--add-scram", &scram], |directory| {
            let access = Access::make(directory, "IP:127.0.0.1", USER)?;
            Ok((secured(directory), access))
        })
    }

    /// Starts one whose directory is formatted with more arguments, and with what `prepare` puts there and adds to its
    /// settings.
    fn launch<T>(
        more: &[&str],
        prepare: impl Fn(&Path) -> Result<(String, T), HarnessError>,
    ) -> Result<(Self, T), HarnessError> {
        let java = Java::with(&[&JARS.directory()?])?;
        with_free_ports(|| {
            let [port, internal, controller] = ports::free()?;
            let guardian = Guardian::new("kafka", "")?;
            let (added, prepared) = prepare(guardian.directory())?;
            let settings = settings(guardian.directory(), port, internal, controller) + &added;
            fs::write(guardian.directory().join("server.properties"), settings)
                .map_err(HarnessError::io("write the settings of Kafka"))?;
            format(&java, guardian.directory(), more)?;
            let java = java.clone();
            let launch = Launch {
                name: "Kafka 4",
                command: Box::new(move |_| {
                    let options = ["-Xms64m", "-Xmx256m", "-Dorg.slf4j.simpleLogger.logFile=System.out"];
                    let mut command = java.command(&options, "kafka.Kafka");
                    command.arg("server.properties");
                    command
                }),
                ready: Ready::Log("Kafka Server started"),
                stop: Signal::TERM,
            };
            Ok((Self { server: Server::start(guardian, launch)?, port }, prepared))
        })
    }

    /// `127.0.0.1:PORT`
    #[must_use]
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

one_per_process!(Kafka);

/// Prepares the directory of the broker's data.
fn format(java: &Java, directory: &Path, more: &[&str]) -> Result<(), HarnessError> {
    let mut command = java.command::<&str>(&[], "kafka.tools.StorageTool");
    let arguments = ["format", "--standalone", "-t", CLUSTER, "-c", "server.properties"];
    run(command.args(arguments).args(more).current_dir(directory)).map(drop)
}

/// A listener for clients, one for the broker itself, and one for its controller.
fn settings(directory: &Path, port: u16, internal: u16, controller: u16) -> String {
    let data = directory.join("data");
    let listeners = format!(
        "BROKER://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}"
    );
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\n\
         listeners={listeners}\n\
         advertised.listeners={listeners}\n\
         inter.broker.listener.name=INTERNAL\n\
         log.dirs={}\n\
         auto.create.topics.enable=false\n\
         offsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=3\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         transaction.state.log.num.partitions=3\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         share.coordinator.state.topic.num.partitions=3\n\
         group.initial.rebalance.delay.ms=0\n\
         group.consumer.min.session.timeout.ms=10000\n\
         group.consumer.session.timeout.ms=10000\n\
         group.consumer.min.heartbeat.interval.ms=2000\n\
         group.consumer.heartbeat.interval.ms=2000\n\
         num.network.threads=1\n\
         num.io.threads=2\n\
         log.cleaner.dedupe.buffer.size=8388608\n\
         log.segment.bytes=16777216\n",
        data.display()
    )
}

/// What is added for one that encrypts, and asks.
fn secured(directory: &Path) -> String {
    let (user, password) = USER;
    let certificate = directory.join(SERVER_PEM);
    let modules = "org.apache.kafka.common.security";
    format!(
        "listener.security.protocol.map=BROKER:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         listener.name.broker.ssl.keystore.type=PEM\n\
         listener.name.broker.ssl.keystore.location={}\n\
         listener.name.broker.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512\n\
         listener.name.broker.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required \
         user_{user}=\"{password}\";\n\
         listener.name.broker.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule required;\n",
        certificate.display()
    )
}
