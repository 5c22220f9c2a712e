//! What a query asks for.

use std::ops::Range;

use super::{
    snippet::{self, SnippetPart},
    tokens::{Token, TokenKind, terms, tokens},
};
use crate::refusal::{FieldError, Refusal};

/// The longest query, in characters.
pub const MAX_QUERY_CHARS: usize = 200;
const QUOTATION_MARKS: [char; 4] = ['"', '“', '”', '„'];

/// What a message must contain, all of it: words, runs of characters of scripts without blanks, and what stands in
/// quotation marks, each in its order. The last word is a beginning while it is still being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTerms {
    phrases: Vec<Vec<Token>>,
    /// Whether the last word of the last phrase is only a beginning.
    open: bool,
}

impl SearchTerms {
    /// Reads a query as people type it.
    ///
    /// # Errors
    /// [`Refusal::Validation`] naming `field`: `empty`, `too_long` above [`MAX_QUERY_CHARS`], or `no_words` when there
    /// is nothing but punctuation.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        if text.trim().is_empty() {
            return Err(FieldError::new(field, "empty", "at least 1 character").into());
        }
        if text.chars().count() > MAX_QUERY_CHARS {
            return Err(FieldError::new(field, "too_long", "at most 200 characters").into());
        }
        let (mut phrases, mut open) = (Vec::new(), false);
        for (place, part) in text.split(QUOTATION_MARKS).enumerate() {
            let tokens = tokens(part);
            // Whatever follows closes it; a quotation that is not closed yet is still being typed.
            open = tokens
                .last()
                .is_some_and(|last| last.kind == TokenKind::Word && last.range.end == part.len());
            if place % 2 == 0 {
                phrases.extend(runs(tokens));
            } else if !tokens.is_empty() {
                phrases.push(tokens);
            }
        }
        if phrases.is_empty() {
            return Err(FieldError::new(field, "no_words", "at least 1 letter, digit or character").into());
        }
        Ok(Self { phrases, open })
    }

    /// The terms that a message must be indexed under, each once. Not that they stand side by side: that is judged by
    /// [`SearchTerms::snippet`].
    #[must_use]
    pub fn required(&self) -> Vec<String> {
        let mut required: Vec<String> = Vec::new();
        for (place, phrase) in self.phrases.iter().enumerate() {
            let open = self.open && place + 1 == self.phrases.len();
            let closed = &phrase[..phrase.len() - usize::from(open)];
            for term in needed(closed) {
                if !required.contains(&term) {
                    required.push(term);
                }
            }
        }
        required
    }

    /// The beginning of a word that a message must be indexed under.
    #[must_use]
    pub fn prefix(&self) -> Option<&str> {
        let last = self.phrases.last().and_then(|phrase| phrase.last());
        last.filter(|_| self.open).map(|token| token.term.as_str())
    }

    /// The part of `text` around the first hit, with every hit in it marked; `None` when the text does not contain all
    /// that is asked for.
    #[must_use]
    pub fn snippet(&self, text: &str) -> Option<Vec<SnippetPart>> {
        self.hits(text).map(|hits| snippet::cut(text, &hits))
    }

    /// The bytes of `text` that are hit, ascending and apart.
    fn hits(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let tokens = tokens(text);
        let mut hits: Vec<Range<usize>> = Vec::new();
        for (place, phrase) in self.phrases.iter().enumerate() {
            let open = self.open && place + 1 == self.phrases.len();
            let before = hits.len();
            for window in tokens.windows(phrase.len()) {
                if matches(phrase, window, open)
                    && let (Some(first), Some(last)) = (window.first(), window.last())
                {
                    hits.push(first.range.start..last.range.end);
                }
            }
            if hits.len() == before {
                return None;
            }
        }
        hits.sort_by_key(|hit| hit.start);
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(hits.len());
        for hit in hits {
            match apart.last_mut() {
                Some(last) if hit.start <= last.end => last.end = last.end.max(hit.end),
                _ => apart.push(hit),
            }
        }
        Some(apart)
    }
}

/// Parts tokens that may stand anywhere from those that must touch.
fn runs(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let mut runs: Vec<Vec<Token>> = Vec::new();
    for token in tokens {
        match runs.last_mut() {
            Some(run) if token.kind == (TokenKind::Character { joined: true }) => run.push(token),
            _ => runs.push(vec![token]),
        }
    }
    runs
}

/// The terms of a phrase; a character that is part of a pair need not be asked for by itself.
fn needed(phrase: &[Token]) -> Vec<String> {
    let joined = |place: usize| {
        phrase.get(place).is_some_and(|token| token.kind == (TokenKind::Character { joined: true }))
    };
    let mut needed = Vec::new();
    for place in 0..phrase.len() {
        let all = terms(&phrase[place.saturating_sub(1)..=place]);
        if joined(place) {
            needed.extend(all.last());
        } else if !joined(place + 1) {
            needed.push(phrase[place].term.clone());
        }
    }
    needed
}

fn matches(phrase: &[Token], window: &[Token], open: bool) -> bool {
    phrase.iter().zip(window).enumerate().all(|(place, (asked, token))| {
        let touches = place == 0
            || asked.kind != (TokenKind::Character { joined: true })
            || token.kind == (TokenKind::Character { joined: true });
        let term = if open && place + 1 == phrase.len() {
            token.kind == TokenKind::Word && token.term.starts_with(&asked.term)
        } else {
            token.term == asked.term
        };
        touches && term
    })
}

#[cfg(test)]
mod tests;
