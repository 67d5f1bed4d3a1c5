//! `gatecast translate`: sentences of one language in another, learnt from pairs of sentences.

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use gatecast::forecast::CellName;
use gatecast::report::{Document, Language, TranslatorTrained};
use gatecast::text::{
    Attention, FittedTranslator, ParallelText, TranslationEvaluation, TranslationScores,
    Translator, TranslatorEpoch, TranslatorEvent, TranslatorSpec, lines,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure, note, say};
use crate::pictures;
use crate::reports::{self, ReportArgs};
use crate::tensorboard::{Log, LogArgs};

/// Translate sentences, after learning from pairs of them
#[derive(Args)]
pub(crate) struct Translate {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<Train>),
    Run(Run),
    Score(Score),
}

impl Translate {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        match self.command {
            Command::Train(train) => train.run(common),
            Command::Run(run) => run.run(common),
            Command::Score(score) => score.run(common),
        }
    }
}

/// Learn from pairs of sentences
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast translate train --source train.de --target train.en --validation val.de val.en
  gatecast translate train --pairs sentences.tsv --out de-en.safetensors
  gatecast translate train --source train.de --target train.en --epochs 3

Each line of the target translates that line of the source. After each epoch the validation rows are
translated; the weights that do so best (by BLEU, or by chrF where sentences are of a few words) are kept,
or the mean of the best few where that is better still. Without --validation a twentieth of the pairs is held out for that. Beside the scores stand those of
the source as it is, and of the translation of the most similar training sentence.")]
struct Train {
    /// Sentences to translate, one a line
    #[arg(
        long,
        value_name = "FILE",
        requires = "target",
        required_unless_present = "pairs"
    )]
    source: Option<PathBuf>,
    /// Their translations, line by line
    #[arg(long, value_name = "FILE", requires = "source")]
    target: Option<PathBuf>,
    /// Both in one file: a sentence, a tab and its translation on each line. - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "target"])]
    pairs: Option<PathBuf>,
    /// Sentences and translations to choose the weights by; with --pairs one file of pairs
    #[arg(long, value_name = "FILE", num_args = 1..=2)]
    validation: Vec<PathBuf>,
    /// Where the model goes
    #[arg(long, value_name = "FILE", default_value = "translator.safetensors")]
    out: PathBuf,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    search: Search,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Args)]
struct Search {
    /// Beginnings that are followed side by side: 1 is fast, 5 is better
    #[arg(long, value_name = "N", default_value_t = 5)]
    beam: usize,
}

impl Search {
    fn check(&self) -> Result<(), Failure> {
        match (1..=100).contains(&self.beam) {
            true => Ok(()),
            false => Err(Failure::Usage {
                message: format!("--beam is {}; it must be 1 to 100", self.beam),
                help: None,
            }),
        }
    }
}

/// The settings of [`TranslatorSpec`]; what is not given stays as it is there.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
struct Settings {
    /// Pieces of words in each language, at most [default: 4000]
    #[arg(long, value_name = "N")]
    pieces: Option<usize>,
    /// Pieces of a sentence that is learnt from, at most; longer ones are translated in parts [default: 100]
    #[arg(long, value_name = "N")]
    longest: Option<usize>,
    /// Recurrent cell: lstm, gru or rnn [default: lstm]
    #[arg(long, value_name = "CELL", value_parser = cell)]
    cell: Option<CellName>,
    /// Numbers that stand for a piece [default: 256]
    #[arg(long, value_name = "N")]
    embedding: Option<usize>,
    /// Hidden units of the decoder, and of each direction of the encoder [default: 256]
    #[arg(long, value_name = "N")]
    hidden: Option<usize>,
    /// Recurrent layers of the encoder, and of the decoder [default: 1]
    #[arg(long, value_name = "N")]
    layers: Option<usize>,
    /// Share of the inputs of a layer hidden while training [default: 0.3]
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f32>,
    /// Share of the pieces hidden while training [default: 0]
    #[arg(long, value_name = "SHARE")]
    word_dropout: Option<f32>,
    /// Share of the probability that all pieces have in common while training [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    smoothing: Option<f32>,
    /// Passes over the training rows [default: 10]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Sentences between two updates [default: 64]
    #[arg(long, value_name = "N")]
    batch: Option<usize>,
    /// Learning rate at the start; it falls to zero [default: 0.002]
    #[arg(long, value_name = "RATE")]
    lr: Option<f64>,
    /// Epochs whose weights are averaged, at most [default: 3]
    #[arg(long, value_name = "N")]
    average: Option<usize>,
}

