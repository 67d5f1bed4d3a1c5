//! The settings of `train`: flags, a TOML file with the same names, and presets.
//!
//! What is said on the command line wins over the file, the file over the preset.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser};
use gatecast::ForecastSpec;
use gatecast::forecast::{CellName, Strategy};
use gatecast::nn::{Activation, Loss, Optimizer, Schedule};
use gatecast::prepare::{CalendarFeature, ScalerKind, TargetTransform, TestPart, ValidationScheme};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Common;
use crate::output::Failure;
use crate::panel::PanelArgs;

/// Settings as flags or as keys of a TOML file; what is not set comes from the preset.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Start from these settings: `default` is careful not to lose to the last value, `plain` is one
    /// LSTM on scaled prices, `article` the reference article's network, `panel` for one model on many
    /// series
    #[arg(long, value_name = "NAME", value_parser = names::<Preset>(&["default", "plain", "article", "panel"]), help_heading = "Model")]
    preset: Option<Preset>,

    /// Column to forecast [default: close]
    #[arg(long, value_name = "COLUMN", help_heading = "Data")]
    target: Option<String>,
    /// Columns the network sees, with commas between [default: the target; article: close,volume]
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    features: Option<Vec<String>>,
    /// Rows the network sees [default: 20; article: 5]
    #[arg(long, value_name = "ROWS", help_heading = "Data")]
    window: Option<usize>,
    /// Rows that are forecast [default: 1]
    #[arg(long, value_name = "ROWS", help_heading = "Data")]
    horizon: Option<usize>,
    /// Rows after which a season comes round, such as 12 months or 24 hours; the network then sees
    /// a season a step and is asked for the distance from the season before [default: 1, none]
    #[arg(long, value_name = "ROWS", help_heading = "Data")]
    season: Option<usize>,
    /// What the network is told of the dates that are forecast, with commas between [default:
    /// nothing]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = names::<CalendarFeature>(&["day-of-week", "month", "turn-of-month"]), help_heading = "Data")]
    calendar: Option<Vec<CalendarFeature>>,
    /// Columns that are known for the dates that are forecast, with commas between [default: none]
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    known: Option<Vec<String>>,
    /// Columns with one value for a whole series, with commas between [default: none]
    #[arg(
        long = "static",
        value_name = "COLUMNS",
        value_delimiter = ',',
        help_heading = "Data"
    )]
    #[serde(rename = "static")]
    statics: Option<Vec<String>>,
    /// Windows taken of each series, where one model is trained on many [default: 16]
    #[arg(long, value_name = "N", help_heading = "Data")]
    windows_per_series: Option<usize>,
    /// What of the target the network is asked for [default: residual; plain, article: price]
    #[arg(long, value_name = "NAME", value_parser = names::<TargetTransform>(&["price", "difference", "return", "log-return", "residual"]), help_heading = "Data")]
    predict: Option<TargetTransform>,
    /// How columns are scaled, on training rows or each window by itself [default: window; plain:
    /// standard; article: mean-range]
    #[arg(long, value_name = "NAME", value_parser = names::<ScalerKind>(&["mean-range", "standard", "min-max", "none", "window"]), help_heading = "Data")]
    scaler: Option<ScalerKind>,
    /// Share of all rows, before the test rows, to watch while training [default: 0; plain: 0.1]
    #[arg(long, value_name = "FRACTION", help_heading = "Data")]
    validation: Option<f64>,
    /// Folds of the training part on which epochs and the weight of the network beside the last
    /// value are chosen [default: 8; plain, article: 0]
    #[arg(long, value_name = "N", help_heading = "Data")]
    validation_folds: Option<usize>,
    /// Share of all rows, the last ones, to score on; or `horizon`, the last horizon of every series (in
    /// backtest one for each fold) [default: 0.2; panel: horizon]
    #[arg(long, value_name = "FRACTION", value_parser = test_part, help_heading = "Data")]
    test: Option<TestPart>,
    /// How validation folds are cut: `rolling` from the second half of the training part, training anew
    /// before each; `last-horizons` one horizon each at its end, training once [default: rolling; panel:
    /// last-horizons]
    #[arg(long, value_name = "NAME", value_parser = names::<ValidationScheme>(&["rolling", "last-horizons"]), help_heading = "Data")]
    validation_scheme: Option<ValidationScheme>,

    /// Recurrent cell [default: gru; plain, article: lstm]
    #[arg(long, value_name = "NAME", value_parser = names::<CellName>(&["lstm", "gru", "rnn"]), help_heading = "Model")]
    cell: Option<CellName>,
    /// Units of each recurrent layer, with commas between [default: 16; plain: 64; article: 256,256]
    #[arg(
        long,
        value_name = "UNITS",
        value_delimiter = ',',
        help_heading = "Model"
    )]
    hidden: Option<Vec<usize>>,
    /// How several rows are forecast: all at once, one after the other from its own forecasts, or
    /// unrolled by a second recurrent layer [default: direct]
    #[arg(long, value_name = "NAME", value_parser = names::<Strategy>(&["direct", "recursive", "one-to-many"]), help_heading = "Model")]
    strategy: Option<Strategy>,
    /// Activation of the cells [default: tanh]
    #[arg(long, value_name = "NAME", value_parser = names::<Activation>(ACTIVATIONS), help_heading = "Model")]
    activation: Option<Activation>,
    /// Activation of the cells' gates [default: sigmoid]
    #[arg(long, value_name = "NAME", value_parser = names::<Activation>(ACTIVATIONS), help_heading = "Model")]
    recurrent_activation: Option<Activation>,
    /// Share of each recurrent layer's inputs to hide while training [default: 0]
    #[arg(long, value_name = "RATE", help_heading = "Model")]
    dropout: Option<f32>,
    /// Share of the hidden states to hide while training [default: 0]
    #[arg(long, value_name = "RATE", help_heading = "Model")]
    recurrent_dropout: Option<f32>,

    /// Networks to train from different first weights and to average [default: 5; plain, article: 1]
    #[arg(long, value_name = "N", help_heading = "Model")]
    members: Option<usize>,
    /// Let the output layer start at zero [default: true; plain, article: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", help_heading = "Model")]
    zero_output: Option<bool>,

    /// Passes over the training windows, at most [default: 30; plain, article: 100]
    #[arg(long, value_name = "N", help_heading = "Training")]
    epochs: Option<usize>,
    /// Windows between two updates [default: 64; plain, article: 32]
    #[arg(long, value_name = "N", help_heading = "Training")]
    batch: Option<usize>,
    /// Learning rate [default: 0.001]
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    lr: Option<f64>,
    /// What training makes small; `quantile` makes the network say quantiles, the median as forecast
    /// and others for the bands [default: mae]
    #[arg(long, value_name = "NAME", value_parser = names::<Loss>(&["mae", "mse", "huber", "quantile"]), help_heading = "Training")]
    loss: Option<Loss>,
    /// Optimizer [default: adam]
    #[arg(long, value_name = "NAME", value_parser = names::<OptimizerName>(&["sgd", "rmsprop", "adam", "adamw"]), help_heading = "Training")]
    optimizer: Option<OptimizerName>,
    /// Momentum of sgd [default: 0]
    #[arg(long, value_name = "SHARE", help_heading = "Training")]
    momentum: Option<f64>,
    /// Weight decay of adamw [default: 0.004]
    #[arg(long, value_name = "RATE", help_heading = "Training")]
    weight_decay: Option<f64>,
    /// How the learning rate changes [default: constant]
    #[arg(long, value_name = "NAME", value_parser = names::<ScheduleName>(&["constant", "step", "cosine", "plateau"]), help_heading = "Training")]
    schedule: Option<ScheduleName>,
    /// Epochs of a step, or to wait on a plateau [default: 10]
    #[arg(long, value_name = "N", help_heading = "Training")]
    schedule_epochs: Option<usize>,
    /// Factor of a step or at a plateau [default: 0.5]
    #[arg(long, value_name = "FACTOR", help_heading = "Training")]
    schedule_factor: Option<f64>,
    /// Shorten gradients to this norm
    #[arg(long, value_name = "NORM", help_heading = "Training")]
    clip_norm: Option<f64>,
    /// Hold gradients' elements within ± this value
    #[arg(long, value_name = "VALUE", help_heading = "Training")]
    clip_value: Option<f64>,
    /// Stop when the validation loss has not fallen for N epochs, and keep the best weights [default: 4]
    #[arg(long, value_name = "N", help_heading = "Training")]
    patience: Option<usize>,

    /// Where the model goes [default: model.safetensors]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub(crate) out: Option<PathBuf>,
    /// Draw pictures and write the history into this folder
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(crate) plots: Option<PathBuf>,

    // In a file only: on the command line they belong to every subcommand.
    #[arg(skip)]
    seed: Option<u64>,
    #[arg(skip)]
    threads: Option<u16>,
}

