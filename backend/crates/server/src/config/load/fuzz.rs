use std::io::Write as _;

use bolero::{check, generator::*};

use super::*;

const PIECES: [&str; 36] = [
    "[server]\n",
    "[storage]\n",
    "[gateway]\n",
    "[log]\n",
    "[providers.google]\n",
    "[providers]\n",
    "[nothing]\n",
    "[[server]]\n",
    "listen",
    "node",
    "origin",
    "roles",
    "dev",
    "trusted_proxies",
    "max_connections",
    "client_secret",
    "issuer",
    "name",
    "shards",
    "format",
    "=",
    "=",
    "=",
    "'127.0.0.1:0'",
    "'https://kith.example'",
    "'text'",
    "['api']",
    "[]",
    "{ a = 1 }",
    "3",
    "-1",
    "1e400",
    "99999999999999999999",
    "true",
    "\n",
    "\0é",
];

/// Any file is read or refused with what is wrong with it, and what is read keeps the rules.
#[test]
fn files_are_read_or_refused() {
    let pieces = produce::<Vec<usize>>().with().values(0..PIECES.len()).len(0_usize..24);
    check!().with_generator((pieces, produce::<bool>())).for_each(|(pieces, dev)| {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        let text: Vec<&str> = pieces.iter().map(|number| PIECES[*number]).collect();
        file.write_all(text.join(" ").as_bytes()).unwrap();
        let flags = ServeFlags { config: Some(file.path().to_owned()), dev: *dev, ..ServeFlags::default() };
        match load(&flags) {
            Ok(config) => {
                assert!(config.server.node.is_none_or(|node| node <= kith_domain::snowflake::MAX_NODE));
                assert!(!config.server.roles.is_empty());
                assert!(config.server.dev || config.server.origin.is_some());
            }
            Err(Faults(faults)) => {
                assert!(faults.iter().all(|fault| !fault.is_empty()) && !faults.is_empty())
            }
        }
    });
}
