//! A good history passes, and every planted fault is found, in the line that shows it.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

mod planted;
mod story;

use kith_checker::{Invariant, Line, check, read};
use story::story;

#[test]
fn a_good_history_passes() {
    assert_eq!(check(&story()), []);
}

#[test]
fn lines_come_back_as_they_were_written() {
    let lines = story();
    let mut text = String::new();
    for line in &lines {
        text += &serde_json::to_string(line).unwrap();
        text.push('\n');
    }
    assert_eq!(read(text.as_bytes()).unwrap(), lines);
    let error = read("{\"line\":\"event\"}\n".as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("line 1 is not of a history"), "{error}");
}

#[test]
fn every_planted_fault_is_found() {
    for planted in planted::all() {
        let mut lines = story();
        (planted.plant)(&mut lines);
        let found = check(&lines);
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(
            found.iter().any(|violation| {
                violation.invariant == planted.invariant && violation.what.contains(planted.says)
            }),
            "{}: {shown:#?}",
            planted.name
        );
        for violation in &found {
            assert!((1..=lines.len()).contains(&violation.line), "{violation}");
        }
    }
}

#[test]
fn every_invariant_has_two_planted_faults() {
    use Invariant::{I1, I2, I3, I4, I5, I6, I7, I8, I9, I10};
    for invariant in [I1, I2, I3, I4, I5, I6, I7, I8, I9, I10] {
        let count = planted::all().iter().filter(|planted| planted.invariant == invariant).count();
        assert!(count >= 2, "{invariant:?} has {count}");
    }
}

/// The line that shows a fault is the one that a reader wants to see.
#[test]
fn a_fault_names_its_line() {
    let mut lines = story();
    let place =
        lines.iter().position(|line| matches!(line, Line::Event(event) if story::renders(event, "m2")));
    let place = place.unwrap();
    let again = lines[place].clone();
    lines.insert(place + 1, again);
    let found = check(&lines);
    assert!(found.iter().all(|violation| violation.line == place + 2), "{found:?}");
    let told = found.first().unwrap().to_string();
    assert_eq!(told, format!("I6 at line {}: ann-1 shows 4 of g behind 4", place + 2));
}
