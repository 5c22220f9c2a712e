//! What a node has committed when it dies, and has told nobody.

use std::time::Instant;

use kith_harness::Postgres;

use super::{Cluster, entry};
use crate::harness::{Reply, Socket, WAIT, eventually, fresh_id, message};

/// Holds up the commits of one conversation: each is sent and has not ended, until this is opened.
struct Gate<'a>(&'a Postgres);

impl<'a> Gate<'a> {
    fn close(postgres: &'a Postgres, conversation: &str) -> Self {
        let statement = format!(
            "CREATE TABLE gate (opened BOOLEAN);
             CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.01); END LOOP;
                 RETURN NULL;
             END $$;
             CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW WHEN (NEW.conversation_id = {conversation}) EXECUTE FUNCTION wait_at_gate()"
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
    let gate = Gate::close(&cluster.postgres, &direct);
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
