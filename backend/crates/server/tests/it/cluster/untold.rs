//! What a node has committed when it dies, and has told nobody.

use std::time::Instant;

use kith_harness::Postgres;
use serde_json::json;

use super::{Cluster, entry};
use crate::harness::{Reply, Socket, WAIT, eventually, fresh_id, message};

/// Holds up commits: each is sent and has not ended, until this is opened.
struct Gate<'a>(&'a Postgres);

impl<'a> Gate<'a> {
    /// Holds up those that insert rows of a table for which a condition is true.
    fn close(postgres: &'a Postgres, table: &str, condition: &str) -> Self {
        let statement = format!(
            "CREATE TABLE gate (opened BOOLEAN);
             CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.01); END LOOP;
                 RETURN NULL;
             END $$;
             CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION wait_at_gate()"
        );
        Self::run(postgres, &statement);
        Self(postgres)
    }

    fn run(postgres: &Postgres, statement: &str) -> String {
        tokio::task::block_in_place(|| postgres.execute(statement)).unwrap().trim().to_owned()
    }

    async fn holds_a_commit(&self) {
        let ask = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query = 'COMMIT'";
        eventually("a commit waits", async || (Self::run(self.0, ask) == "1").then_some(())).await;
    }

    fn open(self) {
        Self::run(self.0, "INSERT INTO gate VALUES (TRUE)");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_committed_and_did_not_live_to_tell_is_told_by_the_others() {
    let mut cluster = Cluster::start(3).await;
    let (ada, bob, direct) = cluster.friends().await;
    let mut at_b = Socket::connect(&bob).await;
    let seq = ada.timeline(&direct).await.len() as u64 + 1;
    let gate = Gate::close(&cluster.postgres, "outbox", &format!("NEW.conversation_id = {direct}"));
    let (id, path) = (fresh_id(), format!("/api/v1/conversations/{direct}/messages"));
    let request = ada.request("POST", &path).json(&message(&id, "my last words"));
    let sending = tokio::spawn(Reply::attempt(request));
    gate.holds_a_commit().await;
    cluster.nodes[0].kill();
    gate.open();
    let committed = Instant::now();
    let told = tokio::time::timeout(WAIT, entry(&mut at_b, seq)).await.expect("it is told");
    println!("told {:.1} s after the commit", committed.elapsed().as_secs_f32());
    assert_eq!(told["entry"]["client_msg_id"], id.as_str());
    assert!(sending.await.unwrap().is_err(), "its sender was told nothing");
    // And asks again elsewhere.
    let mut ada = ada;
    ada.move_to(&cluster.nodes[2].http).await;
    let again = ada.post(&path, &message(&id, "my last words")).await.expect(200);
    assert_eq!(again, told["entry"]);
}

/// That they are friends and have a conversation is in no entry of it: the other nodes find it in their logs.
#[tokio::test(flavor = "multi_thread")]
async fn friends_whom_a_node_made_and_did_not_live_to_tell_talk_live() {
    let mut cluster = Cluster::start(3).await;
    let (mut ada, bob) = (cluster.person(0, "ada").await, cluster.person(1, "bob").await);
    let mut at_b = Socket::connect(&bob).await;
    let request =
        bob.post("/api/v1/friend-requests", &json!({"friend_code": ada.friend_code})).await.expect(201);
    let path = format!("/api/v1/friend-requests/{}/accept", request["id"].as_str().unwrap());
    let gate = Gate::close(&cluster.postgres, "members", "TRUE");
    let accepting = tokio::spawn(Reply::attempt(ada.request("POST", &path)));
    gate.holds_a_commit().await;
    cluster.nodes[0].kill();
    gate.open();
    let direct = eventually("they are friends", async || {
        let conversations = bob.get("/api/v1/conversations").await.expect(200);
        conversations["items"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    assert!(accepting.await.unwrap().is_err(), "who made them friends was told nothing");

    let sync = json!({"conversations": {}, "user_seq": 0});
    let user_seq = bob.post("/api/v1/sync", &sync).await.expect(200)["user_seq"].clone();
    at_b.event_where("heads", |heads| heads["user_seq"] == user_seq).await;
    ada.move_to(&cluster.nodes[2].http).await;
    let said = ada.say(&direct, "at last").await;
    assert_eq!(entry(&mut at_b, said["seq"].as_u64().unwrap()).await["entry"], said);
}
