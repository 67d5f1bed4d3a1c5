//! The training loop: one visible loop over epochs and batches that tells what happens through
//! events. Progress bars, history files and pictures listen; the loop knows none of them.

use gatecast_kernels::elementwise::sum_of_squares;
use gatecast_kernels::optim::Clip;
use serde::{Deserialize, Serialize};

use super::history::{Epoch, History, Stop};
use super::optim::State;
use super::schedule::Rate;
use super::shards::{Shards, Sums};
use super::{Dataset, Loss, Optimizer, Schedule, Sequential};
use crate::error::{Error, Result};
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
    /// [`Error::Setting`] naming the first that is out of its range.
    pub fn validate(&self) -> Result<()> {
        let wrong = |name, found: String, expected| {
            Err(Error::Setting {
                name,
                found,
                expected,
            })
        };
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
            return wrong(
                "threads",
                format!("{:?}", self.threads.unwrap_or(0)),
                "1 to 1024",
            );
        }
        match self.optimizer {
            Optimizer::Sgd { momentum } if !(0.0..1.0).contains(&momentum) => {
                return wrong("momentum", momentum.to_string(), "at least 0 and below 1");
            }
            Optimizer::Adamw { weight_decay } if !(0.0..1.0).contains(&weight_decay) => {
                return wrong(
                    "weight-decay",
                    weight_decay.to_string(),
                    "at least 0 and below 1",
                );
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

/// What the loop tells its listener.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
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
    Epoch(&'a Epoch),
    /// After the last epoch.
    End(&'a History),
}

/// Trains `net` on `train`, telling `listener` what happens.
///
/// The samples are shuffled anew in every epoch; `validation` is evaluated after each. With the
/// same network, data and spec the weights come out the same, bit for bit, at any number of
/// threads. `listener` runs on a thread of the training pool.
///
/// # Errors
/// [`Error::Setting`] and [`Error::DataShape`] before anything happens. [`Error::Diverged`] when
/// the loss or the gradient is no longer finite; `net` then has the weights of its best epoch so
/// far (by validation loss, or by training loss without validation), or its first weights if no
/// epoch was completed.
pub fn fit(
    net: &mut Sequential,
    train: &dyn Dataset,
    validation: Option<&dyn Dataset>,
    spec: &TrainSpec,
    listener: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<History> {
    spec.validate()?;
    for data in [Some(train), validation].into_iter().flatten() {
        net.check_input(data)?;
        if data.target() != net.output() {
            let (found, wanted) = (data.target(), net.output());
            return Err(Error::DataShape {
                what: "target",
                found,
                wanted,
            });
        }
        if data.is_empty() {
            return Err(Error::TooFewRows {
                what: "a data set".into(),
                rows: 0,
                needed: 1,
                why: "training and validation need samples".into(),
            });
        }
    }
    if spec.patience.is_some() && validation.is_none() {
        return Err(Error::Setting {
            name: "patience",
            found: "set without validation data".into(),
            expected: "used together with --validation FRACTION, which it watches",
        });
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(spec.threads.unwrap_or(0))
        .build()
        .map_err(|error| Error::Setting {
            name: "threads",
            found: error.to_string(),
            expected: "a number of threads that the system can start",
        })?;
    pool.install(|| run(net, train, validation, spec, listener))
}

/// The loop itself, on a thread of the pool.
fn run(
    net: &mut Sequential,
    train: &dyn Dataset,
    validation: Option<&dyn Dataset>,
    spec: &TrainSpec,
    listener: &mut (dyn FnMut(Event<'_>) + Send),
) -> Result<History> {
    let batch = spec.batch.min(train.len());
    let batches = train.len().div_ceil(batch);
    let mut shards = Shards::new(net, batch)?;
    let mut optimizer = State::new(spec.optimizer, net.parameters());
    let mut rate = Rate::new(spec.schedule, spec.learning_rate, spec.epochs);
    let order_rng = Rng::named(spec.seed, "order");
    let dropout_rng = Rng::named(spec.seed, "dropout");
    let mut order: Vec<usize> = (0..train.len()).collect();
    let validation_rows: Vec<usize> = (0..validation.map_or(0, Dataset::len)).collect();
    let mut best = Best {
        loss: f64::INFINITY,
        epoch: 0,
        weights: net.weights().to_vec(),
    };
    let mut history = History {
        epochs: Vec::new(),
        stop: Stop::Completed,
        kept_epoch: 0,
    };
    let mut step = 0;

    listener(Event::Start {
        epochs: spec.epochs,
        batches,
    });
    for epoch in 1..=spec.epochs {
        let learning_rate = rate.at(epoch);
        let mut sums = Sums::default();
        let mut norms = 0.0;
        order_rng.substream(epoch as u64).shuffle(&mut order);
        for (index, rows) in order.chunks(batch).enumerate() {
            let now = shards.train(net, train, rows, spec.loss, (&dropout_rng, step));
            let (gradient, norm) = shards.add_up(rows.len());
            let loss = now.loss / now.values as f64;
            for (what, value) in [("loss", loss), ("gradient", norm)] {
                if !value.is_finite() {
                    best.restore(net);
                    return Err(Error::Diverged {
                        what,
                        value,
                        epoch,
                        batch: index + 1,
                    });
                }
            }
            let clip = clip(spec, norm);
            net.update(|weights| optimizer.step(weights, gradient, clip, learning_rate));
            sums.add(now);
            norms += norm;
            step += 1;
            listener(Event::Batch {
                epoch,
                batch: index + 1,
                loss,
            });
        }

        let mut val = Sums::default();
        if let Some(data) = validation {
            for rows in validation_rows.chunks(shards.capacity()) {
                val.add(shards.evaluate(net, data, rows, spec.loss));
            }
        }
        let mean = |sum: f64, values: usize| (values > 0).then(|| sum / values as f64);
        let record = Epoch {
            epoch,
            loss: sums.loss / sums.values as f64,
            val_loss: mean(val.loss, val.values),
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
                return Err(Error::Diverged {
                    what,
                    value,
                    epoch,
                    batch: batches,
                });
            }
        }
        listener(Event::Epoch(&record));
        history.epochs.push(record);
        history.kept_epoch = epoch;

        let monitored = record.val_loss.unwrap_or(record.loss);
        rate.observe(monitored);
        best.observe(net, monitored, epoch);
        if spec
            .patience
            .is_some_and(|patience| epoch - best.epoch >= patience)
        {
            history.stop = Stop::Patience;
            break;
        }
    }
    if spec.patience.is_some() {
        best.restore(net);
        history.kept_epoch = best.epoch;
    }
    listener(Event::End(&history));
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
    loss: f64,
    epoch: usize,
    weights: Vec<f32>,
}

impl Best {
    fn observe(&mut self, net: &Sequential, loss: f64, epoch: usize) {
        if loss < self.loss {
            self.loss = loss;
            self.epoch = epoch;
            self.weights.copy_from_slice(net.weights());
        }
    }

    fn restore(&self, net: &mut Sequential) {
        net.update(|weights| weights.copy_from_slice(&self.weights));
    }
}
