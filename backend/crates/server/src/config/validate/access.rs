//! How nodes come to Kafka and Cassandra: encrypted or not, and as whom.

use std::{fs::File, io::Read as _, path::Path};

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use secrecy::SecretString;

use crate::config::Cluster;

/// Above the size of any file of authorities; those of a whole system have some 250 KiB.
const MAX_CA_FILE: u64 = 4 << 20;
const SASL: [&str; 2] = ["scram-sha-512", "plain"];

/// The settings of one service, by the word that they begin with.
struct Access<'a> {
    prefix: &'static str,
    /// The setting that says where the service is, and whether it does.
    place: (&'static str, bool),
    ca_file: Option<&'a Path>,
    user: &'a Option<String>,
    password: &'a Option<SecretString>,
    sasl: &'a Option<String>,
}

/// What belongs together is there together, and a password goes to nobody in clear but on one's own machine.
pub(super) fn check(cluster: &Cluster, dev: bool, faults: &mut Vec<String>) {
    let kafka = Access {
        prefix: "kafka",
        place: ("kafka_brokers", !cluster.kafka_brokers.is_empty()),
        ca_file: cluster.kafka_ca_file.as_deref(),
        user: &cluster.kafka_user,
        password: &cluster.kafka_password,
        sasl: &cluster.kafka_sasl,
    };
    let cassandra = Access {
        prefix: "cassandra",
        place: ("cassandra_nodes", !cluster.cassandra_nodes.is_empty()),
        ca_file: cluster.cassandra_ca_file.as_deref(),
        user: &cluster.cassandra_user,
        password: &cluster.cassandra_password,
        sasl: &None,
    };
    for access in [kafka, cassandra] {
        access.check(dev, faults);
    }
}

impl Access<'_> {
    fn check(&self, dev: bool, faults: &mut Vec<String>) {
        let Self { prefix, place: (place, named), ca_file, user, password, sasl } = self;
        let any = ca_file.is_some() || user.is_some() || password.is_some() || sasl.is_some();
        if any && !named {
            faults.push(format!("cluster.{place}: missing; other settings say how to come there"));
        }
        if user.is_none() && (password.is_some() || sasl.is_some()) {
            faults.push(format!("cluster.{prefix}_user: missing; a password belongs to a user"));
        }
        if password.is_none() && user.is_some() {
            faults.push(format!("cluster.{prefix}_password: missing; a user signs in with one"));
        }
        if password.is_some() && ca_file.is_none() && !dev {
            faults.push(format!(
                "cluster.{prefix}_ca_file: missing; a password goes over encrypted connections only"
            ));
        }
        if let Some(sasl) = sasl.as_ref().filter(|sasl| !SASL.contains(&sasl.as_str())) {
            faults.push(format!("cluster.{prefix}_sasl: {sasl} is none of {}", SASL.join(", ")));
        }
        if let Some(path) = ca_file
            && let Err(why) = check_authorities(path)
        {
            faults.push(format!("cluster.{prefix}_ca_file: {}: {why}", path.display()));
        }
    }
}

