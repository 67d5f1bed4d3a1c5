//! The training loop: one visible loop over epochs and batches that tells what happens through
//! events, and stops when told to. Progress bars, history files and pictures listen; the loop knows none of them.

use std::ops::ControlFlow;

use gatecast_kernels::elementwise::sum_of_squares;
use gatecast_kernels::optim::Clip;
use serde::{Deserialize, Serialize};

use super::batches::Batches;
use super::history::{Epoch, History, Stop};
use super::network::{Network, Sums};
use super::optim::State;
use super::schedule::Rate;
use super::shards::Shards;
use super::{Dataset, Fault, Loss, Optimizer, Schedule, Sequential};
use crate::error::{Error, Result, fail, wrong};
use crate::parallel::pool;
use crate::rng::Rng;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples between two updates.
    pub batch: usize,
    /// What is made small.
    pub loss: Loss,
    /// How.
    pub optimizer: Optimizer,
    /// `η`, at the start.
    pub learning_rate: f64,
    /// How it changes.
    pub schedule: Schedule,
    /// Largest norm of a step's whole gradient; longer ones are shortened to it.
    pub clip_norm: Option<f64>,
    /// Largest magnitude of a gradient's element, applied after `clip_norm`.
    pub clip_value: Option<f64>,
    /// Stop when the validation loss has not improved for so many epochs, and go back to the
    /// weights that were best.
    pub patience: Option<usize>,
    /// Seeds the first weights, the order of the samples and dropout.
    pub seed: u64,
    /// Threads to use; all there are if `None`. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
}

impl Default for TrainSpec {
    /// Keras' defaults, with MAE.
    fn default() -> Self {
        Self {
            epochs: 100,
            batch: 32,
            loss: Loss::Mae,
            optimizer: Optimizer::Adam,
            learning_rate: 0.001,
            schedule: Schedule::Constant,
            clip_norm: None,
            clip_value: None,
            patience: None,
            seed: 0,
            threads: None,
        }
    }
}

impl TrainSpec {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) naming the first that is out of its range.
    pub fn validate(&self) -> Result<()> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let share = |value: f64| value > 0.0 && value < 1.0;
        if self.epochs == 0 {
            return wrong("epochs", "0".into(), "at least 1");
        }
        if !(1..=1 << 20).contains(&self.batch) {
            return wrong("batch", self.batch.to_string(), "1 to 1048576 samples");
        }
        if !positive(self.learning_rate) {
            return wrong("lr", self.learning_rate.to_string(), "a positive number");
        }
        for (name, value) in [
            ("clip-norm", self.clip_norm),
            ("clip-value", self.clip_value),
        ] {
            if let Some(value) = value.filter(|&value| !positive(value)) {
                return wrong(name, value.to_string(), "a positive number");
            }
        }
        if self.patience == Some(0) {
            return wrong("patience", "0".into(), "at least 1 epoch");
        }
        if self
            .threads
            .is_some_and(|threads| !(1..=1024).contains(&threads))
        {
            let expected = "1 to 1024";
            return wrong(
                "threads",
                format!("{:?}", self.threads.unwrap_or(0)),
                expected,
            );
        }
        match self.optimizer {
            Optimizer::Sgd { momentum } if !(0.0..1.0).contains(&momentum) => {
                return wrong("momentum", momentum.to_string(), "at least 0 and below 1");
            }
            Optimizer::Adamw { weight_decay } if !(0.0..1.0).contains(&weight_decay) => {
                let expected = "at least 0 and below 1";
                return wrong("weight-decay", weight_decay.to_string(), expected);
            }
            _ => {}
        }
        match self.schedule {
            Schedule::Step { every, factor } if every == 0 || !share(factor) => wrong(
                "schedule",
                format!("step with a factor of {factor} every {every} epochs"),
                "a factor between 0 and 1 every 1 or more epochs",
            ),
            Schedule::Plateau { patience, factor } if patience == 0 || !share(factor) => wrong(
                "schedule",
                format!("plateau with a factor of {factor} after {patience} epochs"),
                "a factor between 0 and 1 after 1 or more epochs",
            ),
            _ => Ok(()),
        }
    }
}

