//! The networks of a forecaster: their first weights, and their training, one a core. What this file
//! is not: it chooses no rows, it is given samples.

use super::ForecastSpec;
use super::events::{Event, Listener};
use crate::error::Result;
use crate::nn::{self, Dataset, History, Sequential, TrainSpec};
use crate::parallel::parallel_map;
use crate::rng::Rng;

/// The layers that the settings describe.
pub(super) fn builder(spec: &ForecastSpec) -> nn::Builder {
    let builder = Sequential::builder(spec.data.input());
    spec.layers().into_iter().fold(builder, nn::Builder::add)
}

/// The network that the settings describe, with the first weights of one member.
fn network(spec: &ForecastSpec, member: usize) -> Result<Sequential> {
    let mut network = builder(spec).build(seed(spec, member))?;
    if spec.model.zero_output {
        let tensors: Vec<_> = network
            .tensors()
            .map(|(name, _, values)| (name.to_string(), values.len()))
            .collect();
        // Behind the output layer there may be others, without weights.
        let layer = |name: &str| name.split('.').next().map(str::to_string);
        let last = tensors.last().and_then(|(name, _)| layer(name));
        let of_last = tensors.iter().filter(|(name, _)| layer(name) == last);
        for &(ref name, len) in of_last {
            network.set_tensor(name, &vec![0.0; len])?;
        }
    }
    Ok(network)
}

/// The seed of a member: the first has that of the settings.
fn seed(spec: &ForecastSpec, member: usize) -> u64 {
    match member {
        0 => spec.train.seed,
        _ => Rng::named(spec.train.seed, &format!("member {member}")).bits(),
    }
}

/// Trains the networks of one fit, and tells what happens to them.
pub(super) struct Trainer<'a, 'l> {
    pub(super) spec: &'a ForecastSpec,
    pub(super) listener: Listener<'l>,
}

impl Trainer<'_, '_> {
    /// Trains the members of the ensemble on each of so many folds, `job(fold, member)` one a core,
    /// and gives back what comes of it, the members of a fold together.
    pub(super) fn side_by_side<R: Send>(
        &self,
        folds: usize,
        job: impl Fn(usize, usize) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        let members = self.spec.model.members;
        let jobs = folds * members;
        parallel_map(self.spec.train.threads, jobs, |index| {
            job(index / members, index % members)
        })
        .into_iter()
        .collect()
    }

    /// Trains a new network, of one `member` and of one `fold` or of the whole training part. `train`
    /// says how, but for the seed, which is the member's.
    pub(super) fn train(
        &self,
        fold: Option<usize>,
        member: usize,
        samples: &dyn Dataset,
        validation: Option<&dyn Dataset>,
        train: &TrainSpec,
    ) -> Result<(Sequential, History)> {
        let mut network = network(self.spec, member)?;
        let train = TrainSpec {
            seed: seed(self.spec, member),
            loss: self.spec.loss(),
            ..train.clone()
        };
        let mut on_event = |&training: &nn::Event| {
            self.listener.tell(Event {
                series: None,
                test_fold: None,
                fold: fold.map(|fold| fold + 1),
                member: member + 1,
                finished: 0,
                networks: 0,
                training,
            })
        };
        let history = nn::fit_with(&mut network, samples, validation, &train, &mut on_event)?;
        Ok((network, history))
    }
}
