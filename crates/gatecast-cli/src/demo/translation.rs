//! `gatecast demo translation`: a translator of spoken dates that are made up, into ISO dates.

use std::path::{Path, PathBuf};

use gatecast::forecast::CellName;
use gatecast::text::{ParallelText, TranslatorSpec};
use serde::Serialize;

use super::chance::Chance;
use super::dates::{different_days, spoken};
use super::{check, typed};
use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::pictures;
use crate::tensorboard::Log;
use crate::translate::{TrainReport, learn};

/// The parts by name, and how many dates each has.
const PARTS: [(&str, usize); 3] = [("train", 6000), ("validation", 500), ("test", 500)];
/// Beginnings that are followed side by side, as `translate` does without `--beam`.
const BEAM: usize = 5;
/// Test dates that are shown.
const SHOWN: usize = 5;

#[derive(Serialize)]
struct DemoReport<'a> {
    #[serde(flatten)]
    report: TrainReport<'a>,
    test: Test,
    /// The first test dates.
    examples: &'a [Example<'a>],
    plots: Vec<PathBuf>,
}

/// How many test dates come out exactly right.
#[derive(Serialize)]
struct Test {
    rows: usize,
    right: usize,
    accuracy: f64,
}

#[derive(Serialize)]
struct Example<'a> {
    source: &'a str,
    translation: &'a str,
    /// What it should be.
    wanted: &'a str,
}

impl Example<'_> {
    fn is_right(&self) -> bool {
        self.translation == self.wanted
    }
}

pub(super) fn run(out: &Path, epochs: usize, common: &Common) -> Result<(), Failure> {
    let seed = common.seed.unwrap_or(0);
    let mut chance = Chance(seed);
    let mut days = different_days(PARTS.iter().map(|(_, rows)| rows).sum(), &mut chance);
    // Days are all different, so no date stands in two parts.
    let mut files = Vec::new();
    let [train, validation, test] = PARTS.map(|(part, rows)| {
        let (mut sources, mut targets) = (String::new(), String::new());
        for day in days.drain(..rows) {
            sources += &format!("{}\n", spoken(day, &mut chance));
            targets += &format!("{day}\n");
        }
        let pair = [("spoken", sources), ("iso", targets)];
        let pair = pair.map(|(ending, text)| {
            let path = out.join(format!("{part}.{ending}"));
            (path, text.into_bytes())
        });
        let named = pair
            .each_ref()
            .map(|(path, text)| (path.display().to_string(), text.clone()));
        files.extend(pair);
        named
    });
    let model = out.join("translator.safetensors");
    let plots = cfg!(feature = "plot").then_some(out);
    check(&model, &files, plots)?;
    // Small enough for a few seconds. With hardly more pieces than characters, few of them stand for a part of the
    // year and of the month at once, which would be hard to learn and to look at.
    let spec = TranslatorSpec {
        pieces: 56,
        cell: CellName::Gru,
        embedding: 64,
        hidden: 64,
        dropout: 0.2,
        smoothing: 0.0,
        batch: 16,
        learning_rate: 0.005,
        epochs,
        seed,
        threads: common.threads.map(usize::from),
        ..TranslatorSpec::default()
    };
    spec.validate()?;
    let read = |[source, target]: &[(String, Vec<u8>); 2]| {
        ParallelText::parse((&source.0, &source.1), (&target.0, &target.1))
    };
    let (train, validation, test) = (read(&train)?, read(&validation)?, read(&test)?);
    if !common.json {
        output::print(&format!(
            "Shape: many-to-many, from the pieces of a sentence to those of its translation\n
Dates as people say them are made up by a small grammar, far easier than language, such as
  {} → {}\n",
            train.sources[0], train.targets[0]
        ))?;
    }
    let learnt = learn(
        spec,
        &train,
        Some(&validation),
        BEAM,
        &model,
        &mut Log::default(),
        common,
    )?;
    let found = learnt.fitted.translate(&test.sources, BEAM)?;
    let rows = test.sources.iter().zip(&found).zip(&test.targets);
    let rows: Vec<Example> = rows
        .map(|((source, translation), wanted)| Example {
            source,
            translation,
            wanted,
        })
        .collect();
    let right = rows.iter().filter(|row| row.is_right()).count();
    let accuracy = right as f64 / rows.len() as f64;
    let examples = &rows[..SHOWN];
    let longest = examples.iter().max_by_key(|row| row.source.len());
    let drawn = match (plots, longest) {
        (Some(folder), Some(row)) => {
            pictures::of_attention(&learnt.fitted.attention(row.source, BEAM)?, folder)?
        }
        _ => Vec::new(),
    };
    output::write(&files)?;
    output::write(&drawn)?;
    let paths = |files: Vec<(PathBuf, Vec<u8>)>| -> Vec<PathBuf> {
        files.into_iter().map(|(path, _)| path).collect()
    };
    let (files, plots) = (paths(files), paths(drawn));
    if common.json {
        return output::print_json(&DemoReport {
            report: learnt.report(false, &model),
            test: Test {
                rows: rows.len(),
                right,
                accuracy,
            },
            examples,
            plots,
        });
    }
    learnt.print("validation", &model)?;
    for path in plots.iter().chain(&files) {
        output::print(&format!("written  {}", path.display()))?;
    }
    output::print(&format!(
        "
{right} of {} test dates are exactly right, {:.1} %; none was learnt from, and none helped to choose the weights.
(BLEU with plain words is 0, whatever is right: it counts four words in a row, and an ISO date is one.)

The first of them:",
        rows.len(),
        100.0 * accuracy
    ))?;
    for row in examples {
        let remark = match row.is_right() {
            true => String::new(),
            false => format!("  wrong: {}", row.wanted),
        };
        output::print(&format!("  {:10}  {}{remark}", row.translation, row.source))?;
    }
    let folder = typed(out);
    note(
        common,
        &format!(
            "
Next, a date of your own, and the scores of the test dates:
  gatecast translate run {folder}/translator.safetensors --text \"the first of April twenty twenty-six\"
  gatecast translate score {folder}/translator.safetensors {folder}/test.spoken {folder}/test.iso"
        ),
    );
    Ok(())
}
