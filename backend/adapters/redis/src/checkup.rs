//! Whether a Redis is set up as nodes want it.

use std::time::Duration;

use kith_domain::Checkup;
use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};

const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes that may wait for one node, and bytes that may wait for it for a minute: a node that is behind gets its news from the
/// ledger, and Redis must not fill its memory meanwhile.
const PUBSUB_HARD: u64 = 32 << 20;

/// Looks at the Redis behind `url` (`redis://` or `rediss://`). Nothing is changed.
///
/// # Errors
/// [`RedisError`] when it is not to be reached.
pub async fn check_up(url: &str) -> Result<Checkup, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let client = Client::open(url)?;
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    let info: String = redis::cmd("INFO").arg("server").query_async(&mut connection).await?;
    let version =
        info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("of no version");
    let mut checkup = Checkup::of(format!("Redis {version}"));
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    checkup.must(major.is_some_and(|major| major >= 7), "Redis 7 or later is needed");
    match settings(&mut connection).await {
        Ok(settings) => settings.check(&mut checkup),
        // Where CONFIG is not allowed the provider looks after these.
        Err(_) => checkup.warnings.push("the settings cannot be read: CONFIG GET is refused".to_owned()),
    }
    Ok(checkup)
}

/// Settings that matter, as `CONFIG GET` says them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Settings {
    eviction: String,
    buffers: String,
}

async fn settings(connection: &mut MultiplexedConnection) -> Result<Settings, RedisError> {
    let mut get = redis::cmd("CONFIG");
    let pairs: Vec<(String, String)> = get
        .arg("GET")
        .arg("maxmemory-policy")
        .arg("client-output-buffer-limit")
        .query_async(connection)
        .await?;
    let mut settings = Settings::default();
    for (name, value) in pairs {
        match name.as_str() {
            "maxmemory-policy" => settings.eviction = value,
            "client-output-buffer-limit" => settings.buffers = value,
            _ => {}
        }
    }
    Ok(settings)
}

impl Settings {
    fn check(&self, checkup: &mut Checkup) {
        checkup.should(
            self.eviction == "noeviction",
            format!(
                "set maxmemory-policy noeviction, not {}: a limit that is evicted counts from the start",
                self.eviction
            ),
        );
        // Classes with three numbers each: hard limit, soft limit, seconds.
        let words: Vec<&str> = self.buffers.split_whitespace().collect();
        let pubsub = words.iter().position(|word| *word == "pubsub").and_then(|at| words.get(at + 1));
        let hard = pubsub.and_then(|hard| hard.parse::<u64>().ok());
        checkup.should(
            hard.is_some_and(|hard| (1..=PUBSUB_HARD).contains(&hard)),
            "set client-output-buffer-limit pubsub 32mb 8mb 60: a node that hangs would fill the memory",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_matter() {
        let usual = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";
        for (eviction, buffers, warnings) in [
            ("noeviction", usual, 0),
            ("allkeys-lru", usual, 1),
            ("noeviction", "normal 0 0 0 slave 268435456 67108864 60 pubsub 0 0 0", 1),
            ("volatile-lru", "", 2),
        ] {
            let mut checkup = Checkup::default();
            Settings { eviction: eviction.to_owned(), buffers: buffers.to_owned() }.check(&mut checkup);
            assert_eq!((checkup.warnings.len(), checkup.faults.len()), (warnings, 0), "{eviction} {buffers}");
        }
    }
}
