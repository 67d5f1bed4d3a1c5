//! `gatecast classify`: what class a sentence is of, learnt from sentences with labels, beside a bag of words.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Args, Subcommand, ValueEnum};
use gatecast::nn::Event;
use gatecast::report::{ClassifierTrained, Document, Language};
use gatecast::series::{DateOrder, ReadOptions};
use gatecast::text::{
    ClassScores, Classifier, ClassifierSpec, Corpus, CorpusOptions, Evaluation, FittedClassifier,
    News, Repeated, cross_validate, sentences,
};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::pictures;
use crate::reading::{date_order, zone};
use crate::reports::{self, ReportArgs};
use crate::tensorboard::{Log, LogArgs};

/// Tell the class of sentences, such as their sentiment
#[derive(Args)]
pub(crate) struct Classify {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<Train>),
    Run(Run),
}

impl Classify {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        match self.command {
            Command::Train(train) => train.run(common),
            Command::Run(run) => run.run(common),
        }
    }
}

/// Learn from a file of sentences with a label each
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast classify train reviews.tsv --test more-reviews.tsv
  gatecast classify train news.csv --text headline --label sentiment --folds 10
  gatecast classify train trees.txt --map 0=bad,1=bad,3=good,4=good

Beside the scores stand those of a bag of words and of the most frequent class on the same rows. Small
networks correct the bag of words as far as that helped on folds of the training rows; where it did not,
the bag stands alone.")]
struct Train {
    /// Table with a column of sentences and one of labels, with a header or without; sentence<TAB>label;
    /// sentence@label; or trees with a label on every phrase. - is standard input
    file: PathBuf,
    #[command(flatten)]
    columns: Columns,
    /// Score on the rows of another file
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "folds",
        help_heading = "Test"
    )]
    test: Option<PathBuf>,
    /// Score every row by a classifier that was trained on the other folds, and write no model
    #[arg(long, value_name = "N", help_heading = "Test")]
    folds: Option<usize>,
    /// Where the model goes
    #[arg(
        long,
        value_name = "FILE",
        default_value = "classifier.safetensors",
        conflicts_with = "folds"
    )]
    out: PathBuf,
    /// Draw the confusion and the calibration of the test as SVG and PNG in this folder
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
struct Columns {
    /// Column of the sentences, by name or number [default: by its name or content]
    #[arg(long, value_name = "COLUMN", help_heading = "Reading")]
    text: Option<String>,
    /// Column of the labels, by name or number [default: by its name or content]
    #[arg(long, value_name = "COLUMN", help_heading = "Reading")]
    label: Option<String>,
    /// Labels that stand for others; rows with a label that is not named are left out. Those of --test
    /// are joined too, unless they are the new ones already
    #[arg(long, value_name = "OLD=NEW", value_delimiter = ',', value_parser = pair, help_heading = "Reading")]
    map: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.into(), new.into())),
        _ => Err("write OLD=NEW, such as 4=good".into()),
    }
}

/// The settings of [`ClassifierSpec`]; what is not given stays as it is there.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
struct Settings {
    /// Numbers that stand for a word [default: 100]
    #[arg(long, value_name = "N")]
    embedding: Option<usize>,
    /// Hidden units of each direction, a layer each [default: 100]
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    hidden: Option<Vec<usize>>,
    /// Share of the words hidden while training [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    word_dropout: Option<f32>,
    /// Share of the inputs of a layer hidden while training [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f32>,
    /// Words that occur less often are unknown to the networks [default: 2]
    #[arg(long, value_name = "N")]
    least_count: Option<usize>,
    /// Words that a network reads of a sentence, at most [default: 200]
    #[arg(long, value_name = "N")]
    longest: Option<usize>,
    /// Folds of the training rows, and so networks; 0 for the bag of words alone [default: 4]
    #[arg(long, value_name = "N")]
    inner_folds: Option<usize>,
    /// Passes over the training rows [default: 6]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Sentences between two updates [default: 32, up to 128 of very many rows]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Learning rate [default: 0.002]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Let rare classes weigh as much as frequent ones
    #[arg(long)]
    balance: bool,
}

