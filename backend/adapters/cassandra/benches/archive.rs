//! How fast entries are archived and read back, on a real server: `cargo bench -p kith-cassandra`.
//!
//! It prints entries per second, put in batches as a follower of the log does and read in ranges as people scroll.
//! `KITH_BENCH_ENTRIES` says how many (100,000).

use std::{env, error::Error, time::Instant};

use kith_cassandra::{CassandraHistory, CassandraSettings};
use kith_contract::history::{a_conversation, a_text};
use kith_domain::{ConversationId, Entry, ports::History as _};
use kith_harness::Cassandra;

const CONVERSATIONS: u64 = 500;
/// What a follower hands over at once, and a page of a timeline.
const BATCH: usize = 1_000;
const PAGE: u64 = 50;
/// A message of common length.
const TEXT: &str =
    "See you at the night market, the one behind the station; bring an umbrella, it looks like rain 🌧";

fn report(what: &str, count: u64, began: Instant) {
    println!("{what}\t{count} entries\t{:.0} entries/s", count as f64 / began.elapsed().as_secs_f64());
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: u64 = env::var("KITH_BENCH_ENTRIES").map_or(Ok(100_000), |text| text.parse())?;
    let server = Cassandra::start()?;
    let history = CassandraHistory::new(CassandraSettings::new(vec![server.address()], "kith", 1)?);
    history.check().await?;
    let conversations: Vec<ConversationId> = (0..CONVERSATIONS).map(|_| a_conversation()).collect();
    let entries: Vec<Entry> = (0..count)
        .map(|n| a_text(conversations[(n % CONVERSATIONS) as usize], n / CONVERSATIONS + 1, Some(TEXT)))
        .collect();
    for what in ["put", "put again"] {
        let began = Instant::now();
        for batch in entries.chunks(BATCH) {
            history.put(batch).await?;
        }
        report(what, count, began);
    }
    let (began, mut read) = (Instant::now(), 0);
    for conversation in &conversations {
        for page in 0..count / CONVERSATIONS / PAGE {
            read += history.range(*conversation, page * PAGE + 1..=(page + 1) * PAGE).await?.len() as u64;
        }
    }
    report("read in pages of 50, one after another", read, began);
    Ok(())
}
