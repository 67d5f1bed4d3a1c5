//! The settings of `train` and `backtest` on the command line and in a file. Which there are, what they
//! mean and how they join is the library's (`gatecast::forecast::settings`); here they become flags.
//!
//! Flags win over the file, the file over the preset.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use gatecast::forecast::{self, Group, Kind, Preset, Setting, settings};
use gatecast::series::Data;
use gatecast::{Error, ForecastSpec};

use crate::common::Common;
use crate::output::{Failure, note, with_flags};
use crate::panel::PanelArgs;
use crate::reports::ReportArgs;
use crate::tensorboard::LogArgs;

/// Settings as flags or as keys of a TOML file; what is not set comes from the preset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    of_forecast: forecast::Settings,
    pub(crate) out: Option<PathBuf>,
    pub(crate) plots: Option<PathBuf>,
    pub(crate) predictions: Option<PathBuf>,
    pub(crate) report: ReportArgs,
    pub(crate) log: LogArgs,
}

/// Where results go, which the library does not know.
#[derive(Args)]
struct Output {
    /// Where the model goes [default: model.safetensors]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Draw pictures and write the history into this folder
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    plots: Option<PathBuf>,
    /// CSV file for every forecast of the test part, a line a step, with what happened, bands and baselines
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    predictions: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    log: LogArgs,
}

impl Args for Settings {
    fn augment_args(mut command: Command) -> Command {
        for setting in flags() {
            command = command.arg(flag(setting, setting.name()));
            if let Some(former) = setting.former_name() {
                let hidden = flag(setting, former).hide(true);
                command = command.arg(hidden.conflicts_with(setting.name()));
            }
        }
        Output::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The settings that are flags of their own; seed and threads every command takes (`Common`).
fn flags() -> impl Iterator<Item = &'static Setting> {
    let common = ["seed", "threads"];
    let all = settings().iter();
    all.filter(move |setting| !common.contains(&setting.name()))
}

/// The flag of a setting, under its present or its former name.
fn flag(setting: &'static Setting, name: &'static str) -> Arg {
    let mut help = setting.help();
    if setting.is_list() {
        // Before the defaults, which stand last.
        let at = help.rfind(" [default").unwrap_or(help.len());
        help.insert_str(at, " (comma-separated)");
    }
    let flag = Arg::new(name)
        .long(name)
        .value_name(setting.placeholder())
        .value_parser(parser(setting))
        .help(help);
    let flag = match setting.group() {
        Group::General => flag,
        group => flag.help_heading(group.name()),
    };
    match (setting.is_list(), setting.kind()) {
        (true, _) => flag.value_delimiter(',').action(ArgAction::Append),
        (false, Kind::Switch) => flag.num_args(0..=1).default_missing_value("true"),
        (false, _) => flag,
    }
}

/// Checks a value, or one of a list, and leaves it a text.
fn parser(setting: &'static Setting) -> ValueParser {
    match setting.kind() {
        Kind::Switch => PossibleValuesParser::new(["true", "false"]).into(),
        Kind::Choice => {
            let values = setting.choices().map(|name| match name.contains('_') {
                true => PossibleValue::new(name).alias(name.replace('_', "-")),
                false => PossibleValue::new(name),
            });
            PossibleValuesParser::new(values.collect::<Vec<_>>()).into()
        }
        Kind::Count | Kind::Number | Kind::Text => {
            ValueParser::new(move |text: &str| match setting.parse(text) {
                Ok(_) => Ok(text.to_string()),
                Err(_) => Err(format!("it must be {}", setting.expected())),
            })
        }
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut of_forecast = forecast::Settings::default();
        for setting in flags() {
            for name in [Some(setting.name()), setting.former_name()]
                .into_iter()
                .flatten()
            {
                let Some(values) = matches.get_many::<String>(name) else {
                    continue;
                };
                let text = values.map(String::as_str).collect::<Vec<_>>().join(",");
                // Every value has been checked by its flag's parser.
                of_forecast.parse(name, &text).map_err(|error| {
                    let text = format!("{}\n", with_flags(&error.to_string()));
                    clap::Error::raw(clap::error::ErrorKind::InvalidValue, text)
                })?;
            }
        }
        let Output {
            out,
            plots,
            predictions,
            report,
            log,
        } = Output::from_arg_matches(matches)?;
        Ok(Self {
            of_forecast,
            out,
            plots,
            predictions,
            report,
            log,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?.or(std::mem::take(self));
        Ok(())
    }
}

impl Settings {
    /// Those of a preset.
    pub(crate) fn of_preset(preset: Preset) -> Result<Self, Failure> {
        let mut settings = Self::default();
        settings.of_forecast.set("preset", preset.name())?;
        Ok(settings)
    }

    /// Reads a TOML file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(Error::io("read", path))?;
        let file = path.display().to_string();
        let (of_forecast, mut others) = forecast::Settings::from_toml_and(
            &file,
            &text,
            &["out", "plots", "predictions", "report", "tensorboard"],
        )?;
        Ok(Self {
            of_forecast,
            out: others.remove("out").map(PathBuf::from),
            plots: others.remove("plots").map(PathBuf::from),
            predictions: others.remove("predictions").map(PathBuf::from),
            report: ReportArgs {
                report: others.remove("report").map(PathBuf::from),
                report_language: None,
            },
            log: LogArgs {
                tensorboard: others.remove("tensorboard").map(PathBuf::from),
            },
        })
    }

    /// These settings, and where one is not set, that of `other`.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            of_forecast: self.of_forecast.or(other.of_forecast),
            out: self.out.or(other.out),
            plots: self.plots.or(other.plots),
            predictions: self.predictions.or(other.predictions),
            report: ReportArgs {
                report: self.report.report.or(other.report.report),
                report_language: self.report.report_language,
            },
            log: LogArgs {
                tensorboard: self.log.tensorboard.or(other.log.tensorboard),
            },
        }
    }

