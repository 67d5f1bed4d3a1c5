//! The settings of a forecast: which data, which network, how trained.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Method;
use crate::error::{Result, wrong};
use crate::methods::LONGEST_ETS;
use crate::nn::{
    Activation, CellKind, CellName, Dense, Flatten, Gru, LayerSpec, Loss, Lstm, Recurrent,
    RepeatVector, Schedule, SimpleRnn, TimeDistributed, TrainSpec,
};
use crate::prepare::{
    DataSpec, Frame, ScalerKind, TargetTransform, TestPart, ValidationScheme, Windows,
};
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

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What makes the forecasts: without a network, nothing of what follows matters.
    #[serde(default)]
    pub method: Method,
    /// What recurrent layers are made of.
    pub cell: CellName,
    /// Units of each recurrent layer, the first first.
    pub hidden: Vec<usize>,
    /// What turns their states into forecasts.
    pub head: Head,
    /// How several steps are made.
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
    pub members: usize,
    /// Whether the output layer starts at zero: with a target of changes, as the last value.
    pub zero_output: bool,
}

/// What stands behind the recurrent layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Head {
    /// The last state through `Dense(horizon)`.
    #[default]
    Dense,
    /// The article's: every state through `TimeDistributed(Dense(1))`, `Flatten`, `Dense(5)`,
    /// `Dense(horizon)`.
    Article,
}

/// How forecasts of several steps are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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

