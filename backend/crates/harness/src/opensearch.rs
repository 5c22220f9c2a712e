//! OpenSearch 2, as a node of its own without a distribution.

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
    http,
    jars::{JDK_17, Jars, Java},
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

const JARS: Jars = Jars { name: "opensearch", pom: include_str!("../services/opensearch/pom.xml") };
/// Compiles the class that starts it.
const JAVAC: Executable = Executable {
    name: "Java 17",
    install: "apt-get install openjdk-17-jdk-headless",
    file: "javac",
    directories: JDK_17,
};
const NODE: &str = include_str!("../services/opensearch/SearchNode.java");
const LOGGING: &str = include_str!("../services/opensearch/log4j2.properties");

/// An OpenSearch node.
#[derive(Debug)]
pub struct OpenSearch {
    server: Server,
    port: u16,
}

impl OpenSearch {
    /// Starts one.
    ///
    /// # Errors
    /// [`HarnessError`] when it cannot be had or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        let jars = JARS.directory()?;
        let java = Java::with(&[&compiled(&jars)?, &jars])?;
        with_free_ports(|| {
            let [port, transport] = ports::free()?;
            let guardian = Guardian::new("opensearch", "")?;
            fs::write(guardian.directory().join("log4j2.properties"), LOGGING)
                .map_err(HarnessError::io("write the settings of OpenSearch"))?;
            let java = java.clone();
            let launch = Launch {
                name: "OpenSearch 2",
                command: Box::new(move |_| {
                    let options = [
                        "-Xms256m",
                        "-Xmx512m",
                        "-Dlog4j2.configurationFile=log4j2.properties",
                        "-Dopensearch.set.netty.runtime.available.processors=false",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                    ];
                    let mut command = java.command(&options, "SearchNode");
                    command.arg("home").args([
                        "cluster.name=kith-test",
                        "discovery.type=single-node",
                        "node.name=one",
                        "network.host=127.0.0.1",
                        "http.type=netty4",
                        "transport.type=netty4",
                        // A full disk of the machine is none of its business.
                        "cluster.routing.allocation.disk.threshold_enabled=false",
                        "+org.opensearch.transport.Netty4Plugin",
                        "+org.opensearch.analysis.common.CommonAnalysisPlugin",
                        "+org.opensearch.painless.PainlessPlugin",
                    ]);
                    command.args([format!("http.port={port}"), format!("transport.port={transport}")]);
                    command
                }),
                ready: Ready::Probe(Box::new(move || is_healthy(port))),
                stop: Signal::TERM,
            };
            Ok(Self { server: Server::start(guardian, launch)?, port })
        })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

one_per_process!(OpenSearch);

/// The directory of the class that starts a node, compiled the first time on a machine.
fn compiled(jars: &Path) -> Result<PathBuf, HarnessError> {
    cached("opensearch-node", &[NODE, JARS.pom].concat(), |directory| {
        let source = directory.join("SearchNode.java");
        fs::write(&source, NODE).map_err(HarnessError::io("write SearchNode.java"))?;
        let mut javac = Command::new(JAVAC.find()?);
        run(javac.arg("-cp").arg(jars.join("*")).arg("-d").arg(directory).arg(source)).map(drop)
    })
}

/// Whether every part of every index can be asked.
fn is_healthy(port: u16) -> bool {
    http::get(port, "/_cluster/health").is_some_and(|health| !health.contains(r#""status":"red""#))
}
