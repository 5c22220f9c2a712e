//! The part of a message that is shown of a hit.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// About two lines of a list, in characters.
const MAX_CHARS: usize = 160;
/// So much at most stands before the first hit.
const LEAD_CHARS: usize = 40;
/// A cut moves up to so far to stand between two words.
const SLACK_CHARS: usize = 15;
const ELLIPSIS: char = '…';

/// A piece of a snippet. It is text, never markup; the pieces make the snippet one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnippetPart {
    /// The text; `…` stands for what is left out.
    pub text: String,
    /// Whether it is what was searched for.
    pub hit: bool,
}

/// What a reader sees as one character.
struct Grapheme<'a> {
    start: usize,
    text: &'a str,
    chars: usize,
}

/// Cuts `text` around the first of `hits`, which are ascending and apart. Linear in the length of the text; no cut goes
/// through what a reader sees as one character, unless that alone is longer than a snippet.
pub(super) fn cut(text: &str, hits: &[Range<usize>]) -> Vec<SnippetPart> {
    let first = hits.first().map_or(0, |hit| hit.start);
    let graphemes: Vec<Grapheme<'_>> = text
        .grapheme_indices(true)
        .map(|(start, text)| Grapheme { start, text, chars: text.chars().count() })
        .collect();
    let hit = graphemes.partition_point(|grapheme| grapheme.start + grapheme.text.len() <= first);
    let begin = begin(&graphemes, hit);
    let end = end(&graphemes, begin);

    let mut parts: Vec<SnippetPart> = Vec::new();
    let mut push = |text: &str, hit: bool| match parts.last_mut() {
        Some(last) if last.hit == hit => last.text.push_str(text),
        _ => parts.push(SnippetPart { text: text.to_owned(), hit }),
    };
    if begin > 0 {
        push(ELLIPSIS.encode_utf8(&mut [0; 4]), false);
    }
    let mut ahead = hits.iter().peekable();
    for grapheme in &graphemes[begin..end] {
        while ahead.next_if(|hit| hit.end <= grapheme.start).is_some() {}
        let marked = ahead.peek().is_some_and(|hit| hit.start < grapheme.start + grapheme.text.len());
        if grapheme.text.contains(char::is_control) {
            push(" ", marked);
        } else {
            let shown = grapheme.text.char_indices().nth(MAX_CHARS).map_or(grapheme.text.len(), |(at, _)| at);
            push(&grapheme.text[..shown], marked);
        }
    }
    if end < graphemes.len() {
        push(ELLIPSIS.encode_utf8(&mut [0; 4]), false);
    }
    parts
}

/// Where the snippet begins: at the beginning when the hit is near it, else after a blank shortly before the hit.
fn begin(graphemes: &[Grapheme<'_>], hit: usize) -> usize {
    let mut chars = 0;
    let lead = graphemes[..hit].iter().rev().take_while(|grapheme| {
        chars += grapheme.chars;
        chars <= LEAD_CHARS
    });
    let begin = hit - lead.count();
    if begin == 0 {
        return 0;
    }
    let blank = graphemes[begin..hit].iter().take(SLACK_CHARS).position(is_blank);
    blank.map_or(begin, |blank| begin + blank + 1)
}

/// Where it ends: before a blank where one is near.
fn end(graphemes: &[Grapheme<'_>], begin: usize) -> usize {
    let mut chars = 0;
    let fitting = graphemes[begin..].iter().take_while(|grapheme| {
        chars += grapheme.chars;
        chars <= MAX_CHARS
    });
    let end = graphemes.len().min(begin + fitting.count().max(1));
    if end == graphemes.len() {
        return end;
    }
    let blank = graphemes[begin..end].iter().rev().take(SLACK_CHARS).position(is_blank);
    blank.map_or(end, |blank| end - blank - 1)
}

fn is_blank(grapheme: &Grapheme<'_>) -> bool {
    grapheme.text.starts_with(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The snippet of `text` with hits at those places, each in brackets.
    fn shown(text: &str, hits: &[(usize, usize)]) -> String {
        let hits: Vec<Range<usize>> = hits.iter().map(|&(start, end)| start..end).collect();
        cut(text, &hits)
            .iter()
            .map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() })
            .collect()
    }

    #[test]
    fn short_texts_are_shown_whole() {
        assert_eq!(shown("see you there", &[(4, 7)]), "see [you] there");
        assert_eq!(shown("one\ntwo", &[(0, 3), (4, 7)]), "[one] [two]");
        assert_eq!(shown("e\u{301}a", &[(0, 1)]), "[e\u{301}]a", "a mark goes with its letter");
        assert_eq!(shown("👩‍💻!", &[(0, 4)]), "[👩‍💻]!");
    }

    #[test]
    fn long_texts_are_cut_between_words() {
        let text = format!("{}needle {}", "before ".repeat(30), "after ".repeat(60));
        let at = text.find("needle").unwrap();
        let shown = shown(&text, &[(at, at + 6)]);
        assert!(shown.starts_with("…before "), "{shown}");
        assert!(shown.ends_with("after…"), "{shown}");
        assert!(shown.contains(" [needle] after"), "{shown}");
        assert!(shown.chars().count() <= MAX_CHARS + 4, "{shown}");
    }

    #[test]
    fn texts_without_blanks_are_cut_between_characters() {
        let text = format!("{}針{}", "前".repeat(500), "後".repeat(500));
        let at = text.find('針').unwrap();
        let shown = shown(&text, &[(at, at + 3)]);
        let expected =
            format!("…{}[針]{}…", "前".repeat(LEAD_CHARS), "後".repeat(MAX_CHARS - LEAD_CHARS - 1));
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_character_of_very_many_marks_stays_small() {
        let text = format!("x{}", "\u{301}".repeat(7_000));
        let shown = shown(&text, &[(0, 1)]);
        assert!(shown.starts_with("[x") && shown.ends_with(']'));
        assert_eq!(shown.chars().count(), MAX_CHARS + 2);
    }
}
