//! `gatecast demo`: what the program can do, shown on data that come with it or that it makes itself. One file a
//! demo.

mod chance;
mod dates;
mod headlines;
mod prices;
mod sentiment;
mod translation;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::common::Common;
use crate::output::{self, Failure};
use crate::pictures;

/// Train on built-in or made-up data: a forecast of prices, the sentiment of headlines, or dates translated
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast demo --out my-demo
  gatecast demo sentiment --out my-demo
  gatecast demo translation --out my-demo

prices trains the network of a well-known article on the built-in S&P 500 series and forecasts the
next day. sentiment makes headlines up by a small grammar, trains a classifier on them, and leaves
news and prices, made up as well, for `classify run --by day` and `train --join`.
translation makes up dates as people say them, learns to write them as 1998-05-03, and shows where it looked.
Each says which shape its network has: many-to-one or many-to-many.")]
pub(crate) struct Demo {
    /// What to show
    #[arg(value_enum, default_value_t = What::Prices)]
    what: What,
    #[cfg_attr(
        feature = "plot",
        doc = "Folder for the model, the history and the pictures"
    )]
    #[cfg_attr(not(feature = "plot"), doc = "Folder for the model")]
    #[arg(long, value_name = "DIR", default_value = "gatecast-demo")]
    out: PathBuf,
    /// Passes over the training windows or sentences [default: prices: 100, sentiment: 20, translation: 8]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
}

/// What there is to be shown.
#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The reference article's network on the S&P 500
    Prices,
    /// Whether headlines are good or bad
    Sentiment,
    /// Spoken dates as ISO dates
    Translation,
}

impl Demo {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        match self.what {
            What::Prices => prices::run(&self.out, self.epochs.unwrap_or(100), common),
            What::Sentiment => sentiment::run(&self.out, self.epochs.unwrap_or(20), common),
            What::Translation => translation::run(&self.out, self.epochs.unwrap_or(8), common),
        }
    }
}

/// A folder as it is typed in a shell.
fn typed(folder: &Path) -> String {
    let text = folder.display().to_string();
    match text.contains(' ') {
        true => format!("\"{text}\""),
        false => text,
    }
}

/// Fails before anything is trained if the model, a file of data or a picture could not be written.
fn check(model: &Path, files: &[(PathBuf, Vec<u8>)], plots: Option<&Path>) -> Result<(), Failure> {
    let paths = std::iter::once(model).chain(files.iter().map(|(path, _)| path.as_path()));
    paths
        .into_iter()
        .try_for_each(|path| output::check_file(path, &[]))?;
    plots.map_or(Ok(()), |folder| pictures::check(folder, &[]))
}
