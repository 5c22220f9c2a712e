//! Cassandra 5: one node.

use std::{fs, path::Path};

use rustix::process::Signal;

use crate::{
    Access, HarnessError, Server,
    access::SERVER_PEM,
    guardian::Guardian,
    jars::{Jars, Java},
    launch::{Launch, Ready},
    ports,
    server::{one_per_process, with_free_ports},
};

const JARS: Jars = Jars { name: "cassandra", pom: include_str!("../services/cassandra/pom.xml") };

/// Measures objects for the node, as an agent of its virtual machine.
const AGENT: &str = "jamm-0.4.0.jar";

const OPTIONS: &[&str] = &[
    "-Xms128m",
    "-Xmx256m",
    "-XX:MaxDirectMemorySize=128m",
    "-Xss512k",
    "-Djdk.attach.allowAttachSelf=true",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.ring_delay_ms=1",
    "-Dcassandra-foreground=yes",
];

/// What the node uses of the inside of Java 17.
const EXPORTS: &[&str] = &[
    "java.base/java.lang.ref",
    "java.base/jdk.internal.misc",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "jdk.attach/sun.tools.attach",
    "jdk.compiler/com.sun.tools.javac.file",
    "jdk.unsupported/sun.misc",
];
const OPENS: &[&str] = &[
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.compiler/com.sun.tools.javac",
    "jdk.management/com.sun.management.internal",
];

/// What is added for one that asks nobody who they are.
const OPEN: &str = "authenticator: AllowAllAuthenticator\n";
/// The first user, whom the node makes by itself.
const USER: (&str, &str) = ("cassandra", "cassandra");
/// It makes that user at once, with a hash that costs little.
const SECURED_OPTIONS: &[&str] =
    &["-Dcassandra.superuser_setup_delay_ms=0", "-Dcassandra.auth_bcrypt_gensalt_log2_rounds=4"];

const LOGGING: &str = r#"<configuration>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level %date{HH:mm:ss.SSS} [%thread] %logger{0} - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="console"/></root>
</configuration>
"#;

/// A Cassandra of one node, in the datacenter `datacenter1`. A write is on disk when it is answered.
#[derive(Debug)]
pub struct Cassandra {
    server: Server,
    port: u16,
}

impl Cassandra {
    /// Starts one that speaks to everybody.
    ///
    /// # Errors
    /// [`HarnessError`] when it cannot be had or does not become ready.
    pub fn start() -> Result<Self, HarnessError> {
        Self::launch(&[], |_| Ok((OPEN.to_owned(), ()))).map(|(cassandra, ())| cassandra)
    }

    /// Starts one that encrypts, with a certificate for `localhost` and not for its address, and asks for a password.
    ///
    /// # Errors
    /// Those of [`Self::start`], and when OpenSSL is not there.
    pub fn secured() -> Result<(Self, Access), HarnessError> {
        Self::launch(SECURED_OPTIONS, |directory| {
            let access = Access::make(directory, "DNS:localhost", USER)?;
            Ok((secured(directory), access))
        })
    }

    /// Starts one with more options, and with what `prepare` puts into its directory and adds to its settings.
    fn launch<T>(
        more: &'static [&'static str],
        prepare: impl Fn(&Path) -> Result<(String, T), HarnessError>,
    ) -> Result<(Self, T), HarnessError> {
        let jars = JARS.directory()?;
        let java = Java::with(&[&jars])?;
        with_free_ports(|| {
            let [port, storage] = ports::free()?;
            let guardian = Guardian::new("cassandra", "")?;
            let write = |name: &str, text: &str| {
                fs::write(guardian.directory().join(name), text)
                    .map_err(HarnessError::io("write the settings of Cassandra"))
            };
            let (added, prepared) = prepare(guardian.directory())?;
            write("cassandra.yaml", &(settings(port, storage) + &added))?;
            write("logback.xml", LOGGING)?;
            let (java, agent) = (java.clone(), jars.join(AGENT));
            let launch = Launch {
                name: "Cassandra 5",
                command: Box::new(move |directory| {
                    let mut options = options(directory, &agent);
                    options.extend(more.iter().map(|&option| option.to_owned()));
                    java.command(&options, "org.apache.cassandra.service.CassandraDaemon")
                }),
                ready: Ready::Log("Startup complete"),
                stop: Signal::TERM,
            };
            Ok((Self { server: Server::start(guardian, launch)?, port }, prepared))
        })
    }

    /// `127.0.0.1:PORT`
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

one_per_process!(Cassandra);

fn options(directory: &Path, agent: &Path) -> Vec<String> {
    let directory = directory.display();
    let mut options: Vec<String> = OPTIONS.iter().map(|&option| option.to_owned()).collect();
    options.extend(EXPORTS.iter().map(|package| format!("--add-exports={package}=ALL-UNNAMED")));
    options.extend(OPENS.iter().map(|package| format!("--add-opens={package}=ALL-UNNAMED")));
    options.extend([
        format!("-javaagent:{}", agent.display()),
        format!("-Dcassandra.config=file://{directory}/cassandra.yaml"),
        format!("-Dcassandra.storagedir={directory}/data"),
        format!("-Dcassandra.logdir={directory}/log"),
        format!("-Dlogback.configurationFile={directory}/logback.xml"),
    ]);
    options
}

fn settings(port: u16, storage: u16) -> String {
    format!(
        r#"cluster_name: kith-test
num_tokens: 1
initial_token: 0
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider: [{{class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{{seeds: "127.0.0.1:{storage}"}}]}}]
listen_address: 127.0.0.1
storage_port: {storage}
rpc_address: 127.0.0.1
start_native_transport: true
native_transport_port: {port}
# A write is answered after it was synced; those that arrive within 10 ms share a sync.
commitlog_sync: group
commitlog_sync_group_window: 10ms
commitlog_segment_size: 4MiB
commitlog_total_space: 64MiB
memtable_heap_space: 64MiB
memtable_offheap_space: 32MiB
file_cache_size: 32MiB
networking_cache_size: 16MiB
concurrent_reads: 8
# Each waits for a sync: what 10 ms bring is at most this many.
concurrent_writes: 128
concurrent_compactors: 1
# A busy machine is late, not broken.
read_request_timeout: 20s
write_request_timeout: 20s
request_timeout: 20s
auto_snapshot: false
hinted_handoff_enabled: false
authorizer: AllowAllAuthorizer
"#
    )
}

/// What is added for one that encrypts, and asks.
fn secured(directory: &Path) -> String {
    let directory = directory.display();
    format!(
        r#"authenticator: PasswordAuthenticator
client_encryption_options:
  enabled: true
  optional: false
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: {directory}/{SERVER_PEM}
"#
    )
}
