//! Reads the settings from their sources.

use std::ffi::OsString;

use config::{Environment, File, FileFormat, Map, Value};

use super::{
    Cluster, Config, Faults, Files, Gateway, Log, Provider, Push, S3, Server, Storage,
    validate::{missing, validate},
};
use crate::{
    assembly::remote::{self, Service},
    commands::ServeFlags,
};

/// Reads and checks the settings.
///
/// # Errors
/// [`Faults`] with everything that is wrong.
pub(crate) fn load(flags: &ServeFlags) -> Result<Config, Faults> {
    read(flags, &remote::built_in(), validate)
}

/// Reads the settings for work on the store alone: the rules for serving do not matter to it. A service that this binary
/// lacks does, as it would work on another store than the server.
///
/// # Errors
/// [`Faults`] with everything that cannot be read or used.
pub(crate) fn load_for_store(flags: &ServeFlags) -> Result<Config, Faults> {
    read(flags, &remote::built_in(), |_, _| {})
}

fn read(
    flags: &ServeFlags,
    built_in: &[Service],
    check: impl FnOnce(&Config, &mut Vec<String>),
) -> Result<Config, Faults> {
    let mut builder = config::Config::builder();
    if let Some(file) = &flags.config {
        builder = builder.add_source(File::from(file.as_path()).format(FileFormat::Toml).required(true));
    }
    builder = builder
        .add_source(
            environment()
                .list_separator(",")
                .try_parsing(true)
                .with_list_parse_key("server.roles")
                .with_list_parse_key("server.trusted_proxies")
                .with_list_parse_key("cluster.kafka_brokers")
                .with_list_parse_key("cluster.cassandra_nodes"),
        )
        .add_source(environment().source(Some(texts(std::env::vars_os()))));
    let read = builder.build().and_then(|built| built.try_deserialize::<Map<String, Value>>());
    let tables = read.map_err(|error| Faults(vec![error.to_string()]))?;
    let mut faults = Vec::new();
    let mut config = from_tables(tables, &mut faults);
    apply(flags, &mut config);
    faults.extend(missing(&config, built_in));
    check(&config, &mut faults);
    if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) }
}

fn environment() -> Environment {
    Environment::with_prefix("KITH").prefix_separator("__").separator("__")
}

