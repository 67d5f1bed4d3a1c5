//! How good translations are, beside those that need no network. What this file is not: it translates nothing.

use serde::{Deserialize, Serialize};

use super::bleu::{Bleu, Tokens, chrf};
use super::duplicates::Duplicates;

/// By what translations are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// BLEU with these tokens.
    Bleu(Tokens),
    /// chrF2, where most sentences are too short for BLEU, which counts four words in a row.
    Chrf,
}

impl Measure {
    /// The one that says something of such sentences: BLEU with `13a`, or by characters where blanks are rare.
    pub fn for_sentences(sentences: &[String]) -> Self {
        const LETTERS_OF_A_WORD: usize = 20;
        const FEWEST_WORDS: usize = 6;
        let letters: usize = sentences.iter().map(|text| text.chars().count()).sum();
        let words: usize = sentences
            .iter()
            .map(|text| text.split_whitespace().count())
            .sum();
        let tokens = match letters > LETTERS_OF_A_WORD * words {
            true => Tokens::Characters,
            false => Tokens::Thirteen,
        };
        let counted = Bleu::new(sentences, sentences, tokens).reference_length;
        match counted < FEWEST_WORDS * sentences.len() {
            true => Self::Chrf,
            false => Self::Bleu(tokens),
        }
    }

    /// The score of translations, from 0 to 100.
    ///
    /// # Panics
    /// When there are more of one than of the other.
    pub fn of(self, translations: &[String], references: &[String]) -> f64 {
        match self {
            Self::Bleu(tokens) => Bleu::new(translations, references, tokens).score,
            Self::Chrf => chrf(translations, references),
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bleu(_) => "BLEU",
            Self::Chrf => "chrF",
        }
    }

    fn tokens(self) -> Tokens {
        match self {
            Self::Bleu(tokens) => tokens,
            Self::Chrf => Tokens::Thirteen,
        }
    }
}

/// BLEU of translations in two ways of counting words, and chrF.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranslationScores {
    /// With sacreBLEU's tokens `13a`, or `char` where words have no blanks between them.
    pub bleu: Bleu,
    /// With the words as blanks part them, for text that was cut before.
    pub bleu_plain: Bleu,
    /// chrF2.
    pub chrf: f64,
}

impl TranslationScores {
    pub(super) fn new(translations: &[String], references: &[String], measure: Measure) -> Self {
        Self {
            bleu: Bleu::new(translations, references, measure.tokens()),
            bleu_plain: Bleu::new(translations, references, Tokens::None),
            chrf: chrf(translations, references),
        }
    }

    /// The one that counts.
    pub fn by(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Bleu(_) => self.bleu.score,
            Measure::Chrf => self.chrf,
        }
    }
}

/// Scores of a translator, beside those of simpler methods on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranslationEvaluation {
    /// Pairs.
    pub rows: usize,
    /// The score that counts for such sentences.
    pub measure: Measure,
    /// Beginnings that the search had side by side.
    pub beam: usize,
    /// Of the translator.
    pub scores: TranslationScores,
    /// Of its greedy search.
    pub greedy: TranslationScores,
    /// Of the source as it is.
    pub copy: TranslationScores,
    /// Of the translation of the training sentence whose words are most like the source's, where the training
    /// rows are at hand.
    pub nearest: Option<TranslationScores>,
    /// Source sentences that stand in training as well.
    pub duplicates: Duplicates,
    /// Scores on the other rows, where there are such.
    pub without: Option<TranslationScores>,
    /// Share of the source's pieces that are not known.
    pub unknown: f64,
    /// Rows that were translated in parts.
    pub in_parts: usize,
}

impl TranslationEvaluation {
    /// What it comes to, in a sentence.
    pub fn text(&self) -> String {
        let name = self.measure.name();
        let [own, copy] = [&self.scores, &self.copy].map(|scores| scores.by(self.measure));
        let nearest = self.nearest.as_ref().map(|scores| scores.by(self.measure));
        let (what, other) = match nearest {
            Some(nearest) if nearest > copy => (
                "the translation of the most similar training sentence",
                nearest,
            ),
            _ => ("the source as it is", copy),
        };
        match own > other {
            true => format!("{name} {own:.1}; {what} has {other:.1}."),
            false => format!(
                "{name} {own:.1} is no better than {what}, which has {other:.1}: it has learnt too little to be of use."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sentences_are_not_measured_by_four_words_in_a_row() {
        let of = |text: &str| Measure::for_sentences(&vec![text.to_string(); 3]);
        assert_eq!(of("one two three"), Measure::Chrf);
        assert_eq!(of("1998-05-03"), Measure::Chrf);
        assert_eq!(
            of("a man in a red shirt ."),
            Measure::Bleu(Tokens::Thirteen)
        );
        let chinese = "一个穿红衬衫的男人站在一辆旧的蓝色汽车旁边。";
        assert_eq!(of(chinese), Measure::Bleu(Tokens::Characters));
    }
}