impl Settings {
    fn spec(self, common: &Common) -> ClassifierSpec {
        let plain = ClassifierSpec::default();
        ClassifierSpec {
            embedding: self.embedding.unwrap_or(plain.embedding),
            hidden: self.hidden.unwrap_or(plain.hidden),
            word_dropout: self.word_dropout.unwrap_or(plain.word_dropout),
            dropout: self.dropout.unwrap_or(plain.dropout),
            least_count: self.least_count.unwrap_or(plain.least_count),
            longest: self.longest.unwrap_or(plain.longest),
            folds: self.inner_folds.unwrap_or(plain.folds),
            epochs: self.epochs.unwrap_or(plain.epochs),
            batch: self.batch.or(plain.batch),
            learning_rate: self.lr.unwrap_or(plain.learning_rate),
            balance: self.balance,
            seed: common.seed.unwrap_or(plain.seed),
            threads: common.threads.map(usize::from),
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    trained: ClassifierTrained<'a>,
    model: Option<&'a Path>,
    plots: Vec<PathBuf>,
}

impl Train {
    fn run(self, common: &Common) -> Result<(), Failure> {
        let inputs = [Some(&self.file), self.test.as_ref()];
        let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
        if self.folds.is_none() {
            output::check_file(&self.out, &inputs)?;
        }
        if let Some(folder) = &self.plots {
            if self.test.is_none() && self.folds.is_none() {
                return Err(Failure::Usage {
                    message: "--plots has nothing to draw without a test".into(),
                    help: Some("add --test FILE or --folds N".into()),
                });
            }
            pictures::check(folder, &inputs)?;
        }
        let model = self.folds.is_none().then_some(self.out.as_path());
        self.report
            .check(&inputs, &[model], self.plots.as_deref())?;
        self.log.check()?;
        if self.folds.is_some() && self.log.tensorboard.is_some() {
            return Err(Failure::Usage {
                message: "--tensorboard has no effect beside --folds, which keeps no model".into(),
                help: Some("leave one of them out".into()),
            });
        }
        let spec = self.settings.spec(common);
        spec.validate()?;
        let options = CorpusOptions {
            text: self.columns.text,
            label: self.columns.label,
            map: self.columns.map,
        };
        let tell = |corpus: &Corpus| {
            for text in &corpus.notes {
                note(common, &format!("note: {text}"));
            }
        };
        let corpus = Corpus::read(&self.file, &options)?;
        tell(&corpus);
        // A test that cannot be used is told before the training, not after it.
        let test = match &self.test {
            Some(path) => Some(test_corpus(path, &options, &corpus.classes, common)?),
            None => None,
        };
        test.iter().for_each(tell);
        note(common, &counts(&corpus));

        if let Some(folds) = self.folds {
            let shown = |fold: usize, found: &Evaluation| {
                let (own, bag) = (found.scores.accuracy, found.bag.accuracy);
                note(
                    common,
                    &format!(
                        "fold {}/{folds}: {:.1} % right, a bag of words {:.1} %",
                        fold + 1,
                        100.0 * own,
                        100.0 * bag
                    ),
                );
            };
            let (evaluation, _) = cross_validate(&spec, &corpus, folds, &shown)?;
            return finish(
                None,
                &spec,
                Some(&evaluation),
                &corpus,
                self.plots.as_deref(),
                &self.report,
                common,
            );
        }
        let out = self.out.as_path();
        learn(
            spec,
            &corpus,
            test.as_ref(),
            out,
            self.plots.as_deref(),
            (&self.report, self.log.open()?),
            common,
        )?;
        Ok(())
    }
}

/// Trains, writes the model and the pictures of the test, and prints what came of it.
pub(crate) fn learn(
    spec: ClassifierSpec,
    corpus: &Corpus,
    test: Option<&Corpus>,
    out: &Path,
    plots: Option<&Path>,
    (report, log): (&ReportArgs, Log),
    common: &Common,
) -> Result<FittedClassifier, Failure> {
    let finished = AtomicUsize::new(0);
    let networks = spec.folds;
    let log = Mutex::new(log);
    let on_fold = |fold: usize, event: &Event| {
        if let Ok(mut log) = log.lock() {
            log.on_training(&format!("fold-{}", fold + 1), event);
        }
        if let Event::End { .. } = event {
            let done = finished.fetch_add(1, Ordering::Relaxed) + 1;
            note(common, &format!("network {done}/{networks}"));
        }
        ControlFlow::Continue(())
    };
    let fitted = Classifier::new(spec)?.fit_with(corpus, &on_fold)?;
    let evaluation = match test {
        Some(test) => Some(fitted.evaluate(corpus, test)?),
        None => None,
    };
    if let Ok(mut log) = log.into_inner() {
        if log.is_open() {
            let (corpus, spec) = (Some(corpus), fitted.spec());
            let origin = reports::origin(None, None, common);
            let test = evaluation.as_ref();
            let document = Document::of_classifier(Some(&fitted), corpus, test, spec, &origin);
            log.text("report", &document.to_markdown(Language::English));
        }
        log.finish(common);
    }
    output::make_folder_of(out)?;
    fitted.save(out)?;
    let model = Some((&fitted, out));
    finish(
        model,
        fitted.spec(),
        evaluation.as_ref(),
        corpus,
        plots,
        report,
        common,
    )?;
    Ok(fitted)
}

/// Reads the rows of a test. Where they have the labels that the classifier will tell, they stay as they are; the
/// same number may mean another thing in another file. Otherwise they are joined as those of the training are,
/// and that is said.
fn test_corpus(
    path: &Path,
    options: &CorpusOptions,
    classes: &[String],
    common: &Common,
) -> Result<Corpus, Failure> {
    let plain = CorpusOptions {
        map: Vec::new(),
        ..options.clone()
    };
    let as_it_is = Corpus::read(path, &plain)?;
    let known = as_it_is.classes.iter().all(|class| classes.contains(class));
    if known || options.map.is_empty() {
        return Ok(as_it_is.with_classes(classes)?);
    }
    let joined = Corpus::read(path, options)?;
    let pairs: Vec<String> = options
        .map
        .iter()
        .map(|(old, new)| format!("{old} as {new}"))
        .collect();
    note(
        common,
        &format!(
            "note: {}: labels were joined by --map: {}",
            joined.name,
            pairs.join(", ")
        ),
    );
    Ok(joined.with_classes(classes)?)
}

/// Writes the pictures, the report and the results.
fn finish(
    model: Option<(&FittedClassifier, &Path)>,
    spec: &ClassifierSpec,
    test: Option<&Evaluation>,
    corpus: &Corpus,
    plots: Option<&Path>,
    report: &ReportArgs,
    common: &Common,
) -> Result<(), Failure> {
    let classes = &corpus.classes[..];
    let mut files = match (plots, test) {
        (Some(folder), Some(test)) => pictures::of_classes(test, folder)?,
        _ => Vec::new(),
    };
    files.extend(report.file(|| {
        let fitted = model.map(|(fitted, _)| fitted);
        let origin = reports::origin(None, None, common);
        Ok(Document::of_classifier(
            fitted,
            Some(corpus),
            test,
            spec,
            &origin,
        ))
    })?);
    output::write(&files)?;
    let plots: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
    if common.json {
        return output::print_json(&Report {
            trained: ClassifierTrained::of(classes, model.map(|(fitted, _)| fitted), test),
            model: model.map(|(_, path)| path),
            plots,
        });
    }
    if let Some((fitted, _)) = model {
        output::print(&learnt(fitted, corpus))?;
    }
    if let Some(test) = test {
        output::print(&table(test))?;
    }
    if let Some((_, path)) = model {
        output::print(&format!("model    {}", path.display()))?;
    }
    for path in plots {
        output::print(&format!("written  {}", path.display()))?;
    }
    Ok(())
}

/// `872 rows: bad 428, good 444`
fn counts(corpus: &Corpus) -> String {
    let of = |(class, name): (usize, &String)| {
        let rows = corpus
            .labels
            .iter()
            .filter(|&&label| label as usize == class);
        format!("{name} {}", rows.count())
    };
    let classes: Vec<String> = corpus.classes.iter().enumerate().map(of).collect();
    format!("{} rows: {}", corpus.texts.len(), classes.join(", "))
}

/// What was learnt from, and how well it went on rows that folds had left out.
fn learnt(fitted: &FittedClassifier, corpus: &Corpus) -> String {
    let training = fitted.training();
    let mut text = format!(
        "left out of folds: {:.1} % right, a bag of words {:.1} %; weight of the networks {:.2}\n",
        100.0 * training.accuracy,
        100.0 * training.bag_accuracy,
        fitted.weight(),
    );
    let Repeated {
        exact,
        masked,
        conflicts,
    } = training.repeated;
    if masked > 0 {
        text += &format!(
            "{masked} of {} rows stand before but for their numbers, {exact} of them word for word, {conflicts} with another label; folds keep them together\n",
            corpus.texts.len()
        );
    }
    if training.cut > 0 {
        text += &format!(
            "{} rows have more than {} words; the networks read no further (--longest)\n",
            training.cut,
            fitted.spec().longest
        );
    }
    text
}

/// Scores beside those of simpler methods, the confusion, duplicates, and what it comes to.
fn table(test: &Evaluation) -> String {
    let mut text = format!(
        "{:28}{:>9}{:>10}{:>10}{:>14}\n",
        format!("test of {} rows", test.scores.rows),
        "accuracy",
        "macro F1",
        "log loss",
        "calibration"
    );
    let mut row = |name: &str, scores: &ClassScores| {
        text += &format!(
            "{name:28}{:>7.1} %{:>10.3}{:>10.4}{:>14.3}\n",
            100.0 * scores.accuracy,
            scores.macro_f1,
            scores.log_loss,
            scores.calibration_error,
        );
    };
    row("classifier", &test.scores);
    row("bag of words", &test.bag);
    row("most frequent class", &test.majority);
    if let Some((own, bag)) = &test.without {
        row("classifier, no duplicates", own);
        row("bag of words, no duplicates", bag);
    }
    let wide = test
        .classes
        .iter()
        .map(|class| class.chars().count())
        .max()
        .unwrap_or(0)
        .max(6);
    text += &format!("\n{:wide$}", "told");
    for class in &test.classes {
        text += &format!("  {class:>wide$}");
    }
    for (class, told) in test.classes.iter().zip(&test.scores.confusion) {
        text += &format!("\n{class:wide$}");
        for count in told {
            text += &format!("  {count:>wide$}");
        }
    }
    let (exact, masked) = (test.duplicates.exact.len(), test.duplicates.masked.len());
    if exact + masked > 0 {
        text += &format!(
            "\n\n{exact} test rows stand in training word for word, {masked} more but for their numbers"
        );
    }
    text += &format!(
        "\n\n{:.1} % of the words of the test are unknown to the networks\n\n{}\n",
        100.0 * test.unknown,
        test.text()
    );
    text
}

/// Tell the class of sentences
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast classify run classifier.safetensors --text \"Profit fell by a third\"
  gatecast classify run classifier.safetensors news.csv --column headline --out told.csv
  cat sentences.txt | gatecast classify run classifier.safetensors -
  gatecast classify run classifier.safetensors news.csv --time published --by day --close 16:00 \\
      --timezone America/New_York --out sentiment.csv

Gives a row a sentence: the label, the probability of each label, and the sentence. With --by day it
gives a row a day: date, count (of sentences) and, of a label such as good, mean_good (its mean
probability) and share_good (the share of sentences told to be so). A sentence counts for the first
day whose close comes after it: said before --close for its own day, any other for the next, since
it may have been said after the close. Days without sentences have no row. What comes out stands
beside prices with `gatecast train prices.csv --join sentiment.csv --features close,mean_good`.")]
struct Run {
    /// Model that `gatecast classify train` wrote
    model: PathBuf,
    /// Sentences: one a line, or a table. - is standard input
    #[arg(required_unless_present = "text", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// One sentence
    #[arg(long, value_name = "SENTENCE")]
    text: Option<String>,
    /// Column of the sentences, by name or number [default: by its name or content]
    #[arg(long, value_name = "COLUMN", conflicts_with = "text")]
    column: Option<String>,
    /// File to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    days: Days,
}

/// How sentences come to days.
#[derive(Args)]
#[command(next_help_heading = "Days")]
struct Days {
    /// Sum up the sentences of each day
    #[arg(long, value_name = "WHAT", requires = "time", conflicts_with = "text")]
    by: Option<By>,
    /// Column of the times, by name or number
    #[arg(long, value_name = "COLUMN", requires = "by")]
    time: Option<String>,
    /// When the session closes, by the clock of the exchange [default: not known, and all sentences
    /// count for the next day]
    #[arg(long, value_name = "HH:MM", requires = "by", value_parser = clock)]
    close: Option<Time>,
    /// Zone of the exchange, such as America/New_York; times without an offset from UTC are of its clock
    #[arg(long, value_name = "ZONE", requires = "by", value_parser = zone)]
    timezone: Option<TimeZone>,
    /// Order of year, month and day in the dates [default: inferred from the dates]
    #[arg(long, value_name = "ORDER", requires = "by", value_parser = date_order())]
    dates: Option<DateOrder>,
}

/// What sentences are summed up by.
#[derive(Clone, Copy, ValueEnum)]
enum By {
    Day,
}

/// A time of day.
fn clock(text: &str) -> Result<Time, String> {
    let time = text.parse::<Time>().ok().filter(|_| text.contains(':'));
    time.filter(|&time| time != Time::midnight())
        .ok_or_else(|| "it must be a time of day such as 13:30".into())
}

/// What is told of a sentence.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    line: u64,
    pub(crate) label: &'a str,
    /// Of each label, in the order of `classes`.
    probabilities: &'a [f64],
    sentence: &'a str,
}

#[derive(Serialize)]
struct RunReport<'a> {
    classes: &'a [String],
    rows: Vec<Told<'a>>,
}