fn cell(text: &str) -> Result<CellName, String> {
    let found = CellName::ALL.into_iter().find(|cell| cell.name() == text);
    found.ok_or_else(|| "it is lstm, gru or rnn".into())
}

impl Settings {
    fn spec(self, common: &Common) -> TranslatorSpec {
        let plain = TranslatorSpec::default();
        TranslatorSpec {
            pieces: self.pieces.unwrap_or(plain.pieces),
            longest: self.longest.unwrap_or(plain.longest),
            cell: self.cell.unwrap_or(plain.cell),
            embedding: self.embedding.unwrap_or(plain.embedding),
            hidden: self.hidden.unwrap_or(plain.hidden),
            layers: self.layers.unwrap_or(plain.layers),
            dropout: self.dropout.unwrap_or(plain.dropout),
            word_dropout: self.word_dropout.unwrap_or(plain.word_dropout),
            smoothing: self.smoothing.unwrap_or(plain.smoothing),
            epochs: self.epochs.unwrap_or(plain.epochs),
            batch: self.batch.unwrap_or(plain.batch),
            learning_rate: self.lr.unwrap_or(plain.learning_rate),
            average: self.average.unwrap_or(plain.average),
            seed: common.seed.unwrap_or(plain.seed),
            threads: common.threads.map(usize::from),
        }
    }
}

/// What came of training.
#[derive(Serialize)]
pub(crate) struct TrainReport<'a> {
    #[serde(flatten)]
    trained: TranslatorTrained<'a>,
    model: &'a Path,
}

/// Tells what was passed over in reading.
fn tell(text: &ParallelText, common: &Common) {
    for remark in &text.notes {
        note(common, &format!("note: {remark}"));
    }
}

impl Train {
    fn run(self, common: &Common) -> Result<(), Failure> {
        self.search.check()?;
        let inputs = [&self.source, &self.target, &self.pairs];
        let inputs = inputs.into_iter().flatten().chain(&self.validation);
        let inputs: Vec<&Path> = inputs.map(PathBuf::as_path).collect();
        output::check_file(&self.out, &inputs)?;
        self.report.check(&inputs, &[Some(&self.out)], None)?;
        self.log.check()?;
        let spec = self.settings.spec(common);
        spec.validate()?;
        let wrong_files = |wanted: &str| Failure::Usage {
            message: format!(
                "--validation names {}, and not {wanted}",
                match self.validation.len() {
                    1 => "one file",
                    _ => "two files",
                }
            ),
            help: None,
        };
        let (train, validation) = match (&self.source, &self.target, &self.pairs) {
            (Some(source), Some(target), _) => {
                let train = ParallelText::read(source, target)?;
                let validation = match &self.validation[..] {
                    [] => None,
                    [source, target] => Some(ParallelText::read(source, target)?),
                    _ => return Err(wrong_files("two: sentences and their translations")),
                };
                (train, validation)
            }
            (_, _, Some(pairs)) => {
                let validation = match &self.validation[..] {
                    [] => None,
                    [pairs] => Some(ParallelText::read_pairs(pairs)?),
                    _ => return Err(wrong_files("one of pairs, as --pairs does")),
                };
                (ParallelText::read_pairs(pairs)?, validation)
            }
            _ => {
                return Err(Failure::Usage {
                    message: "there is nothing to learn from".into(),
                    help: Some("give --source and --target, or --pairs".into()),
                });
            }
        };
        tell(&train, common);
        validation.iter().for_each(|text| tell(text, common));
        let held_out = validation.is_none();
        let (train, validation) = match validation {
            Some(validation) => (train, Some(validation)),
            None => train.hold_out(spec.seed),
        };
        let held_out = held_out && validation.is_some();
        let rows = match (&validation, held_out) {
            (None, _) => format!(
                "{} pairs; too few to hold some out, so there is no score",
                train.len()
            ),
            (Some(text), true) => {
                format!("{} pairs, {} more are held out", train.len(), text.len())
            }
            (Some(text), false) => format!(
                "{} pairs, {} to choose the weights by",
                train.len(),
                text.len()
            ),
        };
        note(common, &rows);
        let beam = self.search.beam;
        let mut log = self.log.open()?;
        let learnt = learn(
            spec,
            &train,
            validation.as_ref(),
            beam,
            &self.out,
            &mut log,
            common,
        )?;
        let origin = reports::origin(None, None, common);
        let document = || {
            let (fitted, validation) = (&learnt.fitted, learnt.validation.as_ref());
            Document::of_translator(fitted, Some(&train), validation, held_out, &origin)
        };
        if log.is_open() {
            log.text("report", &document().to_markdown(Language::English));
            log.finish(common);
        }
        let page = self.report.file(|| Ok(document()))?;
        if let Some((path, html)) = page {
            output::write(&[(path.clone(), html)])?;
            note(common, &format!("written  {}", path.display()));
        }
        match common.json {
            true => output::print_json(&learnt.report(held_out, &self.out)),
            false => learnt.print(if held_out { "held out" } else { "validation" }, &self.out),
        }
    }
}

