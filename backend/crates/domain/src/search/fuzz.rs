use bolero::check;

use super::*;

/// A text is found by its first word, as far as that asks for something.
#[test]
fn a_text_is_found_by_its_own_word() {
    check!().for_each(|bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let Some(word) = text.split([' ', '"', '“', '”', '„']).next() else { return };
        if let Ok(terms) = SearchTerms::parse("q", &format!("{word} ")) {
            let indexed = index_terms(&text);
            let indexed: Vec<&str> = indexed.split(' ').collect();
            for term in terms.required() {
                assert!(indexed.contains(&term.as_str()), "{term:?} of {text:?}");
            }
        }
    });
}

/// No query and no text panics; what is shown is part of the text.
#[test]
fn snippets_are_parts_of_the_text() {
    check!().with_type::<(String, String)>().for_each(|(query, text)| {
        let Ok(terms) = SearchTerms::parse("q", query) else { return };
        if let Some(parts) = terms.snippet(text) {
            assert!(parts.iter().any(|part| part.hit));
            for part in &parts {
                let shown = part.text.trim_matches(['…', ' ']);
                assert!(text.contains(shown) || text.contains(char::is_control), "{shown:?} of {text:?}");
            }
        }
    });
}
