//! `kith backup` while the server works, `kith restore`, and what clients make of it.

use std::{
    path::Path,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::json;

use crate::harness::{Person, Server, Socket, eventually, fresh_id, kith, message};

const DAY: i64 = 86_400;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn restore(from: &Path, to: &Path, more: &[&Path]) -> Output {
    let mut command = kith();
    command.arg("restore").arg(from).arg("--data-dir").arg(to);
    for file in more {
        command.arg("--deletions").arg(file);
    }
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// Writes until it is told to stop; the texts that were acknowledged, in order.
async fn pour(person: Person, destination: String, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut socket = Socket::connect(&person).await;
    let mut acknowledged = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let text = format!("m{}", acknowledged.len());
        socket.send(&destination, &message(&fresh_id(), &text)).await.unwrap();
        acknowledged.push(text);
    }
    acknowledged
}

/// The drill of docs/operations.md.
#[tokio::test]
async fn a_backup_under_load_is_restored_and_clients_follow() {
    let mut server = Server::start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let mut bob = Person::sign_in(&server.http, "bob").await;
    let direct = ada.befriend(&bob).await;
    for number in 0..20 {
        bob.say(&direct, &format!("before {number}")).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let destination = format!("/app/conversations/{direct}/messages");
    let pouring = tokio::spawn(pour(ada.clone(), destination, stop.clone()));
    let written = |timeline: &[serde_json::Value]| timeline.len();
    eventually("the load runs", async || (written(&bob.timeline(&direct).await) > 25).then_some(())).await;

    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    let before = bob.timeline(&direct).await;
    let output = server.run(&["backup", backup.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", said(&output));
    let during = bob.timeline(&direct).await.len();
    eventually("it goes on", async || (bob.timeline(&direct).await.len() > during).then_some(())).await;
    stop.store(true, Ordering::SeqCst);
    let acknowledged = pouring.await.unwrap();
    let whole = bob.timeline(&direct).await;
    assert_eq!(whole.len(), 20 + acknowledged.len());

    // Once more to the same place: what is there is left alone.
    let again = server.run(&["backup", backup.to_str().unwrap()]).await;
    assert!(!again.status.success() && said(&again).contains("exists already"), "{}", said(&again));

    let sync = json!({"conversations": {&direct: whole.len()}, "user_seq": 0});
    let old = bob.post("/api/v1/sync", &sync).await.expect(200);
    server.kill();
    let lost = place.path().join("lost");
    std::fs::rename(server.data_dir(), &lost).unwrap();
    let restored = restore(&backup, &server.data_dir(), &[&lost.join("deletions.txt")]).await;
    assert!(restored.status.success(), "{}", said(&restored));
    server.restart().await;

    // Everybody is still signed in: the keys came along.
    bob.move_to(&server.http).await;
    let now = bob.timeline(&direct).await;
    assert!(now.len() >= before.len(), "{} of {}", now.len(), before.len());
    assert_eq!(now, whole[..now.len()], "a beginning of what was, and nothing else");

    // A client that was ahead is told to drop what it has.
    let epoch = old["epoch"].as_str().unwrap();
    let positions = json!({"conversations": {&direct: whole.len()}, "user_seq": 0, "epoch": epoch});
    let answer = bob.post("/api/v1/sync", &positions).await.expect(200);
    assert_eq!(answer["reload"], true, "{answer}");
    assert_ne!(answer["epoch"], epoch);
    let socket = Socket::connect(&bob).await;
    assert_eq!(socket.connected.as_ref().unwrap().header("epoch"), answer["epoch"]);
    // New messages take the places of those that were lost.
    let entry = bob.say(&direct, "after").await;
    assert_eq!(entry["seq"], now.len() + 1);
    server.assert_alive().await;
}

#[tokio::test]
async fn who_was_deleted_after_the_backup_stays_deleted() {
    let mut server = Server::start().await;
    let ada = Person::sign_in(&server.http, "ada").await;
    let mut bob = Person::sign_in(&server.http, "bob").await;
    let direct = ada.befriend(&bob).await;
    ada.say(&direct, "canary-5d1f").await;
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    let output = server.run(&["backup", backup.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", said(&output));

    ada.delete("/api/v1/me").await.expect(202);
    server.move_clock(14 * DAY).await;
    let list = server.data_dir().join("deletions.txt");
    eventually("the account is erased", async || {
        std::fs::read_to_string(&list).unwrap_or_default().contains(&ada.id).then_some(())
    })
    .await;
    server.kill();
    let lost = place.path().join("lost");
    std::fs::rename(server.data_dir(), &lost).unwrap();
    let restored = restore(&backup, &server.data_dir(), &[&lost.join("deletions.txt")]).await;
    assert!(restored.status.success(), "{}", said(&restored));
    server.restart().await;
    bob.move_to(&server.http).await;
    let timeline = bob.timeline(&direct).await;
    assert!(timeline[0]["content"].is_null(), "{timeline:?}");
    assert!(bob.get("/api/v1/friends").await.expect(200)["items"].as_array().unwrap().is_empty());
    assert!(std::fs::read_to_string(&list).unwrap().contains(&ada.id), "the list goes on");
}

#[tokio::test]
async fn a_restore_takes_a_whole_backup_to_an_empty_place_only() {
    let server = Server::start().await;
    let place = tempfile::tempdir().unwrap();
    let backup = place.path().join("backup");
    let output = server.run(&["backup", backup.to_str().unwrap()]).await;
    assert!(output.status.success(), "{}", said(&output));
    let full = restore(&backup, &server.data_dir(), &[]).await;
    assert!(!full.status.success() && said(&full).contains("is not empty"), "{}", said(&full));
    let target = place.path().join("new");
    let list = place.path().join("list");
    std::fs::write(&list, "nonsense\n").unwrap();
    let odd = restore(&backup, &target, &[&list]).await;
    assert!(!odd.status.success() && said(&odd).contains("no deleted account"), "{}", said(&odd));

    let database = backup.join("kith.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&database, bytes).unwrap();
    let damaged = restore(&backup, &target, &[]).await;
    assert!(
        !damaged.status.success() && said(&damaged).contains("not what was backed up"),
        "{}",
        said(&damaged)
    );
    assert!(!target.exists(), "nothing half-made is left");
    let none = restore(place.path(), &target, &[]).await;
    assert!(!none.status.success() && said(&none).contains("is no backup"), "{}", said(&none));
}
