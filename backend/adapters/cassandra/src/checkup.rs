//! Whether the cluster keeps what it acknowledges.

use kith_domain::{Checkup, ports::HistoryError};

use crate::{CassandraHistory, errors::Failure, patiently, session::Session};

/// The commit log is synced before a write is answered.
const SYNCED: [&str; 2] = ["group", "batch"];

impl CassandraHistory {
    /// Looks at the cluster; makes the keyspace and the table where they are missing.
    ///
    /// # Errors
    /// [`HistoryError`] when no quorum of it answers.
    pub async fn check_up(&self) -> Result<Checkup, HistoryError> {
        patiently(async {
            let session = self.session().await?;
            session.answers().await?;
            Ok(check(session, self.keyspace()).await?)
        })
        .await
    }
}

async fn check(session: &Session, keyspace: &str) -> Result<Checkup, Failure> {
    let version = session.text("SELECT release_version FROM system.local", &[]).await?;
    let version = version.unwrap_or_else(|| "of no version".to_owned());
    let mut checkup = Checkup::of(format!("Cassandra {version}"));
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    checkup.must(major.is_some_and(|major| major >= 4), "Cassandra 4 or later is needed");
    let sync = session
        .text("SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'", &[])
        .await?
        .unwrap_or_default();
    checkup.must(
        SYNCED.contains(&sync.as_str()),
        format!(
            "set commitlog_sync: group (commitlog_sync_group_window: 10ms), not {sync}: \
             it answers up to ten seconds before anything is on the disk"
        ),
    );
    let replication = session
        .text("SELECT toJson(replication) FROM system_schema.keyspaces WHERE keyspace_name = ?", &[keyspace])
        .await?
        .unwrap_or_default();
    checkup.should(
        copies(&replication) >= 3,
        "fewer than three copies: with one server away a quorum is missing",
    );
    Ok(checkup)
}

/// The fewest copies in any datacenter: every value of the map but the class is a number of copies.
fn copies(replication: &str) -> u32 {
    replication.split('"').filter_map(|part| part.split('/').next()?.parse::<u32>().ok()).min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_copies_count() {
        for (replication, expected) in [
            (
                r#"{"class": "org.apache.cassandra.locator.NetworkTopologyStrategy", "dc1": "3", "dc2": "2"}"#,
                2,
            ),
            (r#"{"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": "1"}"#, 1),
            (r#"{"class": "org.apache.cassandra.locator.LocalStrategy"}"#, 0),
            ("", 0),
        ] {
            assert_eq!(copies(replication), expected, "{replication}");
        }
    }
}
