//! What must hold.

mod entries;
mod markers;
mod screens;
mod secrecy;
mod sends;

use crate::{Invariant, Line, Violation, history::History};

/// Everything in a history that is not as promised, by line. A history without what the nodes answer in the end is judged
/// as one of an empty ledger.
#[must_use]
pub fn check(lines: &[Line]) -> Vec<Violation> {
    let history = History::new(lines);
    let mut findings = Findings::default();
    sends::check(&history, &mut findings);
    entries::check(&history, &mut findings);
    screens::check(&history, &mut findings);
    secrecy::check(&history, &mut findings);
    markers::check(&history, &mut findings);
    let mut found = findings.0;
    found.sort_by_key(|violation| (violation.line, violation.invariant));
    found.dedup();
    found
}

#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, invariant: Invariant, line: usize, what: String) {
        self.0.push(Violation { invariant, line, what });
    }
}
