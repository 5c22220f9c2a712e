//! The history on a real Cassandra.

mod contract;
mod faults;
mod secured;

use std::time::{Duration, Instant};

use kith_cassandra::{CassandraHistory, CassandraSettings};
use kith_domain::ports::HistoryError;
use kith_harness::Cassandra;

/// How long a server may take to be found, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A history in a keyspace of that name.
fn history(cassandra: &Cassandra, keyspace: &str) -> CassandraHistory {
    let settings = CassandraSettings::new(vec![cassandra.address()], keyspace, 1).expect("settings");
    CassandraHistory::new(settings.in_datacenter("datacenter1".to_owned()))
}

/// Waits until its server answers.
async fn answers(history: &CassandraHistory) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = history.check().await {
        assert!(matches!(error, HistoryError::Unavailable(_)), "{error:?}");
        assert!(Instant::now() < deadline, "no answer for {PATIENCE:?}: {error:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