    /// The specification for many series, checked; that of one model for all starts from the preset
    /// `panel`.
    pub(crate) fn panel_spec(
        &self,
        panel: &PanelArgs,
        common: &Common,
    ) -> Result<ForecastSpec, Failure> {
        let mut settings = self.clone();
        if panel.global {
            settings = settings.or(Self::of_preset(Preset::Panel)?);
        }
        if panel.truth.is_some() && settings.of_forecast.get("test").is_none() {
            settings.of_forecast.set("test", "horizon")?;
        }
        let spec = settings.spec(common)?;
        spec.validate()?;
        self.refuse_predictions(&spec, true)?;
        Ok(spec)
    }

    /// Fails where forecasts of a test part are asked for and there is none.
    pub(crate) fn refuse_predictions(
        &self,
        spec: &ForecastSpec,
        many: bool,
    ) -> Result<(), Failure> {
        let pictures = self.plots.is_some() && many;
        let asked = [
            ("--predictions", self.predictions.is_some()),
            ("--plots", pictures),
        ];
        match asked
            .iter()
            .find(|(_, set)| *set && spec.data.test.is_none())
        {
            Some((flag, _)) => Err(Failure::Usage {
                message: format!("{flag} has no effect without test rows (--test 0)"),
                help: Some(format!("leave {flag} out, or keep rows for testing")),
            }),
            None => Ok(()),
        }
    }

    /// What was set, with the seed.
    ///
    /// # Errors
    /// None, since the settings have been checked.
    pub(crate) fn set(&self, common: &Common) -> Result<forecast::Settings, Failure> {
        let mut set = self.of_forecast.clone();
        if let Some(seed) = common.seed {
            set.set("seed", seed)?;
        }
        Ok(set)
    }

    /// Whether a season is set.
    pub(crate) fn sets_season(&self) -> bool {
        self.of_forecast.get("season").is_some()
    }

    /// These settings with a target: the one that is set, or else the one that the data have.
    pub(crate) fn with_target(mut self, data: &Data) -> Result<Self, Failure> {
        if self.of_forecast.get("target").is_none() {
            let target = data.target()?;
            if target != "close" {
                self.of_forecast.set("target", target)?;
            }
        }
        Ok(self)
    }

    /// Fails where a model's file is named and `command` writes none.
    pub(crate) fn refuse_model(&self, command: &str) -> Result<(), Failure> {
        match &self.out {
            Some(_) => Err(Failure::Usage {
                message: format!("--out has no effect: {command} writes no model"),
                help: Some("leave --out out".into()),
            }),
            None => Ok(()),
        }
    }

    /// The specification that the settings describe; checked later, by the library. Notes which settings
    /// have new names.
    pub(crate) fn spec(&self, common: &Common) -> Result<ForecastSpec, Failure> {
        for (former, name) in self.of_forecast.renamed() {
            note(common, &format!("note: --{former} is now --{name}"));
        }
        let mut flags = forecast::Settings::default();
        if let Some(seed) = common.seed {
            flags.set("seed", seed)?;
        }
        if let Some(threads) = common.threads {
            flags.set("threads", threads)?;
        }
        Ok(flags.or(self.of_forecast.clone()).spec()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Settings, clap::Error> {
        let command = Settings::augment_args(Command::new("train"));
        let arguments = ["train"].iter().chain(arguments);
        Settings::from_arg_matches(&command.try_get_matches_from(arguments)?)
    }

    #[test]
    fn every_setting_is_a_flag_under_each_of_its_names() {
        for setting in flags() {
            let value = match setting.kind() {
                Kind::Count => "3",
                Kind::Number => "0.25",
                Kind::Switch => "true",
                Kind::Text => "volume",
                Kind::Choice => setting.choices().last().unwrap(),
            };
            for name in [Some(setting.name()), setting.former_name()]
                .into_iter()
                .flatten()
            {
                let parsed = parse(&[&format!("--{name}"), value]).unwrap().of_forecast;
                let mut want = forecast::Settings::default();
                want.parse(name, value).unwrap();
                assert_eq!(parsed, want, "{name}");
            }
        }
    }

    #[test]
    fn lists_switches_and_second_spellings() {
        let parsed = parse(&[
            "--hidden",
            "64,32",
            "--zero-output",
            "--activation",
            "hard-sigmoid",
        ]);
        let parsed = parsed.unwrap().of_forecast;
        assert_eq!(parsed.get("hidden"), Some(&vec![64, 32].into()));
        assert_eq!(parsed.get("zero-output"), Some(&true.into()));
        assert_eq!(parsed.get("activation"), Some(&"hard_sigmoid".into()));
        assert!(parse(&["--known", "a", "--future", "b"]).is_err());
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_preset() {
        let text = "preset = \"article\"\nwindow = 7\nbatch = 8\nhidden = [16]\nseed = 5";
        let file = Settings {
            of_forecast: forecast::Settings::from_toml("file", text).unwrap(),
            ..Settings::default()
        };
        let common = Common {
            json: false,
            quiet: true,
            threads: None,
            seed: Some(6),
        };
        let spec = parse(&["--window", "9"])
            .unwrap()
            .or(file)
            .spec(&common)
            .unwrap();
        assert_eq!(
            (spec.data.window, spec.train.batch, spec.train.seed),
            (9, 8, 6)
        );
        assert_eq!(spec.model.hidden, [16]);
        assert_eq!(spec.data.features, ["close", "volume"]);
    }
}
