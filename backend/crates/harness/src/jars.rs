//! The jars of servers that run on Java, copied once from Maven Central.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{HarnessError, cache::cached, command::run, executable::Executable};

/// Where to look first: a machine may have several versions.
pub(crate) const JDK_17: &[&str] =
    &["/usr/lib/jvm/java-17-openjdk-amd64/bin", "/usr/lib/jvm/java-17-openjdk-arm64/bin"];
/// Runs the servers.
const JAVA: Executable = Executable {
    name: "Java 17",
    install: "apt-get install openjdk-17-jdk-headless",
    file: "java",
    directories: JDK_17,
};
/// Fetches their jars.
const MAVEN: Executable =
    Executable { name: "Maven", install: "apt-get install maven", file: "mvn", directories: &[] };

/// A server's jars with all they need, as a pom names them.
pub(crate) struct Jars {
    /// The server, as a part of a file name.
    pub(crate) name: &'static str,
    /// The text of its pom.
    pub(crate) pom: &'static str,
}

impl Jars {
    /// The directory that holds them. The first time on a machine they are copied into the cache.
    ///
    /// # Errors
    /// [`HarnessError`] when they are not there, and Maven is not either or does not get them.
    pub(crate) fn directory(&self) -> Result<PathBuf, HarnessError> {
        cached(self.name, self.pom, |directory| {
            let pom = directory.join("pom.xml");
            fs::write(&pom, self.pom).map_err(HarnessError::io("write a pom"))?;
            run(Command::new(MAVEN.find()?)
                .args(["--batch-mode", "--quiet", "--file"])
                .arg(&pom)
                .arg("org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies")
                .arg("-DincludeScope=runtime")
                .arg(format!("-DoutputDirectory={}", directory.display())))
            .map(drop)
        })
    }
}

/// Java with a server's jars, set up to start soon rather than to be fast: the machine runs many servers.
#[derive(Debug, Clone)]
pub(crate) struct Java {
    executable: PathBuf,
    class_path: OsString,
}

impl Java {
    /// Java with the jars and classes of these directories.
    ///
    /// # Errors
    /// [`HarnessError::Missing`] without Java.
    pub(crate) fn with(directories: &[&Path]) -> Result<Self, HarnessError> {
        let mut class_path = OsString::new();
        for directory in directories {
            class_path.push(directory);
            class_path.push(":");
            class_path.push(directory.join("*"));
            class_path.push(":");
        }
        Ok(Self { executable: JAVA.find()?, class_path })
    }

    /// A command that runs `class` with options of the virtual machine.
    pub(crate) fn command<S: AsRef<str>>(&self, options: &[S], class: &str) -> Command {
        let mut command = Command::new(&self.executable);
        command.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
        command.args(options.iter().map(AsRef::as_ref));
        command.arg("-cp").arg(&self.class_path).arg(class);
        command
    }
}
