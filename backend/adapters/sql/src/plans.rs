//! Keeps the frequent statements on their indexes: none may walk a table that grows with use.

use sqlx::Row;

use crate::{
    committer, deletions, entries, exports, media, media_row, overview, push_tokens, recent, removed,
    retention, testing,
};

/// What is small, or made by a statement's own parameter. `exports_waiting` holds what has not been prepared yet, and is
/// read in its order up to a limit.
const HARMLESS: [&str; 5] = ["json_each", "SCAN k", "SCAN x", "CONSTANT ROW", "INDEX exports_waiting"];

#[tokio::test]
async fn frequent_statements_walk_no_table() {
    let kept = testing::temp_store().await;
    let database = kept.path().join(crate::sqlite::DATABASE);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let mut covered = false;
    let statements = [
        committer::FREQUENT,
        recent::FREQUENT,
        removed::FREQUENT,
        retention::FREQUENT,
        entries::FREQUENT,
        overview::FREQUENT,
        push_tokens::FREQUENT,
        deletions::FREQUENT,
        exports::FREQUENT,
        media::FREQUENT,
        media_row::FREQUENT,
    ]
    .concat();
    for statement in statements {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        for row in sqlx::query(explain).fetch_all(&mut connection).await.unwrap() {
            let step: String = row.try_get("detail").unwrap();
            let walks = step.starts_with("SCAN") && !HARMLESS.iter().any(|harmless| step.contains(harmless));
            assert!(!walks, "{step}\nin {statement}");
            covered |= step.contains("SEARCH e USING COVERING INDEX entries_timeline");
            assert!(!step.contains("AUTOMATIC"), "an index made on the fly: {step}\nin {statement}");
        }
    }
    assert!(covered, "unread is counted from the index alone");
}
