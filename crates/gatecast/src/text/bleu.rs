//! How near translations are to references: BLEU and chrF over a whole set, with the numbers of sacreBLEU
//! (Post 2018). What this file is not: it compares no two systems, and scores no single sentence, of
//! which BLEU says little.
//!
//! | | |
//! |---|---|
//! | BLEU | brevity penalty × geometric mean of the precisions of one to four tokens in a row (Papineni et al. 2002), smoothed "exp" (Chen & Cherry 2014, method 3) |
//! | chrF | F2 of precision and recall, each the mean over one to six characters in a row (Popović 2015) |

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

/// How sentences are cut into the tokens that BLEU compares; the names are those of sacreBLEU's
/// `--tokenize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tokens {
    /// By the rules of `mteval-v13a`, which tell words from punctuation in Western languages.
    #[default]
    #[serde(rename = "13a")]
    Thirteen,
    /// At white space alone, for sentences that are cut already.
    #[serde(rename = "none")]
    None,
    /// Every character but white space, for languages without blanks.
    #[serde(rename = "char")]
    Characters,
}

impl Tokens {
    /// Every way, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::Thirteen, Self::None, Self::Characters];

    /// The name in settings, and in sacreBLEU.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thirteen => "13a",
            Self::None => "none",
            Self::Characters => "char",
        }
    }

    /// The tokens of a sentence.
    fn of(self, sentence: &str) -> Vec<String> {
        match self {
            Self::Thirteen => thirteen(sentence),
            Self::None => split(sentence),
            Self::Characters => {
                let characters = sentence.chars().filter(|c| !is_space(*c));
                characters.map(String::from).collect()
            }
        }
    }
}

/// White space to Python, which counts four separators of ASCII among it that Unicode does not.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Cuts at white space.
fn split(text: &str) -> Vec<String> {
    let words = text.split(is_space).filter(|word| !word.is_empty());
    words.map(String::from).collect()
}

/// Tokens by the rules of `mteval-v13a`, one after the other as sacreBLEU's `tokenizer_13a.py` has them:
/// the order of the entities, and that matches of a rule do not overlap, shows in the tokens.
fn thirteen(sentence: &str) -> Vec<String> {
    let text = sentence
        .trim_end_matches(is_space)
        .replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    let mut signs = vec![' '];
    for c in text.chars() {
        // Period, comma and dash depend on their neighbours; an apostrophe stays in its word.
        match c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '-' | '\'') {
            true => signs.extend([' ', c, ' ']),
            false => signs.push(c),
        }
    }
    signs.push(' ');
    let digit = |c: char| c.is_ascii_digit();
    let stop = |c: char| matches!(c, '.' | ',');
    // Unless a digit stands before it, and then unless one stands after it.
    let signs = pairs(&signs, |a, b| !digit(a) && stop(b), |a, b| [a, ' ', b, ' ']);
    let signs = pairs(&signs, |a, b| stop(a) && !digit(b), |a, b| [' ', a, ' ', b]);
    let signs = pairs(&signs, |a, b| digit(a) && b == '-', |a, b| [a, ' ', b, ' ']);
    split(&signs.iter().collect::<String>())
}

/// Replaces pairs of neighbours from the left; a character is of one pair at most.
fn pairs(
    signs: &[char],
    is: impl Fn(char, char) -> bool,
    by: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut out = Vec::with_capacity(signs.len());
    let mut rest = signs;
    loop {
        rest = match *rest {
            [a, b, ref after @ ..] if is(a, b) => {
                out.extend(by(a, b));
                after
            }
            [a, ref after @ ..] => {
                out.push(a);
                after
            }
            [] => return out,
        };
    }
}

/// How often some in a row stand in a translation, in its reference, and in both.
#[derive(Clone, Copy, Default)]
struct Matches {
    translated: usize,
    reference: usize,
    both: usize,
}