impl Default for ModelSpec {
    fn default() -> Self {
        Self {
            method: Method::Gatecast,
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

impl ModelSpec {
    fn validate(&self) -> Result<()> {
        let hidden = &self.hidden;
        let layers = (1..=16).contains(&hidden.len());
        if !layers || hidden.iter().any(|units| !(1..=1 << 12).contains(units)) {
            let expected = "1 to 16 layers of 1 to 4096 units";
            return wrong("hidden", format!("{hidden:?}"), expected);
        }
        for (name, rate) in [
            ("dropout", self.dropout),
            ("recurrent-dropout", self.recurrent_dropout),
        ] {
            if !(0.0..1.0).contains(&rate) {
                return wrong(name, rate.to_string(), "at least 0 and below 1");
            }
        }
        if !(1..=64).contains(&self.members) {
            return wrong("members", self.members.to_string(), "1 to 64 networks");
        }
        if self.strategy == Strategy::OneToMany && self.head == Head::Article {
            let expected = "direct or recursive with the article's head, which reads all states";
            return wrong("strategy", "one-to-many".into(), expected);
        }
        Ok(())
    }
}

impl Default for ForecastSpec {
    /// What did best on rolling validation over seven daily series (`docs/forecasting.md`): the
    /// close's distance from its last value, every window by itself; five small GRUs that start as
    /// the last value, trained until folds of the training part say stop, and blended with the last
    /// value by the weight that was best there.
    fn default() -> Self {
        Self {
            data: DataSpec {
                target_transform: TargetTransform::Residual,
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

    /// For one model over many series (`docs/forecasting.md`), with a `season` of so many rows, 1 for none, 0 to
    /// look for it: a mixture of simple forecasts of the next `horizon` rows of `target`, weighed by what five seasons
    /// (of a longer season two) or ten rows show; five GRUs of 64 units on 24 windows of every series, blended with
    /// the methods that were best on the two horizons before the test part.
    pub fn panel(target: &str, season: usize, horizon: usize) -> Self {
        let mut spec = Self::default();
        spec.data.target = target.into();
        spec.data.features = vec![target.into()];
        spec.data.target_transform = TargetTransform::Mixture;
        spec.data.season = season;
        spec.data.long_season = usize::from(season == 1);
        spec.data.window = DataSpec::mixture_window(season, 1);
        spec.data.horizon = horizon;
        spec.data.windows_per_series = Some(24);
        spec.data.validation_folds = 2;
        spec.data.validation_scheme = ValidationScheme::LastHorizons;
        spec.data.test = TestPart::Horizon;
        spec.model.hidden = vec![64];
        spec.train = TrainSpec {
            epochs: 12,
            batch: 128,
            learning_rate: 0.003,
            schedule: Schedule::Cosine,
            clip_norm: Some(1.0),
            ..TrainSpec::default()
        };
        spec
    }

    /// Checks every setting that can be checked without data.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) or [`Shape`](crate::ErrorKind::Shape) naming the first that
    /// is out of its range.
    pub fn validate(&self) -> Result<()> {
        let data = &self.data;
        data.validate()?;
        self.model.validate()?;
        let recursive = self.model.strategy == Strategy::Recursive;
        if let Some(name) = data.told_ahead().filter(|_| recursive) {
            let expected =
                "left out with the ‹strategy› recursive, which is not told of later steps";
            return wrong(name, "set".into(), expected);
        }
        let alone = matches!(&data.features[..], [feature] if key(feature) == key(&data.target));
        if recursive && !alone {
            let expected = "used with the target as the only feature: of other columns the steps \
                            ahead are not known";
            return wrong("strategy", "recursive".into(), expected);
        }
        if self.model.method == Method::Ets && data.season > LONGEST_ETS {
            let expected = "at most 24 rows with the ‹method› ets; mstl takes longer ones";
            return wrong("season", data.season.to_string(), expected);
        }
        let mixture = data.target_transform == TargetTransform::Mixture;
        if mixture && self.train.loss != Loss::Mae {
            let expected = "mae with the ‹target-transform› mixture";
            return wrong("loss", self.train.loss.name().into(), expected);
        }
        let watched = data.validation > 0.0 || data.validation_folds > 0;
        if self.train.patience.is_some() && !watched {
            let expected = "used together with ‹validation›, whose loss it watches, or \
                            ‹validation-folds›";
            return wrong("patience", "set without validation rows".into(), expected);
        }
        self.train.validate()
    }

    /// The same forecast by a method that needs no network: of the target alone, from two rows on. What is
    /// measured on folds makes bands.
    ///
    /// ```
    /// use gatecast::forecast::Method;
    /// use gatecast::{ForecastSpec, Forecaster, series::sp500};
    ///
    /// let spec = ForecastSpec::default().with_method(Method::Theta);
    /// let fitted = Forecaster::new(spec)?.fit(&sp500())?;
    /// assert!(fitted.network().is_none());
    /// assert_eq!(fitted.forecast(&sp500())?.points.len(), 1);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    #[must_use]
    pub fn with_method(mut self, method: Method) -> Self {
        let data = &mut self.data;
        data.features = vec![data.target.clone()];
        data.calendar = Vec::new();
        data.future = Vec::new();
        data.statics = Vec::new();
        data.windows_per_series = None;
        data.validation = 0.0;
        // Windows are as those of a mixture: no longer than there are rows, in terms of their own.
        data.target_transform = TargetTransform::Mixture;
        data.scaler = ScalerKind::Window;
        data.long_season = match method {
            Method::Mstl if data.season != 1 => 0,
            _ => 1,
        };
        data.window = DataSpec::mixture_window(data.season, 1);
        self.model = ModelSpec {
            method,
            ..ModelSpec::default()
        };
        self.train = TrainSpec {
            seed: self.train.seed,
            threads: self.train.threads,
            ..TrainSpec::default()
        };
        self
    }

    /// Networks that forecast together.
    pub(crate) fn networks(&self) -> usize {
        match self.model.method {
            Method::Gatecast => self.model.members,
            _ => 0,
        }
    }

    /// Rows of a training part from which something is learnt: by a network those of a window and a horizon.
    pub(super) fn least_rows(&self) -> usize {
        match self.networks() {
            0 => self.data.least_window(),
            _ => self.data.least_learnt() + self.data.horizon,
        }
    }

    /// Steps that the network predicts at once.
    pub fn steps_at_once(&self) -> usize {
        match self.model.strategy {
            Strategy::Recursive => 1,
            Strategy::Direct | Strategy::OneToMany => self.data.horizon,
        }
    }

    /// What training makes small: that of the settings, or of a mixture its own.
    pub(super) fn loss(&self) -> Loss {
        match self.data.target_transform {
            TargetTransform::Mixture => Loss::Mixture {
                simple: self.data.seasons().count(),
            },
            _ => self.train.loss,
        }
    }

    /// All windows whose whole horizon lies in `part`.
    pub(super) fn windows<'a>(&self, frame: &'a Frame, part: Range<usize>) -> Windows<'a> {
        Windows::new(frame, self.data.window, self.data.horizon, part)
    }

    /// The windows that a network learns from: its targets are those that it predicts at once.
    pub(super) fn windows_to_learn<'a>(&self, frame: &'a Frame, part: Range<usize>) -> Windows<'a> {
        let steps = self.steps_at_once();
        let part = part.start.max(self.data.least_learnt())..part.end;
        Windows::new(frame, self.data.window, steps, part)
            .with_outputs(steps, self.loss().outputs())
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
        let numbers = self.loss().outputs();
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
    use crate::ErrorKind;

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
            ("test", |s| s.data.test = TestPart::Share(1.0)),
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
            let error = spec.validate().expect_err(name);
            assert_eq!(error.kind(), ErrorKind::Setting, "{name}: {error}");
            assert_eq!(error.setting(), Some(name));
        }
        ForecastSpec::default().validate().unwrap();
        ForecastSpec::article().validate().unwrap();
    }
}
