//! The settings of a forecast: which data, which network, how trained.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::nn::{
    Activation, CellKind, Dense, Flatten, Gru, LayerSpec, Lstm, Recurrent, RepeatVector, Shape,
    SimpleRnn, TimeDistributed, TrainSpec,
};
use crate::prepare::{CalendarFeature, ScalerKind, TargetKind};
use crate::series::key;

/// Everything a forecast depends on, beside the series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastSpec {
    /// Which numbers go in and come out.
    pub data: DataSpec,
    /// The network between them.
    pub model: ModelSpec,
    /// How it is trained.
    pub train: TrainSpec,
}

/// Which numbers go in and come out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// The column to forecast.
    pub target: String,
    /// The columns that the network sees, in this order.
    pub features: Vec<String>,
    /// Rows it sees.
    pub window: usize,
    /// Rows that are forecast.
    pub horizon: usize,
    /// Rows after which a season comes round: 12 for months, 24 for hours; 1 for none. A step of the
    /// network is then a season, and what it is asked for is the distance from the season before.
    #[serde(default = "no_season")]
    pub season: usize,
    /// What the network is told of the dates of the rows to forecast.
    #[serde(default)]
    pub calendar: Vec<CalendarFeature>,
    /// Columns whose values are known for the rows to forecast, such as holidays or promotions.
    #[serde(default)]
    pub known: Vec<String>,
    /// Columns with one value for a whole series, such as its size; for one model for many.
    #[serde(rename = "static", default)]
    pub statics: Vec<String>,
    /// Windows taken of each series, where one model is trained on many.
    #[serde(default = "some_windows")]
    pub windows_per_series: usize,
    /// What of the target the network is asked for.
    #[serde(default)]
    pub predict: TargetKind,
    /// How each column is scaled.
    pub scaler: ScalerKind,
    /// Share of all rows, before the test rows, that training watches but does not learn from.
    pub validation: f64,
    /// At most so many folds of the training part, on which the number of epochs and the weight of the network
    /// beside the last value are chosen before it is trained on the whole part; 0 to choose
    /// nothing.
    #[serde(default)]
    pub validation_folds: usize,
    /// Share of all rows, the last ones, that training does not see at all.
    pub test: f64,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What recurrent layers are made of.
    pub cell: CellName,
    /// Units of each recurrent layer, the first first.
    pub hidden: Vec<usize>,
    /// What turns their states into forecasts.
    pub head: Head,
    /// How several steps are made.
    #[serde(default)]
    pub strategy: Strategy,
    /// Of candidates and outputs of the cells.
    pub activation: Activation,
    /// Of the gates of the cells.
    pub recurrent_activation: Activation,
    /// Share of each recurrent layer's inputs hidden while training.
    pub dropout: f32,
    /// Share of each hidden state kept from the recurrent product while training.
    pub recurrent_dropout: f32,
    /// Networks that are trained from different first weights, and whose forecasts are averaged.
    #[serde(default = "one")]
    pub members: usize,
    /// Whether the output layer starts at zero: with a target of changes, as the last value.
    #[serde(default)]
    pub zero_output: bool,
}

fn one() -> usize {
    1
}

/// A recurrent cell, by its short name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellName {
    /// Long short-term memory.
    #[default]
    Lstm,
    /// Gated recurrent unit.
    Gru,
    /// Simple recurrent network.
    Rnn,
}

impl CellName {
    /// Every cell, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::Lstm, Self::Gru, Self::Rnn];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
            Self::Rnn => "rnn",
        }
    }
}

/// What stands behind the recurrent layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// The last state through `Dense(horizon)`.
    #[default]
    Dense,
    /// The article's: every state through `TimeDistributed(Dense(1))`, `Flatten`, `Dense(5)`,
    /// `Dense(horizon)`.
    Article,
}

fn no_season() -> usize {
    1
}

fn some_windows() -> usize {
    16
}

/// How forecasts of several steps are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// All at once, each step by an output of its own (many-to-many).
    #[default]
    Direct,
    /// The next step only, which is then taken for known, and so on.
    Recursive,
    /// The window's last state is unrolled by a second recurrent layer, a step at a time
    /// (one-to-many).
    OneToMany,
}

