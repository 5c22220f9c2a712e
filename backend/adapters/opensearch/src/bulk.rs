//! Putting documents, many at once.

use std::time::{Duration, Instant};

use kith_domain::ports::search::SearchDocument;
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::{
    client::{Body, Call, Client},
    failure::{Failure, is_overload},
    schema,
};

/// Bytes of one request, roughly: enough to keep the service busy, little enough to be taken by a small one.
const REQUEST_BYTES: usize = 4 << 20;
/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long what was not taken for want of room is sent again.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first pause before that, and the longest.
const PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// The answer: one item for each document, in their order.
#[derive(Deserialize)]
struct Answer {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    status: u16,
    #[serde(default)]
    error: Option<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    r#type: String,
}

/// Puts documents into the index that `alias` leads to. Those that are older than what is stored change nothing.
///
/// # Errors
/// [`Failure`]; some of them may have been put.
pub(crate) async fn put(client: &Client, alias: &str, documents: &[SearchDocument]) -> Result<(), Failure> {
    let mut lines: Vec<String> = Vec::new();
    let mut bytes = 0;
    for document in documents {
        let line = lines_of(document);
        if bytes + line.len() > REQUEST_BYTES && !lines.is_empty() {
            send(client, alias, std::mem::take(&mut lines)).await?;
            bytes = 0;
        }
        bytes += line.len();
        lines.push(line);
    }
    if lines.is_empty() { Ok(()) } else { send(client, alias, lines).await }
}

/// The two lines of a document.
fn lines_of(document: &SearchDocument) -> String {
    let name = schema::name(document.conversation_id, document.seq);
    let action = json!({"index": {"_id": name, "version": document.version, "version_type": "external"}});
    format!("{action}\n{}\n", schema::document(document))
}

/// Sends documents, and those that were not taken for want of room again, more and more slowly.
async fn send(client: &Client, alias: &str, mut pending: Vec<String>) -> Result<(), Failure> {
    // An alias is required, as for the mark.
    let path = format!(
        "/{alias}/_bulk?require_alias=true&timeout=10s&filter_path=items.*.status,items.*.error.type"
    );
    let (began, mut pause) = (Instant::now(), PAUSE);
    loop {
        let (action, body) = ("putting documents", Body::Lines(pending.concat()));
        let answer =
            client.call(Call { action, method: Method::POST, path: &path, body, limit: LIMIT }).await;
        match answer {
            Ok(Answer { items }) => pending = rejected(pending, items)?,
            Err(failure) if failure.is_overload() => {}
            Err(failure) => return Err(failure),
        }
        if pending.is_empty() {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::Busy { action });
        }
        tokio::time::sleep(pause).await;
        pause = MAX_PAUSE.min(pause * 2);
    }
}

/// Those of the documents that are worth sending again.
fn rejected(sent: Vec<String>, items: Vec<Item>) -> Result<Vec<String>, Failure> {
    if items.len() != sent.len() {
        return Err(refused(StatusCode::OK, "not an answer for each document"));
    }
    let mut again = Vec::new();
    for (lines, Item { index: outcome }) in sent.into_iter().zip(items) {
        let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match status {
            // Stored before, in this version or a newer one.
            StatusCode::CONFLICT => {}
            status if status.is_success() => {}
            status if is_overload(status) => again.push(lines),
            status => {
                return Err(refused(
                    status,
                    outcome.error.as_ref().map_or("no reason", |error| &error.r#type),
                ));
            }
        }
    }
    Ok(again)
}

fn refused(status: StatusCode, kind: &str) -> Failure {
    Failure::Refused { action: "putting documents", status, kind: kind.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::MISSING_INDEX;

    fn outcome(status: u16, kind: Option<&str>) -> Item {
        Item { index: Outcome { status, error: kind.map(|kind| Reason { r#type: kind.to_owned() }) } }
    }

    #[test]
    fn what_found_no_room_is_sent_again_and_what_is_stored_is_not() {
        let sent: Vec<String> = ["new", "replaced", "known", "full", "away"].map(str::to_owned).into();
        let items = vec![
            outcome(201, None),
            outcome(200, None),
            outcome(409, Some("version_conflict_engine_exception")),
            outcome(429, Some("rejected_execution_exception")),
            outcome(503, Some("unavailable_shards_exception")),
        ];
        assert_eq!(rejected(sent, items).unwrap(), ["full", "away"]);
    }

    #[test]
    fn what_is_refused_for_good_is_an_error() {
        for (items, missing) in [
            (vec![outcome(404, Some(MISSING_INDEX))], true),
            (vec![outcome(400, Some("strict_dynamic_mapping_exception"))], false),
            (Vec::new(), false),
        ] {
            let failure = rejected(vec!["one".to_owned()], items).unwrap_err();
            assert_eq!(failure.is_missing_index(), missing, "{failure}");
        }
    }
}
