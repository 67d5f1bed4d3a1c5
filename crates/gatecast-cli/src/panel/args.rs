//! The flags for many series, the files they name, and the names of their models. What this file is
//! not: it trains nothing and writes nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use clap::Args;
use gatecast::forecast::{PanelScores, SeriesScores};
use gatecast::series::{Data, Panel, PanelForm, PanelOptions, ReadOptions};
use gatecast::{ForecastSpec, Series};

use crate::common::Common;
use crate::output::{Failure, note};
use crate::reading::Join;

/// Flags for many series.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PanelArgs {
    /// Train one model on all series rather than one on each; its settings are those of the preset
    /// `panel`
    #[arg(long, help_heading = "Panel")]
    pub(crate) global: bool,
    /// Column that names the series of a long file [default: unique_id, ticker, Name or what is called
    /// so]
    #[arg(long, value_name = "COLUMN", help_heading = "Panel")]
    id: Option<String>,
    /// Stop at a series that is broken, rather than leave it out, or too short for a network, rather than forecast it
    /// by the combination of methods
    #[arg(long, help_heading = "Panel")]
    pub(super) strict: bool,
    /// File with what came after every series; its first horizon is the test part
    #[arg(long, value_name = "FILE", help_heading = "Panel")]
    pub(crate) truth: Option<PathBuf>,
    /// CSV file for the scores of every series
    #[arg(long, value_name = "FILE", help_heading = "Panel")]
    pub(super) scores: Option<PathBuf>,
    /// Also score groups of series by themselves: a column of the long file, or a CSV file with a series and its
    /// group on each line
    #[arg(long, value_name = "COLUMN|FILE", help_heading = "Panel")]
    pub(super) by: Option<String>,
}

impl PanelArgs {
    /// Opens files with one series or many; fails where a flag is for many and there is one.
    pub(crate) fn open(
        &self,
        files: &[PathBuf],
        read: ReadOptions,
        join: &Join,
    ) -> Result<Data, Failure> {
        if self.truth.is_some() && !join.join.is_empty() {
            return Err(Failure::Usage {
                message: "--join has no effect on the rows of --truth".into(),
                help: Some(
                    "put those rows at the end of the series' own file, and use --test horizon"
                        .into(),
                ),
            });
        }
        let options = PanelOptions {
            read,
            id: self.id.clone(),
            strict: self.strict,
            join: join.join.clone(),
            most_bytes: None,
        };
        let data = Data::open(files, &options)?;
        let panel_only = [
            ("--global", self.global),
            ("--truth", self.truth.is_some()),
            ("--scores", self.scores.is_some()),
            ("--strict", self.strict),
            ("--by", self.by.is_some()),
        ];
        match panel_only.iter().find(|(_, set)| *set && data.form().is_none()) {
            Some((flag, _)) => Err(Failure::Usage {
                message: format!("{flag} is for many series, and this is one"),
                help: Some(
                    "give several files, a folder, or a file with a column unique_id (or --id) or a \
                     series a line"
                        .into(),
                ),
            }),
            None => Ok(data),
        }
    }

    /// Fails where a flag makes no difference to a forecast.
    pub(crate) fn refuse_training(&self) -> Result<(), Failure> {
        let of_training = [
            ("--global", self.global),
            ("--truth", self.truth.is_some()),
            ("--scores", self.scores.is_some()),
            ("--by", self.by.is_some()),
        ];
        match of_training.iter().find(|(_, set)| *set) {
            Some((flag, _)) => Err(Failure::Usage {
                message: format!("{flag} has no effect: forecast trains and scores nothing"),
                help: Some(format!("leave {flag} out")),
            }),
            None => Ok(()),
        }
    }

    /// Fails where groups are asked for and no series has one.
    pub(super) fn check_labels(
        &self,
        labels: Option<&Labels>,
        panel: &Panel,
    ) -> Result<(), Failure> {
        let (Some(by), Some(labels)) = (&self.by, labels) else {
            return Ok(());
        };
        match panel
            .series
            .iter()
            .any(|series| labels.contains_key(series.name()))
        {
            true => Ok(()),
            false => Err(Failure::Usage {
                message: format!("--by {by} names no series of the panel"),
                help: panel
                    .series
                    .first()
                    .map(|series| format!("the first is called {}", series.name())),
            }),
        }
    }

    /// The group of each series, where they are asked for.
    pub(super) fn labels(&self, data: &Data) -> Result<Option<Labels>, Failure> {
        Ok(match &self.by {
            None => None,
            Some(by) if Path::new(by).is_file() => Some(labels_of_file(Path::new(by))?),
            Some(by) => Some(data.labels(by)?),
        })
    }

