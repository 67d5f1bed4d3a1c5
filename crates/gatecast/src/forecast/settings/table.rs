//! The declaration of every setting that a user can name: one row each. What is not here: its default and
//! its range, which stand beside its field in the specs.
//!
//! The command line, TOML files and other front ends are made from these rows, so a new setting needs its
//! field in a spec and its row here, nothing else.

use std::sync::LazyLock;

use serde_json::Value;

use super::Preset;
use super::setting::{Group, Setting};
use crate::forecast::{CellName, Method, Strategy};
use crate::nn::{Activation, Loss, Optimizer, Schedule};
use crate::prepare::{CalendarFeature, ScalerKind, TargetTransform, ValidationScheme};

/// Every setting, in the order in which help texts list them.
///
/// ```
/// use gatecast::forecast::settings;
///
/// for setting in settings() {
///     println!("{:22} {}", setting.name(), setting.help());
/// }
/// ```
pub fn settings() -> &'static [Setting] {
    static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| {
        let groups = [
            (Group::General, general()),
            (Group::Data, data()),
            (Group::Model, model()),
            (Group::Training, training()),
        ];
        let rows = groups
            .into_iter()
            .flat_map(|(group, rows)| rows.into_iter().map(move |row| row.within(group)));
        rows.collect()
    });
    &SETTINGS
}

fn general() -> Vec<Setting> {
    vec![
        Setting::named("method", "model.method")
            .one_of(&Method::ALL)
            .about(
                "What makes the forecasts: networks blended with the best method (gatecast), or a method alone, \
                 without a network. ets takes seasons of up to 24 rows, mstl longer ones and two at once",
            ),
        Setting::preset("Settings to start from").one_of(&Preset::ALL),
        Setting::count("seed", "train.seed")
            .about("Seed of first weights, sample order and dropout"),
        Setting::threads("Threads to use; results do not depend on it"),
    ]
}

fn data() -> Vec<Setting> {
    vec![
        Setting::text("target", "data.target")
            .value("COLUMN")
            .about("Column to forecast"),
        Setting::text("features", "data.features")
            .value("COLUMNS")
            .list()
            .about("Columns the network sees"),
        Setting::count("window", "data.window")
            .value("ROWS")
            .about("Rows the network sees for each forecast"),
        Setting::count("horizon", "data.horizon")
            .value("ROWS")
            .about("Rows to forecast"),
        Setting::count("season", "data.season").or_word("auto", 0).value("ROWS").about(
            "Rows in a season, such as 12 for months or 24 for hours; 1 for none, auto to find it on the \
             training rows (1 where ‹window› is set). With a season, the network predicts the \
             change from the seasons before; in a window of whole seasons it reads one per step",
        ),
        Setting::count("long-season", "data.long_season").or_word("auto", 0).value("ROWS").about(
            "Rows in a longer season beside it, for the ‹target-transform› mixture, such as 168 beside 24; 1 for \
             none, auto to look among its multiples",
        ),
        Setting::named("calendar", "data.calendar")
            .value("NAMES")
            .one_of(&CalendarFeature::ALL)
            .list()
            .about("Calendar features of the dates to forecast"),
        Setting::text("future", "data.future")
            .formerly("known")
            .value("COLUMNS")
            .list()
            .about(
                "Columns whose values are known in advance for the dates to forecast, such as holidays",
            ),
        Setting::text("static", "data.static")
            .value("COLUMNS")
            .list()
            .about("Columns with one value for a whole series, such as its size"),
        Setting::count("windows-per-series", "data.windows_per_series")
            .or_word("all", Value::Null)
            .about("Windows taken from each series to train on"),
        Setting::named("target-transform", "data.target_transform")
            .formerly("predict")
            .one_of(&TargetTransform::ALL)
            .about(
                "What the network predicts: the price itself, or its change from the row before \
                 (difference, return, log-return) or from the last row it sees (residual)",
            ),
        Setting::named("scaler", "data.scaler")
            .one_of(&ScalerKind::ALL)
            .about(
                "How columns are scaled: over all training rows, or each window on its own \
                 (window)",
            ),
        Setting::number("validation", "data.validation")
            .value("FRACTION")
            .about("Share of all rows, just before the test rows, to validate on while training"),
        Setting::count("validation-folds", "data.validation_folds").about(
            "Folds of the training rows (at most) used to choose how many epochs to train and how much \
             weight the network gets against the last value; 0 for none",
        ),
        Setting::named("validation-scheme", "data.validation_scheme")
            .one_of(&ValidationScheme::ALL)
            .about(
                "How validation folds are cut: from the second half of the training rows, training again \
                 before each (rolling), or one horizon each at their end, training once \
                 (last-horizons)",
            ),
        Setting::number("test", "data.test")
            .or_word("horizon", "horizon")
            .value("FRACTION")
            .about(
                "Share of all rows, the last ones, to score on; or horizon, for the last horizon of \
                 every series (in a backtest, one for each fold)",
            ),
    ]
}