/// A translator, and how well it does on the rows that its weights were chosen by, where there were such.
pub(crate) struct Learnt {
    pub(crate) fitted: FittedTranslator,
    validation: Option<TranslationEvaluation>,
}

/// Trains, scores and writes the model.
pub(crate) fn learn(
    spec: TranslatorSpec,
    train: &ParallelText,
    validation: Option<&ParallelText>,
    beam: usize,
    out: &Path,
    log: &mut Log,
    common: &Common,
) -> Result<Learnt, Failure> {
    let mut progress = Progress::new(common);
    let fitted = Translator::new(spec)?.fit_with(train, validation, &mut |event| {
        log.on_translator(event);
        progress.on_event(event)
    })?;
    let validation = match validation {
        Some(text) => Some(fitted.evaluate(Some(train), text, beam)?),
        None => None,
    };
    output::make_folder_of(out)?;
    fitted.save(out)?;
    Ok(Learnt { fitted, validation })
}

impl Learnt {
    /// `held_out`: whether the validation rows were taken from the training rows.
    pub(crate) fn report<'a>(&'a self, held_out: bool, model: &'a Path) -> TrainReport<'a> {
        TrainReport {
            trained: TranslatorTrained::of(&self.fitted, held_out, self.validation.as_ref()),
            model,
        }
    }

    /// Prints what was learnt and the scores on the validation rows, which are called `what`.
    pub(crate) fn print(&self, what: &str, model: &Path) -> Result<(), Failure> {
        output::print(&learnt(&self.fitted))?;
        if let Some(evaluation) = &self.validation {
            output::print(&table(evaluation, what))?;
        }
        output::print(&format!("model    {}", model.display()))
    }
}

/// How far training is: a bar on a terminal, a line an epoch elsewhere.
enum Progress {
    Silent,
    Bar(ProgressBar),
    Lines(usize),
}