/// The variables that are texts, whatever they look like: parsed as a number, the password `007` would be another one.
fn texts(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Map<String, String> {
    const ENDS: [&str; 4] = ["_USER", "_PASSWORD", "_SECRET", "_KEY"];
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let is_one = |(name, _): &(String, String)| ENDS.iter().any(|end| name.to_uppercase().ends_with(end));
    variables.into_iter().filter_map(text).filter(is_one).collect()
}

fn from_tables(tables: Map<String, Value>, faults: &mut Vec<String>) -> Config {
    let mut config = Config::default();
    let mut sections: Vec<_> = tables.into_iter().collect();
    sections.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in sections {
        let table = match value.into_table() {
            Ok(table) => table,
            Err(error) => {
                faults.push(format!("{name}: {error}"));
                continue;
            }
        };
        match name.as_str() {
            "server" => config.server = Server::read(table, &name, faults),
            "storage" => config.storage = Storage::read(table, &name, faults),
            "files" => config.files = Files::read(table, &name, faults),
            "cluster" => config.cluster = Cluster::read(table, &name, faults),
            "s3" => config.s3 = S3::read(table, &name, faults),
            "push" => config.push = Push::read(table, &name, faults),
            "gateway" => config.gateway = Gateway::read(table, &name, faults),
            "log" => config.log = Log::read(table, &name, faults),
            "providers" => {
                for (id, value) in table {
                    let path = format!("providers.{id}");
                    match value.into_table() {
                        Ok(table) => {
                            config.providers.insert(id, Provider::read(table, &path, faults));
                        }
                        Err(error) => faults.push(format!("{path}: {error}")),
                    }
                }
            }
            _ => faults.push(format!("{name}: there is no such section")),
        }
    }
    config
}

fn apply(flags: &ServeFlags, config: &mut Config) {
    let server = &mut config.server;
    server.dev |= flags.dev;
    server.no_limits |= flags.no_limits;
    if let Some(listen) = flags.listen {
        server.listen = listen;
    }
    if let Some(roles) = &flags.roles {
        server.roles.clone_from(roles);
    }
    if flags.clock_offset_file.is_some() {
        server.clock_offset_file.clone_from(&flags.clock_offset_file);
    }
    if let Some(data_dir) = &flags.data_dir {
        config.storage.data_dir.clone_from(data_dir);
    }
}

#[cfg(test)]
mod fuzz;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Reads a file as a binary does that has these services.
    fn read_text(
        text: &str,
        mut flags: ServeFlags,
        built_in: &[Service],
        check: impl FnOnce(&Config, &mut Vec<String>),
    ) -> Result<Config, Vec<String>> {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
        file.write_all(text.as_bytes()).expect("writes");
        flags.config = Some(file.path().to_owned());
        read(&flags, built_in, check).map_err(|faults| faults.0)
    }

    fn load_text(text: &str, flags: ServeFlags) -> Result<Config, Vec<String>> {
        read_text(text, flags, &Service::ALL, validate)
    }

    fn dev() -> ServeFlags {
        ServeFlags { dev: true, ..ServeFlags::default() }
    }

    #[test]
    fn every_fault_is_listed_at_once() {
        let text = "
            colour = { red = 1 }
            [server]
            listen = 'nowhere'
            node = 5000
            spped = 3
            roles = ['api', 'juggler']
            [providers.google]
            client_id = 'x'
        ";
        let faults = load_text(text, dev()).unwrap_err().join("\n");
        for part in [
            "colour: there is no such section",
            "server.listen:",
            "server.node: 5000",
            "server.spped: there is no such setting",
            "juggler",
            "providers.google.issuer",
            "providers.google.client_secret",
        ] {
            assert!(faults.contains(part), "{part:?} in\n{faults}");
        }
    }

    #[test]
    fn the_dev_provider_stays_on_loopback() {
        for (listen, accepted) in [
            ("127.0.0.1:0", true),
            ("[::1]:0", true),
            ("0.0.0.0:0", false),
            ("[::]:0", false),
            ("192.168.1.5:0", false),
        ] {
            let flags = ServeFlags { listen: Some(listen.parse().unwrap()), ..dev() };
            assert_eq!(load(&flags).is_ok(), accepted, "{listen}");
        }
    }

    #[test]
    fn what_is_for_ones_own_machine_needs_dev() {
        let production = "
            [server]
            origin = 'https://kith.example'
            [files]
            public_origin = 'https://files.kith.example'
            [providers.google]
            name = 'Google'
            issuer = 'https://accounts.example'
            client_id = 'x'
            client_secret = 'y'
        ";
        assert!(load_text(production, ServeFlags::default()).is_ok());
        for flags in [
            ServeFlags { no_limits: true, ..ServeFlags::default() },
            ServeFlags { clock_offset_file: Some("offset".into()), ..ServeFlags::default() },
        ] {
            assert!(load_text(production, flags).is_err());
        }
        // Files share nothing with the pages.
        for files in ["", "public_origin = 'https://kith.example'", "public_origin = 'http://files.example'"]
        {
            let text = production.replace("public_origin = 'https://files.kith.example'", files);
            let faults = load_text(&text, ServeFlags::default()).unwrap_err();
            assert!(faults.len() == 1 && faults[0].starts_with("files.public_origin: "), "{faults:?}");
        }
        // Without providers nobody could sign in.
        assert!(load(&ServeFlags::default()).is_err());
    }

    #[test]
    fn a_cluster_is_whole_or_not_there() {
        let text = "
            [cluster]
            database_url = 'mysql://u:canary-77@db/kith'
            rabbitmq_url = 'amqp://guest:guest@mq/%2f'
        ";
        let faults = load_text(text, dev()).unwrap_err().join("\n");
        for part in [
            "cluster.database_url: not an address",
            "cluster.redis_url: missing",
            "cluster.keys_dir: missing",
        ] {
            assert!(faults.contains(part), "{part:?} in\n{faults}");
        }
        assert!(!faults.contains("canary-77") && !faults.contains("rabbitmq"), "{faults}");
    }

    #[test]
    fn a_service_that_is_not_built_in_is_refused_with_every_other_fault() {
        let text = "
            [cluster]
            database_url = 'postgres://db/kith'
            kafka_brokers = ['kafka-1']
            [log]
            format = 'xml'
        ";
        let lacking = [
            "cluster.database_url: this binary was built without PostgreSQL; build it with --features postgres",
            "cluster.kafka_brokers: this binary was built without Kafka; build it with --features kafka",
        ];
        let faults = read_text(text, dev(), &[], validate).unwrap_err();
        assert_eq!(faults[..2], lacking);
        let faults = faults.join("\n");
        for part in [
            "log.format: xml",
            "cluster.kafka_brokers: \"kafka-1\" is not HOST:PORT",
            "cluster.redis_url: missing",
            "cluster.keys_dir: missing",
        ] {
            assert!(faults.contains(part), "{part:?} in\n{faults}");
        }
        // The command line must not take the data directory for the store either.
        assert_eq!(read_text(text, dev(), &[], |_, _| {}).unwrap_err(), lacking);
        assert!(read_text(text, dev(), &Service::ALL, |_, _| {}).is_ok());
    }

    #[cfg(feature = "fcm")]
    #[test]
    fn a_key_of_the_push_service_is_looked_at_before_anything_is_opened() {
        let mut key = tempfile::NamedTempFile::new().expect("a file");
        key.write_all(b"\"-----BEGIN PRIVATE KEY----- canary-3c81\"").expect("writes");
        let path = key.path().display();
        for (push, dev_fault, fault) in [
            (format!("fcm_service_account_file = '{path}'"), "is no key file", "is no key file"),
            ("fcm_service_account_file = '/nowhere'".to_owned(), "No such file", "No such file"),
            ("fcm_service_account_file = '/'".to_owned(), "not a file", "not a file"),
            ("fcm_endpoint = 'https://fcm.example'".to_owned(), "file: missing", "needs --dev"),
            ("fcm_endpoint = 'fcm.example'".to_owned(), "is no origin", "is no origin"),
            ("fcm_endpoint = 'https://fcm.example/v1'".to_owned(), "is no origin", "is no origin"),
        ] {
            for (flags, part) in [(dev(), dev_fault), (ServeFlags::default(), fault)] {
                let faults = load_text(&format!("[push]\n{push}"), flags).unwrap_err().join("\n");
                assert!(faults.contains(part), "{part:?} in\n{faults}");
                assert!(!faults.contains("canary-3c81"), "{faults}");
            }
        }
    }

    #[test]
    fn a_password_may_look_like_a_number() {
        let variables = [
            ("KITH__CLUSTER__KAFKA_USER", "1e3"),
            ("KITH__CLUSTER__KAFKA_PASSWORD", "007"),
            ("KITH__S3__SECRET_ACCESS_KEY", "+5"),
            ("KITH__PROVIDERS__GOOGLE__CLIENT_SECRET", "1.0"),
            ("KITH__CLUSTER__KAFKA_PARTITIONS", "8"),
        ];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        let source = environment().source(Some(texts(variables)));
        let read = config::Config::builder().add_source(source).build().expect("settings");
        for (name, value) in [
            ("cluster.kafka_user", Some("1e3")),
            ("cluster.kafka_password", Some("007")),
            ("s3.secret_access_key", Some("+5")),
            ("providers.google.client_secret", Some("1.0")),
            ("cluster.kafka_partitions", None),
        ] {
            assert_eq!(read.get_string(name).ok().as_deref(), value, "{name}");
        }
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let text = "
            [providers.google]
            name = 'Google'
            issuer = 'https://accounts.example'
            client_id = 'x'
            client_secret = 'canary-7f3a'
            [cluster]
            database_url = 'postgres://u:canary-7f3a@db/kith'
            redis_url = 'redis://:canary-7f3a@cache'
            keys_dir = '/keys'
            kafka_brokers = ['kafka-1:9093']
            kafka_user = 'kith'
            kafka_password = 'canary-7f3a'
            cassandra_nodes = ['cassandra-1:9042']
            cassandra_user = 'kith'
            cassandra_password = 'canary-7f3a'
        ";
        let config = load_text(text, dev()).unwrap();
        assert!(config.cluster.kafka_password.is_some() && config.cluster.cassandra_password.is_some());
        assert!(!format!("{config:?}").contains("canary-7f3a"));
    }
}
