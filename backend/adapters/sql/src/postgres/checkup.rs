//! Whether the server is set up so that what was acknowledged lasts.

use std::time::Duration;

use kith_domain::Checkup;
use sqlx::{Connection as _, PgConnection};

use super::connect::{self, MIN_VERSION, OpenError, Purpose};

const PATIENCE: Duration = Duration::from_secs(5);
/// Sixteen connections of each node, and some for people.
const CONNECTIONS: u32 = 50;

/// Looks at the server behind `url`. Nothing is changed, and no table is made.
///
/// # Errors
/// [`OpenError`] when it cannot be reached.
pub async fn check_up(url: &str) -> Result<Checkup, OpenError> {
    let mut connection = connect::connect(&connect::connect_options(url, Purpose::Jobs)?, PATIENCE).await?;
    let version = connection.server_version_num().unwrap_or(0);
    let mut checkup = Checkup::of(format!("PostgreSQL {}.{}", version / 10_000, version % 10_000));
    checkup.must(version >= MIN_VERSION, "PostgreSQL 15 or later is needed");
    for (name, why) in [
        ("fsync", "what was acknowledged would not survive a power cut"),
        ("full_page_writes", "a power cut could tear pages"),
    ] {
        let value = setting(&mut connection, name).await?;
        checkup.must(value == "on", format!("set {name} = on: {why}"));
    }
    let retry = setting(&mut connection, "data_sync_retry").await?;
    checkup.must(
        retry == "off",
        "set data_sync_retry = off: after a failed sync the pages are lost, and a second try says yes all the same",
    );
    let encoding = setting(&mut connection, "server_encoding").await?;
    checkup.must(encoding == "UTF8", format!("the database must be encoded as UTF8, this one is {encoding}"));
    let connections = setting(&mut connection, "max_connections").await?;
    checkup.must(
        connections.parse::<u32>().is_ok_and(|found| found >= CONNECTIONS),
        format!("max_connections is {connections}; each node takes up to 16"),
    );
    let checksums = setting(&mut connection, "data_checksums").await?;
    checkup.should(
        checksums == "on",
        "without data_checksums damage of the disk is not found (pg_checksums --enable)",
    );
    let standbys = setting(&mut connection, "synchronous_standby_names").await?;
    checkup.should(
        !standbys.is_empty(),
        "synchronous_standby_names is empty: what was acknowledged is lost with this server's disk",
    );
    let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut connection).await?;
    checkup.must(!standby, "this server is a standby: name the primary");
    connection.close().await?;
    Ok(checkup)
}

async fn setting(connection: &mut PgConnection, name: &str) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(connection).await
}
