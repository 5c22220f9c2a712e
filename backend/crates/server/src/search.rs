//! `kith search`: through the running server where there is one, else on the store itself.

use std::sync::Arc;

use kith_embedded::SystemClock;
use kith_worker::SearchIndexer;
use prometheus_client::registry::Registry;

use crate::{
    assembly::{self, SearchIndex},
    commands::{SearchCommand, ServeFlags},
    config,
    control::{self, Answer, Request},
};

/// Does what was asked.
pub(crate) fn run(command: &SearchCommand) -> anyhow::Result<()> {
    let SearchCommand::Rebuild(flags) = command;
    let settings = config::load_for_store(&ServeFlags {
        data_dir: flags.data_dir.clone(),
        config: flags.config.clone(),
        ..ServeFlags::default()
    })?;
    let answer = match control::ask(&settings.storage.data_dir, &Request::RebuildSearch)? {
        Some(answer) => answer,
        None => assembly::block_on(async {
            let engine = assembly::open_store(&settings, assembly::silent_bus()).await?;
            let search = SearchIndex::open(&settings)?;
            let mut registry = Registry::default();
            let history = assembly::open_history(&settings, &mut registry)?;
            let (clock, source) = (Arc::new(SystemClock), assembly::search_source(&settings));
            let indexer =
                SearchIndexer::new(engine.clone(), search.port.clone(), clock, source, &mut registry)
                    .with_history(history);
            let answer = perform(&indexer).await;
            search.close().await;
            engine.close().await;
            anyhow::Ok(answer)
        })?,
    };
    if answer.ok {
        println!("{}", answer.text);
        Ok(())
    } else {
        anyhow::bail!("{}", answer.text)
    }
}

/// Builds the index anew.
pub(crate) async fn perform(indexer: &SearchIndexer) -> Answer {
    match indexer.rebuild().await {
        Ok(()) => Answer { ok: true, text: "the search index holds all messages".to_owned() },
        Err(error) => Answer { ok: false, text: error.to_string() },
    }
}