/// What happens while a network is trained. An event owns all that it tells and allocates nothing, so
/// that it can be sent, kept or written down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Before the first epoch.
    Start {
        /// Epochs to come, unless training stops early.
        epochs: usize,
        /// Batches of an epoch.
        batches: usize,
    },
    /// After each batch.
    Batch {
        /// From 1.
        epoch: usize,
        /// From 1.
        batch: usize,
        /// Mean loss of the batch.
        loss: f64,
    },
    /// After each epoch.
    Epoch(Epoch),
    /// Something else than training takes its time, such as forecasting what was held out; nothing has happened yet. A
    /// listener that breaks here ends it, and nothing is kept.
    Working,
    /// After the last epoch.
    End {
        /// Why it is the last.
        stop: Stop,
        /// The epoch whose weights the network has now, from 1; 0 for its first weights.
        kept_epoch: usize,
    },
}

/// Is told of every [`Event`], and says whether training goes on.
pub type OnEvent<'a> = dyn FnMut(&Event) -> ControlFlow<()> + Send + 'a;

/// Trains `net` on `train`. See [`fit_with`].
///
/// # Errors
/// As [`fit_with`].
pub fn fit(
    net: &mut Sequential,
    train: &dyn Dataset,
    validation: Option<&dyn Dataset>,
    spec: &TrainSpec,
) -> Result<History> {
    fit_with(net, train, validation, spec, &mut |_| {
        ControlFlow::Continue(())
    })
}

/// Trains `net` on `train`, telling `on_event` what happens.
///
/// The samples are shuffled anew in every epoch; `validation` is evaluated after each. With the
/// same network, data and spec the weights come out the same, bit for bit, at any number of
/// threads. `on_event` runs on a thread of the training pool. Where it breaks, training stops after
/// that batch and the network keeps the weights of its best epoch so far, by validation loss or
/// else by training loss; [`History::stop`] then is [`Stop::Interrupted`].
///
/// ```
/// use std::ops::ControlFlow;
/// use gatecast::nn::{Arrays, Dense, Event, Sequential, Shape, Stop, TrainSpec, fit_with};
///
/// let mut net = Sequential::builder(Shape::vector(1)).add(Dense::new(1)).build(0)?;
/// let data = Arrays::new(Shape::vector(1), vec![0.0, 1.0], Shape::vector(1), vec![1.0, 3.0])?;
/// let spec = TrainSpec { epochs: 1000, ..TrainSpec::default() };
/// let history = fit_with(&mut net, &data, None, &spec, &mut |event| match event {
///     Event::Epoch(epoch) if epoch.epoch == 5 => ControlFlow::Break(()),
///     _ => ControlFlow::Continue(()),
/// })?;
/// assert_eq!((history.epochs.len(), history.stop), (5, Stop::Interrupted));
/// # Ok::<(), gatecast::Error>(())
/// ```
///
/// # Errors
/// [`Setting`](crate::ErrorKind::Setting) and [`Shape`](crate::ErrorKind::Shape) before anything happens.
/// [`Diverged`](crate::ErrorKind::Diverged) when the loss or the gradient is no longer finite; `net` then
/// has the weights of its best epoch so far (by validation loss, or by training loss without validation),
/// or its first weights if no epoch was completed.
pub fn fit_with(
    net: &mut Sequential,
    train: &dyn Dataset,
    validation: Option<&dyn Dataset>,
    spec: &TrainSpec,
    on_event: &mut OnEvent<'_>,
) -> Result<History> {
    for data in [Some(train), validation].into_iter().flatten() {
        net.check_input(data)?;
        if data.target() != net.output() {
            let (found, wanted) = (data.target(), net.output());
            return fail(Fault::data_shape("target", found, wanted));
        }
    }
    fit_network(net, train, validation, spec, on_event, None)
}

/// How the weights that a network is left with are chosen among those after each epoch.
pub(crate) struct Choice<'a, N> {
    /// Judges the weights after an epoch, or the mean of several: less is better.
    pub(crate) judge: &'a mut (dyn FnMut(&N, Option<&Epoch>) -> f64 + Send),
    /// Epochs whose weights are averaged, at most: the best. Their mean is taken where it is judged better
    /// than the best of them.
    pub(crate) average: usize,
}