fn model() -> Vec<Setting> {
    vec![
        Setting::named("cell", "model.cell")
            .one_of(&CellName::ALL)
            .about("Type of recurrent cell"),
        Setting::count("hidden", "model.hidden")
            .value("UNITS")
            .list()
            .about("Units of each recurrent layer"),
        Setting::named("strategy", "model.strategy")
            .one_of(&Strategy::ALL)
            .about(
                "How several rows are forecast: all at once (direct), each from the forecast before it \
                 (recursive), or step by step with a second recurrent layer (one-to-many)",
            ),
        Setting::named("activation", "model.activation")
            .one_of(&Activation::ALL)
            .about("Activation of the cells"),
        Setting::named("recurrent-activation", "model.recurrent_activation")
            .one_of(&Activation::ALL)
            .about("Activation of the cells' gates"),
        Setting::number("dropout", "model.dropout")
            .value("RATE")
            .about("Share of each recurrent layer's inputs to drop while training"),
        Setting::number("recurrent-dropout", "model.recurrent_dropout")
            .value("RATE")
            .about("Share of the hidden state to drop while training"),
        Setting::count("members", "model.members")
            .about("Networks to train from different first weights, whose forecasts are averaged"),
        Setting::switch("zero-output", "model.zero_output").about(
            "Start the output layer at zero: a network that predicts changes then starts out \
             forecasting the last value",
        ),
    ]
}

fn training() -> Vec<Setting> {
    vec![
        Setting::count("epochs", "train.epochs")
            .about("Passes over the training windows, at most"),
        Setting::count("batch", "train.batch").about("Windows between two updates of the weights"),
        Setting::number("lr", "train.learning_rate")
            .value("RATE")
            .about("Learning rate"),
        Setting::named("loss", "train.loss").one_of(&Loss::ALL).about(
            "Error to minimize; with quantile the network predicts quantiles, whose median is the \
             forecast and whose others are its bands",
        ),
        Setting::named("optimizer", "train.optimizer")
            .one_of(&Optimizer::ALL)
            .about("Optimizer"),
        Setting::number("momentum", "train.optimizer.sgd.momentum")
            .value("SHARE")
            .about("Momentum of the optimizer sgd"),
        Setting::number("weight-decay", "train.optimizer.adamw.weight_decay")
            .value("RATE")
            .about("Weight decay of the optimizer adamw"),
        Setting::named("schedule", "train.schedule")
            .one_of(&Schedule::ALL)
            .about("How the learning rate changes"),
        Setting::count("schedule-epochs", "train.schedule.step.every")
            .or_at("train.schedule.plateau.patience")
            .about(
                "Epochs between two changes (schedule step), or without improvement before one \
                 (schedule plateau)",
            ),
        Setting::number("schedule-factor", "train.schedule.step.factor")
            .or_at("train.schedule.plateau.factor")
            .value("FACTOR")
            .about("Factor of each change of the learning rate (schedules step and plateau)"),
        Setting::number("clip-norm", "train.clip_norm")
            .value("NORM")
            .optional()
            .about("Shorten gradients to this norm"),
        Setting::number("clip-value", "train.clip_value")
            .value("VALUE")
            .optional()
            .about("Keep each element of a gradient within ± this value"),
        Setting::count("patience", "train.patience")
            .optional()
            .about(
                "Stop when the validation loss has not improved for N epochs, and keep the best \
                 weights",
            ),
    ]
}