impl Matches {
    /// Adds what a pair of sentences has of `n` in a row.
    fn add<T: Eq + Hash>(&mut self, translated: &[T], reference: &[T], n: usize) {
        let mut left: HashMap<&[T], usize> = HashMap::new();
        for gram in reference.windows(n) {
            *left.entry(gram).or_default() += 1;
            self.reference += 1;
        }
        for gram in translated.windows(n) {
            self.translated += 1;
            if let Some(left) = left.get_mut(gram).filter(|left| **left > 0) {
                *left -= 1;
                self.both += 1;
            }
        }
    }
}

/// Tokens in a row that BLEU looks at.
const ORDER: usize = 4;

/// BLEU of a set of translations, each with one reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bleu {
    /// From 0 to 100.
    pub score: f64,
    /// Of one to four tokens in a row the share that the references have too, in percent.
    pub precisions: [f64; ORDER],
    /// What the score was multiplied by for translations that are too short; 1 when they are not.
    pub brevity_penalty: f64,
    /// Tokens of the translations.
    pub translated_length: usize,
    /// Tokens of the references.
    pub reference_length: usize,
    /// What the numbers depend on, in sacreBLEU's words: `nrefs:1|case:mixed|…`.
    pub signature: String,
}

impl Bleu {
    /// Of translations and their references, as sacreBLEU's `corpus_bleu` has it. Nothing in common scores 0,
    /// and so do sets without four tokens in a row; of no sentences at all every number is 0 but
    /// the penalty.
    ///
    /// ```
    /// use gatecast::text::{Bleu, Tokens};
    ///
    /// let bleu = Bleu::new(&["The cat sat on the mat."], &["The cat is on the mat."], Tokens::Thirteen);
    /// assert_eq!(bleu.precisions[0], 100.0 * 6.0 / 7.0);
    /// assert_eq!(format!("{:.2}", bleu.score), "48.89");
    /// ```
    ///
    /// # Panics
    /// When there are not as many references as translations.
    pub fn new(
        translations: &[impl AsRef<str>],
        references: &[impl AsRef<str>],
        tokens: Tokens,
    ) -> Self {
        assert_eq!(translations.len(), references.len());
        let mut matches = [Matches::default(); ORDER];
        let (mut translated_length, mut reference_length) = (0, 0);
        for (translation, reference) in translations.iter().zip(references) {
            let translation = tokens.of(translation.as_ref());
            let reference = tokens.of(reference.as_ref());
            translated_length += translation.len();
            reference_length += reference.len();
            for (matches, n) in matches.iter_mut().zip(1..) {
                matches.add(&translation, &reference, n);
            }
        }
        let brevity_penalty = if translated_length >= reference_length {
            1.0
        } else if translated_length == 0 {
            0.0
        } else {
            (1.0 - reference_length as f64 / translated_length as f64).exp()
        };
        let precisions = precisions(&matches);
        // The logarithm of no match at all is −∞, and the score then 0.
        let logs: f64 = precisions.iter().map(|precision| precision.ln()).sum();
        let (name, version) = (tokens.name(), env!("CARGO_PKG_VERSION"));
        Self {
            score: brevity_penalty * (logs / ORDER as f64).exp(),
            precisions,
            brevity_penalty,
            translated_length,
            reference_length,
            signature: format!(
                "nrefs:1|case:mixed|eff:no|tok:{name}|smooth:exp|version:gatecast-{version}"
            ),
        }
    }
}

/// In percent: where nothing matches, half of one match, then a quarter, and so on, unless nothing
/// matches anywhere.
fn precisions(matches: &[Matches; ORDER]) -> [f64; ORDER] {
    let mut precisions = [0.0; ORDER];
    if matches.iter().all(|matches| matches.both == 0) {
        return precisions;
    }
    let mut smooth = 1.0;
    for (precision, matches) in precisions.iter_mut().zip(matches) {
        let total = matches.translated as f64;
        if matches.translated == 0 {
            break;
        }
        *precision = if matches.both == 0 {
            smooth *= 2.0;
            100.0 / (smooth * total)
        } else {
            100.0 * matches.both as f64 / total
        };
    }
    precisions
}

