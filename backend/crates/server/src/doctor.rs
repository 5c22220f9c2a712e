//! `kith doctor`: checks the configuration and every dependency, and says what to fix.

use std::net::TcpListener;

use kith_domain::ports::Store as _;

use crate::{
    assembly,
    commands::ServeFlags,
    config::{self, Config},
};

/// The descriptors a node wants: one per socket, and some for everything else.
const SPARE_DESCRIPTORS: u64 = 256;

/// Prints a line per check; fails when one failed.
pub(crate) fn run(flags: &ServeFlags) -> anyhow::Result<()> {
    let config = config::load(flags)?;
    println!("ok    configuration");
    let checks = [
        ("data directory", check_store(&config)),
        ("address", check_address(&config)),
        ("file descriptors", check_descriptors(&config)),
        ("identity providers", check_providers(&config)),
    ];
    let mut failed = 0;
    for (name, outcome) in checks {
        match outcome {
            Ok(text) => println!("ok    {name}: {text}"),
            Err(error) => {
                failed += 1;
                println!("FAIL  {name}: {error:#}");
            }
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of 4 checks failed");
    Ok(())
}

fn check_store(config: &Config) -> anyhow::Result<String> {
    let directory = config.storage.data_dir.display();
    if crate::control::is_running(&config.storage.data_dir) {
        return Ok(format!("{directory} is in use by a running server, which looks after it"));
    }
    assembly::block_on(async {
        let store = assembly::open_store(config, assembly::silent_bus()).await?;
        store.check().await?;
        let damage = store.integrity().await?;
        store.close().await;
        anyhow::ensure!(
            damage.is_empty(),
            "the database is damaged; restore a backup. SQLite says: {}",
            damage.join("; ")
        );
        anyhow::Ok(())
    })?;
    Ok(format!("{directory} opens, and its database is whole"))
}

fn check_address(config: &Config) -> anyhow::Result<String> {
    let address = config.server.listen;
    if crate::control::is_running(&config.storage.data_dir) {
        return Ok(format!("{address} is left to the running server"));
    }
    TcpListener::bind(address).map_err(|error| {
        anyhow::anyhow!("{address}: {error}; stop what listens there or choose another --listen")
    })?;
    Ok(format!("{address} is free"))
}

fn check_descriptors(config: &Config) -> anyhow::Result<String> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)).unwrap_or("0");
    if soft == "unlimited" {
        return Ok("no limit".to_owned());
    }
    let (have, want): (u64, u64) = (soft.parse()?, config.server.max_connections as u64 + SPARE_DESCRIPTORS);
    anyhow::ensure!(
        have >= want,
        "{have} are allowed, {want} are wanted: raise 'ulimit -n' or lower server.max_connections"
    );
    Ok(format!("{have} are allowed"))
}

fn check_providers(config: &Config) -> anyhow::Result<String> {
    let providers = assembly::block_on(assembly::reach_providers(config))?;
    let mut names = providers;
    if config.server.dev {
        names.push("dev".to_owned());
    }
    Ok(names.join(", "))
}
