//! The load tool against the real server, at a load that any machine carries.

use std::{path::Path, process::Output};

use serde_json::Value;

use crate::harness::{Launch, Server, WAIT, kith};

/// What the tokens of a seed name; the server is told the same and listens wherever it likes.
const ORIGIN: &str = "http://127.0.0.1:8080";

async fn run(arguments: Vec<String>) -> Output {
    let running = tokio::task::spawn_blocking(move || kith().args(arguments).output().unwrap());
    tokio::time::timeout(WAIT, running).await.expect("it ends by itself").unwrap()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// 40 people with 4 friends each, in 8 groups of 10.
async fn seed(server: &Server, users: &Path, more: &[&str]) -> Output {
    let users = users.display().to_string();
    let arguments = [
        &["bench", "seed", "--listen", "127.0.0.1:8080", "--users", "40", "--friends", "4", "--groups", "8"],
        &["--group-size", "10", "--out", &users][..],
        more,
    ];
    server.run(&arguments.concat()).await
}

/// A server that was seeded, and the file of its people.
async fn seeded() -> (Server, tempfile::TempDir, std::path::PathBuf) {
    let mut server = Launch::default().set("KITH__SERVER__ORIGIN", ORIGIN).start().await;
    server.terminate();
    assert!(server.ended().await.success());
    let files = tempfile::tempdir().unwrap();
    let users = files.path().join("users.jsonl");
    let output = seed(&server, &users, &["--dev"]).await;
    assert!(output.status.success(), "{output:?}");
    server.restart().await;
    (server, files, users)
}

/// Two seconds of load; the report.
async fn load(url: &str, users: &Path, report: &Path, more: &str) -> (Output, Value) {
    let (users, report_file) = (users.display(), report.display());
    let output = run(words(&format!(
        "bench run --users-file {users} --url {url} --connections 40 --warmup 0.5 --duration 2 --json {report_file} {more}"
    )))
    .await;
    let report = std::fs::read_to_string(report).unwrap_or_else(|_| panic!("{output:?}"));
    (output, serde_json::from_str(&report).unwrap())
}

/// Everything came, once and in order, and was counted.
fn assert_sound(report: &Value) {
    let totals = &report["totals"];
    for fault in ["lost", "doubled", "disordered", "leaked", "malformed", "unanswered", "unsent"] {
        assert_eq!(totals[fault], 0, "{fault}: {report:#}");
    }
    assert!(totals["refused"].as_object().unwrap().is_empty(), "{report:#}");
    assert_eq!(totals["live_at_end"], 40);
    let count = |name: &str| totals[name].as_u64().unwrap();
    let (sent, deliveries) = (count("sent"), count("deliveries"));
    assert!(sent > 20 && deliveries > sent, "{report:#}");
    assert_eq!((count("receipts"), count("echoes")), (sent, sent));
}

#[tokio::test]
async fn a_seeded_server_carries_a_load_and_the_limit_server_the_same() {
    let mut server = Launch::default().set("KITH__SERVER__ORIGIN", ORIGIN).start().await;
    let files = tempfile::tempdir().unwrap();
    let users = files.path().join("users.jsonl");

    let refused = seed(&server, &users, &["--dev"]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("stop it first"), "{said}");
    server.terminate();
    assert!(server.ended().await.success());
    let refused = seed(&server, &users, &[]).await;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("--allow-seeding"), "{said}");
    let seeded = seed(&server, &users, &["--dev"]).await;
    assert!(seeded.status.success(), "{seeded:?}");

    let people: Vec<Value> = std::fs::read_to_string(&users)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(people.len(), 40);
    for person in &people {
        let count = |name: &str| person[name].as_array().unwrap().len();
        assert_eq!((count("direct"), count("groups")), (4, 2), "{person:#}");
    }

    server.restart().await;
    let url = format!("ws://{}", server.http.authority());
    let pid = format!("--direct-rate 30 --group-rate 20 --server-pid {}", server.pid());
    // Whether the load itself was late is the machine's affair, not the server's: status 3 says so.
    let (output, report) = load(&url, &users, &files.path().join("kith.json"), &pid).await;
    assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
    assert_sound(&report);
    assert!(report["server"]["anonymous_mib_opened"].as_f64().unwrap() > 1.0, "{report:#}");

    let (url, mut limit) = start_limit(&users).await;
    let outcome =
        load(&url, &users, &files.path().join("limit.json"), "--direct-rate 30 --group-rate 20").await;
    limit.kill().unwrap();
    limit.wait().unwrap();
    assert!(matches!(outcome.0.status.code(), Some(0 | 3)), "{:?}", outcome.0);
    assert_sound(&outcome.1);
    // The schedule is one for both.
    assert_eq!(outcome.1["totals"]["sent"], report["totals"]["sent"]);
}

/// Far more than it can carry: what it does not take it refuses, what it took it has, and the next load finds it as if
/// nothing had been.
#[tokio::test]
async fn a_server_that_had_too_much_loses_nothing_and_carries_the_next_load() {
    let (mut server, files, users) = seeded().await;
    let url = format!("ws://{}", server.http.authority());
    let (_, report) =
        load(&url, &users, &files.path().join("flood.json"), "--direct-rate 20000 --group-rate 2000").await;
    let totals = &report["totals"];
    for fault in ["lost", "doubled", "disordered", "leaked", "malformed"] {
        assert_eq!(totals[fault], 0, "{fault}: {report:#}");
    }
    let count = |name: &str| totals[name].as_u64().unwrap();
    assert!(count("sent") > 5_000 && count("receipts") > 0, "{report:#}");
    for code in totals["refused"].as_object().unwrap().keys() {
        assert_eq!(code, "unavailable", "{report:#}");
    }
    let (output, report) =
        load(&url, &users, &files.path().join("after.json"), "--direct-rate 30 --group-rate 20").await;
    assert!(matches!(output.status.code(), Some(0 | 3)), "{output:?}");
    assert_sound(&report);
    server.assert_alive().await;
}

async fn start_limit(users: &Path) -> (String, std::process::Child) {
    let mut command = kith();
    command.args(["bench", "limit", "--listen", "127.0.0.1:0", "--users-file"]).arg(users);
    let mut limit = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let output = limit.stdout.take().unwrap();
    let first = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).unwrap();
        line
    });
    let line = tokio::time::timeout(WAIT, first).await.expect("it begins to listen").unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
    (format!("ws://{address}"), limit)
}
