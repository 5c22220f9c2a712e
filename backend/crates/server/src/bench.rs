//! `kith bench`.

use std::{
    fs::OpenOptions,
    io::BufWriter,
    os::unix::fs::OpenOptionsExt as _,
    process::{self, ExitCode},
};

use anyhow::Context as _;
use kith_bench::{
    limit,
    run::{self, Verdict},
    seed::Seeding,
    worker,
};
use kith_domain::ports::identity::AccessTokens as _;

use crate::{
    assembly,
    commands::{BenchCommand, SeedFlags},
    config, control,
};

/// Does what was asked; the exit status says how a run ended.
pub(crate) fn run(command: &BenchCommand) -> anyhow::Result<ExitCode> {
    match command {
        BenchCommand::Seed(flags) => seed(flags)?,
        BenchCommand::Limit(options) => limit::run(options)?,
        BenchCommand::Worker => worker::run()?,
        BenchCommand::Compare(flags) => print!("{}", run::compare(&flags.run, &flags.limit)?),
        BenchCommand::Run(options) => {
            let verdict = run::run(options, &|| {
                let mut command = process::Command::new(std::env::current_exe()?);
                command.args(["bench", "worker"]);
                Ok(command)
            })?;
            return Ok(ExitCode::from(match verdict {
                Verdict::Sound => 0,
                Verdict::Wrong => 1,
                Verdict::Void => 3,
                Verdict::Slow => 4,
            }));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn seed(flags: &SeedFlags) -> anyhow::Result<()> {
    let config = config::load_for_store(&flags.serve)?;
    anyhow::ensure!(
        config.server.dev || flags.allow_seeding,
        "this makes accounts whose tokens lie in a file: say --dev for one's own machine, or --allow-seeding"
    );
    anyhow::ensure!(
        config.server.origin.is_some() || config.server.listen.port() != 0,
        "tokens name the server's origin: give the --listen that it will have, or server.origin"
    );
    anyhow::ensure!(
        !control::is_running(&config.storage.data_dir),
        "a server uses {}: stop it first, the store has one writer",
        config.storage.data_dir.display()
    );
    // Whoever reads the file is all of those people.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&flags.out);
    let file = file.with_context(|| format!("cannot write {}", flags.out.display()))?;
    assembly::block_on(async {
        let storage = assembly::open_storage(&config).await?;
        let tokens = assembly::access_tokens(&config, &storage, &config.origin(config.server.listen))?;
        let seeding = Seeding {
            store: &*storage.store,
            ids: &storage.ids,
            clock: &*storage.clock,
            random: &*storage.random,
            token: &|caller, now| tokens.issue(caller, now, flags.token_ttl).token,
            region: &config.server.region,
        };
        let seeded = seeding.run(flags.options, BufWriter::new(file), |part| eprintln!("{part}")).await;
        storage.engine.close().await;
        seeded
    })
}