impl Strategy {
    /// Every strategy, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Recursive, Self::OneToMany];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Recursive => "recursive",
            Self::OneToMany => "one-to-many",
        }
    }
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            target: "close".into(),
            features: vec!["close".into()],
            window: 20,
            horizon: 1,
            season: no_season(),
            calendar: Vec::new(),
            known: Vec::new(),
            statics: Vec::new(),
            windows_per_series: some_windows(),
            predict: TargetKind::Price,
            scaler: ScalerKind::Standard,
            validation: 0.1,
            validation_folds: 0,
            test: 0.2,
        }
    }
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self {
            cell: CellName::Lstm,
            hidden: vec![64],
            head: Head::Dense,
            strategy: Strategy::Direct,
            activation: Activation::Tanh,
            recurrent_activation: Activation::Sigmoid,
            dropout: 0.0,
            recurrent_dropout: 0.0,
            members: 1,
            zero_output: false,
        }
    }
}

impl Default for ForecastSpec {
    /// What did best on rolling validation over seven daily series (`docs/forecasting.md`): the
    /// close's distance from its last value, every window by itself; five small GRUs that start as
    /// the last value, trained until folds of the training part say stop, and heard as far as they
    /// helped there.
    fn default() -> Self {
        Self {
            data: DataSpec {
                predict: TargetKind::Residual,
                scaler: ScalerKind::Window,
                validation: 0.0,
                validation_folds: 8,
                ..DataSpec::default()
            },
            model: ModelSpec {
                cell: CellName::Gru,
                hidden: vec![16],
                members: 5,
                zero_output: true,
                ..ModelSpec::default()
            },
            train: TrainSpec {
                epochs: 30,
                batch: 64,
                patience: Some(4),
                ..TrainSpec::default()
            },
        }
    }
}

impl ForecastSpec {
    /// One LSTM of 64 units on scaled prices, as tutorials have it: nothing is chosen for the
    /// user.
    pub fn plain() -> Self {
        Self {
            data: DataSpec::default(),
            model: ModelSpec::default(),
            train: TrainSpec::default(),
        }
    }

    /// The reference article's settings: close and volume of five days, scaled by
    /// `(x − mean)/(max − min)`, to the close of the sixth; two LSTM layers of 256; MAE and Adam.
    pub fn article() -> Self {
        Self {
            data: DataSpec {
                features: vec!["close".into(), "volume".into()],
                window: 5,
                scaler: ScalerKind::MeanRange,
                validation: 0.0,
                ..DataSpec::default()
            },
            model: ModelSpec {
                hidden: vec![256, 256],
                head: Head::Article,
                ..ModelSpec::default()
            },
            train: TrainSpec::default(),
        }
    }

