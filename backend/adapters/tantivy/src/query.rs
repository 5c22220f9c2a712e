//! From what is searched for to a query of the index.

use std::{ops::Bound, sync::Arc};

use kith_domain::{
    ports::search::{SearchCandidate, SearchQuery},
    search::SearchOrder,
};
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

/// With more than one in so many of all conversations, going through their documents costs more than looking at the
/// conversation of each document that would be a candidate.
const FEW: usize = 4;

/// Runs a search.
pub(crate) fn run(view: &View, query: &SearchQuery) -> tantivy::Result<Vec<SearchCandidate>> {
    if query.conversations.is_empty() || query.limit == 0 {
        return Ok(Vec::new());
    }
    let wanted = build(&view.fields, query, narrows(view, query)?);
    let shared = Arc::new(query.clone());
    view.searcher.search_with_statistics_provider(&wanted, &Candidates(&shared), &FixedStatistics)
}

/// Whether the conversations leave out so much that it pays to ask the index for theirs alone.
fn narrows(view: &View, query: &SearchQuery) -> tantivy::Result<bool> {
    let mut most = 0;
    for segment in view.searcher.segment_readers() {
        most = segment.inverted_index(view.fields.conversation)?.terms().num_terms().max(most);
    }
    Ok(query.conversations.len().saturating_mul(FEW) < most)
}

/// `narrowed` leaves other conversations out at once; the collector leaves them out in any case.
fn build(fields: &Fields, query: &SearchQuery, narrowed: bool) -> BooleanQuery {
    let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    if narrowed {
        let conversations =
            query.conversations.keys().map(|id| Term::from_field_u64(fields.conversation, id.get()));
        parts.push((Occur::Must, unweighted(Box::new(TermSetQuery::new(conversations)), 0.0)));
    }
    for term in query.terms.required() {
        parts.push((Occur::Must, word(fields.terms, &term)));
    }
    if let Some(prefix) = query.terms.prefix() {
        let beginning = unweighted(Box::new(beginning(fields.terms, prefix)), BEGINNING_WEIGHT);
        let part = match query.order {
            SearchOrder::Newest => beginning,
            SearchOrder::Relevance => {
                Box::new(BooleanQuery::union(vec![word(fields.terms, prefix), beginning]))
            }
        };
        parts.push((Occur::Must, part));
    }
    BooleanQuery::new(parts)
}

/// All words that begin so, the word itself included.
fn beginning(field: Field, prefix: &str) -> InvertedIndexRangeQuery {
    InvertedIndexRangeQuery::new(
        Bound::Included(Term::from_field_text(field, prefix)),
        // Terms are UTF-8, in which the last character of all stands after whatever else may follow.
        Bound::Included(Term::from_field_text(field, &format!("{prefix}{}", char::MAX))),
    )
}

fn word(field: Field, term: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::WithFreqs))
}

fn unweighted(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, weight))
}
