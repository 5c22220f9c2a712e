//! A disk that fills up: writes are refused, reads go on, and with space everything is as before.

use std::{fs::File, io::Write as _, path::Path};

use serde_json::json;

use crate::harness::{Launch, Person, Server, Socket, eventually, fresh_id, message};

const DISK_BYTES: u64 = 48 << 20;

/// Fills the disk but for so many bytes.
fn fill(path: &Path, leave: u64) {
    let mut file = File::create(path).unwrap();
    let block = vec![0x55; 64 * 1024];
    // The disk says itself when it is full.
    while file.write_all(&block).is_ok() {}
    drop(file);
    let length = std::fs::metadata(path).unwrap().len();
    File::options().write(true).open(path).unwrap().set_len(length.saturating_sub(leave)).unwrap();
}

struct Full {
    server: Server,
    ada: Person,
    group: String,
    socket: Socket,
}

impl Full {
    async fn new(launch: Launch) -> Self {
        let server = launch.on_disk_of(DISK_BYTES).start().await;
        let ada = Person::sign_in(&server.http, "ada").await;
        let (group, _) = ada.create_group("Crowded").await;
        ada.say(&group, "before").await;
        let socket = Socket::connect(&ada).await;
        Self { server, ada, group, socket }
    }

    fn path(&self) -> String {
        format!("/api/v1/conversations/{}/messages", self.group)
    }

    /// Writes are refused and reads go on; returns ids that were refused. Above a floor of zero the first write is
    /// refused already, whatever room there is.
    async fn assert_full(&mut self, floor: bool) -> Vec<String> {
        let large = "x".repeat(8_000);
        let path = self.path();
        let ada = self.ada.clone();
        // Without a floor what room there is is used up first; what is answered is one thing or the other.
        let refused = eventually("the disk is full", async || {
            let reply = ada.post(&path, &message(&fresh_id(), &large)).await;
            assert!(reply.status == 507 || reply.status == 201 && !floor, "{reply:?}");
            (reply.status == 507).then_some(reply)
        })
        .await;
        refused.refuse("a full disk", 507, "storage_full");
        let mut ids = Vec::new();
        for _ in 0..3 {
            let id = fresh_id();
            let destination = format!("/app/conversations/{}/messages", self.group);
            let refused = self.socket.send(&destination, &message(&id, &large)).await.unwrap_err();
            assert_eq!(refused["code"], "storage_full", "{refused}");
            ids.push(id);
        }
        self.ada.call("PATCH", "/api/v1/me", Some(&json!({"introduction": "y".repeat(500)}))).await.refuse(
            "a profile",
            507,
            "storage_full",
        );
        let said = self.ada.timeline(&self.group).await;
        assert_eq!(said[1]["content"]["text"], "before");
        for path in ["/api/v1/me", "/api/v1/conversations", "/api/v1/friends"] {
            self.ada.get(path).await.expect(200);
        }
        self.ada.post("/api/v1/sync", &json!({"conversations": {}, "user_seq": 0})).await.expect(200);
        self.server.assert_alive().await;
        ids
    }

    /// With room again, and without a restart, what was refused is stored once.
    async fn assert_recovered(&mut self, refused: &[String]) {
        let (ada, path) = (self.ada.clone(), self.path());
        let body = message(&refused[0], "after");
        eventually("writing goes on", async || (ada.post(&path, &body).await.status == 201).then_some(()))
            .await;
        let destination = format!("/app/conversations/{}/messages", self.group);
        for id in &refused[1..] {
            self.socket.send(&destination, &message(id, "after")).await.unwrap();
        }
        let timeline = self.ada.timeline(&self.group).await;
        for (entry, dense) in timeline.iter().zip(1_u64..) {
            assert_eq!(entry["seq"], dense);
        }
        for id in refused {
            assert_eq!(timeline.iter().filter(|entry| entry["client_msg_id"] == id.as_str()).count(), 1);
        }
        self.server.assert_alive().await;
    }
}

#[tokio::test]
async fn below_the_floor_writes_stop_before_the_disk_is_full() {
    let mut full = Full::new(Launch::default()).await;
    let filler = full.server.visible_data_dir().join("filler");
    for _ in 0..2 {
        // 5 % of the disk are the floor.
        fill(&filler, DISK_BYTES / 40);
        let refused = full.assert_full(true).await;
        std::fs::remove_file(&filler).unwrap();
        full.assert_recovered(&refused).await;
    }
}

#[tokio::test]
async fn a_disk_without_a_floor_is_really_full() {
    let mut full = Full::new(Launch::default().set("KITH__STORAGE__FLOOR_BYTES", 0)).await;
    let filler = full.server.visible_data_dir().join("filler");
    fill(&filler, 0);
    let refused = full.assert_full(false).await;
    std::fs::remove_file(&filler).unwrap();
    full.assert_recovered(&refused).await;
}
