//! From what is searched for to a query of the index.

use std::{ops::Bound, sync::Arc};

use kith_domain::ports::search::{SearchCandidate, SearchQuery};
use tantivy::{
    Term,
    query::{
        Bm25StatisticsProvider, BooleanQuery, ConstScoreQuery, InvertedIndexRangeQuery, Occur, Query,
        TermQuery, TermSetQuery,
    },
    schema::{Field, IndexRecordOption},
};

use crate::{candidates::Candidates, index::View, schema::Fields};

/// What a word that merely begins as asked weighs; the whole word weighs about 1.
const BEGINNING_WEIGHT: f32 = 0.25;

/// Statistics that are the same for every index: a weight tells nothing of messages other than the one it belongs to, and
/// it does not move while somebody turns pages.
struct FixedStatistics;

/// Any number will do: only the proportions of weights matter.
const DOCUMENTS: u64 = 1_000;
/// Words and pairs of characters in a message of ordinary length.
const TERMS_PER_DOCUMENT: u64 = 12;
/// Gives every term a weight near 1.
const DOCUMENTS_WITH_TERM: u64 = 370;

impl Bm25StatisticsProvider for FixedStatistics {
    fn total_num_tokens(&self, _: Field) -> tantivy::Result<u64> {
        Ok(DOCUMENTS * TERMS_PER_DOCUMENT)
    }
    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(DOCUMENTS)
    }
    fn doc_freq(&self, _: &Term) -> tantivy::Result<u64> {
        Ok(DOCUMENTS_WITH_TERM)
    }
}

/// Runs a search.
pub(crate) fn run(view: &View, query: &SearchQuery) -> tantivy::Result<Vec<SearchCandidate>> {
    if query.conversations.is_empty() || query.limit == 0 {
        return Ok(Vec::new());
    }
    let wanted = build(&view.fields, query);
    let shared = Arc::new(query.clone());
    view.searcher.search_with_statistics_provider(&wanted, &Candidates(&shared), &FixedStatistics)
}

fn build(fields: &Fields, query: &SearchQuery) -> BooleanQuery {
    let conversations =
        query.conversations.keys().map(|id| Term::from_field_u64(fields.conversation, id.get()));
    let mut parts: Vec<(Occur, Box<dyn Query>)> =
        vec![(Occur::Must, unweighted(Box::new(TermSetQuery::new(conversations)), 0.0))];
    for term in query.terms.required() {
        parts.push((Occur::Must, word(fields.terms, &term)));
    }
    if let Some(prefix) = query.terms.prefix() {
        let beginning = InvertedIndexRangeQuery::new(
            Bound::Included(Term::from_field_text(fields.terms, prefix)),
            // Terms are UTF-8, in which the last character of all stands after whatever else may follow.
            Bound::Included(Term::from_field_text(fields.terms, &format!("{prefix}{}", char::MAX))),
        );
        let either = BooleanQuery::union(vec![
            word(fields.terms, prefix),
            unweighted(Box::new(beginning), BEGINNING_WEIGHT),
        ]);
        parts.push((Occur::Must, Box::new(either)));
    }
    BooleanQuery::new(parts)
}

fn word(field: Field, term: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs))
}

fn unweighted(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, weight))
}