    /// Checks every setting that can be checked without data.
    ///
    /// # Errors
    /// [`Error::Setting`] or [`Error::Shape`] naming the first that is out of its range.
    pub fn validate(&self) -> Result<()> {
        let wrong = |name, found: String, expected| {
            Err(Error::Setting {
                name,
                found,
                expected,
            })
        };
        let DataSpec {
            target,
            features,
            window,
            horizon,
            season,
            validation,
            test,
            ..
        } = &self.data;
        if target.trim().is_empty() {
            return wrong("target", "empty".into(), "the name of a column");
        }
        if features.is_empty() || features.iter().any(|name| name.trim().is_empty()) {
            return wrong(
                "features",
                format!("{features:?}"),
                "one or more names of columns",
            );
        }
        let keys: Vec<String> = features.iter().map(|name| key(name)).collect();
        if let Some(twice) = (1..keys.len()).find(|&i| keys[..i].contains(&keys[i])) {
            return wrong(
                "features",
                format!("\"{}\" twice", features[twice]),
                "each column once",
            );
        }
        for (name, value) in [("window", *window), ("horizon", *horizon)] {
            if !(1..=10_000).contains(&value) {
                return wrong(name, value.to_string(), "1 to 10000 rows");
            }
        }
        let calendar = &self.data.calendar;
        if let Some(twice) = (1..calendar.len()).find(|&i| calendar[..i].contains(&calendar[i])) {
            let found = format!("\"{}\" twice", calendar[twice].name());
            return wrong("calendar", found, "each feature once");
        }
        for (name, columns) in [("future", &self.data.known), ("static", &self.data.statics)] {
            let keys: Vec<String> = columns.iter().map(|name| key(name)).collect();
            if keys.contains(&key(target)) {
                return wrong(
                    name,
                    format!("\"{target}\""),
                    "other columns than the target",
                );
            }
            if let Some(twice) = (1..keys.len()).find(|&i| keys[..i].contains(&keys[i])) {
                return wrong(
                    name,
                    format!("\"{}\" twice", columns[twice]),
                    "each column once",
                );
            }
        }
        // A window ends with what is known of its targets, and has to hold all of it.
        let untold = window < horizon || self.model.strategy == Strategy::Recursive;
        if self.known_width() > 0 && untold {
            let name = match (calendar.is_empty(), self.data.known.is_empty()) {
                (false, _) => "calendar",
                (true, false) => "future",
                (true, true) => "static",
            };
            let expected = "used with a --window as long as the horizon, and not with the strategy \
                            recursive";
            return wrong(name, "set".into(), expected);
        }
        if self.data.windows_per_series == 0 {
            return wrong("windows-per-series", "0".into(), "1 or more");
        }
        let seasons = window.checked_div(*season).unwrap_or(0);
        let seasonal = self.data.predict == TargetKind::Residual
            && self.data.scaler == ScalerKind::Window
            && seasons >= 2
            && seasons * season == *window;
        if *season != 1 && !seasonal {
            let expected = "1, or used with --target-transform residual, --scaler window and a --window of \
                            two seasons or more";
            return wrong("season", season.to_string(), expected);
        }
        crate::prepare::Split::by_fractions(0, *validation, *test)?;
        let ModelSpec {
            hidden,
            dropout,
            recurrent_dropout,
            members,
            ..
        } = &self.model;
        if hidden.is_empty()
            || hidden.len() > 16
            || hidden.iter().any(|h| !(1..=1 << 12).contains(h))
        {
            return wrong(
                "hidden",
                format!("{hidden:?}"),
                "1 to 16 layers of 1 to 4096 units",
            );
        }
        for (name, rate) in [
            ("dropout", *dropout),
            ("recurrent-dropout", *recurrent_dropout),
        ] {
            if !(0.0..1.0).contains(&rate) {
                return wrong(name, rate.to_string(), "at least 0 and below 1");
            }
        }
        if *window < 2 && self.data.scaler == ScalerKind::Window {
            let expected = "2 rows or more, whose changes are the unit of --scaler window";
            return wrong("window", window.to_string(), expected);
        }
        if !(1..=64).contains(members) {
            return wrong("members", members.to_string(), "1 to 64 networks");
        }
        let folds = self.data.validation_folds;
        if folds > 100 {
            return wrong("validation-folds", folds.to_string(), "0 to 100 folds");
        }
        if folds > 0 && *validation > 0.0 {
            let expected =
                "0 together with --validation-folds, which are cut from the training part";
            return wrong("validation", validation.to_string(), expected);
        }
        match self.model.strategy {
            Strategy::Recursive if keys != [key(target)] => {
                let expected = "used with the target as the only feature: of other columns the \
                                steps ahead are not known";
                return wrong("strategy", "recursive".into(), expected);
            }
            Strategy::OneToMany if self.model.head == Head::Article => {
                let expected =
                    "direct or recursive with the article's head, which reads all states";
                return wrong("strategy", "one-to-many".into(), expected);
            }
            _ => {}
        }
        if self.train.patience.is_some() && *validation == 0.0 && folds == 0 {
            let expected = "used together with --validation FRACTION, whose loss it watches, or --validation-folds N";
            return wrong("patience", "set without validation rows".into(), expected);
        }
        self.train.validate()
    }

    /// The columns that are needed: the features, the target, what is known ahead; each once.
    pub fn columns(&self) -> Vec<&str> {
        let DataSpec {
            target, features, ..
        } = &self.data;
        let mut names: Vec<&str> = features.iter().map(String::as_str).collect();
        let others = std::iter::once(target).chain(self.known_columns());
        for other in others {
            if !names.iter().any(|name| key(name) == key(other)) {
                names.push(other);
            }
        }
        names
    }

    /// The columns that are known ahead, and those with one value a series.
    pub(crate) fn known_columns(&self) -> impl Iterator<Item = &String> {
        self.data.known.iter().chain(&self.data.statics)
    }

