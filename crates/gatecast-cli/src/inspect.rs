//! `gatecast inspect`: what a price file holds and what is wrong with it; with `--fix`, a file
//! without the faults that can be removed safely.

use std::path::{Path, PathBuf};

use clap::Args;
use gatecast::report::{self, Inspection};
use gatecast::series::{self, Adjustment, Change, Cleaned, Data, Health, PanelOptions, Skipped};
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure};
use crate::reading::Reading;

/// Show how a price file is read and what is wrong with it; write a cleaned one
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast inspect prices.csv
  gatecast inspect prices.csv --fix clean.csv
  gatecast inspect prices.csv --dates dmy --json

Nothing is repaired in silence. --fix drops rows without a price, ghost rows and rows that stand
twice, sorts the rest, and moves dates where every one of them is a day off; it lists all that it did.
Splits, rows that contradict one another and prices that cannot be are shown and left as they are.
The exit status is 0 whether or not anything is found.")]
pub(crate) struct Inspect {
    /// File of any source that is known: CSV in any shape and encoding, TWSE, TPEX, Yahoo, yfinance,
    /// Stooq, Alpha Vantage, Parquet, Arrow; of many series a line each is shown
    file: PathBuf,
    /// Column that names the series of a long file
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// Write a cleaned CSV to this file
    #[arg(long, value_name = "OUT")]
    fix: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    health: &'a Health,
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct Fix<'a> {
    written: &'a Path,
    #[serde(flatten)]
    cleaned: Changes<'a>,
}

#[derive(Serialize)]
struct Changes<'a> {
    rows: usize,
    dropped: &'a [Change],
    changed: &'a [String],
}

impl Inspect {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let options = self.reading.options(&series::ReadOptions::default());
        if options.adjust != Adjustment::None {
            return Err(Failure::Usage {
                message: "--adjust has no effect on inspect, which looks at prices as they stand"
                    .into(),
                help: Some("leave it out".into()),
            });
        }
        let panel = PanelOptions {
            read: options.clone(),
            id: self.id.clone(),
            ..PanelOptions::default()
        };
        let data = Data::open(&[&self.file], &panel)?;
        if data.form().is_some() {
            if self.fix.is_some() {
                return Err(Failure::Usage {
                    message: "--fix is for one series, and these are many".into(),
                    help: Some("leave it out, or fix their files one by one".into()),
                });
            }
            return many(&data, common);
        }
        let Some(out) = &self.fix else {
            let health = data.inspect()?;
            return match common.json {
                true => output::print_json(&Report {
                    health: &health,
                    fix: None,
                }),
                false => output::print(&report::of_health(&health)),
            };
        };
        output::check_file(out, &[&self.file])?;
        let cleaned = data.clean()?;
        output::write(&[(out.clone(), cleaned.csv.clone())])?;
        if common.json {
            return output::print_json(&Report {
                health: &cleaned.health,
                fix: Some(Fix {
                    written: out,
                    cleaned: Changes {
                        rows: cleaned.rows,
                        dropped: &cleaned.dropped,
                        changed: &cleaned.changed,
                    },
                }),
            });
        }
        output::print(&format!(
            "{}\n{}",
            report::of_health(&cleaned.health),
            changes(&cleaned, out)
        ))
    }
}

/// A line for each of many series, then what is to be said of them.
fn many(data: &Data, common: &Common) -> Result<(), Failure> {
    let inspection = Inspection::of(data)?;
    if common.json {
        return output::print_json(&inspection);
    }
    let Inspection::Many { series, skipped } = inspection else {
        return Ok(());
    };
    let widest = series.iter().map(|one| one.name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let mut text = format!("{} series\n\n", series.len());
    for one in &series {
        text += &format!(
            "{:widest$}  {:>7} rows  {} to {}  {}\n",
            one.name, one.rows, one.first, one.last, one.rhythm
        );
    }
    for note in series.iter().flat_map(|one| &one.notes) {
        text += &format!("\nremark    {note}");
    }
    for Skipped { name, reason } in &skipped {
        text += &format!("\nleft out  {name}: {reason}");
    }
    output::print(text.trim_end())
}

/// Every row that was dropped, all else that was done, and what was not.
fn changes(cleaned: &Cleaned, out: &Path) -> String {
    let mut text = String::from("\nchanges\n");
    for change in &cleaned.dropped {
        let spot = &change.spot;
        text += &format!(
            "  dropped {}: {}\n",
            report::at(spot.place, spot.date),
            spot.what
        );
    }
    for sentence in &cleaned.changed {
        text += &format!("  {sentence}\n");
    }
    if cleaned.dropped.is_empty() && cleaned.changed.is_empty() {
        text += "  none\n";
    }
    let left: Vec<String> = cleaned
        .left()
        .map(|finding| format!("{} ({})", finding.title, finding.count))
        .collect();
    if !left.is_empty() {
        text += &format!("left as they are\n  {}\n", left.join("\n  "));
    }
    text + &format!("written   {} ({} rows)", out.display(), cleaned.rows)
}

/// What is wrong with a file, for commands that read it for another purpose; nothing where it is too long to be read again.
pub(crate) fn health(data: &series::Data) -> Option<Health> {
    /// Bytes that are read a second time.
    const MOST: u64 = 64 << 20;
    if !data.length().is_ok_and(|length| length <= MOST) {
        return None;
    }
    data.inspect().ok()
}

/// One line for commands that read the file for another purpose, where something in it is grave.
pub(crate) fn hint(file: &Path, data: &series::Data, common: &Common) {
    if common.quiet {
        return;
    }
    let Some(health) = health(data) else {
        return;
    };
    let count: usize = health.serious().map(|finding| finding.count).sum();
    let Some(first) = health.serious().next() else {
        return;
    };
    let Some(spot) = first.spots.first() else {
        return;
    };
    let things = match count {
        1 => "1 thing".into(),
        count => format!("{count} things"),
    };
    let file = file.display();
    output::note(
        common,
        &format!(
            "note: {file}: inspect finds {things} worth a look, such as {} ({}); see gatecast inspect {file}",
            first.title, spot.place
        ),
    );
}