/// As [`fit_with`], for any network; the caller has checked that the data fit it. With a `choice` the
/// network ends with the weights that it asks for.
///
/// # Errors
/// As [`fit_with`].
pub(crate) fn fit_network<N: Network + Send>(
    net: &mut N,
    train: &N::Data<'_>,
    validation: Option<&N::Data<'_>>,
    spec: &TrainSpec,
    on_event: &mut OnEvent<'_>,
    choice: Option<Choice<'_, N>>,
) -> Result<History> {
    spec.validate()?;
    let samples = [Some(N::samples(train)), validation.map(N::samples)];
    if samples.contains(&Some(0)) {
        let why = "training and validation need samples";
        return Err(Error::too_few_rows("a data set", 0, 1, why));
    }
    if spec.patience.is_some() && validation.is_none() {
        let expected = "used together with ‹validation›, which it watches";
        return wrong("patience", "set without validation data".into(), expected);
    }
    pool(spec.threads)?.install(|| run(net, train, validation, spec, on_event, choice))
}

/// The loop itself, on a thread of the pool.
fn run<N: Network>(
    net: &mut N,
    train: &N::Data<'_>,
    validation: Option<&N::Data<'_>>,
    spec: &TrainSpec,
    on_event: &mut OnEvent<'_>,
    mut choice: Option<Choice<'_, N>>,
) -> Result<History> {
    let batch = spec.batch.min(N::samples(train));
    let mut order = Batches::new::<N>(train, batch);
    let batches = order.len();
    let mut shards = Shards::new(net, batch, train, validation)?;
    let mut optimizer = State::new(spec.optimizer, net.weights().len());
    let mut rate = Rate::new(spec.schedule, spec.learning_rate, spec.epochs);
    let order_rng = Rng::named(spec.seed, "order");
    let dropout_rng = Rng::named(spec.seed, "dropout");
    let validation_rows = validation.map(|data| Batches::new::<N>(data, shards.capacity()));
    let average = choice.as_ref().map_or(1, |choice| choice.average);
    let mut best = Best::new(net, average);
    let mut history = History {
        epochs: Vec::new(),
        stop: Stop::Completed,
        kept_epoch: 0,
    };
    let mut step = 0;

    let mut interrupted = on_event(&Event::Start {
        epochs: spec.epochs,
        batches,
    })
    .is_break();
    'epochs: for epoch in 1..=spec.epochs {
        if interrupted {
            break;
        }
        let learning_rate = rate.at(epoch);
        let mut sums = Sums::default();
        let mut norms = 0.0;
        order.shuffle(&mut order_rng.substream(epoch as u64));
        for (index, rows) in order.iter().enumerate() {
            let now = shards.train(net, train, rows, spec.loss, (&dropout_rng, step));
            let (gradient, norm) = shards.add_up(net, rows.len());
            let loss = now.loss / now.terms as f64;
            for (what, value) in [("loss", loss), ("gradient", norm)] {
                if !value.is_finite() {
                    best.restore(net);
                    return fail(Fault::Diverged {
                        what,
                        value,
                        epoch,
                        batch: index + 1,
                    });
                }
            }
            let clip = clip(spec, norm);
            net.update(|weights| optimizer.step(weights, gradient, clip, learning_rate));
            shards.clear(net);
            sums.add(now);
            norms += norm;
            step += 1;
            interrupted = on_event(&Event::Batch {
                epoch,
                batch: index + 1,
                loss,
            })
            .is_break();
            // The last batch ends its epoch all the same, which then counts.
            if interrupted && index + 1 < batches {
                break 'epochs;
            }
        }

        let mut val = Sums::default();
        if let (Some(data), Some(batches)) = (validation, &validation_rows) {
            for rows in batches.iter() {
                val.add(shards.evaluate(net, data, rows, spec.loss));
            }
        }
        let mean = |sum: f64, values: usize| (values > 0).then(|| sum / values as f64);
        let record = Epoch {
            epoch,
            loss: sums.loss / sums.terms as f64,
            val_loss: mean(val.loss, val.terms),
            mae: sums.absolute_error / sums.values as f64,
            val_mae: mean(val.absolute_error, val.values),
            learning_rate,
            gradient_norm: norms / batches as f64,
        };
        // The last step's weights have been in no loss yet.
        let weights = sum_of_squares(net.weights());
        for (what, value) in [
            ("validation loss", record.val_loss.unwrap_or(0.0)),
            ("norm of the weights", weights),
        ] {
            if !value.is_finite() {
                best.restore(net);
                return fail(Fault::Diverged {
                    what,
                    value,
                    epoch,
                    batch: batches,
                });
            }
        }
        interrupted |= on_event(&Event::Epoch(record)).is_break();
        history.epochs.push(record);
        history.kept_epoch = epoch;

        let monitored = match &mut choice {
            Some(choice) => (choice.judge)(net, Some(&record)),
            None => record.val_loss.unwrap_or(record.loss),
        };
        rate.observe(monitored);
        best.observe(net, monitored, epoch);
        if spec
            .patience
            .is_some_and(|patience| epoch - best.epoch() >= patience)
            && !interrupted
        {
            history.stop = Stop::Patience;
            break;
        }
    }
    if interrupted {
        history.stop = Stop::Interrupted;
    }
    if spec.patience.is_some() || interrupted || choice.is_some() {
        best.restore(net);
        history.kept_epoch = best.epoch();
    }
    if let Some(choice) = choice {
        best.average(net, choice.judge);
    }
    let (stop, kept_epoch) = (history.stop, history.kept_epoch);
    // Nothing is left to be stopped.
    let _ = on_event(&Event::End { stop, kept_epoch });
    Ok(history)
}