impl<'a> Told<'a> {
    /// The most likely of the classes; of equals the first.
    pub(crate) fn new(
        line: u64,
        sentence: &'a str,
        probabilities: &'a [f64],
        classes: &'a [String],
    ) -> Self {
        let best = (0..classes.len()).max_by(|&a, &b| {
            probabilities[a]
                .total_cmp(&probabilities[b])
                .then(b.cmp(&a))
        });
        Self {
            line,
            label: best.map_or("", |class| &classes[class]),
            probabilities,
            sentence,
        }
    }
}

impl Run {
    fn run(self, common: &Common) -> Result<(), Failure> {
        if let Some(out) = &self.out {
            let inputs = [Some(&self.model), self.file.as_ref()];
            let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
            output::check_file(out, &inputs)?;
        }
        let fitted = FittedClassifier::load(&self.model)?;
        if let (Some(By::Day), Some(time), Some(file)) = (self.days.by, &self.days.time, &self.file)
        {
            let read = ReadOptions {
                dates: self.days.dates,
                timezone: self.days.timezone,
                ..ReadOptions::default()
            };
            let news = News::read(file, self.column.as_deref(), time, &read)?;
            let daily = fitted.by_day(&news, self.days.close);
            for text in &daily.notes {
                note(common, &format!("note: {text}"));
            }
            return match common.json {
                true => output::print_json(&daily),
                false => write_table(daily.to_csv()?, self.out.as_deref(), common),
            };
        }
        let rows: Vec<(u64, String)> = match (&self.text, &self.file) {
            (Some(text), _) if text.trim().is_empty() => {
                return Err(Failure::Usage {
                    message: "--text is empty".into(),
                    help: Some("give a sentence".into()),
                });
            }
            (Some(text), _) => vec![(1, text.trim().to_string())],
            (None, Some(file)) => sentences(file, self.column.as_deref())?,
            (None, None) => Vec::new(),
        };
        let texts: Vec<&str> = rows.iter().map(|(_, text)| text.as_str()).collect();
        let probabilities = fitted.probabilities(&texts);
        let classes = fitted.classes();
        let told: Vec<Told<'_>> = rows
            .iter()
            .zip(probabilities.chunks_exact(classes.len()))
            .map(|((line, sentence), own)| Told::new(*line, sentence, own, classes))
            .collect();
        if common.json {
            return output::print_json(&RunReport {
                classes,
                rows: told,
            });
        }
        write_table(table_of(classes, &told)?, self.out.as_deref(), common)
    }
}

/// Writes a table to a file, or else to standard output.
fn write_table(bytes: Vec<u8>, out: Option<&Path>, common: &Common) -> Result<(), Failure> {
    match out {
        Some(out) => {
            output::write(&[(out.into(), bytes)])?;
            note(common, &format!("written  {}", out.display()));
        }
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&bytes)?;
            stdout.flush()?;
        }
    }
    Ok(())
}

/// The rows as CSV.
fn table_of(classes: &[String], told: &[Told<'_>]) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once("label")
        .chain(classes.iter().map(String::as_str))
        .chain(std::iter::once("sentence"));
    let wrong = |error: csv::Error| Failure::from(std::io::Error::from(error));
    writer.write_record(header).map_err(wrong)?;
    for row in told {
        let probabilities = row.probabilities.iter().map(|p| format!("{p:.4}"));
        let cells = std::iter::once(row.label.to_string())
            .chain(probabilities)
            .chain(std::iter::once(row.sentence.to_string()));
        writer.write_record(cells).map_err(wrong)?;
    }
    writer
        .into_inner()
        .map_err(|error| Failure::from(error.into_error()))
}