    pub(super) fn read(
        &self,
        data: &Data,
        spec: &ForecastSpec,
        common: &Common,
    ) -> Result<Panel, Failure> {
        let mut panel = data.read(&spec.data.columns())?;
        if let Some(truth) = &self.truth {
            let mut after = Data::open(&[truth], data.options())?.read(&spec.data.columns())?;
            let horizon = spec.data.horizon;
            if let Some(short) = after.series.iter().find(|series| series.rows() < horizon) {
                return Err(Failure::Usage {
                    message: format!(
                        "--truth has {} rows for {}, fewer than the horizon of {horizon}",
                        short.rows(),
                        short.name()
                    ),
                    help: Some("choose a shorter --horizon".into()),
                });
            }
            for series in &mut after.series {
                *series = series.slice(0..horizon);
            }
            panel = panel.followed_by(&after)?;
        }
        for skipped in panel.skipped.iter().take(5) {
            note(
                common,
                &format!("note: {} is left out: {}", skipped.name, skipped.reason),
            );
        }
        if panel.skipped.len() > 5 {
            note(
                common,
                &format!("note: {} more are left out", panel.skipped.len() - 5),
            );
        }
        let notes: Vec<&String> = panel.series.iter().flat_map(Series::notes).collect();
        for text in notes.iter().take(5) {
            note(common, &format!("note: {text}"));
        }
        if notes.len() > 5 {
            note(
                common,
                &format!("note: {} more such notes", notes.len() - 5),
            );
        }
        Ok(panel)
    }
}

/// The group of each series.
type Labels = HashMap<String, String>;

/// The scores of each group of series.
pub(super) fn groups(
    labels: Option<&Labels>,
    scores: &[SeriesScores],
) -> BTreeMap<String, PanelScores> {
    let Some(labels) = labels else {
        return BTreeMap::new();
    };
    let mut groups: BTreeMap<String, Vec<SeriesScores>> = BTreeMap::new();
    for score in scores {
        let group = labels.get(&score.name).map_or("(none)", String::as_str);
        groups.entry(group.into()).or_default().push(score.clone());
    }
    let each = groups.into_iter();
    each.filter_map(|(group, scores)| Some((group, PanelScores::of(&scores)?)))
        .collect()
}

/// A series and its group on each line.
fn labels_of_file(path: &Path) -> Result<Labels, Failure> {
    let wrong = |error: csv::Error| Failure::Usage {
        message: format!("{}: {error}", path.display()),
        help: Some("write a series and its group on each line, with a comma between".into()),
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(path)
        .map_err(wrong)?;
    let mut labels = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let (Some(name), Some(group)) = (record.get(0), record.get(1)) else {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(Failure::Usage {
                message: format!("{}, line {line}: there is one cell", path.display()),
                help: Some(
                    "write a series and its group on each line, with a comma between".into(),
                ),
            });
        };
        labels.insert(name.trim().into(), group.trim().into());
    }
    Ok(labels)
}

/// The names of models in a folder with one for each series.
pub(super) struct ModelNames {
    /// Whether series are called like their files, of which folder and ending do not count.
    files: bool,
}

impl ModelNames {
    /// Of the series of a panel; fails where two would share a file.
    pub(super) fn of(data: &Data, panel: &Panel) -> Result<Self, Failure> {
        let names = Self {
            files: matches!(data.form(), None | Some(PanelForm::Files)),
        };
        let mut seen = HashMap::new();
        for series in &panel.series {
            if let Some(other) = seen.insert(names.file(series).to_lowercase(), series.name()) {
                return Err(Failure::Usage {
                    message: format!(
                        "the models of {other} and {} would share the file {}",
                        series.name(),
                        names.file(series)
                    ),
                    help: Some("rename one of them, or train them apart".into()),
                });
            }
        }
        Ok(names)
    }

    /// The file of a series' model. What a file's name may not hold is written as its number, such as
    /// `%2F`, so that no two names become one.
    pub(super) fn file(&self, series: &Series) -> String {
        let stem = Path::new(series.name()).file_stem().filter(|_| self.files);
        let name = stem.map_or_else(|| series.name().into(), |stem| stem.to_string_lossy());
        let mut file = String::new();
        for (index, c) in name.chars().enumerate() {
            // A dot in front would hide the file.
            if c.is_alphanumeric() || "_- ".contains(c) || (c == '.' && index > 0) {
                file.push(c);
            } else {
                file += &format!("%{:02X}", u32::from(c));
            }
        }
        file + ".safetensors"
    }
}

/// Paths, with every pattern such as `prices/*.csv` replaced by the files it stands for.
pub(crate) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let text = path.to_string_lossy();
        if path.exists() || !text.contains(['*', '?', '[']) {
            all.push(path.clone());
            continue;
        }
        let wrong = |reason: String| Failure::Usage {
            message: format!("{text}: {reason}"),
            help: Some("write a path, or a pattern such as 'prices/*.csv'".into()),
        };
        let found = glob::glob(&text).map_err(|error| wrong(error.to_string()))?;
        let before = all.len();
        all.extend(found.flatten().filter(|path| path.is_file()));
        if all.len() == before {
            return Err(wrong("there is no such file".into()));
        }
    }
    Ok(all)
}