fn clip(spec: &TrainSpec, norm: f64) -> Clip {
    Clip {
        scale: spec.clip_norm.map_or(1.0, |most| {
            if norm > most {
                (most / norm) as f32
            } else {
                1.0
            }
        }),
        limit: spec.clip_value.map_or(f32::INFINITY, |limit| limit as f32),
    }
}

/// The best weights so far.
struct Best {
    /// The best epochs, the best of them first: loss, number and weights.
    kept: Vec<(f64, usize, Vec<f32>)>,
    most: usize,
}

impl Best {
    /// Begins with the first weights, which any epoch is better than.
    fn new<N: Network>(net: &N, most: usize) -> Self {
        Self {
            kept: vec![(f64::INFINITY, 0, net.weights().to_vec())],
            most,
        }
    }

    /// The number of the best epoch; 0 for the first weights.
    fn epoch(&self) -> usize {
        self.kept[0].1
    }

    fn observe<N: Network>(&mut self, net: &N, loss: f64, epoch: usize) {
        let place = self.kept.partition_point(|(kept, ..)| *kept <= loss);
        if place >= self.most {
            return;
        }
        // The worst makes room, and so do the first weights.
        let full = self.kept.len() == self.most || self.epoch() == 0;
        let worst = if full { self.kept.pop() } else { None };
        let mut weights = worst.map_or_else(Vec::new, |(_, _, weights)| weights);
        weights.clear();
        weights.extend_from_slice(net.weights());
        self.kept.insert(place, (loss, epoch, weights));
    }

    fn restore<N: Network>(&self, net: &mut N) {
        net.update(|weights| weights.copy_from_slice(&self.kept[0].2));
    }

    /// Gives the network the mean of the best weights, where that is judged better than the best alone.
    fn average<N: Network>(
        &self,
        net: &mut N,
        judge: &mut (dyn FnMut(&N, Option<&Epoch>) -> f64 + Send),
    ) {
        if self.kept.len() < 2 {
            return;
        }
        let share = 1.0 / self.kept.len() as f32;
        net.update(|weights| {
            weights.fill(0.0);
            for (_, _, kept) in &self.kept {
                weights
                    .iter_mut()
                    .zip(kept)
                    .for_each(|(weight, kept)| *weight += share * kept);
            }
        });
        if judge(net, None) >= self.kept[0].0 {
            self.restore(net);
        }
    }
}
