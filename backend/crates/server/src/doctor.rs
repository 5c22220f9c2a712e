//! `kith doctor`: checks the configuration and every dependency, and says what to fix.

use std::net::TcpListener;

use kith_domain::Checkup;

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
    let mut checks = vec![
        ("address", check_address(&config)),
        ("file descriptors", check_descriptors(&config)),
        ("identity providers", check_providers(&config)),
    ];
    checks.extend(assembly::block_on(async { Ok(assembly::remote::check_up(&config).await) })?);
    // After what it needs.
    let store = if config.cluster.database_url.is_some() { "database" } else { "data directory" };
    checks.push((store, check_store(&config)));
    checks.push(("search index", check_search(&config)));
    let (count, mut failed) = (checks.len(), 0);
    for (name, outcome) in checks {
        match outcome {
            Ok(checkup) => {
                let sound = checkup.faults.is_empty();
                failed += usize::from(!sound);
                println!("{}  {name}: {}", if sound { "ok  " } else { "FAIL" }, checkup.found);
                for fault in checkup.faults {
                    println!("      - {fault}");
                }
                for warning in checkup.warnings {
                    println!("      - for production: {warning}");
                }
            }
            Err(error) => {
                failed += 1;
                println!("FAIL  {name}: {error:#}");
            }
        }
    }
    anyhow::ensure!(failed == 0, "{failed} of {count} checks failed");
    Ok(())
}

/// What a check comes to.
type Outcome = anyhow::Result<Checkup>;

fn check_store(config: &Config) -> Outcome {
    let shared = config.cluster.database_url.is_some();
    let directory = config.storage.data_dir.display();
    if !shared && crate::control::is_running(&config.storage.data_dir) {
        return Ok(Checkup::of(format!("{directory} is in use by a running server, which looks after it")));
    }
    assembly::block_on(async {
        let engine = assembly::open_store(config, assembly::silent_bus()).await?;
        engine.check().await?;
        let damage = engine.integrity().await?;
        engine.close().await;
        anyhow::ensure!(
            damage.is_empty(),
            "the database is damaged; restore a backup. It says: {}",
            damage.join("; ")
        );
        anyhow::Ok(())
    })?;
    Ok(Checkup::of(if shared {
        "opens, and has the tables of this release".to_owned()
    } else {
        format!("{directory} opens, and its database is whole")
    }))
}

fn check_search(config: &Config) -> Outcome {
    if config.cluster.opensearch_url.is_some() {
        return Ok(Checkup::of("lies in OpenSearch"));
    }
    if crate::control::is_running(&config.storage.data_dir) {
        return Ok(Checkup::of("is in use by the running server"));
    }
    assembly::block_on(async {
        let index = assembly::SearchIndex::open(config)?;
        let mark = index.port.mark().await?;
        index.close().await;
        Ok(Checkup::of(match mark {
            Some(mark) if mark.rebuilt_to.is_none() => "is there",
            Some(_) => "is being filled; the server goes on with it",
            None => "is filled from the store with the next start",
        }))
    })
}

fn check_address(config: &Config) -> Outcome {
    let address = config.server.listen;
    if crate::control::is_running(&config.storage.data_dir) {
        return Ok(Checkup::of(format!("{address} is left to the running server")));
    }
    TcpListener::bind(address).map_err(|error| {
        anyhow::anyhow!("{address}: {error}; stop what listens there or choose another --listen")
    })?;
    Ok(Checkup::of(format!("{address} is free")))
}

fn check_descriptors(config: &Config) -> Outcome {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)).unwrap_or("0");
    if soft == "unlimited" {
        return Ok(Checkup::of("no limit"));
    }
    let (have, want): (u64, u64) = (soft.parse()?, config.server.max_connections as u64 + SPARE_DESCRIPTORS);
    anyhow::ensure!(
        have >= want,
        "{have} are allowed, {want} are wanted: raise 'ulimit -n' or lower server.max_connections"
    );
    Ok(Checkup::of(format!("{have} are allowed")))
}

fn check_providers(config: &Config) -> Outcome {
    let providers = assembly::block_on(assembly::reach_providers(config))?;
    let mut names = providers;
    if config.server.dev {
        names.push("dev".to_owned());
    }
    Ok(Checkup::of(names.join(", ")))
}
