//! A sentence cut into words, signs and, where a language has no blanks, characters. What this file is not:
//! it knows no vocabulary.

use unicode_segmentation::UnicodeSegmentation;

/// The words and signs of a sentence in small letters, by the rules of Unicode (UAX 29): `3.5`, `don't`
/// and `U.S` are words; so is each Chinese character, and each sign of Hiragana. Digits all become
/// `0`, so that numbers of one form are one word.
///
/// ```
/// let words = gatecast::text::words("Sales rose 12.5 % — don't sell!");
/// assert_eq!(words, ["sales", "rose", "00.0", "%", "—", "don't", "sell", "!"]);
/// assert_eq!(gatecast::text::words("酒店很好"), ["酒", "店", "很", "好"]);
/// ```
pub fn words(sentence: &str) -> Vec<String> {
    sentence
        .split_word_bounds()
        .filter(|word| !word.trim().is_empty())
        .map(masked)
        .collect()
}

/// A word in small letters with every digit a zero.
fn masked(word: &str) -> String {
    let digit = |c: char| {
        if c.is_numeric() && !is_ideograph(c) {
            '0'
        } else {
            c
        }
    };
    word.to_lowercase().chars().map(digit).collect()
}

/// 一 and 千 are numbers to Unicode, and words.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}
