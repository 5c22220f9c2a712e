//! From a text to its terms.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::script::{Class, class};
use crate::fold;

/// Longer words are cut, in texts and queries alike: nobody types more, and it bounds what one message can add.
const MAX_WORD_CHARS: usize = 64;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word.
    Word,
    /// A character of a script without blanks; whether the token before it touches it and is one too.
    Character {
        /// Whether the two make a pair.
        joined: bool,
    },
    /// A pictograph.
    Symbol,
}

/// A term in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Folded and composed (NFKC).
    pub(super) term: String,
    /// What it is.
    pub(super) kind: TokenKind,
    /// The bytes of the text that it was made of.
    pub(super) range: Range<usize>,
}

/// A folded character and the bytes it was made of.
struct Piece {
    c: char,
    range: Range<usize>,
}

/// Whether `c` changes the character before it.
fn continues(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11FF}' | '\u{FF9E}' | '\u{FF9F}')
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut characters = text.char_indices().peekable();
    while let Some((start, c)) = characters.next() {
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = characters.next_if(|(_, next)| continues(*next)) {
            end = at + next.len_utf8();
        }
        if end == start + 1 {
            pieces.push(Piece { c: c.to_ascii_lowercase(), range: start..end });
        } else {
            let folded = fold(&text[start..end]);
            pieces.extend(folded.nfc().map(|c| Piece { c, range: start..end }));
        }
    }
    pieces
}

/// The tokens of a text, in its order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut before = Class::Separator;
    let mut word_chars = 0;
    for Piece { c, range } in pieces(text) {
        let class = class(c);
        match (class, tokens.last_mut()) {
            (Class::Separator, _) => {}
            (Class::Word, Some(word)) if before == Class::Word => {
                word.range.end = range.end;
                word_chars += 1;
                if word_chars <= MAX_WORD_CHARS {
                    word.term.push(c);
                }
            }
            _ => {
                let kind = match class {
                    Class::Unspaced => TokenKind::Character { joined: before == Class::Unspaced },
                    Class::Symbol => TokenKind::Symbol,
                    Class::Word | Class::Separator => TokenKind::Word,
                };
                word_chars = 1;
                tokens.push(Token { term: c.to_string(), kind, range });
            }
        }
        before = class;
    }
    tokens
}

/// The terms of tokens that follow one another: each by itself and, of a script without blanks, each pair.
pub(super) fn terms(tokens: &[Token]) -> impl Iterator<Item = String> {
    tokens.iter().enumerate().flat_map(|(place, token)| {
        let pair = match token.kind {
            TokenKind::Character { joined: true } if place > 0 => {
                Some(format!("{}{}", tokens[place - 1].term, token.term))
            }
            _ => None,
        };
        std::iter::once(token.term.clone()).chain(pair)
    })
}

/// The terms by which a text is found, parted by blanks: for engines that split at blanks and do nothing else.
#[must_use]
pub fn index_terms(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for term in terms(&tokens(text)) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&term);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_their_terms() {
        for (text, terms) in [
            ("Hello, World!", "hello world"),
            ("don't re-send it", "don t re send it"),
            ("Zoë's café, naïve", "zoe s cafe naive"),
            ("e\u{301}te\u{301}", "ete"),
            ("3.14 and v2", "3 14 and v2"),
            ("user@kith.example/a_b", "user kith example a b"),
            ("你好", "你 好 你好"),
            ("我愛台灣", "我 愛 我愛 台 愛台 灣 台灣"),
            ("你好，世界", "你 好 你好 世 界 世界"),
            ("買iPhone手機", "買 iphone 手 機 手機"),
            ("2026年", "2026 年"),
            ("サクラ さくら", "さ く さく ら くら さ く さく ら くら"),
            ("ｶﾞｸ", "が く がく"),
            ("コーヒー", "こ ー こー ひ ーひ ー ひー"),
            ("中・黒", "中 黒"),
            ("한국어", "한 국 한국 어 국어"),
            ("\u{1112}\u{1161}\u{11AB}", "한"),
            ("ㅋㅋ", "ᄏ ᄏ ᄏᄏ"),
            ("ＡＢＣ１２３", "abc123"),
            ("สวัสดี", "ส ว สว ั วั ส ัส ด สด ี ดี"),
            ("हिन्दी", "हिन्दी"),
            ("Привет, мир", "привет мир"),
            ("مُحَمَّد", "محمد"),
            ("see you 👋🏽!", "see you 👋"),
            ("👩‍💻", "👩 💻"),
            ("ﬁne ½", "fine 1 2"),
            ("...!?", ""),
            ("", ""),
        ] {
            assert_eq!(index_terms(text), terms, "{text:?}");
        }
    }

    #[test]
    fn long_words_are_cut() {
        let (long, longer) = ("x".repeat(MAX_WORD_CHARS), "x".repeat(8_000));
        assert_eq!(index_terms(&longer), long);
        assert_eq!(tokens(&longer)[0].range, 0..8_000);
    }

    #[test]
    fn tokens_know_where_they_came_from() {
        let text = "Zoe\u{308} 說:ｶﾞ!";
        let found: Vec<&str> = tokens(text).iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(found, ["Zoe\u{308}", "說", "ｶﾞ"]);
    }
}
