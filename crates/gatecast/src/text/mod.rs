//! Sentences: what stands in a file of them, and which class each is of.
//!
//! Data go one way here as well: a [`Corpus`] is read, sentences are cut into [`words`], a
//! [`Classifier`] learns from them, an [`Evaluation`] says how well, beside a bag of words on the same rows.
//! A [`Translator`] learns from [`ParallelText`], cut into [`Pieces`], and is measured by [`Bleu`] and [`chrf`].
//! [`News`] are sentences with a time, of which each day's become columns that a series can be joined with. What
//! this module is not: it knows no prices.

mod bag;
mod bleu;
mod classifier;
mod corpus;
mod duplicates;
mod evaluation;
mod fault;
mod nearest;
mod news;
mod parallel;
mod pieces;
mod samples;
mod scores;
mod tokens;
mod translation;
mod translator;
mod vectors;
mod vocabulary;

pub use self::bleu::{Bleu, Tokens, chrf};
pub use self::classifier::{Classifier, ClassifierSpec, FittedClassifier, OnFold, Training};
pub use self::corpus::{Corpus, CorpusOptions, lines, sentences};
pub use self::duplicates::{Duplicates, Repeated};
pub use self::evaluation::{Evaluation, cross_validate};
pub use self::news::{Daily, Day, News};
pub use self::parallel::{OddPairs, ParallelText};
pub use self::pieces::Pieces;
pub use self::scores::{BINS, Bin, ClassScores, McNemar};
pub use self::tokens::words;
pub use self::translation::{Measure, TranslationEvaluation, TranslationScores};
pub use self::translator::{
    Attention, FittedTranslator, OnTranslatorEvent, Translator, TranslatorEpoch, TranslatorEvent,
    TranslatorSpec, TranslatorTraining,
};
pub use self::vocabulary::Vocabulary;