impl Progress {
    fn new(common: &Common) -> Self {
        if common.quiet {
            return Self::Silent;
        }
        if !std::io::stderr().is_terminal() {
            return Self::Lines(0);
        }
        let bar = ProgressBar::no_length();
        if let Ok(style) =
            ProgressStyle::with_template("batch {pos}/{len} {wide_bar} {elapsed}<{eta}  {msg}")
        {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    fn on_event(&mut self, event: &TranslatorEvent) -> ControlFlow<()> {
        match (self, event) {
            (Self::Bar(bar), TranslatorEvent::Start { epochs, batches }) => {
                bar.set_length((epochs * batches) as u64);
            }
            (Self::Bar(bar), TranslatorEvent::Batch { .. }) => {
                bar.inc(1);
                if Some(bar.position()) == bar.length() {
                    bar.abandon();
                }
            }
            (Self::Bar(bar), TranslatorEvent::Epoch(epoch)) => {
                bar.println(format!("epoch {}  {}", epoch.epoch, learnt_in(epoch)));
            }
            (Self::Lines(all), TranslatorEvent::Start { epochs, .. }) => *all = *epochs,
            (Self::Lines(all), TranslatorEvent::Epoch(epoch)) => {
                say(&format!(
                    "epoch {}/{all}  {}",
                    epoch.epoch,
                    learnt_in(epoch)
                ));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// `loss 2.885  val_loss 1.959  score 34.10`
fn learnt_in(epoch: &TranslatorEpoch) -> String {
    let mut text = format!("loss {:.3}", epoch.loss);
    if let Some(loss) = epoch.val_loss {
        text += &format!("  val_loss {loss:.3}");
    }
    if let Some(score) = epoch.score {
        text += &format!("  score {score:.2}");
    }
    text
}

/// What it learnt from, and which weights it has.
pub(crate) fn learnt(fitted: &FittedTranslator) -> String {
    let training = fitted.training();
    let mut text = format!(
        "{} pairs, {} parameters",
        training.pairs,
        fitted.network().parameters()
    );
    let best = training
        .epochs
        .iter()
        .find(|epoch| epoch.epoch == training.kept_epoch);
    if let Some((score, epoch)) = best.and_then(|epoch| Some((epoch.score?, epoch.epoch))) {
        let name = training.measure.name();
        text += &match training.averaged {
            Some(mean) if mean > score => format!(
                "; the mean of the best epochs' weights, greedy {name} {mean:.2} (epoch {epoch} alone {score:.2})"
            ),
            _ => format!("; weights of epoch {epoch}, greedy {name} {score:.2}"),
        };
    }
    text.push('\n');
    let repeated = training.repeated;
    if repeated.masked > 0 {
        text += &format!(
            "{} source sentences stand before but for their numbers, {} of them word for word, {} with another translation\n",
            repeated.masked, repeated.exact, repeated.conflicts
        );
    }
    if training.odd.count > 0 {
        text += &format!(
            "{} pairs are of very unequal length, the first on line {}; they may not belong together\n",
            training.odd.count, training.odd.first_line
        );
    }
    if training.too_long > 0 {
        text += &format!(
            "{} pairs have more than {} pieces and were not learnt from (--longest)\n",
            training.too_long,
            fitted.spec().longest
        );
    }
    text
}

/// Scores beside those of simpler methods.
fn table(found: &TranslationEvaluation, what: &str) -> String {
    let counted = match found.scores.bleu.signature.contains("tok:char") {
        true => "BLEU (char)",
        false => "BLEU (13a)",
    };
    let mut text = format!(
        "{:40}{counted:>12}{:>14}{:>8}\n",
        format!("{} {what} pairs", found.rows),
        "BLEU (plain)",
        "chrF"
    );
    let mut row = |name: &str, scores: &TranslationScores| {
        text += &format!(
            "{name:40}{:>12.2}{:>14.2}{:>8.2}\n",
            scores.bleu.score, scores.bleu_plain.score, scores.chrf
        );
    };
    if found.beam > 1 {
        row(&format!("translator, beam {}", found.beam), &found.scores);
    }
    row("translator, greedy", &found.greedy);
    if let Some(without) = &found.without {
        row("translator, no duplicates", without);
    }
    if let Some(nearest) = &found.nearest {
        row("translation of the most similar sentence", nearest);
    }
    row("the source as it is", &found.copy);
    let (exact, masked) = (found.duplicates.exact.len(), found.duplicates.masked.len());
    if exact + masked > 0 {
        text += &format!(
            "\n{exact} of these sources stand in training word for word, {masked} more but for their numbers\n"
        );
    }
    if found.in_parts > 0 {
        text += &format!(
            "\n{} sources are too long for the network and were translated in parts\n",
            found.in_parts
        );
    }
    text += &format!(
        "\n{:.2} % of the source's pieces are unknown\nBLEU and chrF as sacreBLEU: {}; plain counts words between blanks\n\n{}\n",
        100.0 * found.unknown,
        found.scores.bleu.signature,
        found.text()
    );
    text
}

/// Translate sentences
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast translate run translator.safetensors sentences.txt --out translated.txt
  gatecast translate run translator.safetensors --text \"ein Hund läuft\" --attention pictures
  cat sentences.txt | gatecast translate run translator.safetensors -

Gives a line for each line; an empty one for an empty one.")]
struct Run {
    /// Model that `gatecast translate train` wrote
    model: PathBuf,
    /// Sentences, one a line. - is standard input
    #[arg(required_unless_present = "text", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// One sentence
    #[arg(long, value_name = "SENTENCE")]
    text: Option<String>,
    /// Draw which pieces of the sentence its translation looked at, as SVG and PNG in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    attention: Option<PathBuf>,
    #[command(flatten)]
    search: Search,
    /// File to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Translated<'a> {
    line: usize,
    source: &'a str,
    translation: &'a str,
}

#[derive(Serialize)]
struct RunReport<'a> {
    rows: Vec<Translated<'a>>,
    attention: Option<&'a Attention>,
    plots: Vec<PathBuf>,
}

impl Run {
    fn run(self, common: &Common) -> Result<(), Failure> {
        self.search.check()?;
        let inputs = [Some(&self.model), self.file.as_ref()];
        let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
        if let Some(out) = &self.out {
            output::check_file(out, &inputs)?;
        }
        if let Some(folder) = &self.attention {
            pictures::check(folder, &inputs)?;
        }
        let fitted =
            FittedTranslator::load(&self.model)?.with_threads(common.threads.map(usize::from));
        let sources: Vec<String> = match (&self.text, &self.file) {
            (Some(text), _) if text.trim().is_empty() => {
                return Err(Failure::Usage {
                    message: "--text is empty".into(),
                    help: Some("give a sentence".into()),
                });
            }
            (Some(text), _) => vec![text.trim().to_string()],
            (None, Some(file)) => lines(file)?,
            (None, None) => Vec::new(),
        };
        let attention = match (&self.attention, sources.first()) {
            (Some(_), Some(text)) => Some(fitted.attention(text, self.search.beam)?),
            _ => None,
        };
        let translations = match &attention {
            Some(attention) => vec![attention.translation.clone()],
            None => fitted.translate(&sources, self.search.beam)?,
        };
        let mut files = match (&self.attention, &attention) {
            (Some(folder), Some(attention)) => pictures::of_attention(attention, folder)?,
            _ => Vec::new(),
        };
        let plots: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
        let mut text = translations.join("\n");
        text.push('\n');
        if let Some(out) = &self.out {
            files.push((out.clone(), text.clone().into_bytes()));
        }
        output::write(&files)?;
        if common.json {
            let rows = sources.iter().zip(&translations).zip(1..);
            return output::print_json(&RunReport {
                rows: rows
                    .map(|((source, translation), line)| Translated {
                        line,
                        source,
                        translation,
                    })
                    .collect(),
                attention: attention.as_ref(),
                plots,
            });
        }
        if self.out.is_none() {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(text.as_bytes())?;
            stdout.flush()?;
        }
        for (path, _) in &files {
            note(common, &format!("written  {}", path.display()));
        }
        Ok(())
    }
}

/// Score the translations of sentences whose translations are known
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast translate score translator.safetensors test.de test.en
  gatecast translate score translator.safetensors test.de test.en --beam 10 --json

BLEU and chrF are those of sacreBLEU, number for number.")]
struct Score {
    /// Model that `gatecast translate train` wrote
    model: PathBuf,
    /// Sentences, one a line
    source: PathBuf,
    /// Their translations, line by line
    target: PathBuf,
    #[command(flatten)]
    search: Search,
}

#[derive(Serialize)]
struct ScoreReport<'a> {
    test: &'a TranslationEvaluation,
    text: String,
}

impl Score {
    fn run(self, common: &Common) -> Result<(), Failure> {
        self.search.check()?;
        let fitted =
            FittedTranslator::load(&self.model)?.with_threads(common.threads.map(usize::from));
        let test = ParallelText::read(&self.source, &self.target)?;
        tell(&test, common);
        let found = fitted.evaluate(None, &test, self.search.beam)?;
        if common.json {
            return output::print_json(&ScoreReport {
                test: &found,
                text: found.text(),
            });
        }
        output::print(&table(&found, "test"))
    }
}
