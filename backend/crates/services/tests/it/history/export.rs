//! What a person takes away of what has left the ledger.

use std::io::Read as _;

use kith_domain::{
    Entry, EntryBody,
    ports::{StoreError, StoreExt as _},
};
use kith_services::ExportState;
use serde_json::{Value, json};

use super::long::{Long, content};

/// The lines of the file with a conversation's messages in the person's archive.
async fn exported(long: &Long) -> Vec<Value> {
    let user = long.ada.user_id;
    let found = long.world.store().read::<_, StoreError, _>(move |tx| tx.find_export(user)).await;
    let key = found.unwrap().and_then(|export| export.ready).expect("it is ready").archive;
    let mut archive = zip::ZipArchive::new(long.world.blobs().open(key).await.unwrap()).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name(&format!("messages/{}.jsonl", long.direct)).unwrap();
    file.read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_has_left_the_ledger() {
    let long = Long::new("exported", 60).await;
    let mine = |entry: &Entry| {
        entry.sender_id == long.ada.user_id
            && matches!(entry.body, EntryBody::Message { .. })
            && content(entry).is_some()
    };
    let expected: Vec<Value> = long
        .timeline(&long.ada)
        .await
        .iter()
        .filter(|entry| mine(entry))
        .map(|entry| {
            let content: Value = serde_json::from_str(&content(entry).unwrap().to_json()).unwrap();
            json!([entry.id.to_string(), entry.seq, content])
        })
        .collect();
    long.retention().step().await.unwrap();
    assert_eq!(long.archived_to().await, 60);

    let exports = &long.world.services.exports;
    assert_eq!(exports.request(&long.ada).await.unwrap(), ExportState::Preparing);
    assert_eq!(exports.prepare_waiting().await.unwrap(), 1);
    let lines = exported(&long).await;
    let written: Vec<Value> =
        lines.iter().map(|line| json!([line["id"], line["seq"], line["content"]])).collect();
    assert_eq!(written, expected);
    assert!(
        written.iter().any(|line| line[1].as_u64().is_some_and(|seq| seq <= 60)),
        "old ones are among them"
    );
}