    /// Steps that the network says at once.
    pub fn steps_at_once(&self) -> usize {
        match self.model.strategy {
            Strategy::Recursive => 1,
            Strategy::Direct | Strategy::OneToMany => self.data.horizon,
        }
    }

    /// What the network sees of a window: a row a step, or a season a step.
    pub fn input(&self) -> Shape {
        let DataSpec {
            window,
            season,
            features,
            ..
        } = &self.data;
        let numbers = features.len() + self.known_width();
        Shape::sequence(window / season, numbers * season)
    }

    /// Numbers of each row that are known ahead.
    pub(crate) fn known_width(&self) -> usize {
        let calendar = self.data.calendar.iter().map(|feature| feature.width());
        calendar.sum::<usize>() + self.known_columns().count()
    }

    /// The layers that these settings describe.
    pub fn layers(&self) -> Vec<LayerSpec> {
        match self.model.cell {
            CellName::Lstm => self.layers_of(Lstm::new, LayerSpec::Lstm),
            CellName::Gru => self.layers_of(Gru::new, LayerSpec::Gru),
            CellName::Rnn => self.layers_of(SimpleRnn::new, LayerSpec::SimpleRnn),
        }
    }

    fn layers_of<C: CellKind>(
        &self,
        new: fn(usize) -> Recurrent<C>,
        spec: fn(Recurrent<C>) -> LayerSpec,
    ) -> Vec<LayerSpec> {
        let ModelSpec { hidden, head, .. } = &self.model;
        let recurrent = |units: usize, return_sequences: bool| {
            spec(Recurrent {
                activation: self.model.activation,
                recurrent_activation: self.model.recurrent_activation,
                return_sequences,
                dropout: self.model.dropout,
                recurrent_dropout: self.model.recurrent_dropout,
                ..new(units)
            })
        };
        let numbers = self.train.loss.outputs();
        let mut layers = Vec::new();
        for (index, &units) in hidden.iter().enumerate() {
            let last = index + 1 == hidden.len();
            layers.push(recurrent(units, !last || *head == Head::Article));
        }
        if self.model.strategy == Strategy::OneToMany {
            layers.push(RepeatVector::new(self.data.horizon).into());
            layers.extend(hidden.last().map(|&units| recurrent(units, true)));
            layers.push(TimeDistributed::new(Dense::new(numbers)).into());
            layers.push(Flatten::new().into());
            return layers;
        }
        if *head == Head::Article {
            layers.push(TimeDistributed::new(Dense::new(1)).into());
            layers.push(Flatten::new().into());
            layers.push(Dense::new(5).into());
        }
        layers.push(Dense::new(self.steps_at_once() * numbers).into());
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        type Spoil = fn(&mut ForecastSpec);
        let cases: [(&str, Spoil); 18] = [
            ("strategy", |s| {
                s.model.strategy = Strategy::Recursive;
                s.data.features.push("volume".into());
            }),
            ("strategy", |s| {
                s.model.strategy = Strategy::OneToMany;
                s.model.head = Head::Article;
            }),
            ("target", |s| s.data.target = " ".into()),
            ("features", |s| s.data.features.clear()),
            ("features", |s| {
                s.data.features = vec!["a".into(), "a".into()]
            }),
            ("window", |s| s.data.window = 0),
            ("horizon", |s| s.data.horizon = 0),
            ("test", |s| s.data.test = 1.0),
            ("validation", |s| s.data.validation = f64::NAN),
            ("hidden", |s| s.model.hidden = vec![8, 0]),
            ("hidden", |s| s.model.hidden.clear()),
            ("dropout", |s| s.model.dropout = 1.0),
            ("epochs", |s| s.train.epochs = 0),
            ("batch", |s| s.train.batch = 0),
            ("lr", |s| s.train.learning_rate = f64::NAN),
            ("clip-norm", |s| s.train.clip_norm = Some(-1.0)),
            ("patience", |s| s.train.patience = Some(0)),
            ("patience", |s| {
                s.data.validation_folds = 0;
            }),
        ];
        for (name, spoil) in cases {
            let mut spec = ForecastSpec::default();
            spoil(&mut spec);
            match spec.validate() {
                Err(Error::Setting { name: found, .. }) => assert_eq!(found, name),
                other => panic!("{name}: {other:?}"),
            }
        }
        ForecastSpec::default().validate().unwrap();
        ForecastSpec::article().validate().unwrap();
    }
}
