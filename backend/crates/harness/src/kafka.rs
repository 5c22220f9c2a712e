//! Kafka 4: a broker that is its own controller.

use std::{fs, path::Path};

use rustix::process::Signal;

use crate::{
    HarnessError, Server,
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

/// A Kafka of one broker. It makes no topics by itself.
#[derive(Debug)]
pub struct Kafka {
    server: Server,
    port: u16,
}

impl Kafka {
    /// Starts one.
    ///
    /// # Errors
    /// [`HarnessError`] when it cannot be had or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        let java = Java::with(&[&JARS.directory()?])?;
        with_free_ports(|| {
            let [port, controller] = ports::free()?;
            let guardian = Guardian::new("kafka", "")?;
            fs::write(
                guardian.directory().join("server.properties"),
                settings(guardian.directory(), port, controller),
            )
            .map_err(HarnessError::io("write the settings of Kafka"))?;
            format(&java, guardian.directory())?;
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
            Ok(Self { server: Server::start(guardian, launch)?, port })
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
fn format(java: &Java, directory: &Path) -> Result<(), HarnessError> {
    let mut command = java.command::<&str>(&[], "kafka.tools.StorageTool");
    let arguments = ["format", "--standalone", "-t", CLUSTER, "-c", "server.properties"];
    run(command.args(arguments).current_dir(directory)).map(drop)
}

fn settings(directory: &Path, port: u16, controller: u16) -> String {
    let data = directory.join("data");
    let listeners = format!("BROKER://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}");
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\n\
         listeners={listeners}\n\
         advertised.listeners={listeners}\n\
         listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         inter.broker.listener.name=BROKER\n\
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