/// Whether a certificate can be read there. What it is worth is for the connection to say.
fn check_authorities(path: &Path) -> Result<(), String> {
    let text = read(path).map_err(|error| error.to_string())?;
    match CertificateDer::pem_slice_iter(&text).next() {
        Some(Ok(_)) => Ok(()),
        _ => Err("there is no certificate in it, as PEM".to_owned()),
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(MAX_CA_FILE).read_to_end(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Some settings, of Kafka and of Cassandra.
    fn cluster(settings: &[&str], ca_file: &Path) -> [Cluster; 2] {
        let has = |name| settings.contains(&name);
        let list = |name| if has(name) { vec!["there:1".to_owned()] } else { Vec::new() };
        let text = |name| has(name).then(|| "kith".to_owned());
        let secret = |name| has(name).then(|| SecretString::from("canary-5b09"));
        let file = |name| has(name).then(|| ca_file.to_owned());
        [
            Cluster {
                kafka_brokers: list("place"),
                kafka_ca_file: file("ca_file"),
                kafka_user: text("user"),
                kafka_password: secret("password"),
                ..Cluster::default()
            },
            Cluster {
                cassandra_nodes: list("place"),
                cassandra_ca_file: file("ca_file"),
                cassandra_user: text("user"),
                cassandra_password: secret("password"),
                ..Cluster::default()
            },
        ]
    }

    fn faults(cluster: &Cluster, dev: bool) -> Vec<String> {
        let mut faults = Vec::new();
        check(cluster, dev, &mut faults);
        faults
    }

    /// The names of the settings that faults begin with, without the service.
    fn named(faults: &[String], prefix: &str) -> Vec<String> {
        let name = |fault: &String| {
            let name = fault.split(':').next()?.strip_prefix("cluster.")?.strip_prefix(prefix)?;
            Some(name.trim_start_matches('_').to_owned())
        };
        faults.iter().map(|fault| name(fault).unwrap_or_else(|| fault.clone())).collect()
    }

    fn a_ca_file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("writes");
        file
    }

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn what_belongs_together_is_there_together() {
        let file = a_ca_file(CERTIFICATE);
        // Settings, and which of them are wrong in production and on one's own machine.
        let cases: &[(&[&str], &[&str], &[&str])] = &[
            (&[], &[], &[]),
            (&["place"], &[], &[]),
            (&["place", "ca_file"], &[], &[]),
            (&["place", "ca_file", "user", "password"], &[], &[]),
            (&["place", "user", "password"], &["ca_file"], &[]),
            (&["place", "ca_file", "user"], &["password"], &["password"]),
            (&["place", "ca_file", "password"], &["user"], &["user"]),
            (&["place", "user"], &["password"], &["password"]),
            (&["place", "password"], &["user", "ca_file"], &["user"]),
            (&["ca_file"], &["PLACE"], &["PLACE"]),
            (&["user"], &["PLACE", "password"], &["PLACE", "password"]),
            (&["password"], &["PLACE", "user", "ca_file"], &["PLACE", "user"]),
        ];
        for (settings, production, dev) in cases {
            let [kafka, cassandra] = cluster(settings, file.path());
            for (cluster, prefix, place) in [(kafka, "kafka", "brokers"), (cassandra, "cassandra", "nodes")] {
                for (wrong, at_home) in [(production, false), (dev, true)] {
                    let faults = faults(&cluster, at_home);
                    let expected = wrong.iter().map(|name| if *name == "PLACE" { place } else { name });
                    assert_eq!(named(&faults, prefix), expected.collect::<Vec<_>>(), "{settings:?}");
                    assert!(!faults.join("\n").contains("canary-5b09"), "{faults:?}");
                }
            }
        }
    }

    #[test]
    fn a_file_of_authorities_is_looked_at() {
        for (file, why) in [
            (a_ca_file("no PEM"), "there is no certificate in it"),
            (a_ca_file("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "no certificate"),
        ] {
            for cluster in cluster(&["place", "ca_file"], file.path()) {
                let faults = faults(&cluster, false);
                assert!(faults.len() == 1 && faults[0].contains(why), "{faults:?}");
            }
        }
        for (path, why) in [("/nowhere", "No such file"), ("/", "not a file")] {
            for cluster in cluster(&["place", "ca_file"], Path::new(path)) {
                let faults = faults(&cluster, false);
                assert!(faults.len() == 1 && faults[0].contains(why), "{faults:?}");
            }
        }
    }

    #[test]
    fn how_a_user_is_shown_to_kafka() {
        let file = a_ca_file(CERTIFICATE);
        let everything = ["place", "ca_file", "user", "password"];
        for (sasl, settings, wrong) in [
            ("scram-sha-512", &everything[..], &[][..]),
            ("plain", &everything, &[]),
            ("PLAIN", &everything, &["sasl"]),
            ("gssapi", &everything, &["sasl"]),
            ("plain", &everything[..2], &["user"]),
        ] {
            let [kafka, _] = cluster(settings, file.path());
            let kafka = Cluster { kafka_sasl: Some(sasl.to_owned()), ..kafka };
            assert_eq!(named(&faults(&kafka, false), "kafka"), wrong, "{sasl}");
        }
    }
}
