//! From what is searched for to a query of the index.

use std::collections::HashMap;

use kith_domain::{
    ConversationId, Intervals,
    ports::search::{SearchPlace, SearchQuery},
    search::SearchOrder,
};
use serde_json::{Map, Value, json};

use crate::schema::STEPS_PER_POINT;

/// What a word that merely begins as asked weighs; the whole word weighs about 1.
const BEGINNING_WEIGHT: f64 = 0.25;
/// The most that one answer can hold.
const MAX_HITS: usize = 10_000;

/// Keeps what lies in the spans of its conversation; a conversation without spans is visible whole.
const IN_SPANS: &str = "def spans = params.spans.get(doc['conversation'].value); \
                        if (spans == null) { return true; } \
                        long seq = doc['seq'].value; \
                        for (int i = 0; i < spans.size(); i += 2) { \
                          if (seq >= spans.get(i) && seq <= spans.get(i + 1)) { return true; } \
                        } \
                        return false;";

/// The body of a search.
pub(crate) fn build(query: &SearchQuery) -> Value {
    let relevance = query.order == SearchOrder::Relevance;
    // What does not weigh is not weighed.
    let (must, filter) = if relevance {
        (terms(query), filters(query))
    } else {
        (Vec::new(), [terms(query), filters(query)].concat())
    };
    let mut search = json!({
        "size": query.limit.min(MAX_HITS),
        "track_total_hits": false,
        "_source": false,
        "query": {"bool": {"must": must, "filter": filter, "must_not": left_out(query)}},
        "sort": if relevance { json!([{"_score": "desc"}, {"id": "desc"}]) } else { json!([{"id": "desc"}]) },
    });
    if let Some(SearchPlace { weight, id }) = query.after {
        search["search_after"] = if relevance {
            json!([f64::from(weight) / STEPS_PER_POINT, id.get()])
        } else {
            json!([id.get()])
        };
    }
    search
}

fn terms(query: &SearchQuery) -> Vec<Value> {
    let word = |term: &str| json!({"term": {"terms": term}});
    let mut wanted: Vec<Value> = query.terms.required().iter().map(|term| word(term)).collect();
    if let Some(prefix) = query.terms.prefix() {
        let beginning = json!({"prefix": {"terms": {"value": prefix, "boost": BEGINNING_WEIGHT}}});
        wanted.push(json!({"bool": {"should": [word(prefix), beginning], "minimum_should_match": 1}}));
    }
    wanted
}

fn filters(query: &SearchQuery) -> Vec<Value> {
    let conversations: Vec<String> = query.conversations.keys().map(ToString::to_string).collect();
    let mut filters = vec![json!({"terms": {"conversation": conversations}})];
    if let Some(sender) = query.sender_id {
        filters.push(json!({"term": {"sender": sender.to_string()}}));
    }
    if query.from.is_some() || query.to.is_some() {
        let mut range = Map::new();
        for (bound, time) in [("gte", query.from), ("lte", query.to)] {
            range.extend(time.map(|time| (bound.to_owned(), time.as_millis().into())));
        }
        filters.push(json!({"range": {"time": range}}));
    }
    let spans = spans(&query.conversations);
    if !spans.is_empty() {
        // Not a clause for each of them: there is a limit to those, and people are in many groups.
        filters.push(json!({"script": {"script": {"source": IN_SPANS, "params": {"spans": spans}}}}));
    }
    filters
}

/// The first and last seq of each span of the conversations that are not visible whole.
fn spans(conversations: &HashMap<ConversationId, Intervals>) -> Map<String, Value> {
    let partly = conversations.iter().filter(|(_, intervals)| {
        !intervals.0.iter().any(|interval| interval.from <= 1 && interval.to.is_none())
    });
    partly
        .map(|(conversation, intervals)| {
            let ends = intervals.0.iter().flat_map(|interval| {
                let last = interval.to.map_or(i64::MAX, |to| i64::try_from(to).unwrap_or(i64::MAX));
                [i64::try_from(interval.from).unwrap_or(i64::MAX), last]
            });
            (conversation.to_string(), ends.collect())
        })
        .collect()
}

fn left_out(query: &SearchQuery) -> Vec<Value> {
    let left_out = &query.left_out;
    if left_out.senders.is_empty() || left_out.conversations.is_empty() {
        return Vec::new();
    }
    let senders: Vec<String> = left_out.senders.iter().map(ToString::to_string).collect();
    let conversations: Vec<String> = left_out.conversations.iter().map(ToString::to_string).collect();
    vec![json!({"bool": {"filter": [
        {"terms": {"sender": senders}},
        {"terms": {"conversation": conversations}},
    ]}})]
}
