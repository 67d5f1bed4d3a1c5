//! `gatecast demo sentiment`: a classifier of headlines that are made up, and what leads from there to prices.

use std::path::{Path, PathBuf};

use gatecast::text::{ClassifierSpec, Corpus, CorpusOptions};

use super::chance::Chance;
use super::headlines::{CLOSE, labelled, news_and_prices};
use super::{check, typed};
use crate::classify::{Told, learn};
use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::reports::ReportArgs;
use crate::tensorboard::Log;

/// Headlines to learn from, and to test on.
const ROWS: (usize, usize) = (800, 200);
/// Sessions of the made-up exchange.
const SESSIONS: usize = 600;
/// Sentences that the grammar cannot make.
const ASKED: [&str; 2] = [
    "Profit at a small bakery slightly rose in spring",
    "Revenue at Acme Tools sank",
];

pub(super) fn run(out: &Path, epochs: usize, common: &Common) -> Result<(), Failure> {
    let seed = common.seed.unwrap_or(0);
    let mut chance = Chance(seed);
    let train = labelled(ROWS.0, &mut chance);
    let test = labelled(ROWS.1, &mut chance);
    let (news, prices) = news_and_prices(SESSIONS, &mut chance);
    let files = [
        ("headlines.csv", train),
        ("test-headlines.csv", test),
        ("news.csv", news),
        ("prices.csv", prices),
    ];
    let files = files.map(|(name, text)| (out.join(name), text.into_bytes()));
    let model = out.join("classifier.safetensors");
    let plots = cfg!(feature = "plot").then_some(out);
    check(&model, &files, plots)?;
    // Small enough for a few seconds.
    let spec = ClassifierSpec {
        embedding: 16,
        hidden: vec![16],
        dropout: 0.0,
        word_dropout: 0.0,
        learning_rate: 0.01,
        epochs,
        seed,
        threads: common.threads.map(usize::from),
        ..ClassifierSpec::default()
    };
    spec.validate()?;
    let read = |(path, text): &(PathBuf, Vec<u8>)| {
        Corpus::parse(&path.display().to_string(), text, &CorpusOptions::default())
    };
    let (corpus, test) = (read(&files[0])?, read(&files[1])?);
    if !common.json {
        output::print(&format!(
            "Shape: many-to-one, from the words of a headline to one label\n
Headlines are made up by a small grammar, far easier than language, such as\n  {}\n",
            corpus.texts[0]
        ))?;
    }
    let fitted = learn(
        spec,
        &corpus,
        Some(&test),
        &model,
        plots,
        (&ReportArgs::default(), Log::default()),
        common,
    )?;
    output::write(&files)?;
    if common.json {
        return Ok(());
    }
    for path in files.iter().map(|(path, _)| path) {
        output::print(&format!("written  {}", path.display()))?;
    }
    output::print("\nTwo sentences that the grammar cannot make:")?;
    let probabilities = fitted.probabilities(&ASKED);
    let each = probabilities.chunks_exact(fitted.classes().len());
    for ((sentence, probabilities), line) in ASKED.iter().zip(each).zip(1..) {
        let told = Told::new(line, sentence, probabilities, fitted.classes());
        let highest = probabilities.iter().copied().fold(0.0, f64::max);
        output::print(&format!("{:10}{highest:.3}  {sentence}", told.label))?;
    }
    let folder = typed(out);
    note(
        common,
        &format!(
            "
Next, from news to prices, made up as well:
  gatecast classify run {folder}/classifier.safetensors {folder}/news.csv --time published --by day \\
      --close {}:00 --out {folder}/sentiment.csv
  gatecast train {folder}/prices.csv --join {folder}/sentiment.csv --features close,count,mean_positive",
            CLOSE.hour()
        ),
    );
    Ok(())
}
