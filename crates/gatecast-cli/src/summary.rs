//! `gatecast summary`: what is in a model file.

use std::path::PathBuf;

use clap::Args;
use gatecast::forecast::{Base, PanelScores, Training};
use gatecast::report::{self, Document, Language, Origin};
use gatecast::series::{Adjustment, Fill, Unit};
use gatecast::text::{ClassifierSpec, FittedClassifier, FittedTranslator, TranslatorSpec};
use gatecast::{FittedForecaster, Task};
use gatecast::{ForecastSpec, Scores};
use serde::Serialize;
use serde_json::Value;

use crate::common::Common;
use crate::output::{self, Failure};
use crate::reports::{language, typed};
use crate::translate;

/// Show a model file: its layers, its data, its scores
#[derive(Args)]
#[command(after_help = "Examples:
  gatecast summary model.safetensors
  gatecast summary model.safetensors --card > CARD.md
  gatecast summary model.safetensors --card=zh-Hant > CARD.zh.md")]
pub(crate) struct Summary {
    /// Model that `gatecast train`, `classify train` or `translate train` wrote
    model: PathBuf,
    /// Print a model card in Markdown instead, in English or Traditional Chinese: what the model is for, what it learnt
    /// from, how it did beside the baselines, when not to use it, how to make it again
    #[arg(long, value_name = "LANGUAGE", num_args = 0..=1, require_equals = true, default_missing_value = "en",
          value_parser = language(), conflicts_with = "json")]
    card: Option<Language>,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    summary: Option<gatecast::nn::Summary>,
    /// Where there are no networks.
    base: Option<&'a Base>,
    spec: &'a ForecastSpec,
    training: &'a Training,
    epochs: usize,
    kept_epoch: usize,
    test: Option<&'a Scores>,
    /// Of one model for many series.
    panel: Option<&'a PanelScores>,
}

/// Of a model of sentences.
#[derive(Serialize)]
struct TextReport<'a, S: Serialize, T: Serialize> {
    #[serde(flatten)]
    summary: Option<gatecast::nn::Summary>,
    /// Labels that it tells apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<&'a [String]>,
    spec: &'a S,
    training: &'a T,
}

/// The command that trains a forecaster again, with the settings of the card in a file.
fn again(fitted: &FittedForecaster) -> String {
    let training = fitted.training();
    let mut command = String::from("gatecast train ");
    command += &match training.panel {
        Some(_) => "FILES --global".into(),
        None => typed(&training.series),
    };
    command += " --config settings.toml";
    if training.fill != Fill::None {
        command += &format!(" --fill {}", training.fill.name());
    }
    if training.adjustment != Adjustment::None {
        command += &format!(" --adjust {}", training.adjustment.name());
    }
    if let Some(zone) = training.zone.as_ref().and_then(|zone| zone.iana_name()) {
        command += &format!(" --timezone {zone}");
    }
    if !training.joined.is_empty() {
        command += " --join FILE";
    }
    command
}

/// Flags for the settings of a model of sentences that are not the default.
fn flags_of<S: Serialize>(spec: &S, plain: &S) -> String {
    let values = |spec: &S| match serde_json::to_value(spec) {
        Ok(Value::Object(values)) => values,
        _ => serde_json::Map::new(),
    };
    let plain = values(plain);
    let mut flags = String::new();
    for (name, value) in values(spec) {
        if plain.get(&name) == Some(&value) {
            continue;
        }
        let flag = match name.as_str() {
            "learning_rate" => "lr".into(),
            "folds" => "inner-folds".into(),
            name => name.replace('_', "-"),
        };
        let text = match &value {
            Value::Bool(_) => String::new(),
            Value::String(text) => format!(" {text}"),
            // Shares are f32, and have digits that nobody typed.
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(number) => format!(" {}", number as f32),
                None => format!(" {number}"),
            },
            Value::Array(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                format!(" {}", values.join(","))
            }
            Value::Null | Value::Object(_) => continue,
        };
        flags += &format!(" --{flag}{text}");
    }
    flags
}