/// chrF2 of a set of translations, each with one reference, from 0 to 100, as sacreBLEU's `corpus_chrf` has
/// it: white space does not count, and rows of characters longer than all sentences do not either. Of
/// no sentences it is 0.
///
/// # Panics
/// When there are not as many references as translations.
pub fn chrf(translations: &[impl AsRef<str>], references: &[impl AsRef<str>]) -> f64 {
    assert_eq!(translations.len(), references.len());
    let mut matches = [Matches::default(); 6];
    for (translation, reference) in translations.iter().zip(references) {
        let characters = |text: &str| -> Vec<char> {
            let characters = text.chars();
            characters.filter(|c| !is_space(*c)).collect()
        };
        let translation = characters(translation.as_ref());
        let reference = characters(reference.as_ref());
        for (matches, n) in matches.iter_mut().zip(1..) {
            // A reference that is too short is no fault of the translation.
            if reference.len() >= n {
                matches.add(&translation, &reference, n);
            }
        }
    }
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
    for matches in matches {
        if matches.translated > 0 && matches.reference > 0 {
            precision += matches.both as f64 / matches.translated as f64;
            recall += matches.both as f64 / matches.reference as f64;
            orders += 1.0;
        }
    }
    if precision + recall == 0.0 {
        return 0.0;
    }
    let (precision, recall) = (precision / orders, recall / orders);
    100.0 * 5.0 * precision * recall / (4.0 * precision + recall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Deserialize)]
    struct Golden {
        version: String,
        tokens: Vec<(String, Vec<String>)>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        translations: Vec<String>,
        references: Vec<String>,
        bleu: Vec<Bleu>,
        chrf: f64,
    }

    fn near(got: f64, want: f64) -> bool {
        (got - want).abs() <= 1e-9
    }

    /// `tests/golden/make_bleu_golden.py` made the numbers with sacreBLEU.
    #[test]
    fn scores_agree_with_sacrebleu() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/bleu.json");
        let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for (sentence, want) in &golden.tokens {
            assert_eq!(&Tokens::Thirteen.of(sentence), want, "{sentence:?}");
        }
        let version = format!("version:{}", golden.version);
        let ours = concat!("version:gatecast-", env!("CARGO_PKG_VERSION"));
        for case in &golden.cases {
            for (tokens, want) in Tokens::ALL.into_iter().zip(&case.bleu) {
                let got = Bleu::new(&case.translations, &case.references, tokens);
                let of = format!("{:?}: {got:?} {want:?}", case.translations);
                assert!(near(got.score, want.score), "{of}");
                assert!(near(got.brevity_penalty, want.brevity_penalty), "{of}");
                let mut pairs = got.precisions.iter().zip(&want.precisions);
                assert!(pairs.all(|(got, want)| near(*got, *want)), "{of}");
                assert_eq!(got.translated_length, want.translated_length, "{of}");
                assert_eq!(got.reference_length, want.reference_length, "{of}");
                assert_eq!(got.signature, want.signature.replace(&version, ours));
            }
            let got = chrf(&case.translations, &case.references);
            assert!(near(got, case.chrf), "{:?}: {got}", case.translations);
        }
    }

    #[test]
    fn no_sentences_score_nothing() {
        let none: [&str; 0] = [];
        let bleu = Bleu::new(&none, &none, Tokens::Thirteen);
        assert_eq!((bleu.score, bleu.brevity_penalty), (0.0, 1.0));
        assert_eq!(bleu.precisions, [0.0; 4]);
        assert_eq!(chrf(&none, &none), 0.0);
    }

    #[test]
    fn names_are_those_in_files() {
        for tokens in Tokens::ALL {
            let name = serde_json::to_value(tokens).unwrap();
            assert_eq!(name, tokens.name());
        }
    }

    proptest! {
        #[test]
        fn scores_are_numbers(pairs in prop::collection::vec((".{0,20}", "[ab.,0-]{0,9}"), 0..5)) {
            let (translations, references): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            for tokens in Tokens::ALL {
                for (a, b) in [(&translations, &references), (&references, &references)] {
                    let score = Bleu::new(a, b, tokens).score;
                    prop_assert!((0.0..100.0 + 1e-9).contains(&score), "{}", score);
                    prop_assert!((0.0..100.0 + 1e-9).contains(&chrf(a, b)));
                }
            }
        }
    }
}