const ACTIVATIONS: &[&str] = &["linear", "sigmoid", "tanh", "relu", "hard_sigmoid"];

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Preset {
    #[default]
    Default,
    Plain,
    Article,
    Panel,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OptimizerName {
    Sgd,
    Rmsprop,
    Adam,
    Adamw,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScheduleName {
    Constant,
    Step,
    Cosine,
    Plateau,
}

fn test_part(text: &str) -> Result<TestPart, String> {
    match (text, text.parse()) {
        ("horizon", _) => Ok(TestPart::Horizon),
        (_, Ok(share)) => Ok(TestPart::Share(share)),
        _ => Err("a share of the rows such as 0.2, or horizon".into()),
    }
}

/// A parser of the names that a setting has in the library.
pub(crate) fn names<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let values = names.iter().map(|&name| match name {
        "hard_sigmoid" => PossibleValue::new(name).alias("hard-sigmoid"),
        _ => PossibleValue::new(name),
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>()).try_map(|name| {
        let name = name.replace("hard-", "hard_");
        serde_json::from_value::<T>(serde_json::Value::String(name))
    })
}

impl Settings {
    /// The article's settings.
    pub(crate) fn article() -> Self {
        Self {
            preset: Some(Preset::Article),
            ..Self::default()
        }
    }

    /// Reads a TOML file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|source| gatecast::Error::Io {
            action: "read",
            path: path.into(),
            source,
        })?;
        toml::from_str(&text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            let line = 1 + text[..span.start.min(text.len())].matches('\n').count();
            let place = format!("{}, line {line}", path.display());
            if !error.message().starts_with("unknown field") {
                let reason = error.message().lines().next().unwrap_or("unreadable");
                return Failure::Usage {
                    message: format!("{place}: {reason}"),
                    help: Some("settings are lines such as window = 10 or hidden = [64, 64], without tables".into()),
                };
            }
            let key = text.get(span).unwrap_or_default().trim_matches(['"', '\'']);
            let known = Self::known_keys();
            let help = match gatecast::nearest(key, &known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the keys are {}", known.join(", ")),
            };
            Failure::Usage {
                message: format!("{place}: unknown key \"{key}\""),
                help: Some(help),
            }
        })
    }

    /// The keys of a file: the flags' names, and the two that all subcommands share.
    fn known_keys() -> Vec<String> {
        #[derive(Parser)]
        struct Flags {
            #[command(flatten)]
            _settings: Settings,
        }
        let command = Flags::command();
        let flags = command.get_arguments().filter_map(|flag| flag.get_long());
        flags
            .chain(["seed", "threads"])
            .map(str::to_string)
            .collect()
    }

    /// These settings, and where one is not set, that of `other`.
    pub(crate) fn or(self, other: Self) -> Self {
        macro_rules! either {
            ($($field:ident),*) => { Self { $($field: self.$field.or(other.$field)),* } };
        }
        either!(
            preset,
            target,
            features,
            window,
            horizon,
            season,
            calendar,
            known,
            statics,
            windows_per_series,
            predict,
            scaler,
            validation,
            validation_folds,
            test,
            validation_scheme,
            cell,
            hidden,
            strategy,
            activation,
            recurrent_activation,
            dropout,
            recurrent_dropout,
            members,
            zero_output,
            epochs,
            batch,
            lr,
            loss,
            optimizer,
            momentum,
            weight_decay,
            schedule,
            schedule_epochs,
            schedule_factor,
            clip_norm,
            clip_value,
            patience,
            out,
            plots,
            seed,
            threads
        )
    }

    /// The specification for many series, checked; that of one model for all starts from the preset
    /// `panel`. Fails where pictures are asked for.
    pub(crate) fn panel_spec(
        &self,
        panel: &PanelArgs,
        common: &Common,
    ) -> Result<ForecastSpec, Failure> {
        if self.plots.is_some() {
            return Err(Failure::Usage {
                message: "--plots has no effect on many series".into(),
                help: Some("leave it out, or draw one series' model with gatecast plot".into()),
            });
        }
        let mut settings = self.clone();
        if panel.global {
            settings.preset = settings.preset.or(Some(Preset::Panel));
        }
        if panel.truth.is_some() {
            settings.test = settings.test.or(Some(TestPart::Horizon));
        }
        let spec = settings.spec(common)?;
        spec.validate()?;
        Ok(spec)
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

    /// The specification that the settings describe; checked later, by the library.
    pub(crate) fn spec(&self, common: &Common) -> Result<ForecastSpec, Failure> {
        let mut spec = match self.preset.unwrap_or_default() {
            Preset::Default => ForecastSpec::default(),
            Preset::Plain => ForecastSpec::plain(),
            Preset::Article => ForecastSpec::article(),
            Preset::Panel => {
                let target = self.target.as_deref().unwrap_or("close").trim();
                let (season, horizon) = (self.season.unwrap_or(1), self.horizon.unwrap_or(1));
                ForecastSpec::panel(target, season, horizon)
            }
        };
        if let Some(target) = &self.target {
            // The plain preset's only feature is its target.
            if spec.data.features == [spec.data.target.as_str()] {
                spec.data.features = vec![target.trim().to_string()];
            }
            spec.data.target = target.trim().to_string();
        }
        if let Some(features) = &self.features {
            spec.data.features = features
                .iter()
                .map(|name| name.trim().to_string())
                .collect();
        }
        macro_rules! set {
            ($($from:ident => $to:expr),* $(,)?) => { $(
                if let Some(value) = self.$from.clone() { $to = value; }
            )* };
        }
        set!(
            window => spec.data.window,
            horizon => spec.data.horizon,
            season => spec.data.season,
            calendar => spec.data.calendar,
            known => spec.data.future,
            statics => spec.data.statics,

            predict => spec.data.target_transform,
            scaler => spec.data.scaler,
            validation => spec.data.validation,
            validation_folds => spec.data.validation_folds,
            test => spec.data.test,
            validation_scheme => spec.data.validation_scheme,
            cell => spec.model.cell,
            hidden => spec.model.hidden,
            strategy => spec.model.strategy,
            activation => spec.model.activation,
            recurrent_activation => spec.model.recurrent_activation,
            dropout => spec.model.dropout,
            recurrent_dropout => spec.model.recurrent_dropout,
            members => spec.model.members,
            zero_output => spec.model.zero_output,
            epochs => spec.train.epochs,
            batch => spec.train.batch,
            lr => spec.train.learning_rate,
            loss => spec.train.loss,
            seed => spec.train.seed,
        );
        spec.data.windows_per_series = self.windows_per_series.or(spec.data.windows_per_series);
        spec.train.clip_norm = self.clip_norm.or(spec.train.clip_norm);
        spec.train.clip_value = self.clip_value;
        // A part to watch and folds to watch exclude one another: the one that is named stays.
        match (self.validation, self.validation_folds) {
            (Some(share), None) if share != 0.0 => spec.data.validation_folds = 0,
            (None, Some(1..)) => spec.data.validation = 0.0,
            _ => {}
        }
        let watched = spec.data.validation > 0.0 || spec.data.validation_folds > 0;
        spec.train.patience = self.patience.or(spec.train.patience.filter(|_| watched));
        spec.train.optimizer = self.optimizer()?;
        let scheduled = self.schedule.is_some()
            || self.schedule_epochs.is_some()
            || self.schedule_factor.is_some();
        if scheduled {
            spec.train.schedule = self.schedule()?;
        }
        if let Some(seed) = common.seed {
            spec.train.seed = seed;
        }
        spec.train.threads = common.threads.or(self.threads).map(usize::from);
        Ok(spec)
    }

    fn optimizer(&self) -> Result<Optimizer, Failure> {
        let name = self.optimizer.unwrap_or(OptimizerName::Adam);
        let optimizer = match name {
            OptimizerName::Sgd => Optimizer::Sgd {
                momentum: self.momentum.unwrap_or(0.0),
            },
            OptimizerName::Rmsprop => Optimizer::Rmsprop,
            OptimizerName::Adam => Optimizer::Adam,
            OptimizerName::Adamw => Optimizer::Adamw {
                weight_decay: self.weight_decay.unwrap_or(0.004),
            },
        };
        let unused = [
            (
                "momentum",
                self.momentum.is_some() && !matches!(name, OptimizerName::Sgd),
                "sgd",
            ),
            (
                "weight-decay",
                self.weight_decay.is_some() && !matches!(name, OptimizerName::Adamw),
                "adamw",
            ),
        ];
        match unused.into_iter().find(|(_, unused, _)| *unused) {
            Some((flag, _, owner)) => Err(Failure::Usage {
                message: format!(
                    "--{flag} has no effect on the optimizer {}",
                    optimizer.name()
                ),
                help: Some(format!("add --optimizer {owner}, or leave --{flag} out")),
            }),
            None => Ok(optimizer),
        }
    }

    fn schedule(&self) -> Result<Schedule, Failure> {
        let epochs = self.schedule_epochs.unwrap_or(10);
        let factor = self.schedule_factor.unwrap_or(0.5);
        let schedule = match self.schedule.unwrap_or(ScheduleName::Constant) {
            ScheduleName::Step => {
                return Ok(Schedule::Step {
                    every: epochs,
                    factor,
                });
            }
            ScheduleName::Plateau => {
                return Ok(Schedule::Plateau {
                    patience: epochs,
                    factor,
                });
            }
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Cosine => Schedule::Cosine,
        };
        if self.schedule_epochs.is_some() || self.schedule_factor.is_some() {
            return Err(Failure::Usage {
                message: "--schedule-epochs and --schedule-factor belong to the schedules step and plateau".into(),
                help: Some("add --schedule step or --schedule plateau".into()),
            });
        }
        Ok(schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_knows_every_flag() {
        for key in Settings::known_keys() {
            let error = toml::from_str::<Settings>(&format!("{key} = {{ no = 1 }}")).unwrap_err();
            assert!(
                !error.message().contains("unknown field `"),
                "{key}: {error}"
            );
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_preset() {
        let file = "preset = \"article\"\nwindow = 7\nbatch = 8\nhidden = [16]\nseed = 5";
        let file: Settings = toml::from_str(file).unwrap();
        let flags = Settings {
            window: Some(9),
            ..Settings::default()
        };
        let common = Common {
            json: false,
            quiet: true,
            threads: None,
            seed: Some(6),
        };
        let spec = flags.or(file).spec(&common).unwrap();
        assert_eq!(
            (spec.data.window, spec.train.batch, spec.train.seed),
            (9, 8, 6)
        );
        assert_eq!(spec.model.hidden, [16]);
        assert_eq!(spec.data.features, ["close", "volume"]);
    }
}