impl Summary {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        if let Some(language) = self.card {
            return output::print(self.card()?.to_markdown(language).trim_end());
        }
        match Task::of(&self.model)? {
            Task::Classify => self.classifier(common),
            Task::Translate => self.translator(common),
            _ => self.forecaster(common),
        }
    }

    /// What the model file tells, for people.
    fn card(&self) -> Result<Document, Failure> {
        let of = |command: String| Origin {
            command: Some(command),
            ..Origin::default()
        };
        Ok(match Task::of(&self.model)? {
            Task::Classify => {
                let fitted = FittedClassifier::load(&self.model)?;
                let spec = fitted.spec();
                let flags = flags_of(spec, &ClassifierSpec::default());
                let origin = of(format!("gatecast classify train FILE{flags}"));
                Document::of_classifier(Some(&fitted), None, None, spec, &origin)
            }
            Task::Translate => {
                let fitted = FittedTranslator::load(&self.model)?;
                let flags = flags_of(fitted.spec(), &TranslatorSpec::default());
                let files = "--source FILE --target FILE";
                let origin = of(format!("gatecast translate train {files}{flags}"));
                Document::of_translator(&fitted, None, None, false, &origin)
            }
            _ => {
                let fitted = FittedForecaster::load(&self.model)?;
                let origin = of(again(&fitted));
                Document::of_model(&fitted, &origin)
            }
        })
    }

    fn classifier(&self, common: &Common) -> Result<(), Failure> {
        let fitted = FittedClassifier::load(&self.model)?;
        let summary = fitted.network().map(|network| network.summary());
        let (spec, training): (&ClassifierSpec, _) = (fitted.spec(), fitted.training());
        if common.json {
            return output::print_json(&TextReport {
                summary,
                classes: Some(fitted.classes()),
                spec,
                training,
            });
        }
        match summary {
            Some(summary) => output::print(&format!("{summary}\n"))?,
            None => output::print("A bag of words, without a network: none helped.\n")?,
        }
        output::print(&format!(
            "classes    {}\n\
             trained    on {} rows; left out of folds {:.1} % right, a bag of words {:.1} %\n\
             networks   {}, weight {:.2}; learning rate {}, epochs {}, seed {}",
            fitted.classes().join(", "),
            training.counts.iter().sum::<usize>(),
            100.0 * training.accuracy,
            100.0 * training.bag_accuracy,
            if fitted.network().is_some() {
                spec.folds
            } else {
                0
            },
            fitted.weight(),
            spec.learning_rate,
            spec.epochs,
            spec.seed,
        ))
    }

    fn translator(&self, common: &Common) -> Result<(), Failure> {
        let fitted = FittedTranslator::load(&self.model)?;
        let summary = fitted.network().summary();
        let (spec, training): (&TranslatorSpec, _) = (fitted.spec(), fitted.training());
        if common.json {
            return output::print_json(&TextReport {
                summary: Some(summary),
                classes: None,
                spec,
                training,
            });
        }
        output::print(&format!("{summary}\n\n{}", translate::learnt(&fitted)))?;
        output::print(&format!(
            "epochs     {}, kept {}; learning rate {}, batch {}, seed {}",
            training.epochs.len(),
            training.kept_epoch,
            spec.learning_rate,
            spec.batch,
            spec.seed
        ))
    }

    fn forecaster(&self, common: &Common) -> Result<(), Failure> {
        let fitted = FittedForecaster::load(&self.model)?;
        let (spec, training, history) = (fitted.spec(), fitted.training(), fitted.history());
        if common.json {
            return output::print_json(&Report {
                summary: fitted.network().map(|network| network.summary()),
                base: fitted.base(),
                spec,
                training,
                epochs: history.epochs.len(),
                kept_epoch: history.kept_epoch,
                test: fitted.scores(),
                panel: fitted.panel_scores(),
            });
        }
        let data = &spec.data;
        let times = match training.first.unit() {
            Unit::Row => format!(", rows {} to {}", training.first, training.last),
            _ => format!(", {} to {}", training.first, training.last),
        };
        let joined = match training.joined.is_empty() {
            true => String::new(),
            false => format!(" ({} joined from another file)", training.joined.join(", ")),
        };
        let (from, learning) = match fitted.network() {
            Some(_) => (
                format!(
                    " from {} rows of {}{joined}",
                    data.window,
                    data.features.join(", ")
                ),
                format!(
                    "epochs     {}, kept {}; loss {}, optimizer {}, learning rate {}, seed {}\n",
                    history.epochs.len(),
                    history.kept_epoch,
                    spec.train.loss.name(),
                    spec.train.optimizer.name(),
                    spec.train.learning_rate,
                    spec.train.seed,
                ),
            ),
            None => (String::new(), String::new()),
        };
        output::print(&format!(
            "{}\n\n\
             forecasts  {} of {} step(s){from}\n\
             trained    on {} ({} rows){times}, {} windows\n\
             {learning}\
             data       SHA-256 {}\n",
            report::of_layers(&fitted),
            data.target,
            data.horizon,
            training.series,
            training.split.rows,
            training.windows.train,
            training.sha256,
        ))?;
        match (fitted.panel_scores(), training.panel) {
            (Some(scores), _) => output::print(&report::of_panel(scores)),
            (None, Some(_)) => output::print("The model file holds no scores of its series."),
            (None, None) => output::print(report::test_part(&fitted).trim_end()),
        }
    }
}
