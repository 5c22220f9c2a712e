//! Folding: what people who search do not mean to tell apart.

use unicode_normalization::UnicodeNormalization;

/// Lower case, without accents, points and what does not show, and with compatibility forms made plain: `zoe` finds
/// `Zoë`, `dang` finds `Đặng`, `strasse` finds `Straße`, full-width finds half-width, and katakana finds hiragana.
///
/// Marks that make another letter rather than an accent stay: か and が, क and कि are not one. The answer is decomposed
/// (NFKD), so that a Korean or Japanese name is found while its last syllable is still being typed. Folding again
/// changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase).filter(|c| !is_dropped(*c)) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            _ => folded.push(plain(c)),
        }
    }
    folded
}

/// Letters with a stroke or without their dot have no decomposition, though people type them without.
fn plain(c: char) -> char {
    match c {
        'ø' => 'o',
        'đ' | 'ð' => 'd',
        'ħ' => 'h',
        'ı' => 'i',
        'ł' => 'l',
        'ŧ' => 't',
        'ς' => 'σ',
        // The two kana syllabaries lie side by side in the same order.
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        _ => c,
    }
}

/// Accents, vowel points that are mostly left out in writing, and characters that do not show.
fn is_dropped(c: char) -> bool {
    matches!(c,
        // Accents of the Latin, Greek and Cyrillic scripts, and of symbols.
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{487}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}'
        // Points of Hebrew; points, signs and the stretching stroke of Arabic.
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}'
        // Joiners, directions, variation selectors and skin tones.
        | '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_ignores_case_accents_and_width() {
        for (text, folded) in [
            ("Zoë", "zoe"),
            ("ÓSCAR Ibáñez", "oscar ibanez"),
            ("陳柏翰", "陳柏翰"),
            ("ＡＢＣ", "abc"),
            ("Đặng Thị Ngọc", "dang thi ngoc"),
            ("Nguyễn Văn Ước", "nguyen van uoc"),
            ("İstanbul'da Işık ŞAHİN", "istanbul'da isik sahin"),
            ("Straße GROẞ", "strasse gross"),
            ("Łukasz Øystein Þór", "lukasz oystein thor"),
            ("ﬁnal", "final"),
            ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
            ("Ёлка", "елка"),
            ("サクラ", "さくら"),
            ("ｻｸﾗ", "さくら"),
            ("コーヒー", "こーひー"),
            ("مُحَمَّد", "محمد"),
            ("שָׁלוֹם", "שלום"),
            ("a\u{200B}b\u{AD}c", "abc"),
            ("👍🏽", "👍"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text:?}");
        }
    }

    #[test]
    fn letters_that_only_look_alike_stay_apart() {
        for (one, other) in [("か", "が"), ("は", "ぱ"), ("क", "कि"), ("金", "今"), ("o", "0")] {
            assert_ne!(fold(one), fold(other));
        }
    }

    #[test]
    fn names_are_found_while_they_are_typed() {
        for (name, typed) in
            [("김민준", "기"), ("김민준", "김ㅁ"), ("がく", "か"), ("Đặng", "đa"), ("Zoë", "Zo")]
        {
            assert!(fold(name).starts_with(&fold(typed)), "{typed} of {name}");
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC{0,40}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }
    }
}
