//! `--report`: a report as one HTML file. What it says and how it looks is the library's (`gatecast::report`); here it gets
//! its place and what only a command line knows. A build without the feature `report` refuses it before anything is trained.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gatecast::report::{Document, Language, Origin};
use gatecast::series::Data;
use jiff::Zoned;

use crate::common::Common;
use crate::inspect;
use crate::output::{self, Failure};
use crate::pictures::{self, File};
use crate::settings::Settings;

/// Flags of a report.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ReportArgs {
    /// Report to hand on, as one HTML file that needs no network: verdict, charts, scores, settings, when not to use it,
    /// how to make it again
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) report: Option<PathBuf>,
    /// Language that the report opens in; it holds both [default: en]
    #[arg(long, value_name = "LANGUAGE", requires = "report", value_parser = language(), help_heading = "Output")]
    pub(crate) report_language: Option<Language>,
}

/// A parser of the languages of reports.
pub(crate) fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::tag))
        .map(|tag| Language::of_tag(&tag).unwrap_or_default())
}

impl ReportArgs {
    /// Fails where a report is asked for that could not be written, or that would replace an input or another of the files
    /// that are written: those `outputs`, and the pictures in the folder `plots`.
    pub(crate) fn check(
        &self,
        inputs: &[&Path],
        outputs: &[Option<&Path>],
        plots: Option<&Path>,
    ) -> Result<(), Failure> {
        let Some(path) = &self.report else {
            return Ok(());
        };
        #[cfg(not(feature = "report"))]
        if !path.as_os_str().is_empty() {
            return Err(crate::left_out::failure("write reports", "report"));
        }
        output::check_file(path, inputs)?;
        let mut names = Vec::new();
        if let Some(folder) = plots {
            names.extend(pictures::names().map(|name| folder.join(name)));
        }
        let others = outputs.iter().copied().flatten();
        for other in others.chain(names.iter().map(PathBuf::as_path)) {
            output::check_apart(&[Some(path), Some(other)])?;
        }
        Ok(())
    }

    /// The file, where one is asked for; `document` is made only then.
    pub(crate) fn file(
        &self,
        document: impl FnOnce() -> Result<Document, Failure>,
    ) -> Result<Option<File>, Failure> {
        let Some(path) = &self.report else {
            return Ok(None);
        };
        let html = html(&document()?, self.report_language.unwrap_or_default());
        Ok(Some((path.clone(), html.into_bytes())))
    }
}

#[cfg(feature = "report")]
fn html(document: &Document, language: Language) -> String {
    document.to_html(language)
}

/// `check` has refused it before.
#[cfg(not(feature = "report"))]
fn html(_: &Document, _: Language) -> String {
    String::new()
}

/// What a report says of where it comes from.
pub(crate) fn origin(settings: Option<&Settings>, data: Option<&Data>, common: &Common) -> Origin {
    Origin {
        command: Some(command()),
        settings: settings.and_then(|settings| settings.set(common).ok()),
        today: Some(Zoned::now().date()),
        health: data.and_then(inspect::health),
    }
}

/// The command as it was typed, so that a shell takes it again. Of absolute paths only the last part is told, since folders
/// name the people that they belong to.
fn command() -> String {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| typed(&word.to_string_lossy()));
    std::iter::once("gatecast".to_string())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word of a command; of an absolute path only its last part.
pub(crate) fn typed(word: &str) -> String {
    let (flag, value) = match word.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") => (format!("{flag}="), value),
        _ => (String::new(), word),
    };
    let path = Path::new(value);
    let value = match path.file_name() {
        Some(name) if path.is_absolute() => name.to_string_lossy().into_owned(),
        _ => value.to_string(),
    };
    let plain = |c: char| c.is_alphanumeric() || "-_./,:=+@%".contains(c);
    match !value.is_empty() && value.chars().all(plain) {
        true => flag + &value,
        false => format!("{flag}'{}'", value.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_typed_as_a_shell_takes_them() {
        for (word, want) in [
            ("prices.csv", "prices.csv"),
            ("--window", "--window"),
            ("a b.csv", "'a b.csv'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("prices/*.csv", "'prices/*.csv'"),
            ("/home/somebody/prices.csv", "prices.csv"),
            ("--out=/home/somebody/m.safetensors", "--out=m.safetensors"),
            ("成交.csv", "成交.csv"),
        ] {
            assert_eq!(typed(word), want);
        }
    }
}
