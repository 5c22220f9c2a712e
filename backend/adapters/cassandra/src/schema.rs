//! The table, and the statements over it.

use scylla::client::session::Session;

use crate::{errors::Failure, settings::CassandraSettings};

/// The columns, with what they hold. Absent values are not written, so that they leave no tombstones.
const TABLE: &str = "(
    conversation_id bigint,
    bucket bigint,
    seq bigint,
    id bigint,
    sender_id bigint,
    server_time timestamp,
    kind tinyint,
    target_seq bigint,
    client_msg_id uuid,
    client_time text,
    unsent boolean,
    body text,
    PRIMARY KEY ((conversation_id, bucket), seq)
) WITH CLUSTERING ORDER BY (seq DESC)
  AND comment = 'Entries of conversations, 8192 seqs in a partition. Written once and erased once.'";

/// Writes an entry, or erases one.
pub(crate) fn insert(keyspace: &str) -> String {
    format!(
        "INSERT INTO {keyspace}.history (conversation_id, bucket, seq, id, sender_id, server_time, kind, \
         target_seq, client_msg_id, client_time, unsent, body) VALUES (:conversation_id, :bucket, :seq, :id, \
         :sender_id, :server_time, :kind, :target_seq, :client_msg_id, :client_time, :unsent, :body) \
         USING TIMESTAMP :written"
    )
}

/// Reads a span of one partition, newest first.
pub(crate) fn select(keyspace: &str) -> String {
    format!(
        "SELECT seq, id, sender_id, server_time, kind, target_seq, client_msg_id, client_time, unsent, body \
         FROM {keyspace}.history \
         WHERE conversation_id = :conversation_id AND bucket = :bucket AND seq >= :low AND seq <= :high"
    )
}

/// Makes what is missing, and returns when every server has it: a write through one that had not the table yet would
/// fail. Nothing is said to the cluster when all is there, so that nodes that start at once rarely meet.
pub(crate) async fn ensure(session: &Session, settings: &CassandraSettings) -> Result<(), Failure> {
    let keyspace = settings.keyspace();
    let there = session
        .query_unpaged(
            "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'history'",
            (keyspace,),
        )
        .await?
        .into_rows_result()?
        .rows_num()
        > 0;
    if !there {
        let replicas = settings.replicas();
        let keyspace_statement = format!(
            "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = \
             {{'class': 'NetworkTopologyStrategy', 'replication_factor': {replicas}}}"
        );
        session.query_unpaged(keyspace_statement, ()).await?;
        session.await_schema_agreement().await?;
        session.query_unpaged(format!("CREATE TABLE IF NOT EXISTS {keyspace}.history {TABLE}"), ()).await?;
        tracing::info!(keyspace, "made the table of the history");
    }
    session.await_schema_agreement().await?;
    Ok(())
}
